//! The protocol of *packets*: typed, binary, real-time packets over WebSockets.
//!
//! A crate that only defines packets depends on this one. Servers and clients use `packets-server` and
//! `packets-client`, which re-export what they need from here.
//!
//! ```
//! use packets_core::{Packet, schema};
//!
//! #[derive(Packet, Debug, PartialEq)]
//! struct Move {
//!     #[packet(varuint)]
//!     id: u32,
//!     x: f32,
//!     y: f32,
//! }
//!
//! let bytes = schema::encode(&Move { id: 7, x: 1.0, y: 2.0 })?;
//! assert_eq!(bytes.len(), 9);
//! assert_eq!(schema::decode::<Move>(&bytes)?, Move { id: 7, x: 1.0, y: 2.0 });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layout
//! - [`Packet`](macro@Packet) and [`Schema`](macro@Schema), derived: what is sent, what it is made of, and all attributes.
//!   [`schema`] has the table of types. [`Policy`], [`Rate`] and [`Overflow`]: how much of it may come, and wait.
//! - [`codec`]: bytes of typed values. [`value`]: dynamic values by schema, and back.
//! - [`Registry`]: all packets of a program, gathered without a list. [`Bundle`], [`Redirect`] and [`Refresh`] are in
//!   each.
//! - [`Acceptor`]: what takes packets in. [`ValidationError`] and [`Reject`]: what the sender is told instead.
//! - [`adapt`]: values of one schema as those of another.
//! - `net`: what servers and clients share, such as the transports and limits of connections.
//!
//! # Features
//! All are off by default, and a crate of packets needs none.
//! - `net`: connections, on tokio; servers and clients turn it on.
//! - `metrics`: counts what happens, for the `metrics` facade.
//! - `typescript`: writes the program's packets as a TypeScript module.
//! - `glam`, `jiff`, `uuid`: schemas of the types of these crates.

pub mod adapt;
#[cfg(feature = "net")]
pub mod agreement;
pub mod bundle;
pub mod codec;
#[cfg(feature = "net")]
pub mod control;
#[cfg(feature = "net")]
pub mod frame;
#[cfg(feature = "net")]
pub mod manifest;
#[cfg(feature = "net")]
pub mod net;
pub mod packet;
pub mod schema;
#[cfg(feature = "typescript")]
pub mod typescript;
pub mod value;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod acceptor;
#[cfg(feature = "net")]
mod close;
#[cfg(feature = "net")]
mod deadline;
mod defaults;
mod dehydrated;
mod error;
#[cfg(feature = "net")]
mod in_flight;
#[cfg(feature = "net")]
mod log_limit;
mod order;
mod overflow;
mod policy;
mod rate;
mod registry;
mod reject;
#[cfg(feature = "net")]
mod session;

pub use packets_derive::{Packet, Schema};

pub use self::acceptor::{AcceptError, Acceptor, IntoResponse, Uncancelled};
pub use self::adapt::{AdaptError, Incompatible};
#[cfg(feature = "net")]
pub use self::agreement::{Agreement, Verdict};
pub use self::bundle::{Bundle, BundleResponse, IntoBundle};
#[cfg(feature = "net")]
pub use self::close::{CloseReason, InvalidCloseCode};
pub use self::defaults::{Redirect, Refresh};
pub use self::error::{DecodeError, EncodeError};
pub use self::overflow::Overflow;
pub use self::packet::Packet;
pub use self::policy::Policy;
pub use self::rate::Rate;
pub use self::registry::{PacketId, Registry, RegistryError};
pub use self::reject::{Reject, RejectKind, ValidationError};
pub use self::schema::Schema;
#[cfg(feature = "net")]
pub use self::session::{Claim, SessionId};
pub use self::value::Value;
