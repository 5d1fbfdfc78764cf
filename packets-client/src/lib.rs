//! A client of *packets*: typed, binary, real-time packets over WebSockets.
//!
//! ```no_run
//! use packets_client::{Client, Packet};
//!
//! #[derive(Packet)]
//! #[packet(response = u32)]
//! struct Double(u32);
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let client = Client::connect("ws://127.0.0.1:3000/").await?;
//!     assert_eq!(client.send(Double(21)).await?, 42);
//!     Ok(())
//! }
//! ```
//!
//! # Layout
//! - [`Client`] and its [`ClientBuilder`]: what it connects with, and what it does with packets.
//! - [`Call`]: one question, with a timeout. [`Packets`]: a stream of what arrives.
//! - [`Backoff`], [`Events`], [`Client::is_connected`]: a connection that breaks is followed by another one.
//! - [`Offline`]: what becomes of packets meanwhile. [`Resume`]: how much of a session is kept for the next connection.
//! - [`RedirectPolicy`]: where the server may send it.
//! - [`Connector`], [`WebSocketConnector`]: how it gets there.
//! - [`SendError`], [`ConnectError`], [`CloseReason`]: what may go wrong.
//!
//! All limits, their defaults and what happens at them are on one page: [`limits`].
//!
//! `wss` URLs need one of the features `tls-webpki-roots` (Mozilla's certificates, compiled in) and
//! `tls-native-roots` (the system's), or `tls` and a configuration of rustls by `ClientBuilder::tls`.
//!
//! # Logs
//! They are `tracing`'s, with the spans and fields that the server has. Each session has a span `socket` (`id`) at
//! level `info`, and each packet in the hands of layers and acceptors a span `accept` (`packet`, `socket`, `call`, in
//! the end `outcome` and `elapsed`) at `debug` in `packets_core`: what acceptors log stands in both. The events of the
//! client are there at `debug`. Of what a server wrote there are 128 bytes, with control characters escaped.
//!
//! The feature `metrics` counts what happens, for the `metrics` facade, by the server's names and with `end=client`:
//! the module `metrics` has the table.
//!
//! All of `packets-core` that a client needs is here too, so that a program may depend on this crate alone.

mod backlog;
mod builder;
mod call;
mod client;
mod connector;
mod defaults;
mod dialer;
mod error;
mod event;
mod headers;
#[cfg(doc)]
#[doc = include_str!("../LIMITS.md")]
pub mod limits {}
mod link;
mod location;
mod reconnect;
mod resume;
mod session;
mod supervisor;
mod tls;
mod websocket;

#[cfg(feature = "metrics")]
pub use packets_core::net::metrics;
pub use packets_core::net::{
    Accepted, ConnectionLimits, Dropped, Feed, Inbound, Layer, Load, Next, Outbound, Outcome, Outgoing,
    Packets, Recovered, SendError, Transport,
};
pub use packets_core::packet::Packet;
pub use packets_core::schema::Schema;
pub use packets_core::{
    AcceptError, Acceptor, AdaptError, Agreement, Bundle, BundleResponse, CloseReason, DecodeError,
    EncodeError, Incompatible, IntoBundle, IntoResponse, InvalidCloseCode, Overflow, PacketId, Policy, Rate,
    Redirect, Refresh, Registry, RegistryError, Reject, RejectKind, SessionId, Uncancelled, ValidationError,
    Value, Verdict, adapt, bundle, codec, packet, schema, value,
};
pub use packets_derive::{PacketForClient as Packet, SchemaForClient as Schema};
#[cfg(feature = "tls")]
pub use tokio_rustls::rustls;

#[doc(hidden)]
pub use packets_core::__private;

pub use self::backlog::Offline;
pub use self::builder::ClientBuilder;
pub use self::call::Call;
pub use self::client::Client;
pub use self::connector::{Connector, Request};
pub use self::error::ConnectError;
pub use self::event::{Event, Events};
pub use self::location::RedirectPolicy;
pub use self::reconnect::{Backoff, Delays};
pub use self::resume::Resume;
pub use self::websocket::WebSocketConnector;
