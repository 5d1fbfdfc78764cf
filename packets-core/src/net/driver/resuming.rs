//! A connection without a transport, and one that gets another one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Driver, now};
use crate::close::CloseReason;
use crate::control::{Position, Resumed};
use crate::deadline::after;
use crate::frame::CallId;
use crate::net::accept::AcceptorTable;
use crate::net::figures::Waits;
use crate::net::greeting::Greeted;
use crate::net::recovery::Recovery;
use crate::net::resume::{Change, Mooring, Order, Orders, Recovered, ResumeLimits};
use crate::net::term::Handle;
use crate::net::transport::Transport;
use crate::registry::PacketId;
use crate::session::Resumption;

/// After so many frames, or so many bytes of them, the other end is told that they came.
const ACK_FRAMES: u64 = 64;
const ACK_BYTES: usize = 16 << 10;

/// The other end is told so after this time, too.
const ACK_DELAY: Duration = Duration::from_secs(1);

/// What a connection that can be resumed knows of it.
pub(super) struct Resuming<T> {
    orders: Orders<T>,
    keep: Duration,
    /// While there is no transport.
    detached: Option<Detached>,
    /// Whether frames were lost, so that calls may be repeated.
    had_gap: bool,
    /// How many frames the other end was told of.
    acknowledged: u64,
    /// When it has to be told of more.
    acknowledge_at: Option<Instant>,
}

struct Detached {
    reason: CloseReason,
    until: Instant,
    _counted: Waits,
}

impl<T: Transport, S: Handle> Driver<T, S> {
    /// One that goes on with other transports, by the handle, if both ends want to.
    pub(in crate::net) fn resumable(
        greeted: Greeted<T>,
        acceptors: Arc<AcceptorTable<S>>,
        from: S,
        limits: ResumeLimits,
    ) -> (Self, Option<Mooring<T>>) {
        let is_resumable = greeted.is_resumable();
        let is_refused = matches!(greeted.resumption, Resumption::Wanted(_));
        let mut connection = Self::new(greeted, acceptors, from);
        if !is_resumable {
            return (connection, None);
        }
        let mut recovery = Box::new(Recovery::new(limits));
        if is_refused {
            recovery.put_resumed(Resumed { position: None });
        }
        connection.outbox.recovery = Some(recovery);
        let (mooring, orders) = Mooring::new(connection.peer.clone());
        connection.resuming = Some(Box::new(Resuming {
            orders,
            keep: limits.keep,
            detached: None,
            had_gap: false,
            acknowledged: 0,
            acknowledge_at: None,
        }));
        (connection, Some(mooring))
    }

    /// Where this end stands in the session.
    pub(in crate::net) fn position(&self) -> Position {
        let first = self.outbox.recovery.as_ref().map_or(0, |recovery| recovery.retained.first());
        Position { received: self.session.stand().received, first }
    }

    /// Does what the handle wants.
    pub(super) fn obey(&mut self) -> Result<Option<Change>, CloseReason> {
        let Some(resuming) = &mut self.resuming else { return Ok(None) };
        match resuming.orders.take() {
            Order::Nothing | Order::Over => Ok(None),
            Order::Attach(greeted) => self.attach(*greeted),
            Order::Detach if self.transport.is_some() => Ok(Some(self.lose(CloseReason::Local, true))),
            Order::Detach => Ok(None),
            Order::End => match &resuming.detached {
                Some(detached) => Err(detached.reason.clone()),
                None => Ok(None),
            },
        }
    }

    /// Whether the handle wants something.
    pub(super) fn has_orders(&self) -> bool {
        self.resuming.as_ref().is_some_and(|resuming| resuming.orders.any())
    }

    /// The transport is of no more use. What becomes of the connection.
    pub(super) fn lose(&mut self, reason: CloseReason, planned: bool) -> Change {
        let now = now();
        let is_stalled = reason == CloseReason::SlowConsumer && self.has_stalled(now);
        let is_lost = matches!(reason, CloseReason::Lost(_) | CloseReason::HeartbeatTimeout);
        let is_over = self.request.is_some() || self.peer.is_leaving() || self.transport.is_none();
        let Some(resuming) =
            self.resuming.as_mut().filter(|_| !is_over && (planned || is_lost || is_stalled))
        else {
            return Change::Ended(reason);
        };
        let until = after(now, resuming.keep);
        let counted = self.peer.shared.figures.detached();
        resuming.detached = Some(Detached { reason: reason.clone(), until, _counted: counted });
        resuming.acknowledge_at = None;
        self.transport = None;
        self.outbox.hand_back(&self.peer.shared.queue);
        self.outbox.forget_transport();
        self.broken = None;
        self.peer.shared.queue.drop_control();
        self.peer.shared.is_connected.store(false, Ordering::Relaxed);
        Change::Lost(reason)
    }

    /// Goes on with another transport.
    fn attach(&mut self, greeted: Greeted<T>) -> Result<Option<Change>, CloseReason> {
        let Greeted { transport, mut session, resumption, .. } = greeted;
        let (theirs, is_granted) = match resumption {
            Resumption::Wanted(resume) => (resume.position, false),
            Resumption::Granted(position) => (position, true),
            Resumption::New | Resumption::Never => return Ok(None),
        };
        let (Some(resuming), Some(recovery)) = (&mut self.resuming, &mut self.outbox.recovery) else {
            return Ok(None);
        };
        let mut stand = self.session.stand();
        let lost = recovery.rewind(theirs.received)?;
        let missed = theirs.first.saturating_sub(stand.next);
        // What is known of `received` stays, until a frame shows that the other end knows of the gap, too.
        stand.next = stand.next.max(theirs.first);
        if !is_granted {
            let position = Position { received: stand.received, first: recovery.retained.first() };
            recovery.put_resumed(Resumed { position: Some(position) });
        } else {
            // A credential that was renewed between the two transports is older than that of the second one.
            self.peer.shared.queue.drop_control();
        }
        session.go_on(stand);
        (resuming.acknowledged, resuming.acknowledge_at) = (stand.received, None);
        let detached = resuming.detached.take();
        self.session = session;
        self.transport = Some(transport);
        self.outbox.forget_transport();
        self.broken = None;
        self.peer.shared.is_connected.store(true, Ordering::Relaxed);
        let recovered =
            if (missed, lost) == (0, 0) { Recovered::Full } else { Recovered::Gap { missed, lost } };
        if recovered != Recovered::Full {
            resuming.had_gap = true;
            let reason =
                detached.map_or_else(|| CloseReason::lost("replaced by another connection"), |it| it.reason);
            self.peer.shared.queue.lose(&reason);
        }
        self.peer.shared.figures.resumed(recovered);
        Ok(Some(Change::Resumed(recovered)))
    }

    /// The session ends, maybe without another transport.
    pub(super) fn expire(&mut self) {
        if self.resuming.as_mut().is_some_and(|resuming| resuming.detached.take().is_some()) {
            self.peer.shared.figures.expired();
        }
    }

    /// Without a transport: lets go when the time is over. A server retains what waits; a client, which has said by
    /// then what it can send, holds it back.
    pub(super) fn wait(&mut self, now: Instant) -> Result<(), CloseReason> {
        let Some(detached) = self.resuming.as_ref().and_then(|resuming| resuming.detached.as_ref()) else {
            return Ok(());
        };
        if now >= detached.until {
            return Err(detached.reason.clone());
        }
        if self.session.is_server() {
            self.outbox.retain(&self.peer.shared.queue);
        }
        Ok(())
    }

    /// Whether frames stay in the queue.
    pub(super) fn holds_back(&self) -> bool {
        self.transport.is_none() && !self.session.is_server()
    }

    /// Tells the other end now and then what came.
    pub(super) fn acknowledge(&mut self, now: Instant) {
        let (Some(resuming), Some(recovery)) = (&mut self.resuming, &mut self.outbox.recovery) else {
            return;
        };
        let count = self.session.stand().received - resuming.acknowledged;
        if count == 0 {
            return;
        }
        let at = *resuming.acknowledge_at.get_or_insert_with(|| after(now, ACK_DELAY));
        if count >= ACK_FRAMES || self.session.unacknowledged() >= ACK_BYTES || now >= at {
            resuming.acknowledged = self.session.acknowledge();
            resuming.acknowledge_at = None;
            recovery.put_ack(resuming.acknowledged);
        }
    }

    /// The other end has received so many frames.
    pub(super) fn acknowledged(&mut self, received: u64) -> Result<(), CloseReason> {
        let at_rest = !self.peer.shared.queue.has_frames();
        match &mut self.outbox.recovery {
            Some(recovery) => recovery.acknowledge(received, at_rest),
            None => Ok(()),
        }
    }

    /// When there is something to do for it.
    pub(super) fn next_of_resuming(&self) -> Option<Instant> {
        let resuming = self.resuming.as_ref()?;
        resuming.detached.as_ref().map(|detached| detached.until).or(resuming.acknowledge_at)
    }

    // ---- calls that are repeated ----

    /// Whether a call came before, which may be if frames were lost. One that was answered is answered again.
    pub(super) fn is_repeated(&mut self, call: CallId) -> Result<bool, CloseReason> {
        if !self.resuming.as_ref().is_some_and(|resuming| resuming.had_gap) {
            return Ok(false);
        }
        if let Some(answer) = self.outbox.recovery.as_ref().and_then(|recovery| recovery.answer_of(call)) {
            self.put(answer)?;
            return Ok(true);
        }
        Ok(self.running.has_call(call))
    }

    /// Keeps the answer to a call of an idempotent packet, in case it is asked for again.
    pub(super) fn keep_answer(&mut self, id: PacketId, call: CallId, answer: &Bytes) {
        if let Some(recovery) = &mut self.outbox.recovery
            && self.dispatcher.packet(id).is_idempotent()
        {
            recovery.answered(call, answer);
        }
    }
}
