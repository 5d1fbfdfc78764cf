//! Redis' own client: one channel for the answers, and nothing else. It asks others, or itself, too.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use redis::aio::MultiplexedConnection;
use redis::{Client, Msg};

use super::time;
use crate::contest::Asker;
use crate::process::{Process, ready};
use crate::protocol::{ANSWER, answer as answer_to};

pub(crate) const NODE: &str = "redis";

/// One that is among those who are asked.
pub(crate) const SELF: &str = "redis-self";

pub(crate) struct Redis {
    name: &'static str,
    connection: MultiplexedConnection,
    answers: BoxStream<'static, Msg>,
    size: usize,
    _nodes: Vec<Process>,
}

impl Redis {
    pub(crate) async fn start(name: &'static str, url: &str, size: usize) -> Self {
        let nodes = Process::start(&format!("{name} {url}"), size).await;
        let answers = answers_of(name);
        let channels = if name == SELF { vec![answers.as_str(), name] } else { vec![answers.as_str()] };
        let (connection, answers) = connect(url, &channels).await;
        let size = size + channels.len() - 1;
        Self { name, connection, answers, size, _nodes: nodes }
    }
}

/// The channel for the answers to what is asked on that of the peer's name.
fn answers_of(name: &str) -> String {
    format!("{name}-answers")
}

/// A connection to publish over, and one for what comes.
async fn connect(url: &str, channels: &[&str]) -> (MultiplexedConnection, BoxStream<'static, Msg>) {
    let info = Client::open(url).expect("a url").get_connection_info().clone();
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    let client = Client::open(info.set_tcp_settings(tcp)).expect("a url");
    let connection = client.get_multiplexed_async_connection().await.expect("Redis");
    let mut messages = client.get_async_pubsub().await.expect("Redis");
    messages.subscribe(channels).await.expect("subscribed");
    (connection, messages.into_on_message().boxed())
}

/// Publishes without waiting for an answer, as nodes do.
async fn publish(connection: &mut MultiplexedConnection, channel: &str, content: &[u8]) {
    let mut command = redis::cmd("PUBLISH");
    command.arg(channel).arg(content).set_no_response(true);
    connection.send_packed_command(&command).await.expect("published");
}

impl Asker for Redis {
    fn name(&self) -> &'static str {
        self.name
    }

    fn ask(&mut self, times: usize) -> LocalBoxFuture<'_, Vec<Duration>> {
        let Self { name, connection, answers, size, .. } = self;
        let ask = async |id: u32| {
            publish(connection, name, &id.to_be_bytes()).await;
            for _ in 0..*size {
                let message = answers.next().await.expect("an answer");
                let answer = match message.get_channel_name() {
                    channel if channel == *name => answer_to(message.get_payload_bytes()).len(),
                    _ => message.get_payload_bytes().len(),
                };
                assert_eq!(answer, ANSWER);
            }
        };
        time(times, ask).boxed_local()
    }
}

pub(crate) async fn answer(name: &str, url: &str) {
    let (mut connection, mut questions) = connect(url, &[name]).await;
    let answers = answers_of(name);
    let answering = async {
        while let Some(question) = questions.next().await {
            let answer = answer_to(question.get_payload_bytes());
            publish(&mut connection, &answers, &answer).await;
        }
    };
    tokio::join!(answering, ready(name));
}
