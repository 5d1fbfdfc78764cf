//! A counter that several clients share, as a store with a reducer: they stay in step though a cable is cut and the
//! server killed.
//!
//! Run with `cargo run --bin counter`. It takes ten seconds, and fails if they were not equal in the end.
//!
//! Its tests need no network: `cargo test -p packets-examples --bin counter`.

mod cable;
mod process;
mod protocol;
mod replica;
mod server;
mod show;
mod store;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<bool, Box<dyn Error>> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => show::run().await,
        ["serve", address, journal] => server::run(address, Path::new(journal)).await.map(|()| true),
        _ => Err("usage: counter [serve <address> <journal>]".into()),
    }
}
