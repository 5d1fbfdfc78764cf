//! What a connection does with what comes: packets and calls go to their acceptors, and answers go out.

use std::fmt::Display;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};

use super::{Driver, nanoseconds};
use crate::close::CloseReason;
use crate::deadline::after;
use crate::frame::{self, CallId};
use crate::net::accept::{Answer, Reply};
use crate::net::accepting::{Asker, Done, Run, Work};
use crate::net::dispatch::Begun;
use crate::net::greeting;
use crate::net::slot::Appended;
use crate::net::spare;
use crate::net::term::{Handle, TermEnd};
use crate::net::transport::{Message, Transport};
use crate::registry::PacketId;
use crate::reject::{Reject, RejectKind};
use crate::session::{Arrived, Event};

impl<T: Transport, S: Handle> Driver<T, S> {
    pub(super) fn read(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        budget: &mut usize,
    ) -> Result<(), CloseReason> {
        // From the greeting there may be frames that were held back.
        while let Some(event) = self.session.poll_held()? {
            self.handle(event, now, cx)?;
        }
        self.transmit()?;
        while *budget > 0 && self.renewal.is_none() {
            let Some(transport) = &mut self.transport else { break };
            let Poll::Ready(message) = Pin::new(transport).poll_next(cx) else { break };
            *budget -= 1;
            let message = match message {
                Some(Ok(Message::Binary(message))) => {
                    if let Some(arrived) = self.session.packet(&message, now) {
                        self.take_in(arrived, message, now, cx)?;
                    } else if let Some(event) = self.session.receive(message, now)? {
                        self.handle(event, now, cx)?;
                    }
                    self.transmit()?;
                    continue;
                }
                message => greeting::received(message)?,
            };
            match message {
                Message::Ping(_) => {
                    self.session.ping(now);
                    self.outbox.must_flush();
                }
                Message::Pong(content) => self.session.pong(&content, now),
                Message::Binary(_) | Message::Text(_) | Message::Close(_) => {}
            }
        }
        Ok(())
    }

    /// Puts out what the session has to say itself.
    pub(super) fn transmit(&mut self) -> Result<(), CloseReason> {
        while let Some(frame) = self.session.poll_transmit() {
            self.put(frame)?;
        }
        Ok(())
    }

    fn handle(&mut self, event: Event, now: Instant, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        match event {
            Event::Packet(arrived, frame) => return self.take_in(arrived, frame, now, cx),
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

    #[inline(always)]
    fn take_in(
        &mut self,
        arrived: Arrived,
        mut frame: Bytes,
        now: Instant,
        cx: &mut Context<'_>,
    ) -> Result<(), CloseReason> {
        let Arrived { id, call, head } = arrived;
        self.peer.shared.figures.received(id, frame.len());
        frame.advance(head);
        if let Some((call, time_left)) = call {
            return self.call(id, call, time_left, frame, now, cx);
        }
        match self.dispatcher.admit(Some(id), frame.len()) {
            Ok(()) => {
                self.packet(id, frame, now, cx);
                Ok(())
            }
            Err(refusal) => {
                self.drop_packet(id, refusal);
                self.check_abuse()
            }
        }
    }

    #[inline(always)]
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
        let time = self.acceptor_timeout(time_left);
        if self.remains.out.capacity() == 0 {
            self.remains.out = spare::take();
        }
        let handle = self.remains.handle(
            self.dispatcher.from(),
            self.since,
            self.age.saturating_add(nanoseconds(time)),
        );
        match self.begin(handle.clone(), id, body, Reply::Frame(call), cx) {
            Begun::Done(answer) => {
                self.remains.keep_handle(handle);
                self.answer_now(id, call, answer, now, cx)
            }
            Begun::Runs(work) => {
                let run = Run { id, asker: Asker::Call(call), is_uncancelled, deadline: after(now, time) };
                self.running.push(work, Some(TermEnd(handle.term().clone())), run);
                Ok(())
            }
            Begun::ByNobody => Ok(()),
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

    pub(super) fn drop_packet(&self, id: PacketId, why: RejectKind) {
        self.peer.shared.drop_received(why, &self.dispatcher.packet(id).name());
    }

    // ---- accepting ----

    fn start(&mut self, id: PacketId, body: Bytes, now: Instant, cx: &mut Context<'_>) {
        let from = self.dispatcher.from().clone();
        match self.begin(from, id, body, Reply::Nothing, cx) {
            Begun::Done(answer) => self.settle_packet(id, answer.err().map(|reject| reject.kind)),
            Begun::Runs(work) => {
                let deadline = after(now, self.limits().packet_timeout);
                let run = Run { id, asker: Asker::Packet, is_uncancelled: true, deadline };
                self.running.push(work, None, run);
            }
            Begun::ByNobody => {}
        }
    }

    /// Lets an acceptor begin at once, unless those before it have to wait, too.
    #[inline(always)]
    fn begin(&mut self, from: S, id: PacketId, body: Bytes, reply: Reply, cx: &mut Context<'_>) -> Begun {
        self.held_back |= self.is_behind();
        if self.held_back {
            let answering = self.dispatcher.accept(from, id, body, reply);
            return answering.map_or(Begun::ByNobody, |answering| Begun::Runs(Work::Boxed(answering)));
        }
        self.dispatcher.begin(from, id, body, reply, &mut self.remains, cx)
    }

    /// Polls the acceptors that have been woken.
    pub(super) fn accept(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        budget: &mut usize,
    ) -> Result<(), CloseReason> {
        while *budget > 0 && !self.is_behind() {
            let Poll::Ready(done) = self.running.poll_done(cx) else {
                // All have begun.
                self.held_back = false;
                break;
            };
            *budget -= 1;
            match done {
                Some(Done { asker: Asker::Call(call), id, answer }) => self.answer(id, call, answer)?,
                Some(Done { asker: Asker::Packet, id, answer }) => {
                    self.settle_packet(id, answer.err().map(|reject| reject.kind));
                }
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
    fn settle_packet(&self, id: PacketId, refused: Option<RejectKind>) {
        if let Some(why) = refused {
            self.drop_packet(id, why);
        }
    }

    /// Answers with the frame that remains, which goes out at once if nothing is before it.
    #[inline(always)]
    fn answer_now(
        &mut self,
        id: PacketId,
        call: CallId,
        answer: Appended,
        now: Instant,
        cx: &mut Context<'_>,
    ) -> Result<(), CloseReason> {
        let out = &mut self.remains.out;
        if answer.is_ok()
            && out.len() <= self.peer.shared.max_send
            && let Some(transport) = &mut self.transport
            && self.outbox.write_now(out, transport, &self.peer.shared.queue, cx, now)?
        {
            out.clear();
            return Ok(());
        }
        let answer = answer.map_err(|reject| *reject).map(|()| {
            // What waits holds no more memory than it counts.
            if out.capacity() / 2 > out.len() {
                Bytes::copy_from_slice(out)
            } else {
                std::mem::take(out).into()
            }
        });
        out.clear();
        self.answer(id, call, answer)
    }

    pub(super) fn answer(&mut self, id: PacketId, call: CallId, answer: Answer) -> Result<(), CloseReason> {
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
}
