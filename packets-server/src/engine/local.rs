//! The engine of one process.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::{Engine, EngineFuture, Incoming, Subject, Subscription};

/// How many messages wait for a subscription that is not read.
const CAPACITY: usize = 4_096;

/// The engine of one process: several servers that share one are nodes of one cluster. Cheap to clone.
///
/// Of the messages to a node that does not keep up, the newest are lost beyond 4,096.
///
/// ```
/// # use packets_server::{Local, Server};
/// # async fn example() -> Result<(), packets_server::BuildError> {
/// let local = Local::default();
/// let public = Server::builder().engine(local.clone()).build()?;
/// let internal = Server::builder().engine(local).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Local {
    table: Arc<Mutex<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    last: u64,
    by_number: HashMap<u64, (Vec<Subject>, Sender<Incoming>)>,
}

impl Local {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn send(&self, subject: &Subject, incoming: &Incoming) {
        for (subjects, sender) in self.by_number.values() {
            if subjects.contains(subject) {
                // What is too much is lost.
                let _ = sender.try_send(incoming.clone());
            }
        }
    }
}

impl Engine for Local {
    fn subscribe(&self, subjects: Vec<Subject>) -> EngineFuture<'_, Subscription> {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        let mut table = self.table();
        table.last += 1;
        let number = table.last;
        table.by_number.insert(number, (subjects, sender));
        let subscription: Subscription = Box::pin(Subscribed { engine: self.clone(), number, receiver });
        Box::pin(std::future::ready(Ok(subscription)))
    }

    fn publish(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()> {
        self.table().send(subject, &Incoming::Message(message));
        Box::pin(std::future::ready(Ok(())))
    }
}

struct Subscribed {
    engine: Local,
    number: u64,
    receiver: Receiver<Incoming>,
}

impl Stream for Subscribed {
    type Item = Incoming;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Incoming>> {
        self.receiver.poll_recv(cx)
    }
}

/// The others learn at once which subjects are nobody's any more.
impl Drop for Subscribed {
    fn drop(&mut self) {
        let mut table = self.engine.table();
        let Some((subjects, _)) = table.by_number.remove(&self.number) else { return };
        for subject in subjects {
            let is_taken = |(subjects, _): &(Vec<Subject>, _)| subjects.contains(&subject);
            if !table.by_number.values().any(is_taken) {
                for (_, sender) in table.by_number.values() {
                    let _ = sender.try_send(Incoming::Vacant(subject.clone()));
                }
            }
        }
    }
}
