//! The figures of one end, to be counted up. [`metrics`](super::metrics) says what they mean.

use std::sync::Arc;
use std::time::Instant;

use ::metrics::{Counter, Gauge, Histogram, IntoF64, counter, gauge, histogram};

use super::backlog::Load;
use super::call::now;
use super::metrics::{
    ACCEPTOR, CALL, CALLS_FAILED, CLOSED, CONNECTED, CONNECTIONS, DETACHED, DETACHED_TOTAL, DROPPED, EXPIRED,
    NOT_GREETED, QUEUE_BYTES, QUEUE_FRAMES, RECEIVED, RECEIVED_BYTES, REFUSED, REJECTED, REPLIED_BYTES,
    RESUMED, SENT, SENT_BYTES,
};
use super::resume::Recovered;
use super::send_error::SendError;
use crate::close::CloseReason;
use crate::packet::Descriptor;
use crate::registry::{PacketId, Registry};
use crate::reject::RejectKind;

/// The figures of one end, shared by all its connections. Those that change with packets are looked up once,
/// when this is made.
#[derive(Clone)]
pub struct Figures(Arc<Handles>);

struct Handles {
    end: &'static str,
    /// Whether a recorder was there.
    is_live: bool,
    connections: Gauge,
    connected: Counter,
    /// By packet id, less one.
    packets: Vec<OfPacket>,
    calls_failed: [Counter; CallFailure::ALL.len()],
    rejected: [Counter; RejectKind::COUNT],
    dropped: [Counter; RejectKind::COUNT],
    full: Counter,
    oldest: Counter,
    replaced: Counter,
    queue_frames: Gauge,
    queue_bytes: Gauge,
}

struct OfPacket {
    received: Counter,
    received_bytes: Counter,
    sent: Counter,
    sent_bytes: Counter,
    replied_bytes: Counter,
    acceptor: Histogram,
    call: Histogram,
}

impl OfPacket {
    fn new(end: &'static str, packet: &Descriptor) -> Self {
        let name = packet.shared_name();
        let counter = |figure: &'static str| counter!(figure, "end" => end, "packet" => name.clone());
        let histogram = |figure: &'static str| histogram!(figure, "end" => end, "packet" => name.clone());
        Self {
            received: counter(RECEIVED),
            received_bytes: counter(RECEIVED_BYTES),
            sent: counter(SENT),
            sent_bytes: counter(SENT_BYTES),
            replied_bytes: counter(REPLIED_BYTES),
            acceptor: histogram(ACCEPTOR),
            call: histogram(CALL),
        }
    }
}

impl Figures {
    /// A server's.
    #[must_use]
    pub fn server(registry: &Registry) -> Self {
        Self::new("server", registry)
    }

    /// A client's.
    #[must_use]
    pub fn client(registry: &Registry) -> Self {
        Self::new("client", registry)
    }

    fn new(end: &'static str, registry: &Registry) -> Self {
        let connections = gauge!(CONNECTIONS, "end" => end);
        let mut is_live = false;
        connections.increment(Probe(&mut is_live));
        let dropped = |reason: &'static str| counter!(DROPPED, "end" => end, "reason" => reason);
        Self(Arc::new(Handles {
            end,
            is_live,
            connections,
            connected: counter!(CONNECTED, "end" => end),
            packets: registry.iter().map(|(_, packet)| OfPacket::new(end, packet)).collect(),
            calls_failed: CallFailure::ALL
                .map(|why| counter!(CALLS_FAILED, "end" => end, "reason" => why.label())),
            rejected: RejectKind::ALL
                .map(|kind| counter!(REJECTED, "end" => end, "kind" => reject_label(kind))),
            dropped: RejectKind::ALL.map(|kind| dropped(reject_label(kind))),
            full: dropped("full"),
            oldest: dropped("oldest"),
            replaced: dropped("replaced"),
            queue_frames: gauge!(QUEUE_FRAMES, "end" => end),
            queue_bytes: gauge!(QUEUE_BYTES, "end" => end),
        }))
    }

    /// Whether anybody records them, so that it is worth to look at the clock.
    #[inline]
    pub(super) fn is_live(&self) -> bool {
        self.0.is_live
    }

    #[inline]
    fn of(&self, id: PacketId) -> &OfPacket {
        &self.0.packets[usize::from(id.number()) - 1]
    }

    // ---- connections ----

    /// A client was not given a socket.
    pub fn refused(status: u16) {
        counter!(REFUSED, "status" => status.to_string()).increment(1);
    }

    pub(super) fn not_greeted(&self, reason: &CloseReason) {
        counter!(NOT_GREETED, "end" => self.0.end, "reason" => close_label(reason)).increment(1);
    }

    pub(super) fn opened(&self) {
        self.0.connections.increment(1);
        self.0.connected.increment(1);
    }

    pub(super) fn closed(&self, reason: &CloseReason) {
        self.0.connections.decrement(1);
        counter!(CLOSED, "end" => self.0.end, "reason" => close_label(reason)).increment(1);
    }

    // ---- sessions that go on ----

    /// A session has no connection any more, until what is returned is dropped.
    pub(super) fn detached(&self) -> Waits {
        let waits = gauge!(DETACHED, "end" => self.0.end);
        waits.increment(1);
        counter!(DETACHED_TOTAL, "end" => self.0.end).increment(1);
        Waits(waits)
    }

    /// It goes on by another one.
    pub(super) fn resumed(&self, recovered: Recovered) {
        let recovered = if recovered == Recovered::Full { "full" } else { "gap" };
        counter!(RESUMED, "end" => self.0.end, "recovered" => recovered).increment(1);
    }

    /// It has ended without.
    pub(super) fn expired(&self) {
        counter!(EXPIRED, "end" => self.0.end).increment(1);
    }

    // ---- packets ----

    #[inline]
    pub(super) fn received(&self, id: PacketId, frame: usize) {
        let packet = self.of(id);
        packet.received.increment(1);
        packet.received_bytes.increment(frame as u64);
    }

    #[inline]
    pub(super) fn sent(&self, id: PacketId, frame: usize) {
        let packet = self.of(id);
        packet.sent.increment(1);
        packet.sent_bytes.increment(frame as u64);
    }

    /// Layers and acceptors are done with a packet that they were given then.
    pub(super) fn accepted(&self, id: PacketId, since: Instant) {
        self.of(id).acceptor.record(Elapsed(since));
    }

    pub(super) fn replied(&self, id: PacketId, frame: usize) {
        self.of(id).replied_bytes.increment(frame as u64);
    }

    pub(super) fn rejected(&self, kind: RejectKind) {
        self.0.rejected[kind as usize].increment(1);
    }

    /// A received packet was dropped.
    pub(super) fn dropped(&self, kind: RejectKind) {
        self.0.dropped[kind as usize].increment(1);
    }

    /// An emitted packet was not taken.
    pub(super) fn full(&self) {
        self.0.full.increment(1);
    }

    /// An emitted packet was dropped for newer ones.
    pub(super) fn oldest(&self) {
        self.0.oldest.increment(1);
    }

    /// An emitted packet was dropped for the next one of its type.
    pub(super) fn replaced(&self) {
        self.0.replaced.increment(1);
    }

    // ---- calls ----

    /// A call that was sent at this time has settled.
    #[inline]
    pub(super) fn called<R>(&self, id: PacketId, since: Instant, outcome: &Result<R, SendError>) {
        self.of(id).call.record(Elapsed(since));
        if let Err(error) = outcome {
            self.0.calls_failed[CallFailure::of(error) as usize].increment(1);
        }
    }

    /// A call that was sent was dropped.
    pub(super) fn cancelled(&self) {
        self.0.calls_failed[CallFailure::Cancelled as usize].increment(1);
    }

    // ---- queues ----

    /// So much waits on one connection, where something else has waited before.
    #[inline]
    pub(super) fn queued(&self, before: &mut Queued, load: Load) {
        if before.0 != load {
            self.0.queue_frames.increment(load.frames as f64 - before.0.frames as f64);
            self.0.queue_bytes.increment(load.weight as f64 - before.0.weight as f64);
            before.0 = load;
        }
    }
}

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Figures").field("end", &self.0.end).finish_non_exhaustive()
    }
}

/// A session that waits for another connection.
pub(super) struct Waits(Gauge);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// What of one connection is among all that waits.
#[derive(Debug, Default)]
pub(super) struct Queued(Load);

/// A time for which the clock is looked at only if somebody records it.
struct Elapsed(Instant);

impl IntoF64 for Elapsed {
    fn into_f64(self) -> f64 {
        now().saturating_duration_since(self.0).as_secs_f64()
    }
}

/// Adds nothing, and knows then whether somebody would record it: the handles do not tell.
struct Probe<'a>(&'a mut bool);

impl IntoF64 for Probe<'_> {
    fn into_f64(self) -> f64 {
        *self.0 = true;
        0.0
    }
}

/// Why a call that was sent has no response.
#[derive(Clone, Copy)]
enum CallFailure {
    Rejected,
    Timeout,
    Disconnected,
    Unusable,
    Cancelled,
}

impl CallFailure {
    const ALL: [Self; 5] =
        [Self::Rejected, Self::Timeout, Self::Disconnected, Self::Unusable, Self::Cancelled];

    const fn of(error: &SendError) -> Self {
        match error {
            SendError::Validation(_) | SendError::Rejected(_) => Self::Rejected,
            SendError::Timeout => Self::Timeout,
            SendError::Disconnected(_) => Self::Disconnected,
            _ => Self::Unusable,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Timeout => "timeout",
            Self::Disconnected => "disconnected",
            Self::Unusable => "unusable",
            Self::Cancelled => "cancelled",
        }
    }
}

const fn reject_label(kind: RejectKind) -> &'static str {
    match kind {
        RejectKind::Validation => "validation",
        RejectKind::Malformed => "malformed",
        RejectKind::UnknownPacket => "unknown_packet",
        RejectKind::Incompatible => "incompatible",
        RejectKind::NotAccepted => "not_accepted",
        RejectKind::Failed => "failed",
        RejectKind::Panicked => "panicked",
        RejectKind::DeadlinePassed => "deadline_passed",
        RejectKind::Overloaded => "overloaded",
        RejectKind::GoingAway => "going_away",
        RejectKind::RateLimited => "rate_limited",
        RejectKind::TooLarge => "too_large",
    }
}

const fn close_label(reason: &CloseReason) -> &'static str {
    match reason {
        CloseReason::Local => "local",
        CloseReason::Application { .. } => "application",
        CloseReason::Remote { .. } => "remote",
        CloseReason::Lost(_) => "lost",
        CloseReason::Protocol(_) => "protocol",
        CloseReason::Text => "text",
        CloseReason::TooLarge => "too_large",
        CloseReason::Version(_) => "version",
        CloseReason::HandshakeTimeout => "handshake_timeout",
        CloseReason::HeartbeatTimeout => "heartbeat_timeout",
        CloseReason::SlowConsumer => "slow_consumer",
        CloseReason::Flood(_) => "flood",
        CloseReason::Idle => "idle",
        CloseReason::GaveUp(_) => "gave_up",
        CloseReason::ShuttingDown => "shutting_down",
        CloseReason::Unauthorized => "unauthorized",
    }
}
