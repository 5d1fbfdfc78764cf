//! What carries the cluster: another program, if there is one.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::TcpListener;
use std::ops::Range;
use std::process::{Child, Command, Stdio};

use packets_server::Server;

use crate::Result;

/// The server of an engine, which ends with this.
pub(crate) struct Broker {
    child: Child,
    pub(crate) url: String,
}

struct Program {
    name: &'static str,
    arguments: &'static [&'static str],
    scheme: &'static str,
    /// What it says when it takes connections.
    ready: &'static str,
}

const PROGRAMS: &[Program] = &[
    #[cfg(feature = "nats")]
    Program {
        name: "nats-server",
        arguments: &["--addr", "127.0.0.1"],
        scheme: "nats",
        ready: "Server is ready",
    },
    #[cfg(feature = "redis")]
    Program {
        name: "redis-server",
        arguments: &["--bind", "127.0.0.1", "--save", ""],
        scheme: "redis",
        ready: "Ready to accept connections",
    },
];

/// A node on the engine of this url.
pub(crate) async fn node(url: &str, simulated: Range<u32>) -> Result<Server> {
    match url.split(':').next() {
        #[cfg(feature = "nats")]
        Some("nats") => Ok(crate::node::server(packets_server::Nats::connect(url).await?, simulated)?),
        #[cfg(feature = "redis")]
        Some("redis") => Ok(crate::node::server(packets_server::Redis::connect(url).await?, simulated)?),
        _ => Err(format!("the node of {simulated:?} has no engine for {url}").into()),
    }
}

/// How to get a cluster of processes.
pub(crate) fn advice() -> String {
    let names: Vec<_> = PROGRAMS.iter().map(|program| program.name).collect();
    if names.is_empty() {
        "add `--features nats`, with nats-server installed, or `--features redis`, with redis-server"
            .to_owned()
    } else {
        format!("install {0}, on Debian by `apt-get install {0}`", names.join(" "))
    }
}

impl Broker {
    /// Starts the first program that is installed, on a free port; none if none is.
    pub(crate) fn start() -> Result<Option<Self>> {
        PROGRAMS.iter().find_map(|program| Self::run(program).transpose()).transpose()
    }

    /// None if it is not installed.
    fn run(program: &Program) -> Result<Option<Self>> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(program.name);
        command.args(program.arguments).args(["--port", &port.to_string()]);
        // One writes its log to this, another to that.
        let (log, writer) = std::io::pipe()?;
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let child = match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            spawned => spawned?,
        };
        // It has the other end of the pipe, too.
        drop(command);
        let broker = Self { child, url: format!("{}://127.0.0.1:{port}", program.scheme) };
        let mut log = BufReader::new(log);
        let is_ready =
            log.by_ref().lines().map_while(std::io::Result::ok).any(|line| line.contains(program.ready));
        // It would wait for somebody who reads the rest.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        if is_ready { Ok(Some(broker)) } else { Err(format!("{} does not start", program.name).into()) }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
