//! What acceptors saw, told to the test in order.

use std::fmt::Debug;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The acceptors' end of a channel to the test.
#[derive(Debug)]
pub struct Witness<T>(UnboundedSender<T>);

impl<T> Clone for Witness<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Debug> Witness<T> {
    /// A witness, and where its testimony arrives.
    #[must_use]
    pub fn new() -> (Self, UnboundedReceiver<T>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// Tells the test, if it still listens.
    pub fn tell(&self, what: T) {
        let _ = self.0.send(what);
    }

    /// Tells the test when it is dropped.
    pub fn on_drop(&self, what: T) -> DropGuard<T> {
        DropGuard(self.0.clone(), Some(what))
    }
}

/// What it holds is told to the test when it is dropped.
#[derive(Debug)]
pub struct DropGuard<T>(UnboundedSender<T>, Option<T>);

impl<T> Drop for DropGuard<T> {
    fn drop(&mut self) {
        if let Some(what) = self.1.take() {
            let _ = self.0.send(what);
        }
    }
}
