//! Waiting for room in the queue.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::line::Place;
use super::peer::Shared;
use super::send_error::SendError;

/// A future that is ready when `emit` has room for a packet again.
#[derive(Debug)]
#[must_use = "futures do nothing until they are awaited"]
pub struct Ready {
    pub(super) shared: Arc<Shared>,
    pub(super) place: Option<Place>,
}

impl Future for Ready {
    type Output = Result<(), SendError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.shared.queue.poll_room(&mut this.place, cx).map_err(SendError::Disconnected)
    }
}

/// Many may wait for a while and give up.
impl Drop for Ready {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.shared.queue.forget_room(place);
        }
    }
}
