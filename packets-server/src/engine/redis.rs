//! The engine on Redis.

use std::fmt::{Debug, Formatter};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ProtocolVersion, PushInfo, PushKind, RedisResult, Value};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::remote::{self, CAPACITY, PATIENCE, PING};
use super::{Engine, EngineError, EngineFuture, Incoming, Subject, Subscription};
use crate::in_time::in_time;

/// How often an answer to a publication is waited for.
const CHECK: Duration = Duration::from_secs(1);

/// The engine on [Redis](https://redis.io) from version 6 on, or on what speaks like it: on one server. Cheap to
/// clone.
///
/// It needs nothing but `PUBLISH`, `SUBSCRIBE` and `PING`: no key, and no channels beyond `packets.*`.
///
/// There is a connection for each subscription, and one to publish over, which comes back by itself: attempts are
/// 0.1 to 2 s apart. Nothing is published while there is none. Of the messages to a node that does not keep up, the
/// newest are lost beyond 4,096; Redis itself cuts who is far behind (`client-output-buffer-limit`).
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use packets_server::{Redis, Server};
///
/// let server = Server::builder().engine(Redis::connect("redis://localhost").await?).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Redis {
    client: Client,
    publisher: Arc<Mutex<Publisher>>,
}

struct Publisher {
    connection: Option<MultiplexedConnection>,
    /// When an answer is waited for again, or when to connect again.
    next: Instant,
}

impl Redis {
    /// Connects to a server. The url may have a user and a password in it; with `rediss://`, the server has to
    /// show a certificate that this machine trusts. In a process that has no provider of cryptography for rustls,
    /// *ring* becomes it.
    ///
    /// # Errors
    /// [`EngineError`] if that is no url, or if the server does not let one in.
    pub async fn connect(url: &str) -> Result<Self, EngineError> {
        Self::connect_with(&Client::open(url).map_err(EngineError::new)?).await
    }

    /// Connects as a client of the `redis` crate would: with certificates of one's own, say.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use packets_server::Redis;
    /// use packets_server::redis::{Client, TlsCertificates};
    ///
    /// let certificates = TlsCertificates { client_tls: None, root_cert: Some(std::fs::read("ca.pem")?) };
    /// let client = Client::build_with_tls("rediss://redis.internal", certificates)?;
    /// let engine = Redis::connect_with(&client).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EngineError`] if the server does not let one in.
    pub async fn connect_with(client: &Client) -> Result<Self, EngineError> {
        remote::provide_crypto();
        let info = client.get_connection_info();
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        // Messages come beside the answers to commands.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let info = info.clone().set_tcp_settings(tcp).set_redis_settings(settings);
        let client = Client::open(info).map_err(EngineError::new)?;
        let publisher = Publisher { connection: None, next: Instant::now() };
        let engine = Self { client, publisher: Arc::new(Mutex::new(publisher)) };
        engine.connection().await?;
        Ok(engine)
    }

    fn publisher(&self) -> MutexGuard<'_, Publisher> {
        self.publisher.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self, config: AsyncConnectionConfig) -> Result<MultiplexedConnection, EngineError> {
        // What is sent is bounded here, where that sets no timer for what is taken at once.
        let config = config.set_connection_timeout(Some(PATIENCE)).set_response_timeout(None);
        self.client.get_multiplexed_async_connection_with_config(&config).await.map_err(EngineError::new)
    }

    /// The connection to publish over, and whether an answer is to be waited for.
    async fn connection(&self) -> Result<(MultiplexedConnection, bool), EngineError> {
        {
            let mut publisher = self.publisher();
            let now = Instant::now();
            let is_due = now >= publisher.next;
            if let Some(connection) = publisher.connection.clone() {
                if is_due {
                    publisher.next = now + CHECK;
                }
                return Ok((connection, is_due));
            }
            if !is_due {
                return Err(EngineError::new("Redis is not connected"));
            }
            publisher.next = now + remote::pause();
        }
        let connection = self.open(AsyncConnectionConfig::new()).await?;
        self.publisher().connection = Some(connection.clone());
        Ok((connection, true))
    }

    /// Publishes without waiting for an answer, so that publications follow each other. One a second is waited for:
    /// that is how a connection is noticed that is dead.
    async fn publish(&self, mut command: Cmd) -> Result<(), EngineError> {
        let (mut connection, waits) = self.connection().await?;
        command.set_no_response(!waits);
        self.check(bounded(connection.send_packed_command(&command)).await)
    }

    async fn flush(&self) -> Result<(), EngineError> {
        let (mut connection, _) = self.connection().await?;
        self.check(bounded(connection.send_packed_command(&redis::cmd("PING"))).await)
    }

    /// Gives up a connection that is of no use.
    fn check(&self, result: RedisResult<Value>) -> Result<(), EngineError> {
        let result = answer(result);
        if result.is_err() {
            let mut publisher = self.publisher();
            publisher.connection = None;
            publisher.next = Instant::now() + remote::pause();
        }
        result
    }

    async fn subscribe(&self, subjects: Vec<Subject>) -> Result<Subscription, EngineError> {
        let (sender, mut receiver) = mpsc::channel(CAPACITY);
        let push = move |info: PushInfo| {
            if info.kind == PushKind::Message
                && let Some(Value::BulkString(message)) = info.data.into_iter().nth(1)
            {
                // What is too much is lost.
                let _ = sender.try_send(Incoming::Message(message.into()));
            }
            Ok::<_, ()>(())
        };
        let mut connection = self.open(AsyncConnectionConfig::new().set_push_sender(push)).await?;
        for subject in subjects {
            bounded(connection.subscribe(subject.as_str())).await.map_err(EngineError::new)?;
        }
        let mut end = Box::pin(end(connection).fuse());
        Ok(Box::pin(stream::poll_fn(move |cx| match receiver.poll_recv(cx) {
            Poll::Pending => end.poll_unpin(cx).map(|()| None),
            received @ Poll::Ready(_) => received,
        })))
    }
}

impl Engine for Redis {
    fn subscribe(&self, subjects: Vec<Subject>) -> EngineFuture<'_, Subscription> {
        Box::pin(self.subscribe(subjects))
    }

    fn publish(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()> {
        let size = "PUBLISH".len() + subject.as_str().len() + message.len();
        let mut command = Cmd::with_capacity(3, size);
        command.arg("PUBLISH").arg(subject.as_str()).arg(&message[..]);
        Box::pin(self.publish(command))
    }

    fn flush(&self) -> EngineFuture<'_, ()> {
        Box::pin(self.flush())
    }
}

/// What comes of what is sent, within [`PATIENCE`].
async fn bounded<T>(sent: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    in_time(PATIENCE, sent).await.unwrap_or_else(|elapsed| Err(io::Error::from(elapsed).into()))
}

fn answer(result: RedisResult<Value>) -> Result<(), EngineError> {
    result.and_then(Value::extract_error).map(drop).map_err(EngineError::new)
}

/// Resolves when a connection is dead.
async fn end(mut connection: MultiplexedConnection) {
    let ping = redis::cmd("PING");
    loop {
        sleep(PING).await;
        if answer(bounded(connection.send_packed_command(&ping)).await).is_err() {
            return;
        }
    }
}

/// Without what is secret in the url.
impl Debug for Redis {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let is_connected = self.publisher().connection.is_some();
        f.debug_struct("Redis").field("is_connected", &is_connected).finish_non_exhaustive()
    }
}
