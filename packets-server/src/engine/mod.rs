//! What carries messages between the nodes of a cluster: [`Engine`].

mod local;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "nats", feature = "redis"))]
mod remote;
mod subject;

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;

pub use self::local::Local;
#[cfg(feature = "nats")]
pub use self::nats::Nats;
#[cfg(feature = "redis")]
pub use self::redis::Redis;
pub use self::subject::Subject;

/// Carries messages between the nodes of a cluster: bytes to a [`Subject`], to all who have subscribed to it.
///
/// A server has one by [`ServerBuilder::engine`](crate::ServerBuilder::engine). [`Local`] is for several servers
/// in one process, or for tests. What nodes say to each other, who they are, deadlines, and whether anything was
/// lost is all the same above every engine; an engine only carries.
///
/// # What an engine promises
/// - **At most once.** A message reaches each subscription once or not at all. What is lost is lost silently:
///   the nodes count, and notice.
/// - **In order.** Messages that one node publishes to one subject, each after the one before is done, reach each
///   subscription in that order.
/// - **To oneself, too.** A message reaches the subscriptions of the node that published it, unless it is
///   [for others](Self::publish_to_others).
/// - **Bounded.** It holds no more than so many messages for a subscription that is not read, and loses others.
/// - **Cancellable.** When one of its futures is dropped, the message may be lost, and nothing else is.
/// - **Honest, if it can be.** A publication that certainly comes to nothing is an error; one that is fine may
///   come to nothing, too. A subscription that will yield nothing any more ends.
///
/// None of this asks for a broker that stores anything.
pub trait Engine: Send + Sync + 'static {
    /// Subscribes to these subjects: from when this is done, what is published to them comes.
    ///
    /// # Errors
    /// [`EngineError`] if that is not possible now. The node tries again.
    fn subscribe(&self, subjects: Vec<Subject>) -> EngineFuture<'_, Subscription>;

    /// Publishes a message to all who have subscribed to a subject. Nodes wait for one publication before they
    /// begin the next, and for none longer than 2 s.
    ///
    /// # Errors
    /// [`EngineError`] if it certainly reaches nobody.
    fn publish(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()>;

    /// Publishes a message that the node itself has no use for: the engine may leave that node out. Where several nodes
    /// share an engine, it reaches the others. By default, this is [`publish`](Self::publish).
    ///
    /// # Errors
    /// [`EngineError`] if it certainly reaches nobody.
    fn publish_to_others(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()> {
        self.publish(subject, message)
    }

    /// Resolves when all that was published has left the process.
    ///
    /// # Errors
    /// [`EngineError`] if it will not.
    fn flush(&self) -> EngineFuture<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// The largest message it carries, in bytes. A node publishes none beyond it. By default, 1 MiB.
    fn max_message(&self) -> usize {
        1024 * 1024
    }
}

/// What an [`Engine`] does, and how it went.
pub type EngineFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, EngineError>> + Send + 'a>>;

/// What comes in for a node. It ends when nothing will come any more; the node subscribes again then.
pub type Subscription = Pin<Box<dyn Stream<Item = Incoming> + Send>>;

/// What an [`Engine`] has for a node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incoming {
    /// A message to one of the subjects that the node has subscribed to.
    Message(Bytes),
    /// Nobody is subscribed to this subject any more. An engine that cannot tell leaves it out: a node that is
    /// silent is noticed anyway, though later.
    Vacant(Subject),
}

/// Why an engine could not do something: its own words, for logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(Arc<str>);

impl EngineError {
    /// With the words of what went wrong.
    #[must_use]
    pub fn new(error: impl Display) -> Self {
        Self(error.to_string().into())
    }
}
