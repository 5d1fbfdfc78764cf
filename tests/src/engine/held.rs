//! An engine whose messages are not read for a while.

use bytes::Bytes;
use futures_util::StreamExt;
use packets_server::{Engine, EngineFuture, Subject, Subscription};
use tokio::sync::watch;

/// One node's way to an engine: what comes waits there while it is held.
#[derive(Debug)]
pub struct Held<E> {
    engine: E,
    is_held: watch::Receiver<bool>,
}

impl<E> Held<E> {
    /// A way to this engine, and what tells whether it is held. It is not at first.
    #[must_use]
    pub fn new(engine: E) -> (Self, watch::Sender<bool>) {
        let (hold, is_held) = watch::channel(false);
        (Self { engine, is_held }, hold)
    }
}

impl<E: Engine> Engine for Held<E> {
    fn subscribe(&self, subjects: Vec<Subject>) -> EngineFuture<'_, Subscription> {
        Box::pin(async move {
            let is_held = self.is_held.clone();
            let subscription = self.engine.subscribe(subjects).await?.then(move |incoming| {
                let mut is_held = is_held.clone();
                async move {
                    // Without anybody who holds it, it is not held.
                    let _ = is_held.wait_for(|is_held| !is_held).await;
                    incoming
                }
            });
            let subscription: Subscription = Box::pin(subscription);
            Ok(subscription)
        })
    }

    fn publish(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()> {
        self.engine.publish(subject, message)
    }

    fn publish_to_others(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()> {
        self.engine.publish_to_others(subject, message)
    }

    fn flush(&self) -> EngineFuture<'_, ()> {
        self.engine.flush()
    }

    fn max_message(&self) -> usize {
        self.engine.max_message()
    }
}
