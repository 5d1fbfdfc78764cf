//! Tests of applications that use *packets*, without a network.
//!
//! A [`TestServer`] is the application's own server, and its clients are real ones: between them there is HTTP
//! and WebSocket as ever, so that request hooks, refusals, limits and layers do what they do in production,
//! but no port and no socket. A [`Cable`] is what a client is connected by. It can be cut, fall silent, delay
//! frames and break at a frame of one's choice, and does so in the same way each time, by its seed.
//!
//! ```toml
//! [dev-dependencies]
//! packets-testkit = "0.1"
//! tokio = { version = "1", features = ["macros", "rt", "test-util"] }
//! ```
//!
//! # An acceptor
//! ```standalone_crate
//! use packets_client::{SendError, ValidationError};
//! use packets_core::Packet;
//! use packets_server::{BuildError, Server, Socket};
//! use packets_testkit::TestServer;
//!
//! #[derive(Packet)]
//! #[packet(response = u32)]
//! struct Half(u32);
//!
//! // What the application serves.
//! fn server() -> Result<Server, BuildError> {
//!     Server::builder()
//!         .accept(|packet: Half, _: Socket| async move {
//!             let odd = || ValidationError::new(400, "odd");
//!             packet.0.is_multiple_of(2).then_some(packet.0 / 2).ok_or_else(odd)
//!         })
//!         .build()
//! }
//!
//! // #[tokio::test(start_paused = true)]
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = TestServer::new(server()?);
//!     let client = server.connect().await?;
//!     assert_eq!(client.send(Half(42)).await, Ok(21));
//!     assert_eq!(client.send(Half(41)).await, Err(SendError::Validation(ValidationError::new(400, "odd"))));
//!     Ok(())
//! }
//! ```
//! An acceptor that is a type can be called without any packet travelling, too: `Acceptor::validate` and
//! `Acceptor::respond` take the [`Socket`](packets_server::Socket) that [`TestServer::socket_of`] finds.
//!
//! # Who may connect
//! [`TestServer::connect_with`] takes a builder of a client: with headers, cookies, a token, acceptors. For a path
//! or a query, and for faults, connect by a [`Cable`].
//!
//! # Faults
//! ```standalone_crate
//! use std::time::Duration;
//!
//! use packets_client::{Client, Event};
//! use packets_server::Server;
//! use packets_testkit::TestServer;
//!
//! // With paused time, minutes of waiting are over at once.
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   tokio::time::pause();
//!     let server = TestServer::new(Server::builder().defaults_only().build()?);
//!     let cable = server.cable().seed(7).delay(Duration::from_millis(10)..=Duration::from_millis(80));
//!     let builder = Client::builder().defaults_only().connector(cable.clone());
//!     let client = builder.connect("ws://localhost/room?name=Ada").await?;
//!     let mut events = client.events();
//!     // What is cut before the server has heard the client is no session yet.
//!     server.socket_of(&client).await;
//!
//!     cable.cut();
//!     tokio::time::sleep(Duration::from_secs(600)).await;
//!     cable.restore();
//!     while !matches!(events.next().await, Some(Event::Connected { .. })) {}
//!     Ok(())
//! }
//! ```
//!
//! # Time
//! Nothing here waits for anything but tokio's clock. In a test with `#[tokio::test(start_paused = true)]` the
//! clock stands still while there is something to do, and jumps to the next timeout when there is not.

mod cable;
mod faults;
mod server;
mod transit;

pub use self::cable::Cable;
pub use self::server::TestServer;
pub use self::transit::Transit;
