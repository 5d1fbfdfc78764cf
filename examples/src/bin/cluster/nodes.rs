//! Three nodes: processes on an engine, or servers of this process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::ops::Range;
use std::process::{Child, Command, Stdio};

use packets_client::Client;
use packets_server::{Local, Server};
use tokio::net::TcpListener;

use crate::{Result, engine, node};

const NODES: [(char, Range<u32>); 3] = [('A', 0..3), ('B', 3..6), ('C', 6..9)];

/// A node of the cluster, which ends with this, and a client of it.
pub(crate) struct Running {
    pub(crate) name: char,
    pub(crate) simulated: Range<u32>,
    pub(crate) address: SocketAddr,
    /// Its id, by which the others name it.
    pub(crate) id: String,
    pub(crate) client: Client,
    how: How,
}

enum How {
    Process(Process),
    Server(Server),
}

/// A process, which ends with this.
struct Process(Child);

/// A process for each.
pub(crate) async fn processes(url: &str) -> Result<Vec<Running>> {
    let mut nodes = Vec::new();
    for (name, simulated) in NODES {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["node", url, &simulated.start.to_string(), &simulated.end.to_string()]);
        let mut process = Process(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
        let mut line = String::new();
        BufReader::new(process.0.stdout.take().ok_or("it has no output")?).read_line(&mut line)?;
        let (address, id) = line.trim().split_once(' ').ok_or("the node did not start")?;
        let (address, id) = (address.parse()?, id.to_owned());
        nodes.push(Running::new(name, simulated, address, id, How::Process(process)).await?);
    }
    Ok(nodes)
}

/// A node in a process of its own. It prints where it is, and ends with its standard input.
pub(crate) async fn serve(url: &str, simulated: Range<u32>) -> Result<()> {
    let server = engine::node(url, simulated).await?;
    server.engine_up().await;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{} {}", listener.local_addr()?, server.node_id());
    let ended = async {
        let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
    };
    server.serve(listener).with_graceful_shutdown(ended).await?;
    Ok(())
}

/// All in this process.
pub(crate) async fn servers() -> Result<Vec<Running>> {
    let local = Local::default();
    let mut nodes = Vec::new();
    for (name, simulated) in NODES {
        let server = node::server(local.clone(), simulated.clone())?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, id) = (listener.local_addr()?, server.node_id().to_string());
        tokio::spawn(server.serve(listener).into_future());
        server.engine_up().await;
        nodes.push(Running::new(name, simulated, address, id, How::Server(server)).await?);
    }
    Ok(nodes)
}

impl Running {
    async fn new(
        name: char,
        simulated: Range<u32>,
        address: SocketAddr,
        id: String,
        how: How,
    ) -> Result<Self> {
        let client = Client::connect(&format!("ws://{address}/")).await?;
        Ok(Self { name, simulated, address, id, client, how })
    }

    /// Kills the process; a server of this one can only be shut down.
    pub(crate) async fn end(&mut self) {
        match &mut self.how {
            How::Process(process) => _ = process.0.kill(),
            How::Server(server) => server.shut_down().await,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
