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
//! All of `packets-core` that a client needs is here too, so that a program may depend on this crate alone.

mod client;
mod error;

pub use packets_core::net::{
    Call, Closed, ConnectionLimits, Dropped, Outgoing, Packets, Peer, Ready, SendError, Transport,
};
pub use packets_core::packet::Packet;
pub use packets_core::schema::Schema;
pub use packets_core::{
    AcceptError, Acceptor, AdaptError, Agreement, Bundle, BundleResponse, CloseReason, DecodeError,
    EncodeError, Incompatible, IntoBundle, IntoResponse, InvalidCloseCode, Overflow, PacketId, Policy, Rate,
    Redirect, Refresh, Registry, RegistryError, Reject, RejectKind, SessionId, ValidationError, Value,
    Verdict, adapt, bundle, codec, packet, schema, value,
};
pub use packets_derive::{PacketForClient as Packet, SchemaForClient as Schema};

#[doc(hidden)]
pub use packets_core::__private;

pub use self::client::{Client, ClientBuilder};
pub use self::error::ConnectError;
