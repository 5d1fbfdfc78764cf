//! A server of *packets*: typed, binary, real-time packets over WebSockets.
//!
//! ```no_run
//! use packets_server::{Packet, Server, Socket};
//!
//! #[derive(Packet)]
//! #[packet(response = u32)]
//! struct Double(u32);
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = Server::builder()
//!         .accept(|packet: Double, _: Socket| async move { packet.0 * 2 })
//!         .build()?;
//!     server.serve("127.0.0.1:3000").await?;
//!     Ok(())
//! }
//! ```
//!
//! # Layout
//! - [`Server`] and its [`ServerBuilder`]: what the server does with packets.
//! - [`Serve`]: listening, until the signal to shut down. [`Routes`]: several servers on one port.
//! - [`Request`] and [`Refusal`]: who gets a socket, and who does not. [`Origins`]: from which pages.
//! - [`AdmissionLimits`] and [`ConnectionLimits`]: how many clients there may be, and what each may take.
//! - [`Socket`]: the handle to one client.
//! - [`Target`]: several sockets at once, those of rooms ([`Recipient`]) or all. What comes of it
//!   is a [`Delivery`], or the sockets' [`Answers`].
//! - [`Inspection`]: all there is at a moment.
//!
//! All limits, their defaults and what happens at them are on one page: [`limits`]. Another says how several servers
//! are one: [`clusters`].
//!
//! # Logs
//! They are `tracing`'s. Each connection has a span `socket` (`id`, `ip`) at level `info`, and each packet in the
//! hands of layers and acceptors a span `accept` (`packet`, `socket`, `call`, in the end `outcome` and
//! `elapsed`) at `debug` in `packets_core`: what acceptors log stands in both. Spans make no lines of their
//! own, unless the subscriber is told to (`with_span_events(FmtSpan::CLOSE)` of `tracing-subscriber`).
//!
//! | level | what |
//! |---|---|
//! | `error` | what is broken here: a panic in an acceptor, layer or hook, a response that cannot be encoded, a listener that cannot accept |
//! | `warn` | what somebody should look at: an acceptor failed, packets are dropped as there are too many or as builds differ, connections do not end in time |
//! | `debug` | what clients do: connections end, requests are refused, packets are malformed or nobody's |
//!
//! Lines that a client can cause again and again come once a second at most, of each kind and connection. No
//! line holds a packet's content, a query or a header; of what a client wrote there are 128 bytes, with control
//! characters escaped. `tungstenite` is less careful: it logs close frames at `debug` and all bytes at
//! `trace`, so a good filter to look closer is `RUST_LOG=packets_core=debug,packets_server=debug,tungstenite=info`.
//!
//! # Features
//! All are off by default.
//! - `axum`: mounts a server in an axum application, with `axum::any`. Within hyper and tower a server is a
//!   service without any feature: [`Server::upgrade`].
//! - `metrics`: counts what happens, for the `metrics` facade: the module `metrics` has the table.
//! - `nats`, `redis`: several servers are one cluster on NATS or Redis, with the engines `Nats` and `Redis`, over TLS
//!   by rustls and *ring* if need be.
//! - `tls`: serves over TLS by rustls and *ring*, with `Serve::with_tls` and `tls::from_files`.
//!
//! All of `packets-core` that a server needs is here too, so that a program may depend on this crate alone.

mod admission;
mod answers;
mod arrival;
#[cfg(feature = "axum")]
pub mod axum;
mod bind;
mod builder;
mod cluster;
#[cfg(doc)]
#[doc = include_str!("../CLUSTER.md")]
pub mod clusters {}
mod delivery;
mod drain;
mod engine;
mod error;
mod extensions;
mod forwarded;
mod gate;
mod handshake;
mod handshakes;
mod head;
mod hooks;
mod host;
mod id_hash;
mod in_time;
mod inspect;
mod io;
mod life;
#[cfg(doc)]
#[doc = include_str!("../LIMITS.md")]
pub mod limits {}
mod members;
mod origin;
mod presence;
mod recipient;
mod refusal;
mod request;
mod resume;
mod rooms;
mod routes;
mod serve;
mod server;
mod service;
mod sessions;
mod socket;
mod target;
#[cfg(feature = "tls")]
pub mod tls;
mod upgrade;

pub use packets_core::control::Credential;
#[cfg(feature = "metrics")]
pub use packets_core::net::metrics;
pub use packets_core::net::{
    Accepted, Call, Closed, ConnectionLimits, Dropped, Feed, Inbound, Layer, Load, Next, Outbound, Outcome,
    Outgoing, Packets, Peer, Ready, Recovered, SendError, Transport,
};
pub use packets_core::packet::Packet;
pub use packets_core::schema::Schema;
pub use packets_core::{
    AcceptError, Acceptor, AdaptError, Agreement, Bundle, BundleResponse, CloseReason, DecodeError,
    EncodeError, Incompatible, IntoBundle, IntoResponse, InvalidCloseCode, Overflow, PacketId, Policy, Rate,
    Redirect, Refresh, Registry, RegistryError, Reject, RejectKind, SessionId, Uncancelled, ValidationError,
    Value, Verdict, adapt, bundle, codec, packet, schema, value,
};
pub use packets_derive::{PacketForServer as Packet, SchemaForServer as Schema};

#[doc(no_inline)]
#[cfg(feature = "nats")]
pub use async_nats;
pub use http;
#[doc(hidden)]
pub use packets_core::__private;
#[cfg(feature = "redis")]
pub use redis;

pub use self::admission::AdmissionLimits;
pub use self::answers::Answers;
pub use self::bind::Bind;
pub use self::builder::ServerBuilder;
pub use self::cluster::{
    Cluster, ClusterEvent, ClusterEvents, Departure, Everywhere, Found, Gathered, Gathering, Intercom,
    IntercomError, Node, NodeAnswers, NodeError, NodeId, PublishError, Reached, Tally,
};
pub use self::delivery::Delivery;
pub use self::drain::Drain;
#[cfg(feature = "nats")]
pub use self::engine::Nats;
#[cfg(feature = "redis")]
pub use self::engine::Redis;
pub use self::engine::{Engine, EngineError, EngineFuture, Incoming, Local, Subject, Subscription};
pub use self::error::{BuildError, ServeError};
pub use self::extensions::Extensions;
pub use self::forwarded::ProxyHeader;
pub use self::inspect::{
    InspectedCluster, InspectedPacket, InspectedRoom, InspectedSessions, InspectedSocket, Inspection,
};
pub use self::origin::Origins;
pub use self::recipient::Recipient;
pub use self::refusal::{Refusal, Response};
pub use self::request::Request;
pub use self::resume::Resume;
pub use self::rooms::JoinError;
pub use self::routes::Routes;
pub use self::serve::{Listening, Serve};
pub use self::server::Server;
pub use self::socket::Socket;
pub use self::target::Target;
