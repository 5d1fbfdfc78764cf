//! A server to be attacked, in a process of its own: its memory and files can be bounded and measured.
//!
//! `victim [--files N] [--connections N]` serves as soon as it is sent a line, prints its address, and ends
//! with its standard input.

use std::error::Error;
use std::io::Read;
use std::sync::{Arc, OnceLock};

use packets_server::{AdmissionLimits, Server, Socket};
use packets_tests::harness::{Count, Echo, server};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let mut arguments = std::env::args().skip(1);
    let mut admission = AdmissionLimits::default();
    while let (Some(name), Some(value)) = (arguments.next(), arguments.next()) {
        match name.as_str() {
            "--files" => {
                let limit = Rlimit { current: Some(value.parse()?), ..getrlimit(Resource::Nofile) };
                setrlimit(Resource::Nofile, limit)?;
                admission = AdmissionLimits::default();
            }
            "--connections" => admission.connections = value.parse()?,
            _ => return Err(format!("there is no {name}").into()),
        }
    }
    let this = Arc::new(OnceLock::<Server>::new());
    let counted = this.clone();
    let server = server()
        .admission(admission)
        .connect(|socket: Socket| async move {
            let _ = socket.join("all");
        })
        .accept(|packet: Echo, _: Socket| async move { packet.0 })
        .accept(move |_: Count, _: Socket| {
            // How many clients there are in any table, the asking one among them.
            let clients = counted.get().map_or(0, |server| {
                let members = server.rooms().iter().map(|(_, members)| members).sum::<usize>();
                server.sockets().len().max(members)
            });
            async move { clients as u32 }
        })
        .build()?;
    let _ = this.set(server.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = end.send(());
    });
    let signal = async {
        let _ = ended.await;
    };
    server.serve(listener).with_graceful_shutdown(signal).await?;
    Ok(())
}
