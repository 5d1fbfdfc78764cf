//! NATS' own client: one inbox for the answers, and nothing else. It asks others, or itself, too.

use std::time::Duration;

use async_nats::{Client, Subscriber};
use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt, StreamExt};

use super::time;
use crate::contest::Asker;
use crate::process::{Process, ready};
use crate::protocol::{ANSWER, answer as answer_to};

pub(crate) const NODE: &str = "nats";

/// One that is among those who are asked.
pub(crate) const SELF: &str = "nats-self";

pub(crate) struct Nats {
    name: &'static str,
    client: Client,
    inbox: String,
    answers: Subscriber,
    /// Its own, if it is asked.
    questions: Option<Subscriber>,
    size: usize,
    _nodes: Vec<Process>,
}

impl Nats {
    pub(crate) async fn start(name: &'static str, url: &str, size: usize) -> Self {
        let client = async_nats::connect(url).await.expect("NATS");
        let nodes = Process::start(&format!("{name} {url}"), size).await;
        let inbox = client.new_inbox();
        let answers = client.subscribe(inbox.clone()).await.expect("subscribed");
        let questions = match name {
            SELF => Some(client.subscribe(name).await.expect("subscribed")),
            _ => None,
        };
        Self { name, client, inbox, answers, questions, size, _nodes: nodes }
    }
}

impl Asker for Nats {
    fn name(&self) -> &'static str {
        self.name
    }

    fn ask(&mut self, times: usize) -> LocalBoxFuture<'_, Vec<Duration>> {
        let Self { name, client, inbox, answers, questions, size, .. } = self;
        let ask = async |id: u32| {
            let question = id.to_be_bytes().to_vec();
            client.publish_with_reply(*name, inbox.clone(), question.into()).await.expect("published");
            if let Some(questions) = questions.as_mut() {
                let question = questions.next().await.expect("its own question");
                assert_eq!(answer_to(&question.payload).len(), ANSWER);
            }
            for _ in 0..*size {
                assert_eq!(answers.next().await.expect("an answer").payload.len(), ANSWER);
            }
        };
        time(times, ask).boxed_local()
    }
}

pub(crate) async fn answer(name: &str, url: &str) {
    let client = async_nats::connect(url).await.expect("NATS");
    let mut questions = client.subscribe(name.to_owned()).await.expect("subscribed");
    client.flush().await.expect("flushed");
    let answering = async {
        while let Some(question) = questions.next().await {
            let answer = answer_to(&question.payload).to_vec();
            let inbox = question.reply.expect("an inbox");
            client.publish(inbox, answer.into()).await.expect("published");
        }
    };
    tokio::join!(answering, ready(name));
}
