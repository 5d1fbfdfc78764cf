//! The handle to the other end of a connection, the same on both sides.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime;
use tokio::sync::SetOnce;

use super::backlog::{Emitted, Load};
use super::call::{Call, now};
use super::dropped::{Dropped, Drops};
use super::figures::Figures;
use super::flush::WriteOut;
use super::limits::ConnectionLimits;
use super::line::Place;
use super::outbound::Observers;
use super::outgoing::{self, Outgoing};
use super::queue::{CloseRequest, Queue, Refused};
use super::ready::Ready;
use super::send_error::SendError;
use super::stream::{Packets, Streams};
use super::term::{Handle, Term};
use crate::agreement::{Agreement, Verdict};
use crate::close::{CloseReason, InvalidCloseCode};
use crate::control::{Control, Credential};
use crate::deadline::after;
use crate::frame;
use crate::packet::Packet;
use crate::registry::PacketId;
use crate::reject::RejectKind;
use crate::session::SessionId;

/// A cheap handle to the other end of a connection. Cloning it is cloning an `Arc`.
///
/// The one that an acceptor of a call is given gives its own calls no more time than the call has
/// [left](Self::time_left), so that nobody works for a caller who waits no more. It does so until the acceptor
/// is done: one that is kept is like any other from then on.
#[derive(Clone, Debug)]
pub struct Peer {
    pub(super) shared: Arc<Shared>,
    pub(super) term: Term,
}

/// What a packet to a room touches comes first.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Shared {
    /// Once there is one, with its runtime.
    pub(super) driver: OnceLock<(Weak<dyn WriteOut>, runtime::Handle)>,
    /// The largest message the other end takes from this one.
    pub(super) max_send: usize,
    pub(super) agreement: Agreement,
    pub(super) queue: Queue,
    pub(super) session: SessionId,
    pub(super) limits: ConnectionLimits,
    pub(super) streams: Streams,
    pub(super) drops: Drops,
    pub(super) figures: Figures,
    pub(super) observers: Observers,
    /// How many acceptors run, as of the driver's last turn.
    pub(super) accepting: AtomicUsize,
    /// Whether the other end has said that it is about to close the connection.
    pub(super) leaving: SetOnce<()>,
    /// Whether the session can go on over other transports.
    pub(super) is_resumable: bool,
    /// Whether there is a transport just now.
    pub(super) is_connected: AtomicBool,
}

impl Shared {
    /// A packet that was received is dropped.
    pub(super) fn drop_received(&self, why: RejectKind, packet: &dyn Display) {
        self.drops.count(why, packet);
        self.figures.dropped(why);
    }

    /// The connection has ended: all who wait for something learn the reason.
    pub(super) fn end(&self, reason: &CloseReason) {
        self.is_connected.store(false, Ordering::Relaxed);
        self.queue.end(reason);
        self.streams.end_of_connection();
        self.accepting.store(0, Ordering::Relaxed);
    }

    pub(super) fn check_size(&self, frame: Bytes) -> Result<Bytes, SendError> {
        if frame.len() > self.max_send {
            return Err(SendError::TooLarge { size: frame.len(), limit: self.max_send });
        }
        Ok(frame)
    }

    /// Queues a packet's frame, as the policy of its type says. If it is written later, it is said whether somebody has to
    /// see to that.
    #[inline]
    pub(super) fn emit(&self, id: PacketId, frame: Bytes, later: bool) -> Result<bool, SendError> {
        let overflow = self.agreement.registry().packet(id).policy().overflow;
        let emitted = Emitted { id, overflow: overflow.unwrap_or_else(|| self.queue.overflow()) };
        let size = frame.len();
        let emitted = self.queue.emit(self.check_size(frame)?, emitted, later);
        let is_first = emitted.map_err(|refused| match refused {
            Refused::Full => SendError::Full,
            Refused::Closed(reason) => SendError::Disconnected(reason),
        })?;
        self.figures.sent(id, size);
        Ok(is_first)
    }
}

impl Peer {
    /// The session's id: 16 random bytes, the same on both ends.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.shared.session
    }

    /// Sends a packet, typed or dehydrated, and resolves to its response.
    ///
    /// It waits for room where there is none, and settles by its [timeout](Call::timeout) in any case.
    ///
    /// # Errors
    /// [`SendError`] says why there is no response.
    pub fn send<O: Outgoing>(&self, packet: O) -> Call<O> {
        Call::new(self.shared.clone(), packet, self.term.deadline())
    }

    /// How much time is left of the call that this handle was given for, as long as its acceptor runs; none for
    /// any other handle. What this handle sends meanwhile has no more time than this.
    ///
    /// It is what the caller still waits, and no more than the
    /// [`acceptor_timeout`](ConnectionLimits::acceptor_timeout). Then the acceptor is dropped.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.term.time_left()
    }

    /// The same handle without regard to the call that it was given for: for work that goes on when the call is
    /// answered, or nobody waits for it any more.
    #[must_use]
    pub fn detached(&self) -> Self {
        self.within(Term::default())
    }

    /// Sends a packet, typed or dehydrated, without asking for an answer. It never waits.
    ///
    /// That it is taken does not mean that it arrives: the connection may end before, and what its
    /// [`Overflow`](crate::Overflow) says may drop it while it waits.
    ///
    /// # Errors
    /// [`SendError`] if the packet cannot be sent; [`SendError::Full`] if the queue is full just now.
    pub fn emit<O: Outgoing>(&self, packet: &O) -> Result<(), SendError> {
        let mut size = 0;
        let result = self.emit_unobserved(packet, &mut size);
        let Shared { observers, agreement, session, .. } = &*self.shared;
        if observers.any() {
            observers.emitted(packet, agreement, size, 1, Some(*session), result.as_ref().copied());
        }
        result
    }

    /// The same, told to no observers but the caller: how many bytes the body has, if it was encoded.
    ///
    /// # Errors
    /// As [`emit`](Self::emit) has them.
    #[doc(hidden)]
    pub fn emit_unobserved<O: Outgoing>(&self, packet: &O, encoded: &mut usize) -> Result<(), SendError> {
        let agreement = &self.shared.agreement;
        let id = packet.id(agreement)?;
        let wire = outgoing::wire_id(id, agreement)?;
        let (frame, size) = match packet.frame() {
            Some(frame) => (frame.clone(), packet.size()),
            None => outgoing::encode(packet, id, agreement, |size, body| frame::packet(wire, size, body))?,
        };
        *encoded = size;
        self.shared.emit(id, frame, false).map(drop)
    }

    /// Waits until `emit` has room for a packet.
    ///
    /// # Errors
    /// [`SendError::Disconnected`] when the connection has ended.
    pub fn ready(&self) -> Ready {
        Ready { shared: self.shared.clone(), place: None }
    }

    /// The packets of type `P` that arrive from now on, beside what acceptors do with them.
    pub fn packets<P: Packet>(&self) -> Packets<P> {
        let id = self.shared.agreement.registry().id_of::<P>();
        self.shared.streams.open(id, self.shared.limits.stream)
    }

    /// Whether a packet can travel between the builds on the two ends.
    #[must_use]
    pub fn verdict<P: Packet>(&self) -> Verdict {
        self.shared.agreement.verdict_of::<P>()
    }

    /// How many packets of this connection were dropped so far, by reason.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.shared.drops.dropped(self.shared.queue.overflowed())
    }

    /// How much waits to be written.
    #[must_use]
    pub fn load(&self) -> Load {
        self.shared.queue.load()
    }

    /// How many acceptors run for the other end's packets, a bundle's counted as one.
    #[must_use]
    pub fn accepting(&self) -> usize {
        self.shared.accepting.load(Ordering::Relaxed)
    }

    /// How many of this end's calls wait for their answers.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.shared.queue.calls()
    }

    /// Whether the other end, a server, has said that it is about to close the connection. Running calls still
    /// may finish; those that begin now are rejected as [`GoingAway`](crate::RejectKind::GoingAway). It is
    /// time to connect anew.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.shared.leaving.initialized()
    }

    /// Whether there is a connection just now. False after its end, and while a session that can be resumed waits
    /// for the other end to come back: what is sent meanwhile is retained for it.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.shared.is_connected.load(Ordering::Relaxed)
    }

    /// Resolves when the other end [is leaving](Self::is_leaving); never, if it does not say so.
    pub fn leaving(&self) -> impl Future<Output = ()> + Send + use<> {
        let shared = self.shared.clone();
        async move {
            shared.leaving.wait().await;
        }
    }

    /// Ends the connection, once what is queued has been written.
    pub fn close(&self) {
        self.close_with(CloseReason::Local, None);
    }

    /// Ends the connection with a code and a text of the application's, once what is queued has been
    /// written. The other end sees them as [`CloseReason::Remote`]; of the text, its first 123 bytes.
    ///
    /// The codes 4000 to 4399 and 4500 to 4999 are the application's.
    ///
    /// ```
    /// # use packets_core::{InvalidCloseCode, net::Peer};
    /// # fn example(peer: Peer) -> Result<(), InvalidCloseCode> {
    /// const BANNED: u16 = 4001;
    /// peer.close_as(BANNED, "no shouting")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`InvalidCloseCode`] at any other code; then nothing is closed.
    pub fn close_as(&self, code: u16, reason: &str) -> Result<(), InvalidCloseCode> {
        self.close_with(CloseReason::application(code, reason)?, None);
        Ok(())
    }

    /// Renews the credential by which the other end, a server, knows this one.
    ///
    /// # Errors
    /// [`SendError::TooLarge`] if it is larger than the other end takes. Then it is not sent.
    #[doc(hidden)]
    pub fn renew(&self, credential: Credential) -> Result<(), SendError> {
        let frame = self.shared.check_size(frame::control(&Control::Renew(credential)))?;
        self.shared.queue.push_control(frame);
        Ok(())
    }

    /// The other end's credential is good for so long. Then the connection ends as
    /// [`Unauthorized`](CloseReason::Unauthorized).
    #[doc(hidden)]
    pub fn expire_in(&self, time: Duration) {
        self.shared.queue.expire_at((time != Duration::MAX).then(|| after(now(), time)));
    }

    /// Ends the connection for this reason, after letting running calls finish until then.
    #[doc(hidden)]
    pub fn close_with(&self, reason: CloseReason, drain_until: Option<Instant>) {
        self.shared.queue.close(CloseRequest { reason, drain_until });
    }

    /// Resolves when the connection has ended, to the reason.
    pub fn closed(&self) -> Closed {
        Closed { shared: self.shared.clone(), place: None }
    }
}

impl Handle for Peer {
    fn within(&self, term: Term) -> Self {
        Self { shared: self.shared.clone(), term }
    }

    fn term(&self) -> &Term {
        &self.term
    }
}

/// A future of the reason for which the connection ended.
#[derive(Debug)]
#[must_use = "futures do nothing until they are awaited"]
pub struct Closed {
    shared: Arc<Shared>,
    place: Option<Place>,
}

impl Future for Closed {
    type Output = CloseReason;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let this = self.get_mut();
        this.shared.queue.poll_closed(&mut this.place, cx)
    }
}

/// Many may wait for a while and give up, on a connection that lives long.
impl Drop for Closed {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.shared.queue.forget_closed(place);
        }
    }
}
