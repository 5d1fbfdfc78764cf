//! The room in which an acceptor's future runs.

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::accept::{Reply, guard};
use crate::packet::Packet;
use crate::reject::Reject;

/// A future in a room of its own, which the next future of its type may have. So calls that are answered at once
/// allocate no room.
pub(super) trait Slot: Any + Send {
    /// Lets the future go on. Once it is done the room is free, and the answer is appended to `out`.
    fn poll(&mut self, reply: Reply, out: &mut Vec<u8>, cx: &mut Context<'_>) -> Poll<Result<(), Reject>>;
}

/// The slot of an acceptor's future, for a packet of type `P`.
struct Room<P, F> {
    future: Pin<Box<Option<F>>>,
    packet: PhantomData<fn() -> P>,
}

impl<P: Packet, F> Slot for Room<P, F>
where
    F: Future<Output = Result<P::Response, Reject>> + Send + 'static,
{
    fn poll(&mut self, reply: Reply, out: &mut Vec<u8>, cx: &mut Context<'_>) -> Poll<Result<(), Reject>> {
        let Some(future) = self.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let response = ready!(future.poll(cx));
        self.future.set(None);
        Poll::Ready(response.and_then(|response| guard::<P, _>(|| reply.put::<P>(&response, out))))
    }
}

/// Puts a future into the room, if that is of its type, or into one of its own.
#[inline]
pub(super) fn put<P, F>(free: Option<Box<dyn Slot>>, future: F) -> Box<dyn Slot>
where
    P: Packet,
    F: Future<Output = Result<P::Response, Reject>> + Send + 'static,
{
    if let Some(mut slot) = free
        && let Some(room) = (&mut *slot as &mut dyn Any).downcast_mut::<Room<P, F>>()
    {
        room.future.set(Some(future));
        return slot;
    }
    Box::new(Room::<P, F> { future: Box::pin(Some(future)), packet: PhantomData })
}
