//! NATS' own client: one inbox for the answers, and nothing else.

use std::time::Duration;

use async_nats::{Client, Subscriber};
use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt, StreamExt};

use super::time;
use crate::contest::Asker;
use crate::process::{Process, ready};
use crate::protocol::{ANSWER, answer as answer_to};

pub(crate) const NODE: &str = "nats";

const SUBJECT: &str = "locate";

pub(crate) struct Nats {
    client: Client,
    inbox: String,
    answers: Subscriber,
    size: usize,
    _nodes: Vec<Process>,
}

impl Nats {
    pub(crate) async fn start(url: &str, size: usize) -> Self {
        let client = async_nats::connect(url).await.expect("NATS");
        let nodes = Process::start(&format!("{NODE} {url}"), size).await;
        let inbox = client.new_inbox();
        let answers = client.subscribe(inbox.clone()).await.expect("subscribed");
        Self { client, inbox, answers, size, _nodes: nodes }
    }
}

impl Asker for Nats {
    fn name(&self) -> &'static str {
        NODE
    }

    fn ask(&mut self, times: usize) -> LocalBoxFuture<'_, Vec<Duration>> {
        let Self { client, inbox, answers, size, .. } = self;
        let ask = async |id: u32| {
            let question = id.to_be_bytes().to_vec();
            client.publish_with_reply(SUBJECT, inbox.clone(), question.into()).await.expect("published");
            for _ in 0..*size {
                assert_eq!(answers.next().await.expect("an answer").payload.len(), ANSWER);
            }
        };
        time(times, ask).boxed_local()
    }
}

pub(crate) async fn answer(url: &str) {
    let client = async_nats::connect(url).await.expect("NATS");
    let mut questions = client.subscribe(SUBJECT).await.expect("subscribed");
    client.flush().await.expect("flushed");
    let answering = async {
        while let Some(question) = questions.next().await {
            let answer = answer_to(&question.payload).to_vec();
            let inbox = question.reply.expect("an inbox");
            client.publish(inbox, answer.into()).await.expect("published");
        }
    };
    tokio::join!(answering, ready(NODE));
}
