//! The driver of a connection: what its task does in a turn. It reads, accepts and writes.

mod incoming;
mod resuming;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::time::Sleep;

use self::resuming::Resuming;
use super::accept::AcceptorTable;
use super::accepting::{Asker, Remains, Running};
use super::call::now;
use super::dispatch::Dispatcher;
use super::greeting::Greeted;
use super::limits::ConnectionLimits;
use super::outbox::Outbox;
use super::peer::Peer;
use super::queue::{CloseRequest, Queue};
use super::resume::Change;
use super::spare;
use super::term::Handle;
use super::transport::Transport;
use crate::close::CloseReason;
use crate::control::Credential;
use crate::reject::{Reject, RejectKind};
use crate::session::Session;

/// So many messages, and so many acceptors, are looked at before other tasks have their turn.
const TURN: usize = 256;

/// What a [`Connection`](super::Connection) consists of, and what it does in a turn.
///
/// What is written between two turns touches the first three.
#[repr(C)]
pub(super) struct Driver<T, S> {
    /// As of the last turn, for what is written between two.
    waker: Waker,
    outbox: Outbox,
    /// None while it waits for another one.
    transport: Option<T>,
    session: Session,
    peer: Peer,
    dispatcher: Dispatcher<S>,
    running: Running,
    /// Whether there are acceptors that have not begun, as the other end did not read.
    held_back: bool,
    request: Option<CloseRequest>,
    /// What the client has renewed its credential with.
    renewal: Option<Credential>,
    /// When the next call of this end has to be settled.
    next_call: Option<Instant>,
    /// Of the last packet that was accepted at once, for the next one.
    remains: Remains<S>,
    timer: Pin<Box<Sleep>>,
    /// Once it has ended: by when the other end has to answer the close.
    close_by: Option<Instant>,
    since: Instant,
    /// How many nanoseconds it had lasted when the turn began.
    age: u64,
    /// Why it could not be written between two turns.
    broken: Option<CloseReason>,
    /// If it can go on with another transport.
    resuming: Option<Box<Resuming<T>>>,
}

impl<T: Transport, S: Handle> Driver<T, S> {
    pub(super) fn new(greeted: Greeted<T>, acceptors: Arc<AcceptorTable<S>>, from: S) -> Self {
        let Greeted { transport, session, peer, .. } = greeted;
        peer.shared.figures.opened();
        Self {
            transport: Some(transport),
            dispatcher: Dispatcher::new(acceptors, peer.clone(), from, session.is_server()),
            session,
            held_back: false,
            running: Running::default(),
            outbox: Outbox::new(&peer.shared.limits, peer.shared.max_send),
            peer,
            request: None,
            renewal: None,
            next_call: None,
            remains: Remains::default(),
            timer: Box::pin(tokio::time::sleep_until(now().into())),
            close_by: None,
            since: now(),
            age: 0,
            waker: Waker::noop().clone(),
            broken: None,
            resuming: None,
        }
    }

    /// The driver's turn: until something becomes of the connection.
    pub(super) fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Change> {
        if let Some(credential) = self.renewal.take() {
            return Poll::Ready(Change::Renewed(credential));
        }
        let turn = match self.obey() {
            Ok(Some(change)) => return Poll::Ready(change),
            // What has come is read first, as it may say why.
            Ok(None) => self.turn(cx).and_then(|()| self.broken.take().map_or(Ok(()), Err)),
            Err(reason) => Err(reason),
        };
        turn.map_or_else(|reason| Poll::Ready(self.lose(reason, false)), |()| Poll::Pending)
    }

    /// Writes what was sent before the end, until the other end has to have answered the close.
    pub(super) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.transport {
            Some(transport) => self.outbox.poll_drain(transport, &self.peer.shared.queue, cx),
            None => Poll::Ready(()),
        }
    }

    /// The connection has ended: all who wait for something learn the reason.
    pub(super) fn end(&mut self, reason: &CloseReason, close_by: Instant) {
        self.close_by = Some(close_by);
        self.expire();
        self.peer.shared.end(reason);
        self.running.end();
    }

    /// What is left to be closed, and by when.
    pub(super) fn take_transport(&mut self) -> Option<(T, Instant)> {
        self.close_by.and_then(|close_by| Some((self.transport.take()?, close_by)))
    }

    pub(super) const fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Writes what is queued, between the driver's turns; false if there is something left, to be seen to in the next
    /// one.
    pub(super) fn write_out(&mut self, queue: &Queue, now: Instant) -> bool {
        if !self.outbox.take_between_turns(queue) {
            return true;
        }
        let Some(transport) = &mut self.transport else {
            self.outbox.hand_back(queue);
            return false;
        };
        let mut cx = Context::from_waker(&self.waker);
        let written = self.outbox.write(transport, queue, &mut cx, now);
        let written = written.and_then(|()| self.outbox.flush(transport, &mut cx, now));
        if let Err(reason) = written {
            self.broken = Some(reason);
            return false;
        }
        !self.outbox.is_stalled() && !queue.has_frames()
    }

    /// Reads, accepts and writes until there is nothing left to do or the turn is over, then flushes once.
    fn turn(&mut self, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        let now = now();
        self.age = nanoseconds(now - self.since);
        // First, so that a call whose time is up is settled by that, and not by a late answer.
        if self.next_call.is_some_and(|deadline| deadline <= now) {
            self.peer.shared.queue.on_timeout(now);
        }
        // One each: a flood of messages must not keep the acceptors from going on.
        let (mut messages, mut acceptors) = (TURN, TURN);
        loop {
            self.read(cx, now, &mut messages)?;
            self.accept(cx, now, &mut acceptors)?;
            let was_behind = self.is_behind();
            self.write(cx, now)?;
            if messages == 0 || acceptors == 0 {
                // The others first; then this goes on.
                cx.waker().wake_by_ref();
                break;
            }
            if !was_behind || self.is_behind() {
                break;
            }
        }
        self.rest(cx, now)
    }

    /// Writes what waits, if there is a transport.
    fn write(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<(), CloseReason> {
        match &mut self.transport {
            Some(transport) => self.outbox.write(transport, &self.peer.shared.queue, cx, now),
            None => self.wait(now),
        }
    }

    /// Whether so much waits to be written that acceptors have to wait.
    fn is_behind(&self) -> bool {
        self.outbox.is_behind(&self.peer.shared.queue)
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.peer.shared.limits
    }

    /// Puts a frame behind all others.
    fn put(&mut self, frame: Bytes) -> Result<(), CloseReason> {
        self.outbox.put(frame, &self.peer.shared.queue, self.transport.is_some())
    }

    /// Acts on the time and on the handles' wishes, flushes, and sees to being woken for what comes next.
    fn rest(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<(), CloseReason> {
        for (asker, id) in self.running.expire(now) {
            let why = RejectKind::DeadlinePassed;
            match asker {
                Asker::Call(call) => {
                    self.answer(id, call, Err(Reject::new(why, "the acceptor took too long")))?;
                }
                Asker::Packet => self.drop_packet(id, why),
                Asker::Nobody => {}
            }
        }
        let mut silence = self.session.next_timeout();
        if self.transport.is_some() && silence <= now {
            self.outbox.put_ping(self.session.on_timeout(now)?);
            silence = self.session.next_timeout();
        }
        self.acknowledge(now);
        self.write(cx, now)?;
        if let Some(transport) = &mut self.transport {
            self.outbox.flush(transport, cx, now)?;
        }
        if self.has_stalled(now) {
            return Err(CloseReason::SlowConsumer);
        }
        if self.renewal.is_some() {
            cx.waker().wake_by_ref();
        }
        self.waker.clone_from(cx.waker());
        let queue = &self.peer.shared.queue;
        self.peer.shared.accepting.store(self.running.len(), Ordering::Relaxed);
        let agenda = loop {
            let agenda = queue.poll_driver(cx);
            match agenda.next_timeout {
                Some(timeout) if timeout <= now => queue.on_timeout(now),
                _ => break agenda,
            }
        };
        let is_leaving = self.request.is_some();
        if agenda.expires.is_some_and(|expires| expires <= now) {
            return Err(CloseReason::Unauthorized);
        }
        self.request = agenda.close;
        self.next_call = agenda.next_timeout;
        if let Some(request) = &self.request
            && (self.transport.is_none()
                || !self.running.has_calls()
                || request.drain_until.is_none_or(|until| now >= until))
        {
            return Err(request.reason.clone());
        }
        if let Some(until) = self.request.as_ref().and_then(|request| request.drain_until)
            && !is_leaving
        {
            self.session.go_away(until - now);
            self.transmit()?;
        }
        self.outbox.hand_back(&self.peer.shared.queue);
        // One that is idle keeps no room.
        self.remains.slot = None;
        spare::give(std::mem::take(&mut self.remains.out));
        let has_frames =
            self.peer.shared.queue.has_frames() && !self.outbox.is_stalled() && !self.holds_back();
        let can_begin = self.held_back && !self.is_behind();
        if has_frames || can_begin || self.has_orders() {
            // More came while this turn was ending, or went.
            cx.waker().wake_by_ref();
        }
        let next = [
            self.transport.is_some().then_some(silence),
            self.next_of_resuming(),
            agenda.next_timeout,
            agenda.expires,
            self.running.next_deadline(),
            self.outbox.deadline(),
            self.request.as_ref().and_then(|request| request.drain_until),
        ];
        self.set_timer(next.into_iter().flatten().min(), cx);
        Ok(())
    }

    /// Whether the other end has left unread for too long what it is sent.
    fn has_stalled(&self, now: Instant) -> bool {
        self.outbox.deadline().is_some_and(|deadline| now >= deadline)
    }

    /// Most that is waited for is put off again and again, so the timer that was set for it stays where it is, and
    /// is set anew when it goes off.
    fn set_timer(&mut self, next: Option<Instant>, cx: &mut Context<'_>) {
        let Some(next) = next else { return };
        if self.timer.is_elapsed() || self.timer.deadline() > next.into() {
            self.timer.as_mut().reset(next.into());
        }
        if self.timer.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}

/// As many as 584 years have.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl<T, S> std::fmt::Debug for Driver<T, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// Also if the task is dropped in the middle: nobody who waits may wait for ever.
impl<T, S> Drop for Driver<T, S> {
    fn drop(&mut self) {
        if self.close_by.is_none() {
            self.peer.shared.end(&CloseReason::lost("the connection was dropped"));
        }
    }
}
