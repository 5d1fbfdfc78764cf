//! A simulation that many pages watch: hundreds of positions that move in real time, rooms by region, a chat.
//!
//! Run with `cargo run --bin simulation` and open <http://127.0.0.1:3000/> in as many windows as you like. Ctrl-C shuts
//! the server down; the pages come back when it does.
//!
//! The page's JavaScript is built and committed: nothing but Rust is needed to run it. Whoever changes a packet writes
//! the page's types anew with `cargo run --bin simulation typescript`, and builds the page with `npm run page` in
//! `packets-client/js`.

mod http;
mod protocol;
mod server;
mod world;

use std::error::Error;
use std::process::ExitCode;

use packets_core::typescript;

/// The page's types, made from the packets.
const TYPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/simulation/page/packets.ts");

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
        ["typescript"] => Ok(typescript::write(TYPES)?),
        _ => Err("usage: simulation [serve <address>] | simulation typescript".into()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_has_these_packets() -> Result<(), packets_core::typescript::TypescriptError> {
        packets_core::typescript::check(super::TYPES)
    }
}
