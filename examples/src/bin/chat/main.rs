//! A chat: rooms, users and history, for terminals and browsers, on one port.
//!
//! Run with `cargo run --bin chat`, then `cargo run --bin chat -- join Ada` in as many terminals as you like,
//! and open <http://127.0.0.1:3000/>. Ctrl-C shuts the server down.
//!
//! Its tests need no network: `cargo test -p packets-examples --bin chat`.

mod client;
mod http;
mod protocol;
mod room;
mod server;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => server::run("127.0.0.1:3000").await,
        ["serve", address] => server::run(address).await,
        ["join", name] => client::run("ws://127.0.0.1:3000/socket", name).await,
        ["join", name, url] => client::run(url, name).await,
        _ => Err("usage: chat [serve <address>] | chat join <name> [<url>]".into()),
    }
}
