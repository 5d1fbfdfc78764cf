//! The server that the JavaScript client is tested against: prints its port, and ends with its standard input.
//! An argument is the port to take; a free one is taken without.

use std::io::Read;

use packets_tests::javascript::server;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    server().serve(listener).await?;
    Ok(())
}
