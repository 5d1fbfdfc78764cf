//! A client to be attacked, in a process of its own: its memory can be bounded and measured.
//!
//! `visitor ADDRESS` connects as soon as it is sent a line, prints the address, and connects again and again until
//! its standard input ends. It answers `Echo`, and does not read its stream of `Count`.

use std::error::Error;
use std::io::Read;
use std::time::Duration;

use packets_client::{Backoff, Client};
use packets_core::net::ConnectionLimits;
use packets_tests::harness::{Count, Echo, client};
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let address = std::env::args().nth(1).ok_or("where to?")?;
    println!("{address}");
    let connected = tokio::spawn(async move {
        loop {
            match connect(&address).await {
                Ok(client) => {
                    let unread = client.packets::<Count>();
                    client.closed().await;
                    drop(unread);
                }
                Err(_) => sleep(Duration::from_millis(5)).await,
            }
        }
    });
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = end.send(());
    });
    let _ = ended.await;
    connected.abort();
    Ok(())
}

async fn connect(address: &str) -> Result<Client, Box<dyn Error + Send + Sync>> {
    let backoff = Backoff::default().first(Duration::from_millis(5)).most(Duration::from_millis(20));
    let limits = ConnectionLimits::client().close_timeout(Duration::from_millis(50));
    Ok(client()
        .backoff(backoff)
        .limits(limits)
        .accept(|packet: Echo, _: Client| async move { packet.0 })
        .connect(&format!("ws://{address}/"))
        .await?)
}
