//! The first frames of a connection, until packets can flow.

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use futures_util::{SinkExt, StreamExt};
use tokio::sync::SetOnce;

use super::call::now;
use super::dropped::Drops;
use super::figures::Figures;
use super::limits::ConnectionLimits;
use super::outbound::Observers;
use super::peer::{Peer, Shared};
use super::queue::Queue;
use super::stream::Streams;
use super::term::Term;
use super::trace::Escaped;
use super::transport::{Message, Transport, TransportError};
use crate::agreement::Agreement;
use crate::close::CloseReason;
use crate::control::{Offer, Resume};
use crate::deadline::after;
use crate::registry::Registry;
use crate::session::{Claim, Event, Resumption, Session, SessionId};

/// A connection whose two ends know each other.
pub struct Greeted<T> {
    pub(super) transport: T,
    pub(super) session: Session,
    pub(super) peer: Peer,
    pub(super) resumption: Resumption,
}

impl<T> Greeted<T> {
    /// The tokens of the session that the client wants to go on with, the newest last.
    pub fn tokens(&self) -> impl Iterator<Item = &[u8; 32]> {
        let resume = match &self.resumption {
            Resumption::Wanted(resume) => Some(resume),
            _ => None,
        };
        resume.into_iter().flat_map(Resume::tokens)
    }

    /// By what the session can be resumed, as the server says.
    #[must_use]
    pub const fn offer(&self) -> Option<&Offer> {
        self.session.offer()
    }

    /// Whether the server goes on with the client's last session.
    #[must_use]
    pub const fn is_resumed(&self) -> bool {
        matches!(self.resumption, Resumption::Granted(_))
    }

    /// Whether the session can be resumed.
    #[must_use]
    pub const fn is_resumable(&self) -> bool {
        !matches!(self.resumption, Resumption::Never)
    }

    /// The handle to the other end.
    #[must_use]
    pub const fn peer(&self) -> &Peer {
        &self.peer
    }
}

/// What waits to be sent holds tokens, which are secrets.
impl<T> std::fmt::Debug for Greeted<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Greeted").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// Greets a client that has connected, with the offer to resume the session if there is one. What is sent to it is
/// told to these observers.
///
/// # Errors
/// The reason why the connection ended instead.
pub async fn greet_client<T: Transport>(
    transport: T,
    registry: Arc<Registry>,
    figures: Figures,
    observers: Observers,
    limits: ConnectionLimits,
    id: SessionId,
    offer: Option<Offer>,
) -> Result<Greeted<T>, CloseReason> {
    let mut session = Session::server(registry, limits.session(), id, offer, now());
    let (transport, peer, resumption) =
        greet(transport, &mut session, figures, observers, limits, Streams::default()).await?;
    Ok(Greeted { transport, session, peer, resumption })
}

/// Greets the server that was connected to. What arrives goes to these streams, too; what is sent is told to nobody, as
/// a client knows more of it. With a claim, sessions can be
/// resumed: that of the claim is, if the server has it.
///
/// # Errors
/// The reason why the connection ended instead.
pub async fn greet_server<T: Transport>(
    transport: T,
    registry: Arc<Registry>,
    figures: Figures,
    limits: ConnectionLimits,
    streams: Streams,
    claim: Option<&mut Claim>,
) -> Result<Greeted<T>, CloseReason> {
    let mut session = Session::client(registry, limits.session(), claim.as_deref().cloned(), now());
    let greeted = greet(transport, &mut session, figures, Observers::default(), limits, streams).await;
    if let Some(claim) = claim {
        match &greeted {
            Ok(_) => claim.keep(session.offer()),
            Err(_) => claim.add(session.offer()),
        }
    }
    let (transport, peer, resumption) = greeted?;
    Ok(Greeted { transport, session, peer, resumption })
}

async fn greet<T: Transport>(
    mut transport: T,
    session: &mut Session,
    figures: Figures,
    observers: Observers,
    limits: ConnectionLimits,
    streams: Streams,
) -> Result<(T, Peer, Resumption), CloseReason> {
    match open(&mut transport, session).await {
        Ok((id, agreement, max_message, resumption)) => {
            let queue = Queue::new(&limits, figures.clone());
            // HELLO goes before the first packets, and with them.
            while let Some(frame) = session.poll_transmit() {
                queue.push_own(frame);
            }
            let shared = Shared {
                session: id,
                agreement,
                limits,
                max_send: limits.max_send.min(max_message) as usize,
                queue,
                streams,
                drops: Drops::default(),
                figures,
                observers,
                accepting: AtomicUsize::new(0),
                leaving: SetOnce::new(),
                is_resumable: !matches!(resumption, Resumption::Never),
                is_connected: AtomicBool::new(true),
                driver: OnceLock::new(),
            };
            Ok((transport, Peer { shared: Arc::new(shared), term: Term::default() }, resumption))
        }
        Err(reason) => {
            figures.not_greeted(&reason);
            close(&mut transport, &reason, after(now(), limits.close_timeout)).await;
            Err(reason)
        }
    }
}

async fn open<T: Transport>(
    transport: &mut T,
    session: &mut Session,
) -> Result<(SessionId, Agreement, u32, Resumption), CloseReason> {
    loop {
        let deadline = session.next_timeout().into();
        while let Some(frame) = session.poll_transmit() {
            let sent = tokio::time::timeout_at(deadline, transport.send(Message::Binary(frame)));
            sent.await.map_err(|_| CloseReason::HandshakeTimeout)?.map_err(broken)?;
        }
        let message = tokio::time::timeout_at(deadline, transport.next());
        let message = message.await.map_err(|_| CloseReason::HandshakeTimeout)?;
        let event = match received(message)? {
            Message::Binary(message) => session.receive(message, now())?,
            _ => None,
        };
        if let Some(Event::Open { session: id, agreement, max_message, resumption }) = event {
            return Ok((id, agreement, max_message, resumption));
        }
    }
}

/// A message that does not end the connection.
#[inline]
pub(super) fn received(message: Option<Result<Message, TransportError>>) -> Result<Message, CloseReason> {
    match message {
        Some(Ok(message @ Message::Binary(_))) => Ok(message),
        None => Err(CloseReason::lost("the other end hung up")),
        Some(Err(error)) => Err(broken(error)),
        Some(Ok(Message::Text(_))) => Err(CloseReason::Text),
        Some(Ok(Message::Close(close))) => {
            // 1005: there was no code.
            let (code, reason) = close.unwrap_or((1005, String::new()));
            Err(CloseReason::Remote { code, reason: reason.into() })
        }
        Some(Ok(message)) => Ok(message),
    }
}

pub(super) fn broken(error: TransportError) -> CloseReason {
    match error {
        TransportError::TooLarge => CloseReason::TooLarge,
        TransportError::Protocol(error) => {
            tracing::debug!(error = %Escaped(&error), "the other end breaks the WebSocket protocol");
            CloseReason::Protocol("invalid WebSocket frames")
        }
        TransportError::Flood(what) => CloseReason::Flood(what),
        TransportError::Lost(error) => CloseReason::lost(error),
    }
}

/// Ends the transport: tells the other end why, if it does not know, and waits for its answer until the
/// deadline.
pub(super) async fn close<T: Transport>(transport: &mut T, reason: &CloseReason, deadline: Instant) {
    let farewell = async {
        if reason.is_ours() {
            transport.send(Message::Close(Some((reason.code(), reason.text())))).await?;
            while let Some(Ok(message)) = transport.next().await {
                if matches!(message, Message::Close(_)) {
                    break;
                }
            }
        }
        transport.close().await
    };
    // Whoever does not answer in time is gone all the same.
    if !matches!(tokio::time::timeout_at(deadline.into(), farewell).await, Ok(Ok(()))) {
        tracing::debug!(reason = %Escaped(reason), "the close was not answered");
    }
}
