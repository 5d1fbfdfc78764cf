//! The driver of a connection: one task that reads, accepts and writes.

use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::{AbortHandle, Abortable, FutureExt, abortable};
use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt, StreamExt};
use tokio::time::Sleep;

use super::accept::{AcceptorTable, Answer, Answering, Reply};
use super::call::now;
use super::dispatch::Dispatcher;
use super::greeting::{self, Greeted, broken};
use super::limits::ConnectionLimits;
use super::peer::Peer;
use super::queue::CloseRequest;
use super::transport::{Message, Transport};
use crate::close::CloseReason;
use crate::deadline::after;
use crate::frame::{self, CallId};
use crate::registry::PacketId;
use crate::reject::{Reject, RejectKind};
use crate::session::{Event, Ping, Session};

/// So many messages, and so many acceptors, are looked at before other tasks have their turn.
const TURN: usize = 64;

/// What a frame that waits takes beside its bytes, roughly.
const FRAME_COST: usize = 64;

/// A connection that runs when its [`run`](Self::run) is awaited, and ends when that is dropped.
#[must_use = "a connection does nothing until it is run"]
pub struct Connection<T, S> {
    transport: T,
    session: Session,
    peer: Peer,
    limits: ConnectionLimits,
    dispatcher: Dispatcher<S>,
    /// Acceptors that were not ready at once.
    accepting: FuturesUnordered<Abortable<Accepting>>,
    /// The calls among them.
    calls: HashMap<CallId, AcceptedCall>,
    /// No deadline of these calls is before this one.
    next_deadline: Option<Instant>,
    /// Packets that wait for an acceptor to be done.
    inbox: VecDeque<(PacketId, Bytes)>,
    out: VecDeque<Bytes>,
    out_weight: usize,
    /// Whether the transport holds bytes that were not flushed.
    unflushed: bool,
    /// Since when the transport takes nothing.
    stalled: Option<Instant>,
    /// A ping that is due, and waits for the transport to take it.
    ping: Option<Ping>,
    request: Option<CloseRequest>,
    timer: Pin<Box<Sleep>>,
    ended: bool,
}

struct AcceptedCall {
    abort: AbortHandle,
    deadline: Instant,
}

/// A packet that is being accepted.
struct Accepting {
    call: Option<CallId>,
    /// There until it is dropped.
    answering: Option<Answering>,
}

impl Accepting {
    const fn new(call: Option<CallId>, answering: Answering) -> Self {
        Self { call, answering: Some(answering) }
    }
}

impl Future for Accepting {
    type Output = (Option<CallId>, Answer);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let call = self.call;
        match &mut self.answering {
            Some(answering) => answering.poll_unpin(cx).map(|answer| (call, answer)),
            None => Poll::Pending,
        }
    }
}

/// An acceptor that is cancelled drops what it holds. A panic of that, too, concerns this packet alone.
impl Drop for Accepting {
    fn drop(&mut self) {
        let answering = self.answering.take();
        if catch_unwind(AssertUnwindSafe(|| drop(answering))).is_err() {
            tracing::error!("an acceptor panicked when it was dropped");
        }
    }
}

/// What keeps a turn going.
enum Progress {
    Idle,
    Some,
}

impl<T: Transport, S: Clone + Send + Sync + 'static> Connection<T, S> {
    /// A connection whose packets go to these acceptors, who see them come from `from`.
    pub fn new(greeted: Greeted<T>, acceptors: Arc<AcceptorTable<S>>, from: S) -> Self {
        let Greeted { transport, session, peer } = greeted;
        Self {
            transport,
            session,
            limits: peer.shared.limits,
            dispatcher: Dispatcher::new(acceptors, peer.clone(), from),
            peer,
            accepting: FuturesUnordered::new(),
            calls: HashMap::new(),
            next_deadline: None,
            inbox: VecDeque::new(),
            out: VecDeque::new(),
            out_weight: 0,
            unflushed: false,
            stalled: None,
            ping: None,
            request: None,
            timer: Box::pin(tokio::time::sleep_until(now().into())),
            ended: false,
        }
    }

    /// Drives the connection to its end.
    pub async fn run(mut self) -> CloseReason {
        let reason = poll_fn(|cx| self.poll_turn(cx)).await;
        tracing::debug!(session = %self.peer.session(), %reason, "connection ends");
        let close_by = after(now(), self.limits.close_timeout);
        if matches!(reason, CloseReason::Local | CloseReason::ShuttingDown) {
            // What was sent before the close still goes out.
            let _ = tokio::time::timeout_at(close_by.into(), self.drain()).await;
        }
        self.end(&reason);
        greeting::close(&mut self.transport, &reason, close_by).await;
        reason
    }

    async fn drain(&mut self) {
        self.pull();
        while let Some(frame) = self.out.pop_front() {
            if self.transport.feed(Message::Binary(frame)).await.is_err() {
                return;
            }
        }
        // An error shows again when the transport is closed.
        let _ = self.transport.flush().await;
    }

    /// Everyone who waits learns the reason; acceptors of packets that ask for no answer run on.
    fn end(&mut self, reason: &CloseReason) {
        self.ended = true;
        self.peer.shared.queue.end(reason);
        self.peer.shared.streams.end();
        for call in self.calls.values() {
            call.abort.abort();
        }
        // Those of calls are dropped now, and not only when the other end has answered the close.
        let accepting = std::mem::take(&mut self.accepting);
        if self.calls.len() < accepting.len() && tokio::runtime::Handle::try_current().is_ok() {
            tokio::spawn(accepting.for_each(|_| async {}));
        }
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        match self.turn(cx) {
            Ok(()) => Poll::Pending,
            Err(reason) => Poll::Ready(reason),
        }
    }

    /// Reads, accepts and writes until there is nothing left to do or the turn is over, then flushes once.
    fn turn(&mut self, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        let now = now();
        // One each: a flood of messages must not keep the acceptors from going on.
        let (mut messages, mut acceptors) = (TURN, TURN);
        loop {
            let mut progress = self.read(cx, now, &mut messages)?;
            if let Progress::Some = self.accept(cx, &mut acceptors) {
                progress = Progress::Some;
            }
            let was_behind = self.is_behind();
            self.write(cx, now)?;
            if was_behind && !self.is_behind() {
                progress = Progress::Some;
            }
            if messages == 0 || acceptors == 0 {
                // The others first; then this goes on.
                cx.waker().wake_by_ref();
                break;
            }
            if let Progress::Idle = progress {
                break;
            }
        }
        self.flush(cx, now)?;
        self.rest(cx, now)
    }

    // ---- reading ----

    fn read(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        budget: &mut usize,
    ) -> Result<Progress, CloseReason> {
        let mut progress = Progress::Idle;
        // From the greeting there may be frames that were held back, and a HELLO to send.
        while let Some(event) = self.session.poll_held()? {
            self.handle(event, now, cx)?;
        }
        self.transmit()?;
        while *budget > 0 {
            let Poll::Ready(message) = self.transport.poll_next_unpin(cx) else { break };
            progress = Progress::Some;
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
                    self.unflushed = true;
                }
                Message::Pong(content) => self.session.pong(&content, now),
                Message::Text | Message::Close(_) => {}
            }
        }
        Ok(progress)
    }

    /// Puts out what the session has to say itself.
    fn transmit(&mut self) -> Result<(), CloseReason> {
        while let Some(frame) = self.session.poll_transmit() {
            self.put(frame)?;
        }
        Ok(())
    }

    #[inline]
    fn handle(&mut self, event: Event, now: Instant, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        match event {
            Event::Packet { id, body } => self.packet(id, body, cx),
            Event::Call { id, call, time_left, body } => {
                if self.calls.contains_key(&call) {
                    return Err(CloseReason::Protocol("a call id is used twice"));
                }
                if let Some(refusal) = self.refusal() {
                    return self.put(frame::reject(call, &Reject::new(refusal, refusal.to_string())));
                }
                let Some(answering) = self.dispatcher.accept(id, &body, Reply::Frame(call)) else {
                    return Ok(());
                };
                let mut accepting = Accepting::new(Some(call), answering);
                match self.begin(&mut accepting, cx) {
                    Poll::Ready((_, answer)) => self.answer(call, answer)?,
                    Poll::Pending => {
                        let timeout = time_left.map_or(self.limits.acceptor_timeout, |millis| {
                            self.limits
                                .acceptor_timeout
                                .min(std::time::Duration::from_millis(millis.get().into()))
                        });
                        let deadline = after(now, timeout);
                        let (accepting, abort) = abortable(accepting);
                        self.accepting.push(accepting);
                        self.calls.insert(call, AcceptedCall { abort, deadline });
                        self.next_deadline =
                            Some(self.next_deadline.map_or(deadline, |next| next.min(deadline)));
                    }
                }
            }
            Event::Settle { call, outcome } => self.peer.shared.queue.settle(call, outcome),
            Event::Cancel { call } => {
                if let Some(call) = self.calls.remove(&call) {
                    call.abort.abort();
                }
            }
            Event::Open { .. } => {}
        }
        Ok(())
    }

    /// Why no call is accepted now, if so.
    fn refusal(&self) -> Option<RejectKind> {
        if self.request.is_some() {
            Some(RejectKind::GoingAway)
        } else if self.accepting.len() >= self.limits.acceptors {
            Some(RejectKind::Overloaded)
        } else {
            None
        }
    }

    fn packet(&mut self, id: PacketId, body: Bytes, cx: &mut Context<'_>) {
        if self.accepting.len() < self.limits.acceptors && self.inbox.is_empty() {
            self.start(id, &body, cx);
        } else if self.inbox.len() < self.limits.inbox {
            self.inbox.push_back((id, body));
        } else {
            let name = self.peer.shared.agreement.registry().packet(id).name();
            tracing::warn!(packet = name, "dropped a packet: the inbox is full");
        }
    }

    fn start(&mut self, id: PacketId, body: &Bytes, cx: &mut Context<'_>) {
        let Some(answering) = self.dispatcher.accept(id, body, Reply::Nothing) else { return };
        let mut accepting = Accepting::new(None, answering);
        match self.begin(&mut accepting, cx) {
            Poll::Ready((_, answer)) => self.settle_packet(answer),
            Poll::Pending => self.accepting.push(abortable(accepting).0),
        }
    }

    /// Lets an acceptor begin at once, unless the others have to wait, too.
    fn begin(&self, accepting: &mut Accepting, cx: &mut Context<'_>) -> Poll<(Option<CallId>, Answer)> {
        if self.is_behind() { Poll::Pending } else { accepting.poll_unpin(cx) }
    }

    /// Whether so much waits to be written that acceptors, whose answers would come on top, have to wait.
    fn is_behind(&self) -> bool {
        self.out_weight > self.limits.queue_bytes
    }

    // ---- accepting ----

    /// Polls the acceptors that have been woken.
    fn accept(&mut self, cx: &mut Context<'_>, budget: &mut usize) -> Progress {
        let mut progress = Progress::Idle;
        while *budget > 0 && !self.accepting.is_empty() && !self.is_behind() {
            let Poll::Ready(Some(done)) = self.accepting.poll_next_unpin(cx) else { break };
            progress = Progress::Some;
            *budget -= 1;
            match done {
                Ok((Some(call), answer)) if self.calls.remove(&call).is_some() => {
                    // A backlog that is too large shows at the next message, or when writing stalls.
                    let _ = self.answer(call, answer);
                }
                Ok((Some(_), _)) | Err(_) => {}
                Ok((None, answer)) => self.settle_packet(answer),
            }
            while self.accepting.len() < self.limits.acceptors
                && let Some((id, body)) = self.inbox.pop_front()
            {
                self.start(id, &body, cx);
            }
        }
        progress
    }

    /// Nobody waits for this answer, but it may be worth knowing.
    fn settle_packet(&self, answer: Answer) {
        if let Err(reject) = answer {
            tracing::debug!(session = %self.peer.session(), %reject, "a packet was rejected");
        }
    }

    fn answer(&mut self, call: CallId, answer: Answer) -> Result<(), CloseReason> {
        let frame = match answer {
            Ok(frame) if frame.len() <= self.peer.shared.max_send => frame,
            Ok(_) => frame::reject(call, &Reject::new(RejectKind::Failed, "the response is too large")),
            Err(reject) => frame::reject(call, &reject),
        };
        // What the acceptor emitted goes before its answer.
        if self.peer.shared.queue.has_frames() {
            self.pull();
        }
        self.put(frame)
    }

    // ---- writing ----

    fn put(&mut self, frame: Bytes) -> Result<(), CloseReason> {
        self.out_weight += weight(&frame);
        self.out.push_back(frame);
        // Acceptors wait and handles are refused long before. What piles up are rejects that nobody reads.
        let limits = &self.limits;
        let most = limits
            .queue_bytes
            .saturating_add(limits.queue_frames.saturating_mul(FRAME_COST))
            .saturating_add(self.peer.shared.max_send)
            .saturating_mul(2);
        if self.out_weight > most && self.stalled.is_some() {
            return Err(CloseReason::SlowConsumer);
        }
        Ok(())
    }

    /// Takes over what the handles have queued.
    fn pull(&mut self) {
        let before = self.out.len();
        self.peer.shared.queue.take_frames(&mut self.out);
        self.out_weight += self.out.iter().skip(before).map(weight).sum::<usize>();
    }

    fn write(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<(), CloseReason> {
        loop {
            if self.out.is_empty() {
                if !self.peer.shared.queue.has_frames() {
                    return Ok(());
                }
                self.pull();
            }
            if self.out.is_empty() || !self.ready(cx, now)? {
                return Ok(());
            }
            if let Some(frame) = self.out.pop_front() {
                self.out_weight -= weight(&frame);
                self.transport.start_send_unpin(Message::Binary(frame)).map_err(broken)?;
                self.unflushed = true;
            }
        }
    }

    /// Whether the transport takes a message.
    fn ready(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<bool, CloseReason> {
        let ready = self.transport.poll_ready_unpin(cx);
        self.taken(ready, now)
    }

    fn flush(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<(), CloseReason> {
        if self.unflushed {
            let flushed = self.transport.poll_flush_unpin(cx);
            self.unflushed = !self.taken(flushed, now)?;
        }
        Ok(())
    }

    /// Notes when the transport stalls and goes on.
    fn taken(
        &mut self,
        poll: Poll<Result<(), super::TransportError>>,
        now: Instant,
    ) -> Result<bool, CloseReason> {
        match poll {
            Poll::Ready(result) => {
                result.map_err(broken)?;
                self.stalled = None;
                Ok(true)
            }
            Poll::Pending => {
                self.stalled.get_or_insert(now);
                Ok(false)
            }
        }
    }

    // ---- time, and the end ----

    /// Acts on the time and on the handles' wishes, and sees to being woken for the next of either.
    fn rest(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<(), CloseReason> {
        self.ping = self.session.on_timeout(now)?.or(self.ping);
        if let Some(ping) = self.ping
            && self.ready(cx, now)?
        {
            self.ping = None;
            self.transport.start_send_unpin(Message::Ping(Bytes::copy_from_slice(&ping))).map_err(broken)?;
            self.unflushed = true;
            self.flush(cx, now)?;
        }
        if self.stalled.is_some_and(|since| now >= after(since, self.limits.write_timeout)) {
            return Err(CloseReason::SlowConsumer);
        }
        self.expire(now)?;
        let agenda = loop {
            let agenda = self.peer.shared.queue.poll_driver(cx);
            match agenda.next_timeout {
                Some(timeout) if timeout <= now => self.peer.shared.queue.on_timeout(now),
                _ => break agenda,
            }
        };
        self.request = agenda.close;
        if let Some(request) = &self.request
            && (self.calls.is_empty() || request.drain_until.is_none_or(|until| now >= until))
        {
            return Err(request.reason.clone());
        }
        if agenda.has_frames && self.stalled.is_none() || !self.out.is_empty() && self.stalled.is_none() {
            // More came while this turn was ending.
            cx.waker().wake_by_ref();
        }
        let next = [
            Some(self.session.next_timeout()),
            agenda.next_timeout,
            self.next_deadline,
            self.stalled.map(|since| after(since, self.limits.write_timeout)),
            self.request.as_ref().and_then(|request| request.drain_until),
        ];
        if let Some(next) = next.into_iter().flatten().min() {
            if self.timer.deadline() != next.into() {
                self.timer.as_mut().reset(next.into());
            }
            if self.timer.as_mut().poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
        Ok(())
    }

    /// Rejects the calls whose time is up, and drops their acceptors.
    fn expire(&mut self, now: Instant) -> Result<(), CloseReason> {
        if self.next_deadline.is_none_or(|deadline| now < deadline) {
            return Ok(());
        }
        let expired: Vec<_> = self
            .calls
            .extract_if(|_, call| call.deadline <= now)
            .map(|(id, call)| (id, call.abort))
            .collect();
        self.next_deadline = self.calls.values().map(|call| call.deadline).min();
        for (call, abort) in expired {
            abort.abort();
            self.put(frame::reject(
                call,
                &Reject::new(RejectKind::DeadlinePassed, "the acceptor took too long"),
            ))?;
        }
        Ok(())
    }
}

fn weight(frame: &Bytes) -> usize {
    frame.len() + FRAME_COST
}

/// Also if the task is dropped in the middle: nobody who waits may wait for ever.
impl<T, S> Drop for Connection<T, S> {
    fn drop(&mut self) {
        if !self.ended {
            self.peer.shared.queue.end(&CloseReason::lost("the connection was dropped"));
            self.peer.shared.streams.end();
        }
    }
}

impl<T, S> std::fmt::Debug for Connection<T, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("peer", &self.peer).finish_non_exhaustive()
    }
}
