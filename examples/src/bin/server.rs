//! The server of two separate programs that share a protocol crate; `client` is the other one.
//!
//! Run with `cargo run --bin server`, then `cargo run --bin client` in a second terminal. Ctrl-C shuts it
//! down. `RUST_LOG=packets=debug` shows what happens inside.

use packets_examples::{Position, PositionRequest, Slap};
use packets_server::{AcceptError, Acceptor, Server, Socket, ValidationError};

/// Knows where the even-numbered things are.
struct Simulation;

impl Acceptor<PositionRequest, Socket> for Simulation {
    async fn validate(&self, packet: &PositionRequest, _: &Socket) -> Result<(), ValidationError> {
        if packet.id % 2 == 1 {
            return Err(ValidationError::new(404, format!("nothing here has the number {}", packet.id)));
        }
        Ok(())
    }

    async fn respond(&self, packet: PositionRequest, _: &Socket) -> Result<Position, AcceptError> {
        Ok(Position { x: packet.id as f32, y: 0.5, z: -1.0 })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());

    let server = Server::builder()
        .connect(|socket| async move { println!("{} connected", socket.id()) })
        .accept::<PositionRequest>(Simulation)
        .accept(|_: Slap, socket: Socket| async move {
            println!("{} slaps; slapping back", socket.id());
            socket.emit(&Slap)
        })
        .build()?;

    println!("listening on ws://{address}/");
    let ctrl_c = async {
        // Without signals, the only way to end is the hard one.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    server.serve(address).with_graceful_shutdown(ctrl_c).await?;
    println!("bye");
    Ok(())
}
