//! Waiting for room in the queue.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::peer::Shared;
use super::queue::Refused;
use super::send_error::SendError;

/// A future that is ready when `emit` has room for a packet again.
#[derive(Debug)]
#[must_use = "futures do nothing until they are awaited"]
pub struct Ready {
    pub(super) shared: Arc<Shared>,
}

impl Future for Ready {
    type Output = Result<(), SendError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let queue = &self.shared.queue;
        for leave_waker in [true, false] {
            match queue.has_room() {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(Refused::Closed(reason)) => return Poll::Ready(Err(SendError::Disconnected(reason))),
                // Look again once the waker is there.
                Err(Refused::Full) if leave_waker => queue.wait_for_room(None, cx),
                Err(Refused::Full) => {}
            }
        }
        Poll::Pending
    }
}
