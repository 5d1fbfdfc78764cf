//! Figures for the `metrics` facade, which hands them to Prometheus or whatever else the program installs.
//!
//! They come with the feature `metrics`. A recorder is to be installed before servers are built and clients
//! connect: whoever is there by then records nothing.
//!
//! | name | is a | labels | counts |
//! |---|---|---|---|
//! | `packets_connections` | gauge | `end` | connections whose two ends know each other |
//! | `packets_connections_total` | counter | `end` | the same since the start |
//! | `packets_closed_total` | counter | `end`, `reason` | connections that ended, by [`CloseReason`](crate::CloseReason) |
//! | `packets_detached` | gauge | `end` | sessions that have lost their connection and may go on by another one; they are among `packets_connections` |
//! | `packets_detached_total` | counter | `end` | the same since the start |
//! | `packets_resumed_total` | counter | `end`, `recovered` | times that a session went on by another connection: `full`, or `gap` if something is lost |
//! | `packets_expired_total` | counter | `end` | sessions that ended without another connection |
//! | `packets_greetings_failed_total` | counter | `end`, `reason` | connections that ended before the two ends knew each other |
//! | `packets_refused_total` | counter | `status` | clients that a server did not give a socket, by HTTP status |
//! | `packets_received_total` | counter | `end`, `packet` | packets and calls that came; a bundle is one |
//! | `packets_received_bytes_total` | counter | `end`, `packet` | bytes of their frames |
//! | `packets_sent_total` | counter | `end`, `packet` | packets and calls that were queued to be written; a bundle is one |
//! | `packets_sent_bytes_total` | counter | `end`, `packet` | bytes of their frames |
//! | `packets_replied_bytes_total` | counter | `end`, `packet` | bytes of the frames that answered calls of the packet |
//! | `packets_acceptor_seconds` | histogram | `end`, `packet` | how long layers and acceptors took for a packet, items of bundles included; those that were dropped before they were done are left out |
//! | `packets_call_seconds` | histogram | `end`, `packet` | how long own calls took, from when they were sent until they settled |
//! | `packets_calls_failed_total` | counter | `end`, `reason` | own calls without a response: `rejected`, `timeout`, `disconnected`, `cancelled` (dropped by the program), `unusable` (the response cannot be understood) |
//! | `packets_rejected_total` | counter | `end`, `kind` | calls that this end rejected, and items of calls that are bundles, by [`RejectKind`](crate::RejectKind) |
//! | `packets_dropped_total` | counter | `end`, `reason` | packets that were dropped, as [`Dropped`](super::Dropped) has them: `full`, `oldest`, `replaced`, or the reject's kind |
//! | `packets_queue_frames` | gauge | `end` | frames that wait as the other ends do not read |
//! | `packets_queue_bytes` | gauge | `end` | bytes they take, each with 64 more |
//!
//! `end` is `server` or `client`: that at which the figure was made. `packet` is a name from this end's
//! registry, and all other labels are from fixed lists (a request hook that refuses chooses its statuses): no
//! peer can make new ones. A frame's bytes include its head, and not those of WebSocket and TLS.

use ::metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

pub(super) const CONNECTIONS: &str = "packets_connections";
pub(super) const CONNECTED: &str = "packets_connections_total";
pub(super) const CLOSED: &str = "packets_closed_total";
pub(super) const DETACHED: &str = "packets_detached";
pub(super) const DETACHED_TOTAL: &str = "packets_detached_total";
pub(super) const RESUMED: &str = "packets_resumed_total";
pub(super) const EXPIRED: &str = "packets_expired_total";
pub(super) const NOT_GREETED: &str = "packets_greetings_failed_total";
pub(super) const REFUSED: &str = "packets_refused_total";
pub(super) const RECEIVED: &str = "packets_received_total";
pub(super) const RECEIVED_BYTES: &str = "packets_received_bytes_total";
pub(super) const SENT: &str = "packets_sent_total";
pub(super) const SENT_BYTES: &str = "packets_sent_bytes_total";
pub(super) const REPLIED_BYTES: &str = "packets_replied_bytes_total";
pub(super) const ACCEPTOR: &str = "packets_acceptor_seconds";
pub(super) const CALL: &str = "packets_call_seconds";
pub(super) const CALLS_FAILED: &str = "packets_calls_failed_total";
pub(super) const REJECTED: &str = "packets_rejected_total";
pub(super) const DROPPED: &str = "packets_dropped_total";
pub(super) const QUEUE_FRAMES: &str = "packets_queue_frames";
pub(super) const QUEUE_BYTES: &str = "packets_queue_bytes";

/// Tells the recorder what the figures mean, and their units. To be called once, when it is installed.
pub fn describe() {
    describe_gauge!(CONNECTIONS, Unit::Count, "connections whose two ends know each other");
    describe_counter!(CONNECTED, Unit::Count, "connections whose two ends got to know each other");
    describe_counter!(CLOSED, Unit::Count, "connections that ended");
    describe_gauge!(DETACHED, Unit::Count, "sessions that have lost their connection and may go on");
    describe_counter!(
        DETACHED_TOTAL,
        Unit::Count,
        "times that a session lost its connection and could go on"
    );
    describe_counter!(RESUMED, Unit::Count, "times that a session went on by another connection");
    describe_counter!(EXPIRED, Unit::Count, "sessions that ended without another connection");
    describe_counter!(NOT_GREETED, Unit::Count, "connections that ended before the two ends knew each other");
    describe_counter!(REFUSED, Unit::Count, "clients that were not given a socket");
    describe_counter!(RECEIVED, Unit::Count, "packets and calls that came");
    describe_counter!(RECEIVED_BYTES, Unit::Bytes, "bytes of the packets and calls that came");
    describe_counter!(SENT, Unit::Count, "packets and calls that were queued to be written");
    describe_counter!(SENT_BYTES, Unit::Bytes, "bytes of the packets and calls that were queued");
    describe_counter!(REPLIED_BYTES, Unit::Bytes, "bytes of the replies to calls");
    describe_histogram!(ACCEPTOR, Unit::Seconds, "how long layers and acceptors took for a packet");
    describe_histogram!(CALL, Unit::Seconds, "how long own calls took until they settled");
    describe_counter!(CALLS_FAILED, Unit::Count, "own calls without a response");
    describe_counter!(REJECTED, Unit::Count, "calls that this end rejected");
    describe_counter!(DROPPED, Unit::Count, "packets that were dropped");
    describe_gauge!(QUEUE_FRAMES, Unit::Count, "frames that wait as the other ends do not read");
    describe_gauge!(QUEUE_BYTES, Unit::Bytes, "bytes of the frames that wait");
}
