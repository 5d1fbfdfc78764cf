//! The engine on NATS.

mod listeners;
mod mirror;

use std::fmt::{Debug, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use async_nats::subject::ToSubject;
use async_nats::{Client, ConnectOptions, ServerAddr};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use percent_encoding::percent_decode_str;
use tokio::time::timeout;

use self::listeners::Listeners;
use self::mirror::{Mirror, is_connected};
use super::remote::{self, CAPACITY, PATIENCE, PING};
use super::{Engine, EngineError, EngineFuture, Incoming, Subject, Subscription};

/// The engine on [NATS](https://nats.io): one server of it, or several that are one. Cheap to clone.
///
/// It needs nothing but publish and subscribe: no stream, and no permission beyond `packets.>` and the inbox
/// (`_INBOX.>`). A message may have what the server's `max_payload` says, which is 1 MiB unless it is told otherwise.
///
/// It has two connections, so that a node does not read what it tells all others: the server brings nothing back over
/// the first, and what has to come back the second publishes again. Servers in one process that share an engine hear
/// each other by way of the second, which takes longer: it is better that each connects.
///
/// A lost connection comes back by itself, after 0.1 to 2 s and then as often as it takes. Nothing is published
/// while there is none. Of the messages to a node that does not keep up, the newest are lost beyond 4,096 a subject.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use packets_server::{Nats, Server};
///
/// let server = Server::builder().engine(Nats::connect("nats://localhost:4222").await?).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Nats {
    /// Hears nothing of what it publishes.
    client: Client,
    mirror: Arc<Mirror>,
    listeners: Arc<Listeners>,
}

impl Nats {
    /// Connects to a server, or to any one of several with commas between: `nats://one:4222,nats://two:4222`. A
    /// url may have a user and a password in it, or a token; with `tls://`, the server has to show a certificate that
    /// this machine trusts. In a process that has no provider of cryptography for rustls, *ring* becomes it.
    ///
    /// # Errors
    /// [`EngineError`] if that is no url, or if none of the servers lets one in.
    pub async fn connect(urls: &str) -> Result<Self, EngineError> {
        Self::connect_with(urls, ConnectOptions::new().name("packets")).await
    }

    /// Connects with options: credentials, certificates of one's own. How it connects again, how it probes its
    /// connection and how much may wait are the engine's.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), packets_server::EngineError> {
    /// use packets_server::Nats;
    /// use packets_server::async_nats::ConnectOptions;
    ///
    /// let options = ConnectOptions::new().add_root_certificates("ca.pem".into());
    /// let engine = Nats::connect_with("tls://nats.internal", options).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EngineError`] if that is no url, or if none of the servers lets one in.
    pub async fn connect_with(urls: &str, options: ConnectOptions) -> Result<Self, EngineError> {
        remote::provide_crypto();
        let servers: Result<Vec<ServerAddr>, _> = urls.split(',').map(|url| url.trim().parse()).collect();
        let servers = servers.map_err(EngineError::new)?;
        let options = servers.iter().fold(options, identify);
        let mirror = Mirror::new(connect(options.clone(), &servers).await?).await?;
        Ok(Self {
            client: connect(options.no_echo(), &servers).await?,
            mirror: Arc::new(mirror),
            listeners: Arc::default(),
        })
    }

    fn connected(&self) -> Result<&Client, EngineError> {
        if is_connected(&self.client) { Ok(&self.client) } else { Err(disconnected()) }
    }

    /// Publishes to this connection, too.
    async fn publish_round(&self, subject: impl ToSubject, message: Bytes) -> Result<(), EngineError> {
        let inbox = self.mirror.inbox().ok_or_else(disconnected)?;
        self.connected()?.publish_with_reply(inbox, subject, message).await.map_err(EngineError::new)
    }

    /// Resolves when the server has done what it was told. It does one thing after the other, so that which comes round
    /// was the last.
    async fn settle(&self) -> Result<(), EngineError> {
        let client = self.connected()?;
        let inbox = client.new_inbox();
        let mut round = client.subscribe(inbox.clone()).await.map_err(EngineError::new)?;
        self.publish_round(inbox, Bytes::new()).await?;
        round.next().await.map(drop).ok_or_else(|| EngineError::new("NATS is closed"))
    }

    async fn subscribe(&self, subjects: Vec<Subject>) -> Result<Subscription, EngineError> {
        let client = self.connected()?;
        let listener = self.listeners.add(&subjects);
        let mut subscribers = Vec::with_capacity(subjects.len());
        for subject in subjects {
            subscribers.push(client.subscribe(subject.as_str().to_owned()).await.map_err(EngineError::new)?);
        }
        self.settle().await?;
        // There are few of them: to look at each is less than to remember who has something.
        let messages = stream::poll_fn(move |cx| {
            let _listens = &listener;
            // Whose turn it was is looked at last.
            for place in 0..subscribers.len() {
                if let Poll::Ready(message) = subscribers[place].poll_next_unpin(cx) {
                    subscribers.rotate_left(place + 1);
                    return Poll::Ready(message);
                }
            }
            Poll::Pending
        });
        Ok(Box::pin(messages.map(|message| Incoming::Message(message.payload))))
    }
}

impl Engine for Nats {
    fn subscribe(&self, subjects: Vec<Subject>) -> EngineFuture<'_, Subscription> {
        Box::pin(async { timeout(PATIENCE, self.subscribe(subjects)).await.unwrap_or_else(|_| Err(hung())) })
    }

    fn publish(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()> {
        Box::pin(self.publish_round(subject.as_str().to_owned(), message))
    }

    fn publish_to_others(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()> {
        if self.listeners.are_several() {
            return self.publish(subject, message);
        }
        let subject = subject.as_str().to_owned();
        Box::pin(async { self.connected()?.publish(subject, message).await.map_err(EngineError::new) })
    }

    fn flush(&self) -> EngineFuture<'_, ()> {
        Box::pin(async { timeout(PATIENCE, self.settle()).await.unwrap_or_else(|_| Err(hung())) })
    }

    fn max_message(&self) -> usize {
        self.client.max_payload()
    }
}

/// The first connection needs no pause.
async fn connect(options: ConnectOptions, servers: &[ServerAddr]) -> Result<Client, EngineError> {
    let is_first = AtomicBool::new(true);
    let delay =
        move |_| if is_first.swap(false, Ordering::Relaxed) { Duration::ZERO } else { remote::pause() };
    let options = options
        .max_reconnects(None)
        .reconnect_delay_callback(delay)
        .connection_timeout(PATIENCE)
        .ping_interval(PING)
        .subscription_capacity(CAPACITY)
        // A subject is one that every engine takes.
        .skip_subject_validation(true);
    options.connect(servers).await.map_err(EngineError::new)
}

/// With what a url says of who connects, which the driver takes no notice of.
fn identify(options: ConnectOptions, server: &ServerAddr) -> ConnectOptions {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match (server.username().map(decode), server.password().map(decode)) {
        (Some(user), Some(password)) => options.user_and_password(user, password),
        (Some(token), None) => options.token(token),
        (None, _) => options,
    }
}

fn disconnected() -> EngineError {
    EngineError::new("NATS is not connected")
}

fn hung() -> EngineError {
    EngineError::new("NATS does not answer")
}

/// Without what is secret in the options.
impl Debug for Nats {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nats").field("state", &self.client.connection_state()).finish_non_exhaustive()
    }
}
