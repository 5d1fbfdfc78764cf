//! A connection to each node, and nothing else: no server between, no membership, nobody who comes or goes.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::time;
use crate::contest::Asker;
use crate::process::{Process, ready};
use crate::protocol::{ANSWER, QUESTION, answer as answer_to};

pub(crate) const NODE: &str = "tcp";

pub(crate) struct Tcp {
    nodes: Vec<(TcpStream, Process)>,
}

impl Tcp {
    pub(crate) async fn start(size: usize) -> Self {
        let mut nodes = Vec::new();
        for process in Process::start(NODE, size).await {
            let stream = TcpStream::connect(&process.ready).await.expect("connected");
            stream.set_nodelay(true).expect("an option");
            nodes.push((stream, process));
        }
        Self { nodes }
    }
}

impl Asker for Tcp {
    fn name(&self) -> &'static str {
        NODE
    }

    fn ask(&mut self, times: usize) -> LocalBoxFuture<'_, Vec<Duration>> {
        let ask = async |id: u32| {
            for (stream, _) in &mut self.nodes {
                stream.write_all(&id.to_be_bytes()).await.expect("asked");
            }
            for (stream, _) in &mut self.nodes {
                stream.read_exact(&mut [0; ANSWER]).await.expect("an answer");
            }
        };
        time(times, ask).boxed_local()
    }
}

pub(crate) async fn answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    let answering = async {
        let (mut stream, _) = listener.accept().await.expect("who asks");
        stream.set_nodelay(true).expect("an option");
        let mut question = [0; QUESTION];
        while stream.read_exact(&mut question).await.is_ok() {
            stream.write_all(&answer_to(&question)).await.expect("answered");
        }
    };
    tokio::join!(answering, ready(address));
}
