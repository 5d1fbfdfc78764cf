//! What logs are told of packets on their way, and how they are told what a peer has written.

use std::fmt::{self, Display, Write};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::FutureExt;
use tracing::Span;
use tracing::field::{Empty, debug, display};
use tracing::level_filters::LevelFilter;

use super::accept::{Answer, Answering, Reply};
use super::call::now;
use super::figures::Figures;
use super::peer::Peer;
use crate::registry::PacketId;

/// A packet in the hands of layers and acceptors. What they log stands in its span, which learns what came of
/// it; and its time is taken.
pub(super) struct Observed {
    /// There until it is dropped, within its span.
    answering: Option<Answering>,
    span: Span,
    figures: Figures,
    id: PacketId,
    is_call: bool,
    since: Instant,
}

/// Looks on while a packet is accepted, if anybody wants to know of it. Nobody may: then all this is a look at
/// the level of the logs.
#[inline]
pub(super) fn observe(answering: Answering, id: PacketId, peer: &Peer, reply: Reply) -> Answering {
    if is_observed(peer) { Observed::around(answering, id, peer, reply) } else { answering }
}

/// Whether anybody may want to know.
#[inline]
pub(super) fn is_observed(peer: &Peer) -> bool {
    LevelFilter::current() >= LevelFilter::DEBUG || peer.shared.figures.is_live()
}

impl Observed {
    #[inline(never)]
    fn around(answering: Answering, id: PacketId, peer: &Peer, reply: Reply) -> Answering {
        let shared = &peer.shared;
        let call = if let Reply::Frame(call) = reply { Some(call) } else { None };
        let span = tracing::debug_span!(
            "accept",
            packet = shared.agreement.registry().packet(id).name(),
            socket = %shared.session,
            call = call.map(display),
            outcome = Empty,
            elapsed = Empty,
        );
        if span.is_disabled() && !shared.figures.is_live() {
            return answering;
        }
        let figures = shared.figures.clone();
        let (answering, is_call) = (Some(answering), call.is_some());
        Box::pin(Self { answering, span, figures, id, is_call, since: now() })
    }

    fn finish(&self, answer: &Answer) {
        match answer {
            Ok(reply) if self.is_call => self.figures.replied(self.id, reply.len()),
            _ => {}
        }
        self.figures.accepted(self.id, self.since);
        match answer {
            Ok(_) => self.record("accepted"),
            Err(reject) => self.record(&display(reject.kind)),
        }
    }

    fn record(&self, outcome: &(impl tracing::Value + ?Sized)) {
        if !self.span.is_disabled() {
            let elapsed = now().saturating_duration_since(self.since);
            self.span.record("outcome", outcome).record("elapsed", debug(elapsed));
        }
    }
}

impl Future for Observed {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        let this = &mut *self;
        let Some(answering) = &mut this.answering else { return Poll::Pending };
        let _entered = this.span.enter();
        let poll = answering.poll_unpin(cx);
        if let Poll::Ready(answer) = &poll {
            this.finish(answer);
            this.answering = None;
        }
        poll
    }
}

/// Nobody waits for the answer any more, or its time is up.
impl Drop for Observed {
    fn drop(&mut self) {
        if let Some(answering) = self.answering.take() {
            let _entered = self.span.enter();
            drop(answering);
            self.record("dropped");
        }
    }
}

/// Of what a peer has written, so many bytes are logged.
const MOST: usize = 128;

/// What a peer may have written, as a log can take it: control characters are escaped, and what is beyond 128
/// bytes is left out.
#[derive(Debug)]
pub struct Escaped<T>(pub T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cut = Cut { left: MOST, to: f };
        // It fails when there is more, and that has been said.
        let whole = write!(cut, "{}", self.0).is_ok();
        if whole { Ok(()) } else { f.write_char('…') }
    }
}

/// Takes so many bytes, escaped, and no more.
struct Cut<'a, 'b> {
    left: usize,
    to: &'a mut fmt::Formatter<'b>,
}

impl Write for Cut<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            self.left = self.left.checked_sub(char.len_utf8()).ok_or(fmt::Error)?;
            // Quotes and backslashes harm no log.
            if char.is_control() || is_invisible(char) {
                write!(self.to, "{}", char.escape_default())?;
            } else {
                self.to.write_char(char)?;
            }
        }
        Ok(())
    }
}

/// Whether it reorders or hides what stands around it, or ends a line.
const fn is_invisible(char: char) -> bool {
    matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_writes_stays_in_its_line() {
        let text = "a\r\nERROR \u{1b}[31mfake\u{202e}\0 é \\";
        assert_eq!(Escaped(text).to_string(), "a\\r\\nERROR \\u{1b}[31mfake\\u{202e}\\u{0} é \\");
    }

    #[test]
    fn what_a_peer_writes_is_cut() {
        assert_eq!(Escaped("é".repeat(64)).to_string(), "é".repeat(64));
        assert_eq!(Escaped("é".repeat(65)).to_string(), format!("{}…", "é".repeat(64)));
    }
}
