//! Sends every message back, through the transport of packets: for Autobahn's cases.
//!
//! `echo` serves, and prints its address. `echo ADDRESS` is the client of a server that has the cases.

use std::error::Error;

use futures_util::{SinkExt, StreamExt};
use packets_core::net::{ConnectionLimits, Message, WebSocket, Wire};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::{accept_async_with_config, client_async_with_config};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The cases have messages of up to 16 MiB.
const LIMITS: ConnectionLimits = ConnectionLimits::server().max_message(16 << 20).max_send(16 << 20);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match std::env::args().nth(1) {
        Some(address) => call(&address).await,
        None => serve().await,
    }
}

async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let config = Some(WebSocket::<TcpStream>::config(&LIMITS));
            if let Ok(stream) = accept_async_with_config(Wire::new(stream, &LIMITS), config).await {
                echo(WebSocket::new(stream, Role::Server)).await;
            }
        });
    }
}

async fn call(address: &str) -> Result<()> {
    let mut count = open(address, "getCaseCount").await?;
    let Some(Ok(Message::Text(count))) = count.next().await else { return Err("no count of cases".into()) };
    for case in 1..=count.parse()? {
        let _: u32 = case;
        echo(open(address, &format!("runCase?case={case}&agent=packets")).await?).await;
    }
    open(address, "updateReports?agent=packets").await?.next().await;
    Ok(())
}

async fn open(address: &str, path: &str) -> Result<WebSocket<TcpStream>> {
    let stream = Wire::new(TcpStream::connect(address).await?, &LIMITS);
    let config = Some(WebSocket::<TcpStream>::config(&LIMITS));
    let (stream, _) = client_async_with_config(format!("ws://{address}/{path}"), stream, config).await?;
    Ok(WebSocket::new(stream, Role::Client))
}

/// Sends back what arrives, to the end.
async fn echo(mut socket: WebSocket<TcpStream>) {
    while let Some(Ok(message)) = socket.next().await {
        let sent = match message {
            Message::Binary(_) | Message::Text(_) => socket.send(message).await,
            // The transport answers both by itself.
            Message::Ping(_) | Message::Close(_) => socket.flush().await,
            Message::Pong(_) => Ok(()),
        };
        if sent.is_err() {
            break;
        }
    }
    let _ = socket.close().await;
}
