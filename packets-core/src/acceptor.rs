//! What takes a packet in: [`Acceptor`], as a trait or as a closure.

use std::future::{Future, ready};
use std::sync::Arc;

use crate::packet::Packet;
use crate::reject::ValidationError;
#[cfg(feature = "net")]
use crate::reject::{Reject, RejectKind};

/// Takes in packets of type `P` that arrive through an `S` (a server's `Socket`, a `Client`).
///
/// `validate` may refuse a packet; `respond` then has it, and what it returns is what the sender's
/// `send(..).await` resolves to. Any `Fn(P, S) -> impl Future` whose output is the response, or a `Result`
/// of it, is an acceptor too.
///
/// State lives in the type itself: as an `Arc` of an acceptor is one too, it can accept several types of
/// packets, and be known elsewhere. A closure is called again and again: what it captures is cloned, or
/// looked at before its `async move`, as in
/// `move |ask: Ask, _: Socket| { let state = state.clone(); async move { … } }`.
///
/// ```
/// use packets_core::{Acceptor, AcceptError, Packet, ValidationError};
///
/// #[derive(Packet)]
/// #[packet(response = u32)]
/// struct Square(u32);
///
/// struct Arithmetic;
///
/// impl<S: Sync> Acceptor<Square, S> for Arithmetic {
///     async fn validate(&self, packet: &Square, _: &S) -> Result<(), ValidationError> {
///         if packet.0 > 65_535 {
///             return Err(ValidationError::new(400, "its square would not fit"));
///         }
///         Ok(())
///     }
///
///     async fn respond(&self, packet: Square, _: &S) -> Result<u32, AcceptError> {
///         Ok(packet.0 * packet.0)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not accept `{P}`",
    label = "not an acceptor of `{P}`",
    note = "an acceptor is a type that implements `Acceptor<{P}, {S}>`, or a closure",
    note = "a closure is `|packet: {P}, from: {S}| async move {{ … }}` and returns the packet's response, or a \
            `Result` of it"
)]
pub trait Acceptor<P: Packet, S>: Send + Sync + 'static {
    /// Whether it runs to its end although nobody waits for the answer any more, as [`Uncancelled`] says. By
    /// default it does not: it is dropped.
    const UNCANCELLED: bool = false;

    /// Whether the packet may pass. By default it may.
    ///
    /// # Errors
    /// A [`ValidationError`] reaches the sender as it is, and `respond` is not called.
    fn validate(&self, packet: &P, from: &S) -> impl Future<Output = Result<(), ValidationError>> + Send {
        let _ = (packet, from);
        ready(Ok(()))
    }

    /// Acts on the packet and answers it.
    ///
    /// # Errors
    /// A [`ValidationError`] reaches the sender as it is; of any other error the sender learns only that
    /// there was one, unless the server exposes errors.
    fn respond(&self, packet: P, from: &S) -> impl Future<Output = Result<P::Response, AcceptError>> + Send;

    /// The same for who needs the handle no more: a closure is given this one, and no other.
    #[doc(hidden)]
    fn respond_to(&self, packet: P, from: S) -> impl Future<Output = Result<P::Response, AcceptError>> + Send
    where
        S: Send + Sync,
    {
        async move { self.respond(packet, &from).await }
    }
}

impl<P: Packet, S: Sync, A: Acceptor<P, S>> Acceptor<P, S> for Arc<A> {
    const UNCANCELLED: bool = A::UNCANCELLED;

    fn validate(&self, packet: &P, from: &S) -> impl Future<Output = Result<(), ValidationError>> + Send {
        A::validate(self, packet, from)
    }

    fn respond(&self, packet: P, from: &S) -> impl Future<Output = Result<P::Response, AcceptError>> + Send {
        A::respond(self, packet, from)
    }

    fn respond_to(&self, packet: P, from: S) -> impl Future<Output = Result<P::Response, AcceptError>> + Send
    where
        S: Send + Sync,
    {
        A::respond_to(self, packet, from)
    }
}

impl<P, S, F, R> Acceptor<P, S> for F
where
    P: Packet,
    S: Clone + Send + Sync,
    F: Fn(P, S) -> R + Send + Sync + 'static,
    R: Future + Send,
    R::Output: IntoResponse<P::Response>,
{
    async fn respond(&self, packet: P, from: &S) -> Result<P::Response, AcceptError> {
        self.respond_to(packet, from.clone()).await
    }

    #[expect(clippy::manual_async_fn, reason = "it would copy the packet once more")]
    fn respond_to(
        &self,
        packet: P,
        from: S,
    ) -> impl Future<Output = Result<P::Response, AcceptError>> + Send {
        async move { self(packet, from).await.into_response() }
    }
}

/// Lets an acceptor run to its end although nobody waits for its answer any more: for what must not stop half
/// way, such as a purchase.
///
/// An acceptor of a call is dropped where it awaits when the caller gives up or its connection ends. This one
/// goes on, as those of packets do that ask for no answer. It may take the
/// [`acceptor_timeout`](crate::net::ConnectionLimits::acceptor_timeout) however long its caller waits, and
/// counts among the [`acceptors`](crate::net::ConnectionLimits::acceptors) meanwhile. Several acceptors of one
/// packet go on together, and so do the packets of a bundle, if one of them is of this kind. Only the end of the
/// runtime comes before it.
///
/// A type that implements [`Acceptor`] may say so itself, by [`UNCANCELLED`](Acceptor::UNCANCELLED).
///
/// ```
/// use packets_core::{Acceptor, Packet, Uncancelled};
///
/// #[derive(Packet)]
/// struct Buy { article: u32 }
///
/// fn buy<S: Clone + Send + Sync>() -> impl Acceptor<Buy, S> {
///     Uncancelled(|buy: Buy, _: S| async move { println!("article {} is sold", buy.article) })
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Uncancelled<A>(pub A);

impl<P: Packet, S: Sync, A: Acceptor<P, S>> Acceptor<P, S> for Uncancelled<A> {
    const UNCANCELLED: bool = true;

    fn validate(&self, packet: &P, from: &S) -> impl Future<Output = Result<(), ValidationError>> + Send {
        self.0.validate(packet, from)
    }

    fn respond(&self, packet: P, from: &S) -> impl Future<Output = Result<P::Response, AcceptError>> + Send {
        self.0.respond(packet, from)
    }

    fn respond_to(&self, packet: P, from: S) -> impl Future<Output = Result<P::Response, AcceptError>> + Send
    where
        S: Send + Sync,
    {
        self.0.respond_to(packet, from)
    }
}

/// What an acceptor's closure may return: the response, or a `Result` of it with any error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer to a packet whose response is `{R}`",
    label = "should return `{R}` or `Result<{R}, _>`",
    note = "the response type is the packet's: `#[packet(response = …)]`, or `()` without it"
)]
pub trait IntoResponse<R> {
    /// The response, or why there is none.
    ///
    /// # Errors
    /// The acceptor's error.
    fn into_response(self) -> Result<R, AcceptError>;
}

impl<R> IntoResponse<R> for R {
    fn into_response(self) -> Result<R, AcceptError> {
        Ok(self)
    }
}

impl<R, E: Into<AcceptError>> IntoResponse<R> for Result<R, E> {
    fn into_response(self) -> Result<R, AcceptError> {
        self.map_err(Into::into)
    }
}

/// Why an acceptor has no response. Any [`Error`](std::error::Error) converts into it with `?`; a boxed one,
/// which is none itself, goes into [`Failed`](Self::Failed).
///
/// ```
/// use packets_core::{AcceptError, ValidationError};
/// let refused: AcceptError = ValidationError::new(404, "no such position").into();
/// assert!(matches!(refused, AcceptError::Validation(_)));
/// let failed: AcceptError = std::io::Error::other("disk").into();
/// assert!(matches!(failed, AcceptError::Failed(_)));
/// ```
#[derive(Debug)]
pub enum AcceptError {
    /// Reaches the sender as it is.
    Validation(ValidationError),
    /// Reaches the sender as code 500 and `error`, with its text only when errors are exposed.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

/// It cannot itself be a [`std::error::Error`], as that would make converting one into another ambiguous.
impl std::fmt::Display for AcceptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Validation(error) => error.fmt(f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for AcceptError {
    fn from(error: E) -> Self {
        let error: Box<dyn std::error::Error + Send + Sync> = Box::new(error);
        match error.downcast() {
            Ok(validation) => Self::Validation(*validation),
            Err(error) => Self::Failed(error),
        }
    }
}

#[cfg(feature = "net")]
impl AcceptError {
    /// What the sender is told.
    #[doc(hidden)]
    #[must_use]
    pub fn into_reject(self, expose: bool) -> Reject {
        match self {
            Self::Validation(error) => error.into(),
            Self::Failed(error) if expose => Reject::new(RejectKind::Failed, error.to_string()),
            Self::Failed(_) => Reject::new(RejectKind::Failed, "error"),
        }
    }
}
