//! One `send` in flight.

use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::adapted;
use super::line::Place;
use super::outbound::{Sizes, Watched};
use super::outgoing::{self, Outgoing};
use super::peer::Shared;
use super::send_error::SendError;
use crate::deadline::after;
use crate::frame::{self, CallId};
use crate::in_flight::Outcome;
use crate::registry::PacketId;

/// A packet on its way and its answer on the way back: a future of the response.
///
/// It always settles: with the response, a reject, at its timeout, or at the end of the connection. The
/// packet is sent when it is first polled; dropping it afterwards cancels the call on the other end.
#[must_use = "nothing is sent until it is awaited; to send without an answer, use `emit`"]
pub struct Call<O: Outgoing> {
    shared: Arc<Shared>,
    state: State<O>,
    /// Where it waits for room to be sent.
    place: Option<Place>,
    timeout: Duration,
    /// There is no more time than until then, whatever the timeout.
    latest: Option<Instant>,
    sizes: Sizes,
    /// From its first poll on, if somebody looks on.
    watched: Option<Box<Watched>>,
}

enum State<O> {
    /// Not sent yet. The deadline is set when it is first tried.
    Unsent {
        packet: O,
        deadline: Option<Instant>,
    },
    Waiting {
        id: PacketId,
        call: CallId,
        since: Instant,
        /// The frame, if the answer cannot be understood without.
        sent: Option<Bytes>,
    },
    /// It could not be sent, and may be had back.
    Unsendable(O),
    Done,
}

/// Nothing in it is ever pinned.
impl<O: Outgoing> Unpin for Call<O> {}

impl<O: Outgoing> Call<O> {
    pub(super) fn new(shared: Arc<Shared>, packet: O, latest: Option<Instant>) -> Self {
        let timeout = shared.limits.call_timeout;
        let state = State::Unsent { packet, deadline: None };
        Self { shared, state, place: None, timeout, latest, sizes: Sizes::default(), watched: None }
    }

    /// Gives the call so much time, from now until its answer, instead of the connection's default. Sent by the
    /// handle of an acceptor, it has no more time than [is left](super::Peer::time_left) of the call that is
    /// accepted.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What is known of the sizes of its bodies.
    #[doc(hidden)]
    pub const fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// The packet, once the call has failed without being sent.
    #[doc(hidden)]
    pub fn take_unsent(&mut self) -> Option<O> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Unsendable(packet) => Some(packet),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Tries to send the packet; pending if there is no room.
    fn poll_sent(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendError>> {
        let State::Unsent { packet, deadline } = &mut self.state else { return Poll::Ready(Ok(())) };
        let now = now();
        let (timeout, latest) = (self.timeout, self.latest);
        if deadline.is_none() {
            self.watched = self.shared.observers.watch(packet, &self.shared.agreement);
        }
        let until = *deadline.get_or_insert_with(|| {
            let until = after(now, timeout);
            latest.map_or(until, |latest| latest.min(until))
        });
        if now >= until {
            return Poll::Ready(Err(SendError::Timeout));
        }
        let agreement = &self.shared.agreement;
        let id = packet.id(agreement)?;
        let wire = outgoing::wire_id(id, agreement)?;
        let call = ready!(self.shared.queue.poll_start_call(until, &mut self.place, cx));
        let call = call.map_err(SendError::Disconnected)?;
        let mut entered = Entered { shared: &self.shared, call: Some(call) };
        let frame = outgoing::encode(packet, id, agreement, |size, body| {
            frame::call(wire, call, time_left(until - now), size, body)
        });
        let frame = frame.and_then(|(frame, size)| {
            self.sizes.sent = size;
            self.shared.check_size(frame)
        });
        match frame {
            Ok(frame) => {
                entered.call = None;
                let sent = adapted::keeps_frame(id, agreement).then(|| frame.clone());
                self.shared.figures.sent(id, frame.len());
                let again = self.shared.is_resumable && packet.is_idempotent(agreement.registry());
                self.shared.queue.push_call(frame, again.then_some(call));
                self.state = State::Waiting { id, call, since: now, sent };
                Poll::Ready(Ok(()))
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Waits for room no more.
    fn leave(&mut self) {
        if let Some(place) = self.place.take() {
            self.shared.queue.forget_place(place);
        }
    }

    /// Tells those who look on what came of it.
    fn tell<R>(&mut self, result: &Result<R, SendError>) {
        if let Some(watched) = self.watched.take() {
            watched.settle(self.shared.session, self.sizes, result);
        }
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, SendError>> {
        let State::Waiting { call, .. } = self.state else { return Poll::Pending };
        Poll::Ready(match ready!(self.shared.queue.poll_call(call, cx)) {
            Outcome::Reply(body) => Ok(body),
            Outcome::Reject(reject) => Err(reject.into()),
            Outcome::Timeout => Err(SendError::Timeout),
            Outcome::Closed(reason) => Err(SendError::Disconnected(reason)),
        })
    }
}

/// A call that was entered, and is taken back unless its frame follows: also if encoding the packet panics.
struct Entered<'a> {
    shared: &'a Shared,
    call: Option<CallId>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(call) = self.call {
            self.shared.queue.forget_call(call);
        }
    }
}

impl<O: Outgoing> Future for Call<O> {
    type Output = Result<O::Response, SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Err(error) = ready!(self.poll_sent(cx)) {
            if let State::Unsent { packet, .. } = std::mem::replace(&mut self.state, State::Done) {
                self.state = State::Unsendable(packet);
            }
            self.leave();
            let result = Err(error);
            self.tell(&result);
            return Poll::Ready(result);
        }
        let answer = ready!(self.poll_answer(cx));
        let State::Waiting { id, since, sent, .. } = std::mem::replace(&mut self.state, State::Done) else {
            return Poll::Pending;
        };
        self.sizes.answered = answer.as_ref().map_or(0, Bytes::len);
        let response =
            answer.and_then(|body| outgoing::response::<O>(id, &self.shared.agreement, sent.as_ref(), &body));
        self.shared.figures.called(id, since, &response);
        self.tell(&response);
        Poll::Ready(response)
    }
}

impl<O: Outgoing> Drop for Call<O> {
    fn drop(&mut self) {
        self.leave();
        if let State::Waiting { call, .. } = self.state {
            self.shared.queue.cancel_call(call);
            self.shared.figures.cancelled();
        }
        if let Some(watched) = self.watched.take() {
            watched.cancel(self.shared.session, self.sizes);
        }
    }
}

impl<O: Outgoing> std::fmt::Debug for Call<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match self.state {
            State::Unsent { .. } => "unsent",
            State::Waiting { .. } => "waiting",
            State::Unsendable(_) | State::Done => "done",
        };
        f.debug_struct("Call").field("state", &state).field("timeout", &self.timeout).finish()
    }
}

/// Milliseconds on the wire; a call that lives has at least one.
fn time_left(time: Duration) -> Option<NonZeroU32> {
    NonZeroU32::new(u32::try_from(time.as_millis()).unwrap_or(u32::MAX).max(1))
}

/// tokio's clock, which tests can pause.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
