//! What stands around the acceptors and sees every packet that comes in.

use std::borrow::Cow;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;

use super::accept::{Answering, Reply};
use super::dispatch::Dispatcher;
use crate::log_limit::SharedLogLimit;
use crate::registry::PacketId;
use crate::reject::{Reject, RejectKind};

/// Stands around every packet that comes in through an `S`, before it is decoded and until it is answered:
/// for logs, figures, checks of who may send what.
///
/// The packets of a bundle pass it too, within their bundle. Packets that break a limit or that nobody here
/// knows do not get as far. A call's time goes on while it is in a layer. A panic in one concerns the packet
/// alone, as in an acceptor.
///
/// A closure is a layer, too. What it does before [`Next::run`] happens before the packet is looked at; it
/// may return a [`Reject`], or a [`ValidationError`](crate::ValidationError) by `?`, instead of running it.
/// What comes of the packet is what `run` returns.
///
/// ```
/// use packets_core::ValidationError;
/// use packets_core::net::{Inbound, Layer, Next};
///
/// fn moderate<S: Clone + Send + Sync + 'static>() -> impl Layer<S> {
///     |packet: Inbound<S>, next: Next<S>| async move {
///         if packet.name() == "Shout" && packet.size() > 100 {
///             return Err(ValidationError::new(403, "not so loud").into());
///         }
///         let outcome = next.run().await;
///         println!("{}: {:?}", packet.name(), outcome.as_ref().map(|accepted| accepted.size()));
///         outcome
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no layer",
    label = "not a layer",
    note = "a layer is a type that implements `Layer<{S}>`, or a closure",
    note = "a closure is `|packet: Inbound<{S}>, next: Next<{S}>| async move {{ next.run().await }}`"
)]
pub trait Layer<S>: Send + Sync + 'static {
    /// Lets the packet pass by [`Next::run`], and returns what came of it; or refuses it.
    ///
    /// # Errors
    /// The [`Reject`] reaches the sender of a call as it is.
    fn around(
        &self,
        packet: Inbound<S>,
        next: Next<S>,
    ) -> impl Future<Output = Result<Accepted, Reject>> + Send;
}

impl<S, F, R> Layer<S> for F
where
    F: Fn(Inbound<S>, Next<S>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Accepted, Reject>> + Send,
{
    fn around(&self, packet: Inbound<S>, next: Next<S>) -> impl Future<Output = R::Output> + Send {
        self(packet, next)
    }
}

/// What is known of a packet that is not decoded yet.
#[derive(Clone, Debug)]
pub struct Inbound<S> {
    from: S,
    name: Cow<'static, str>,
    size: usize,
    is_call: bool,
    is_item: bool,
}

impl<S> Inbound<S> {
    /// What it came through: a server's socket, a client.
    pub const fn from(&self) -> &S {
        &self.from
    }

    /// The packet's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes its body has.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Whether someone waits for an answer to it, or to the bundle that holds it.
    #[must_use]
    pub const fn is_call(&self) -> bool {
        self.is_call
    }

    /// Whether it came in a bundle.
    #[must_use]
    pub const fn is_item(&self) -> bool {
        self.is_item
    }
}

/// That a packet was accepted.
#[derive(Clone, Debug)]
pub struct Accepted(pub(super) Bytes);

impl Accepted {
    /// How many bytes the answer has; 0 if none was asked for.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.0.len()
    }
}

/// What is behind a layer: the next one, or the acceptors.
#[must_use = "a packet goes no further until its `Next` is run"]
pub struct Next<S> {
    dispatcher: Dispatcher<S>,
    /// How many layers are behind it.
    passed: usize,
    id: PacketId,
    body: Bytes,
    reply: Reply,
}

impl<S: Clone + Send + Sync + 'static> Next<S> {
    pub(super) const fn new(dispatcher: Dispatcher<S>, id: PacketId, body: Bytes, reply: Reply) -> Self {
        Self { dispatcher, passed: 0, id, body, reply }
    }

    /// Lets the packet go on. Dropping the future stops what it does.
    ///
    /// # Errors
    /// The [`Reject`] says why the packet was not accepted, also if nobody is told.
    pub async fn run(self) -> Result<Accepted, Reject> {
        let answering = match self.dispatcher.layers().get(self.passed).cloned() {
            Some(layer) => Some(self.through(layer)),
            None => {
                let from = self.dispatcher.from().clone();
                self.dispatcher.deliver(from, self.id, self.body, self.reply)
            }
        };
        match answering {
            Some(answering) => answering.await.map(Accepted),
            None => Ok(Accepted(Bytes::new())),
        }
    }

    fn through(mut self, layer: Arc<dyn AnyLayer<S>>) -> Answering {
        self.passed += 1;
        let packet = Inbound {
            from: self.dispatcher.from().clone(),
            name: self.dispatcher.packet(self.id).shared_name(),
            size: self.body.len(),
            is_call: !matches!(self.reply, Reply::Nothing | Reply::Item),
            is_item: matches!(self.reply, Reply::Body | Reply::Item),
        };
        layer.around(packet, self)
    }
}

impl<S> std::fmt::Debug for Next<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Next").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A layer whose type is forgotten.
pub(super) trait AnyLayer<S>: Send + Sync {
    fn around(self: Arc<Self>, packet: Inbound<S>, next: Next<S>) -> Answering;
}

pub(super) struct Layered<L> {
    layer: L,
    log: SharedLogLimit,
}

impl<L> Layered<L> {
    pub(super) const fn new(layer: L) -> Self {
        Self { layer, log: SharedLogLimit::new() }
    }
}

impl<S: Clone + Send + Sync + 'static, L: Layer<S>> AnyLayer<S> for Layered<L> {
    fn around(self: Arc<Self>, packet: Inbound<S>, next: Next<S>) -> Answering {
        Box::pin(async move {
            // The closure of a layer may panic before there is a future.
            let outcome = async { self.layer.around(packet, next).await };
            match AssertUnwindSafe(outcome).catch_unwind().await {
                Ok(outcome) => outcome.map(|accepted| accepted.0),
                Err(_) => {
                    if self.log.passes() {
                        tracing::error!("a layer panicked");
                    }
                    Err(Reject::new(RejectKind::Panicked, "error"))
                }
            }
        })
    }
}
