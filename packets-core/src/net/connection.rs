//! The driver of a connection: one task that reads, accepts and writes.

mod resuming;

use std::fmt::Display;
use std::future::{Future, poll_fn};
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::Sleep;

use self::resuming::Resuming;
use super::accept::{AcceptorTable, Answer, Reply};
use super::accepting::{Asker, Done, Remains, Run, Running, Work};
use super::call::now;
use super::dispatch::Dispatcher;
use super::greeting::{self, Greeted};
use super::limits::ConnectionLimits;
use super::outbox::Outbox;
use super::peer::Peer;
use super::queue::CloseRequest;
use super::resume::Change;
use super::term::{Handle, Term};
use super::trace::Escaped;
use super::transport::{Message, Transport};
use crate::close::CloseReason;
use crate::control::Credential;
use crate::deadline::after;
use crate::frame::{self, CallId};
use crate::registry::PacketId;
use crate::reject::{Reject, RejectKind};
use crate::session::{Event, Session};

/// So many messages, and so many acceptors, are looked at before other tasks have their turn.
const TURN: usize = 256;

/// A connection that runs when its [`run`](Self::run) is awaited, and ends when that is dropped.
#[must_use = "a connection does nothing until it is run"]
pub struct Connection<T, S> {
    /// None while it waits for another one.
    transport: Option<T>,
    session: Session,
    peer: Peer,
    dispatcher: Dispatcher<S>,
    running: Running,
    /// Whether there are acceptors that have not begun, as the other end did not read.
    held_back: bool,
    outbox: Outbox,
    request: Option<CloseRequest>,
    /// What the client has renewed its credential with.
    renewal: Option<Credential>,
    /// When the next call of this end has to be settled.
    next_call: Option<Instant>,
    /// Of the last packet that was accepted at once, for the next one.
    remains: Remains,
    timer: Pin<Box<Sleep>>,
    /// Once it has ended: by when the other end has to answer the close.
    close_by: Option<Instant>,
    /// If it can go on with another transport.
    resuming: Option<Box<Resuming<T>>>,
}

impl<T: Transport, S: Handle> Connection<T, S> {
    /// A connection whose packets go to these acceptors, who see them come from `from`.
    pub fn new(greeted: Greeted<T>, acceptors: Arc<AcceptorTable<S>>, from: S) -> Self {
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
            resuming: None,
        }
    }

    /// Drives the connection to its end, and closes it.
    pub async fn run(mut self) -> CloseReason {
        loop {
            if let Change::Ended(reason) = self.drive().await {
                self.close(&reason).await;
                return reason;
            }
        }
    }

    /// Drives the connection until something becomes of it, to be called again unless it has ended. All who wait
    /// for something know the reason of the end then; the other end does not before [`close`](Self::close) tells
    /// it.
    pub async fn drive(&mut self) -> Change {
        let change = poll_fn(|cx| self.poll_change(cx)).await;
        match &change {
            Change::Ended(reason) => self.end(reason).await,
            Change::Lost(reason) => {
                tracing::debug!(socket = %self.peer.session(), reason = %Escaped(reason), "connection lost");
            }
            Change::Renewed(_) => {
                tracing::debug!(socket = %self.peer.session(), "another credential");
            }
            Change::Resumed(recovered) => {
                tracing::debug!(socket = %self.peer.session(), ?recovered, "connection resumed");
            }
        }
        change
    }

    fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Change> {
        if let Some(credential) = self.renewal.take() {
            return Poll::Ready(Change::Renewed(credential));
        }
        let turn = match self.obey() {
            Ok(Some(change)) => return Poll::Ready(change),
            Ok(None) => self.turn(cx),
            Err(reason) => Err(reason),
        };
        turn.map_or_else(|reason| Poll::Ready(self.lose(reason, false)), |()| Poll::Pending)
    }

    async fn end(&mut self, reason: &CloseReason) {
        tracing::debug!(socket = %self.peer.session(), reason = %Escaped(reason), "connection ends");
        let close_by = after(now(), self.limits().close_timeout);
        if let Some(transport) = &mut self.transport
            && reason.is_orderly()
        {
            // What was sent before the close still goes out.
            let drain = self.outbox.drain(transport, &self.peer.shared.queue);
            let _ = tokio::time::timeout_at(close_by.into(), drain).await;
        }
        self.close_by = Some(close_by);
        self.expire();
        self.peer.shared.end(reason);
        self.running.end();
    }

    /// Tells the other end why the connection has ended, and waits for its answer, in all no longer than
    /// [`close_timeout`](ConnectionLimits::close_timeout) from the end on.
    pub async fn close(&mut self, reason: &CloseReason) {
        if let (Some(close_by), Some(transport)) = (self.close_by, &mut self.transport) {
            greeting::close(transport, reason, close_by).await;
        }
    }

    /// Reads, accepts and writes until there is nothing left to do or the turn is over, then flushes once.
    fn turn(&mut self, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        let now = now();
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

    fn limits(&self) -> &ConnectionLimits {
        &self.peer.shared.limits
    }

    /// Puts a frame behind all others.
    fn put(&mut self, frame: Bytes) -> Result<(), CloseReason> {
        self.outbox.put(frame, &self.peer.shared.queue, self.transport.is_some())
    }

    // ---- reading ----

    fn read(&mut self, cx: &mut Context<'_>, now: Instant, budget: &mut usize) -> Result<(), CloseReason> {
        // From the greeting there may be frames that were held back.
        while let Some(event) = self.session.poll_held()? {
            self.handle(event, now, cx)?;
        }
        self.transmit()?;
        while *budget > 0 && self.renewal.is_none() {
            let Some(transport) = &mut self.transport else { break };
            let Poll::Ready(message) = transport.poll_next_unpin(cx) else { break };
            *budget -= 1;
            match greeting::received(message)? {
                Message::Binary(message) => {
                    if let Some(event) = self.session.receive(message, now)? {
                        self.handle(event, now, cx)?;
                    }
                    self.transmit()?;
                }
                Message::Ping(_) => {
                    self.session.ping(now);
                    self.outbox.must_flush();
                }
                Message::Pong(content) => self.session.pong(&content, now),
                Message::Text(_) | Message::Close(_) => {}
            }
        }
        Ok(())
    }

    /// Puts out what the session has to say itself.
    fn transmit(&mut self) -> Result<(), CloseReason> {
        while let Some(frame) = self.session.poll_transmit() {
            self.put(frame)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn handle(&mut self, event: Event, now: Instant, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        match event {
            Event::Packet { id, body, size } => {
                self.peer.shared.figures.received(id, size);
                match self.dispatcher.admit(Some(id), body.len()) {
                    Ok(()) => self.packet(id, body, now, cx),
                    Err(refusal) => {
                        self.drop_packet(id, refusal);
                        return self.check_abuse();
                    }
                }
            }
            Event::Call { id, call, time_left, body, size } => {
                self.peer.shared.figures.received(id, size);
                return self.call(id, call, time_left, body, now, cx);
            }
            Event::Unreadable { why, call, size } => match (self.dispatcher.admit(None, size), call) {
                (Ok(()), Some(call)) => self.reject(call, &why.reject())?,
                (Ok(()), None) => self.peer.shared.drop_received(why.kind(), &why),
                (Err(refusal), call) => return self.refuse(call, refusal, &why),
            },
            Event::Settle { call, outcome } => self.peer.shared.queue.settle(call, outcome),
            Event::Cancel { call } => self.running.cancel(call),
            // The newest counts.
            Event::Renew(credential) => self.renewal = Some(credential),
            Event::Ack(received) => self.acknowledged(received)?,
            // It may say so again.
            Event::GoAway => drop(self.peer.shared.leaving.set(())),
            Event::Open { .. } => {}
        }
        Ok(())
    }

    fn call(
        &mut self,
        id: PacketId,
        call: CallId,
        time_left: Option<NonZeroU32>,
        body: Bytes,
        now: Instant,
        cx: &mut Context<'_>,
    ) -> Result<(), CloseReason> {
        if self.is_repeated(call)? {
            return Ok(());
        }
        if self.running.has_call(call) {
            return Err(CloseReason::Protocol("a call id is used twice"));
        }
        let admitted = self.dispatcher.admit(Some(id), body.len());
        if let Some(refusal) = admitted.err().or_else(|| self.refusal()) {
            return self.refuse(Some(call), refusal, &"");
        }
        let is_uncancelled = self.dispatcher.is_uncancelled(id, &body);
        let time_left = time_left.filter(|_| !is_uncancelled);
        let deadline = after(now, self.acceptor_timeout(time_left));
        let (term, end) = Term::until(deadline, self.remains.term.take());
        let from = self.dispatcher.from().within(term);
        let (reply, free) = (Reply::Frame(call), &mut self.remains.slot);
        let Some(mut work) = self.dispatcher.begin(from, id, body, reply, free) else { return Ok(()) };
        let mut out = std::mem::take(&mut self.remains.out);
        match self.begin(&mut work, &mut out, cx) {
            Poll::Ready(answer) => {
                self.remains.keep(work, Some(end));
                self.answer_now(id, call, answer, out, now, cx)
            }
            Poll::Pending => {
                let run = Run { id, asker: Asker::Call(call), is_uncancelled, deadline };
                self.running.push(work, Some(end), run);
                Ok(())
            }
        }
    }

    /// Why no call is accepted now, if so.
    fn refusal(&self) -> Option<RejectKind> {
        if self.request.is_some() {
            Some(RejectKind::GoingAway)
        } else if self.running.len() >= self.limits().acceptors {
            Some(RejectKind::Overloaded)
        } else {
            None
        }
    }

    /// Rejects a call, or drops a packet, before anyone has it.
    #[cold]
    fn refuse(
        &mut self,
        call: Option<CallId>,
        why: RejectKind,
        packet: &dyn Display,
    ) -> Result<(), CloseReason> {
        match call {
            Some(call) => self.reject(call, &Reject::new(why, why.to_string()))?,
            None => self.peer.shared.drop_received(why, packet),
        }
        self.check_abuse()
    }

    /// Whether so many packets had to be refused that the other end has to go.
    fn check_abuse(&self) -> Result<(), CloseReason> {
        if self.dispatcher.is_abused() { Err(CloseReason::Flood("packets beyond the rate")) } else { Ok(()) }
    }

    /// How long the acceptor of a call may take, if its caller still waits so long, or does not matter.
    fn acceptor_timeout(&self, time_left: Option<NonZeroU32>) -> Duration {
        let time_left = time_left.map_or(Duration::MAX, |millis| Duration::from_millis(millis.get().into()));
        self.limits().acceptor_timeout.min(time_left)
    }

    #[inline]
    fn packet(&mut self, id: PacketId, body: Bytes, now: Instant, cx: &mut Context<'_>) {
        if self.running.len() < self.limits().acceptors && self.running.inbox.is_empty() {
            self.start(id, body, now, cx);
        } else if self.running.inbox.len() < self.limits().inbox {
            self.running.inbox.push_back((id, body));
        } else {
            self.drop_packet(id, RejectKind::Overloaded);
        }
    }

    fn drop_packet(&self, id: PacketId, why: RejectKind) {
        self.peer.shared.drop_received(why, &self.dispatcher.packet(id).name());
    }

    // ---- accepting ----

    fn start(&mut self, id: PacketId, body: Bytes, now: Instant, cx: &mut Context<'_>) {
        let from = self.dispatcher.from().clone();
        let free = &mut self.remains.slot;
        let Some(mut work) = self.dispatcher.begin(from, id, body, Reply::Nothing, free) else { return };
        match self.begin(&mut work, &mut Vec::new(), cx) {
            Poll::Ready(answer) => {
                self.remains.keep(work, None);
                self.settle_packet(id, answer);
            }
            Poll::Pending => {
                let deadline = after(now, self.limits().packet_timeout);
                let run = Run { id, asker: Asker::Packet, is_uncancelled: true, deadline };
                self.running.push(work, None, run);
            }
        }
    }

    /// Lets an acceptor begin at once, unless those before it have to wait, too.
    #[inline]
    fn begin(
        &mut self,
        work: &mut Work,
        out: &mut Vec<u8>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Reject>> {
        self.held_back |= self.is_behind();
        if self.held_back { Poll::Pending } else { work.begin(out, cx) }
    }

    /// Polls the acceptors that have been woken.
    fn accept(&mut self, cx: &mut Context<'_>, now: Instant, budget: &mut usize) -> Result<(), CloseReason> {
        while *budget > 0 && !self.is_behind() {
            let Poll::Ready(done) = self.running.poll_done(cx) else {
                // All have begun.
                self.held_back = false;
                break;
            };
            *budget -= 1;
            match done {
                Some(Done { asker: Asker::Call(call), id, answer }) => self.answer(id, call, answer)?,
                Some(Done { asker: Asker::Packet, id, answer }) => self.settle_packet(id, answer),
                Some(Done { asker: Asker::Nobody, .. }) | None => {}
            }
            while self.running.len() < self.limits().acceptors
                && let Some((id, body)) = self.running.inbox.pop_front()
            {
                self.start(id, body, now, cx);
            }
        }
        // Items of bundles are charged where they are accepted.
        self.check_abuse()
    }

    /// Nobody waits for this answer, but it may be worth knowing.
    #[inline]
    fn settle_packet<A>(&self, id: PacketId, answer: Result<A, Reject>) {
        if let Err(reject) = answer {
            self.drop_packet(id, reject.kind);
        }
    }

    /// Answers with the frame in `out`, which goes out at once if nothing is before it.
    #[inline]
    fn answer_now(
        &mut self,
        id: PacketId,
        call: CallId,
        answer: Result<(), Reject>,
        mut out: Vec<u8>,
        now: Instant,
        cx: &mut Context<'_>,
    ) -> Result<(), CloseReason> {
        if answer.is_ok()
            && out.len() <= self.peer.shared.max_send
            && let Some(transport) = &mut self.transport
            && self.outbox.write_now(&out, transport, &self.peer.shared.queue, cx, now)?
        {
            out.clear();
            self.remains.out = out;
            return Ok(());
        }
        self.answer(id, call, answer.map(|()| out.into()))
    }

    fn answer(&mut self, id: PacketId, call: CallId, answer: Answer) -> Result<(), CloseReason> {
        let reject = match answer {
            Ok(frame) if frame.len() <= self.peer.shared.max_send => {
                self.keep_answer(id, call, &frame);
                return self.put(frame);
            }
            Ok(_) => Reject::new(RejectKind::Failed, "the response is too large"),
            Err(reject) => reject,
        };
        self.peer.shared.figures.rejected(reject.kind);
        let frame = frame::reject(call, &reject);
        self.keep_answer(id, call, &frame);
        self.put(frame)
    }

    /// Rejects a call that nobody had.
    fn reject(&mut self, call: CallId, reject: &Reject) -> Result<(), CloseReason> {
        self.peer.shared.figures.rejected(reject.kind);
        self.put(frame::reject(call, reject))
    }

    // ---- time, and the end ----

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
        if self.transport.is_some()
            && let Some(ping) = self.session.on_timeout(now)?
        {
            self.outbox.put_ping(ping);
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
        (self.remains.slot, self.remains.out) = (None, Vec::new());
        let has_frames =
            self.peer.shared.queue.has_frames() && !self.outbox.is_stalled() && !self.holds_back();
        if has_frames || self.has_orders() {
            // More came while this turn was ending.
            cx.waker().wake_by_ref();
        }
        let next = [
            self.transport.is_some().then(|| self.session.next_timeout()),
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

/// Also if the task is dropped in the middle: nobody who waits may wait for ever.
impl<T, S> Drop for Connection<T, S> {
    fn drop(&mut self) {
        if self.close_by.is_none() {
            self.peer.shared.end(&CloseReason::lost("the connection was dropped"));
        }
    }
}

impl<T, S> std::fmt::Debug for Connection<T, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("peer", &self.peer).finish_non_exhaustive()
    }
}
