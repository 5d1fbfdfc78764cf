//! Ours, on either engine, with the defaults.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use packets_server::{Engine, Nats, Node, Redis, Server};
use tokio::time::sleep;

use super::time;
use crate::contest::Asker;
use crate::process::{Process, ready};
use crate::protocol::{Locate, position};

pub(crate) const NATS: &str = "packets-nats";
pub(crate) const REDIS: &str = "packets-redis";

pub(crate) struct Packets {
    name: &'static str,
    server: Server,
    size: usize,
    _nodes: Vec<Process>,
}

impl Packets {
    pub(crate) async fn nats(url: &str, size: usize) -> Self {
        let engine = Nats::connect(url).await.expect("NATS");
        Self::start(NATS, server(engine), url, size).await
    }

    pub(crate) async fn redis(url: &str, size: usize) -> Self {
        let engine = Redis::connect(url).await.expect("Redis");
        Self::start(REDIS, server(engine), url, size).await
    }

    async fn start(name: &'static str, server: Server, url: &str, size: usize) -> Self {
        let nodes = Process::start(&format!("{name} {url}"), size).await;
        while server.nodes().len() < size {
            sleep(Duration::from_millis(10)).await;
        }
        Self { name, server, size, _nodes: nodes }
    }
}

impl Asker for Packets {
    fn name(&self) -> &'static str {
        self.name
    }

    fn ask(&mut self, times: usize) -> LocalBoxFuture<'_, Vec<Duration>> {
        let ask = async |id| {
            let gathered = self.server.intercom(Locate { id }).await.expect("asked");
            assert_eq!(gathered.tally.answered, 1 + self.size);
        };
        time(times, ask).boxed_local()
    }
}

pub(crate) async fn answer(name: &str, url: &str) {
    let server = match name {
        NATS => server(Nats::connect(url).await.expect("NATS")),
        _ => server(Redis::connect(url).await.expect("Redis")),
    };
    server.engine_up().await;
    ready(server.node_id()).await;
}

fn server(engine: impl Engine) -> Server {
    Server::builder()
        .engine(engine)
        .intercom(|ask: Locate, _: Node| async move { Some(position(ask.id)) })
        .build()
        .expect("a server")
}
