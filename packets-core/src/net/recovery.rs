//! What a session that can be resumed writes beside its queue, and what it keeps to write again.

use std::collections::VecDeque;

use bytes::Bytes;

use super::resume::ResumeLimits;
use super::retained::Retained;
use crate::close::CloseReason;
use crate::control::{Control, Resumed};
use crate::frame::{self, CallId};

/// What a session that can be resumed writes before its queue, and what it keeps to write again.
#[derive(Debug)]
pub(super) struct Recovery {
    pub(super) retained: Retained,
    /// RESUMED, which goes before all other frames.
    resumed: Option<Bytes>,
    /// How many frames of the other end have come, if it has to be told.
    ack: Option<u64>,
    answered: Answered,
}

impl Recovery {
    pub(super) fn new(limits: ResumeLimits) -> Self {
        let answered = Answered { answers: VecDeque::new(), bytes: 0, most: limits.bytes };
        Self { retained: Retained::new(limits), resumed: None, ack: None, answered }
    }

    pub(super) fn put_resumed(&mut self, resumed: Resumed) {
        self.resumed = Some(frame::control(&Control::Resumed(resumed)));
    }

    pub(super) const fn put_ack(&mut self, received: u64) {
        self.ack = Some(received);
    }

    /// Whether there is something to write before the queue.
    pub(super) fn is_due(&self) -> bool {
        self.resumed.is_some() || self.ack.is_some() || self.retained.is_behind()
    }

    /// What is to be written before the queue.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        let ack = || self.ack.take().map(|received| frame::control(&Control::Ack(received)));
        self.resumed.take().or_else(ack).or_else(|| self.retained.again())
    }

    /// The other end has received so many frames. `at_rest`: no others wait.
    pub(super) fn acknowledge(&mut self, received: u64, at_rest: bool) -> Result<(), CloseReason> {
        self.retained.acknowledge(received)?;
        if at_rest && self.retained.is_settled() {
            self.answered.clear();
        }
        Ok(())
    }

    /// There is another transport, by which the other end stands at `received`. How many frames are lost.
    pub(super) fn rewind(&mut self, received: u64) -> Result<u64, CloseReason> {
        (self.resumed, self.ack) = (None, None);
        self.retained.rewind(received)
    }

    /// Keeps the answer to a call that may be repeated.
    pub(super) fn answered(&mut self, call: CallId, answer: &Bytes) {
        self.answered.push(call, answer.clone());
    }

    /// The answer that was given to a call.
    pub(super) fn answer_of(&self, call: CallId) -> Option<Bytes> {
        self.answered.get(call)
    }
}

/// So many answers are kept.
const MAX_ANSWERS: usize = 256;

/// The answers to calls of idempotent packets, so that the acceptor runs once though the call is repeated.
#[derive(Debug)]
struct Answered {
    /// The newest last.
    answers: VecDeque<(CallId, Bytes)>,
    bytes: usize,
    most: usize,
}

impl Answered {
    fn push(&mut self, call: CallId, answer: Bytes) {
        self.bytes += answer.len();
        self.answers.push_back((call, answer));
        while self.answers.len() > MAX_ANSWERS || self.bytes > self.most {
            let Some((_, oldest)) = self.answers.pop_front() else { return };
            self.bytes -= oldest.len();
        }
    }

    fn get(&self, call: CallId) -> Option<Bytes> {
        self.answers.iter().rev().find(|(id, _)| *id == call).map(|(_, answer)| answer.clone())
    }

    fn clear(&mut self) {
        self.answers.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn as_many_answers_are_kept_as_the_limits_say() {
        let limits = ResumeLimits { keep: Duration::ZERO, frames: 10, bytes: 1_000 };
        let mut recovery = Recovery::new(limits);
        let ids = std::iter::successors(Some(CallId::FIRST), |call| Some(call.next()));
        let calls: Vec<_> = ids.take(300).collect();
        let answer = |size| Bytes::from(vec![2; size]);
        for call in &calls {
            recovery.answered(*call, &answer(1));
        }
        let kept =
            |recovery: &Recovery| calls.iter().filter(|call| recovery.answer_of(**call).is_some()).count();
        assert_eq!(kept(&recovery), MAX_ANSWERS);
        assert!(recovery.answer_of(calls[43]).is_none() && recovery.answer_of(calls[44]).is_some());
        recovery.answered(calls[0], &answer(1_000));
        assert_eq!(kept(&recovery), 1);
        recovery.answered(calls[1], &answer(1_001));
        assert_eq!(kept(&recovery), 0);
    }

    #[test]
    fn answers_are_forgotten_once_all_has_arrived() {
        let mut recovery = Recovery::new(ResumeLimits { keep: Duration::ZERO, frames: 10, bytes: 1_000 });
        let answer = Bytes::from_static(&[2]);
        recovery.answered(CallId::FIRST, &answer);
        recovery.retained.push(&answer);
        assert_eq!(recovery.acknowledge(0, true), Ok(()));
        assert_eq!(recovery.answer_of(CallId::FIRST), Some(answer));
        assert_eq!(recovery.acknowledge(1, false), Ok(()));
        assert!(recovery.answer_of(CallId::FIRST).is_some(), "something waits");
        assert_eq!(recovery.acknowledge(1, true), Ok(()));
        assert!(recovery.answer_of(CallId::FIRST).is_none());
    }
}
