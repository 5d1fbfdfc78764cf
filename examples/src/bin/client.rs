//! The client of two separate programs that share a protocol crate; `server` is the other one.
//!
//! Run with `cargo run --bin client`, after `cargo run --bin server` in another terminal.

use packets_client::{Client, SendError};
use packets_examples::{PositionRequest, Slap};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "ws://127.0.0.1:3000/".to_owned());
    let client = Client::connect(&url).await?;
    println!("connected to {url} as {}", client.id());

    for id in [6, 7] {
        match client.send(PositionRequest { id }).await {
            Ok(position) => println!("{id} is at {position:?}"),
            Err(SendError::Validation(error)) => println!("{id}: {error}"),
            Err(error) => return Err(error.into()),
        }
    }

    let mut slaps = client.packets::<Slap>();
    client.emit(&Slap)?;
    if let Some(Slap) = slaps.next().await {
        println!("slapped, and slapped back");
    }
    Ok(())
}
