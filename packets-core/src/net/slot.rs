//! The room in which an acceptor's future runs.

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::accept::{Reply, panicked};
use crate::packet::Packet;
use crate::reject::Reject;

/// What became of an acceptor: its answer was appended, or there is none.
pub(super) type Appended = Result<(), Box<Reject>>;

/// A future in a room of its own, which the next future of its type may have. So calls that are answered at once
/// allocate no room.
pub(super) trait Slot: Any + Send {
    /// Lets the future go on. Once it is done the room is free, and the answer is appended to `out`.
    fn poll(&mut self, reply: Reply, out: &mut Vec<u8>, cx: &mut Context<'_>) -> Poll<Appended>;
}

/// The slot of an acceptor's future, for a packet of type `P`. What the future is made with comes back from it.
struct Room<P, F, A> {
    future: Pin<Box<Option<F>>>,
    own: Option<Arc<A>>,
    packet: PhantomData<fn() -> P>,
}

/// What an acceptor's future resolves to.
pub(super) type Responded<P, A> = (Result<<P as Packet>::Response, Box<Reject>>, Arc<A>);

impl<P: Packet, F: Future<Output = Responded<P, A>>, A> Room<P, F, A> {
    #[inline(always)]
    fn go_on(&mut self, reply: Reply, out: &mut Vec<u8>, cx: &mut Context<'_>) -> Poll<Appended> {
        let Some(future) = self.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let (response, own) = ready!(future.poll(cx));
        self.future.set(None);
        self.own = Some(own);
        Poll::Ready(match response {
            Ok(ref response) => reply.put::<P>(response, out),
            Err(reject) => Err(reject),
        })
    }

    /// After a panic, which concerns this packet alone. What it may have left half done is the acceptor's own state.
    #[cold]
    fn panicked(&mut self) -> Poll<Appended> {
        self.future.set(None);
        Poll::Ready(Err(panicked::<P>()))
    }

    /// Lets the future begin that is made with this.
    #[inline(always)]
    fn begin(
        &mut self,
        own: &Arc<A>,
        future: impl FnOnce(Arc<A>) -> Result<F, Box<Reject>>,
        reply: Reply,
        out: &mut Vec<u8>,
        cx: &mut Context<'_>,
    ) -> Poll<Appended> {
        let begun = catch_unwind(AssertUnwindSafe(|| {
            let last = self.own.take().filter(|last| Arc::ptr_eq(last, own));
            match future(last.unwrap_or_else(|| own.clone())) {
                Ok(future) => self.future.set(Some(future)),
                Err(reject) => return Poll::Ready(Err(reject)),
            }
            self.go_on(reply, out, cx)
        }));
        begun.unwrap_or_else(|_| self.panicked())
    }
}

impl<P, F, A> Slot for Room<P, F, A>
where
    P: Packet,
    F: Future<Output = Responded<P, A>> + Send + 'static,
    A: Send + Sync + 'static,
{
    fn poll(&mut self, reply: Reply, out: &mut Vec<u8>, cx: &mut Context<'_>) -> Poll<Appended> {
        catch_unwind(AssertUnwindSafe(|| self.go_on(reply, out, cx))).unwrap_or_else(|_| self.panicked())
    }
}

/// Lets the future begin that is made with this, in the room if that is of its type, or else in one of its own, which
/// takes its place.
#[inline(always)]
pub(super) fn begin<P, F, A>(
    room: &mut Option<Box<dyn Slot>>,
    own: &Arc<A>,
    future: impl FnOnce(Arc<A>) -> Result<F, Box<Reject>>,
    reply: Reply,
    out: &mut Vec<u8>,
    cx: &mut Context<'_>,
) -> Poll<Appended>
where
    P: Packet,
    F: Future<Output = Responded<P, A>> + Send + 'static,
    A: Send + Sync + 'static,
{
    let fitting =
        room.as_mut().and_then(|slot| (&mut **slot as &mut dyn Any).downcast_mut::<Room<P, F, A>>());
    if let Some(room) = fitting {
        return room.begin(own, future, reply, out, cx);
    }
    let mut new = Room::<P, F, A> { future: Box::pin(None), own: None, packet: PhantomData };
    let begun = new.begin(own, future, reply, out, cx);
    *room = Some(Box::new(new));
    begun
}
