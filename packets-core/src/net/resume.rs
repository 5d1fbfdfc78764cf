//! How a session goes on when its transport is lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::greeting::Greeted;
use super::peer::Peer;
use crate::close::CloseReason;
use crate::control::{Credential, Position};
use crate::session::Claim;

/// What of a session's frames reached the two ends when it has another connection.
///
/// Frames are packets that were emitted, calls, answers and cancellations; those of the protocol itself are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovered {
    /// The session is a new one. What was on its way on the last one, if there was one, is lost.
    New,
    /// It goes on where it was: nothing is lost.
    Full,
    /// It goes on, but some frames are lost that were not [retained](ResumeLimits). Calls in flight have failed as
    /// [`Disconnected`](super::SendError::Disconnected), but for those of packets that are idempotent, which were
    /// sent again.
    Gap {
        /// How many frames of the other end did not get here.
        missed: u64,
        /// How many frames of this end did not get there.
        lost: u64,
    },
}

/// What one end keeps of a session that can be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResumeLimits {
    /// How long the session is kept without a transport. Then it ends, for the reason its transport was lost for.
    pub keep: Duration,
    /// How many frames are retained until the other end acknowledges them. Beyond it the oldest go.
    pub frames: usize,
    /// How many bytes of them. Beyond it the oldest go.
    pub bytes: usize,
}

/// What became of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its transport is lost, for this reason. It waits for another one.
    Lost(CloseReason),
    /// It has another transport.
    Resumed(Recovered),
    /// The client has another credential.
    Renewed(Credential),
    /// It has ended.
    Ended(CloseReason),
}

/// A handle that gives a connection another transport.
#[derive(Debug)]
pub struct Mooring<T> {
    order: Arc<Mutex<Order<T>>>,
    peer: Peer,
}

/// What a connection is to do next.
#[derive(Debug)]
pub(super) enum Order<T> {
    Nothing,
    /// Goes on with this transport.
    Attach(Box<Greeted<T>>),
    /// Lets its transport go.
    Detach,
    /// Waits no longer for another transport.
    End,
    /// There is no connection any more.
    Over,
}

/// The connection's side of the handle.
pub(super) struct Orders<T>(Arc<Mutex<Order<T>>>);

fn lock<T>(order: &Mutex<Order<T>>) -> MutexGuard<'_, Order<T>> {
    order.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Mooring<T> {
    pub(super) fn new(peer: Peer) -> (Self, Orders<T>) {
        let order = Arc::new(Mutex::new(Order::Nothing));
        (Self { order: order.clone(), peer }, Orders(order))
    }

    /// The handle to the other end.
    #[must_use]
    pub const fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The client's session has lost its transport where it stands now: this is what a next greeting claims it by.
    pub fn claim(&self, position: Position, claim: &mut Claim) {
        claim.lose(position, self.peer.shared.agreement.clone());
    }

    /// Goes on with another transport, also if the last one is not lost yet: what comes by that is not looked at
    /// any more.
    ///
    /// # Errors
    /// What was given, if the connection has ended.
    pub fn attach(&self, greeted: Greeted<T>) -> Result<(), Box<Greeted<T>>> {
        let attach = Order::Attach(Box::new(greeted));
        match self.give(attach) {
            None => Ok(()),
            Some(Order::Attach(greeted)) => Err(greeted),
            Some(_) => Ok(()),
        }
    }

    /// Lets the transport go, and waits for another one.
    pub fn detach(&self) {
        self.give(Order::Detach);
    }

    /// Ends the connection if it waits for another transport.
    pub fn end(&self) {
        self.give(Order::End);
    }

    /// The order, if nobody takes it any more.
    fn give(&self, order: Order<T>) -> Option<Order<T>> {
        let mut next = lock(&self.order);
        if matches!(*next, Order::Over) {
            return Some(order);
        }
        let before = std::mem::replace(&mut *next, order);
        drop(next);
        // A transport that was to be attached goes for a newer one.
        drop(before);
        self.peer.shared.queue.wake();
        None
    }
}

impl<T> Orders<T> {
    pub(super) fn take(&self) -> Order<T> {
        let mut order = lock(&self.0);
        if matches!(*order, Order::Over) {
            Order::Over
        } else {
            std::mem::replace(&mut *order, Order::Nothing)
        }
    }

    /// Whether something is to be done.
    pub(super) fn any(&self) -> bool {
        !matches!(*lock(&self.0), Order::Nothing | Order::Over)
    }
}

impl<T> Drop for Orders<T> {
    fn drop(&mut self) {
        let before = std::mem::replace(&mut *lock(&self.0), Order::Over);
        drop(before);
    }
}
