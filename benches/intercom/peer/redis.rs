//! Redis' own client: one channel for the answers, and nothing else.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, Client, Msg};

use super::time;
use crate::contest::Asker;
use crate::process::{Process, ready};
use crate::protocol::{ANSWER, answer as answer_to};

pub(crate) const NODE: &str = "redis";

const QUESTIONS: &str = "locate";
const ANSWERS: &str = "located";

pub(crate) struct Redis {
    connection: MultiplexedConnection,
    answers: BoxStream<'static, Msg>,
    size: usize,
    _nodes: Vec<Process>,
}

impl Redis {
    pub(crate) async fn start(url: &str, size: usize) -> Self {
        let nodes = Process::start(&format!("{NODE} {url}"), size).await;
        let (connection, answers) = connect(url, ANSWERS).await;
        Self { connection, answers, size, _nodes: nodes }
    }
}

/// A connection to publish over, and one for what comes.
async fn connect(url: &str, channel: &str) -> (MultiplexedConnection, BoxStream<'static, Msg>) {
    let client = Client::open(url).expect("a url");
    let connection = client.get_multiplexed_async_connection().await.expect("Redis");
    let mut messages = client.get_async_pubsub().await.expect("Redis");
    messages.subscribe(channel).await.expect("subscribed");
    (connection, messages.into_on_message().boxed())
}

impl Asker for Redis {
    fn name(&self) -> &'static str {
        NODE
    }

    fn ask(&mut self, times: usize) -> LocalBoxFuture<'_, Vec<Duration>> {
        let Self { connection, answers, size, .. } = self;
        let ask = async |id: u32| {
            let reached: usize = connection.publish(QUESTIONS, &id.to_be_bytes()).await.expect("published");
            assert_eq!(reached, *size);
            for _ in 0..*size {
                assert_eq!(answers.next().await.expect("an answer").get_payload_bytes().len(), ANSWER);
            }
        };
        time(times, ask).boxed_local()
    }
}

pub(crate) async fn answer(url: &str) {
    let (mut connection, mut questions) = connect(url, QUESTIONS).await;
    let answering = async {
        while let Some(question) = questions.next().await {
            let answer = answer_to(question.get_payload_bytes());
            let _: () = connection.publish(ANSWERS, &answer).await.expect("published");
        }
    };
    tokio::join!(answering, ready(NODE));
}
