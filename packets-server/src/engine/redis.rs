//! The engine on Redis.

use std::fmt::{Debug, Formatter};
use std::io;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ProtocolVersion, PushInfo, PushKind, RedisResult, Value};
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc};
use tokio::time::{Instant, sleep};

use self::publisher::Publisher;
use super::remote::{self, CAPACITY, PATIENCE, PING};
use super::{Engine, EngineError, EngineFuture, Incoming, Subject, Subscription};
use crate::in_time::in_time;

mod publisher;

/// The engine on [Redis](https://redis.io) from version 6 on, or on what speaks like it: on one server. Cheap to
/// clone.
///
/// It needs nothing but `PUBLISH`, `SUBSCRIBE` and `PING`: no key, and no channels beyond `packets.*`. With
/// `CLIENT REPLY` it costs Redis less: then it answers one publication a second, or one after 1,024 others.
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
    outlet: Arc<Mutex<Outlet>>,
}

/// What is published over.
struct Outlet {
    publisher: Option<Publisher>,
    /// No attempt at another one before this.
    pause: Instant,
}

impl Outlet {
    /// Asks, over a new connection if there is none.
    async fn ask(&mut self, client: &Client, command: Cmd) -> RedisResult<()> {
        // It comes back once it is known to be of use.
        let mut publisher = match self.publisher.take() {
            Some(publisher) => publisher,
            None => Publisher::connect(client).await?,
        };
        publisher.ask(command).await?;
        self.publisher = Some(publisher);
        Ok(())
    }

    /// Gives up a connection that is of no use.
    fn check(&mut self, result: RedisResult<()>) -> Result<(), EngineError> {
        result.map_err(|error| {
            self.publisher = None;
            self.pause = Instant::now() + remote::pause();
            EngineError::new(error)
        })
    }
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
        let outlet = Outlet { publisher: None, pause: Instant::now() };
        let engine = Self { client, outlet: Arc::new(Mutex::new(outlet)) };
        engine.flush().await?;
        Ok(engine)
    }

    async fn publish(&self, command: Cmd) -> Result<(), EngineError> {
        let mut outlet = self.outlet().await?;
        if let Some(publisher) = &mut outlet.publisher
            && !publisher.is_due()
        {
            let sent = bounded(publisher.send(command)).await;
            return outlet.check(sent);
        }
        self.ask(outlet, command).await
    }

    async fn flush(&self) -> Result<(), EngineError> {
        self.ask(self.outlet().await?, redis::cmd("PING")).await
    }

    async fn outlet(&self) -> Result<OwnedMutexGuard<Outlet>, EngineError> {
        in_time(PATIENCE, self.outlet.clone().lock_owned()).await.map_err(EngineError::new)
    }

    /// Goes on if it is dropped, as what others have published is on its way over the same connection.
    async fn ask(&self, mut outlet: OwnedMutexGuard<Outlet>, command: Cmd) -> Result<(), EngineError> {
        if outlet.publisher.is_none() && Instant::now() < outlet.pause {
            return Err(EngineError::new("Redis is not connected"));
        }
        let client = self.client.clone();
        let asking = tokio::spawn(async move {
            let answer = bounded(outlet.ask(&client, command)).await;
            outlet.check(answer)
        });
        asking.await.map_err(EngineError::new)?
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
        let config = AsyncConnectionConfig::new().set_push_sender(push);
        let mut connection = open(&self.client, config).await.map_err(EngineError::new)?;
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

async fn open(client: &Client, config: AsyncConnectionConfig) -> RedisResult<MultiplexedConnection> {
    // What is sent is bounded below, where that sets no timer for what is taken at once.
    let config = config.set_connection_timeout(Some(PATIENCE)).set_response_timeout(None);
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// What comes of what is sent, within [`PATIENCE`].
async fn bounded<T>(sent: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    in_time(PATIENCE, sent).await.unwrap_or_else(|elapsed| Err(io::Error::from(elapsed).into()))
}

/// Resolves when a connection is dead.
async fn end(mut connection: MultiplexedConnection) {
    let ping = redis::cmd("PING");
    loop {
        sleep(PING).await;
        if bounded(ping.exec_async(&mut connection)).await.is_err() {
            return;
        }
    }
}

/// Without what is secret in the url.
impl Debug for Redis {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let server = self.client.get_connection_info().addr();
        f.debug_struct("Redis").field("server", &format_args!("{server}")).finish_non_exhaustive()
    }
}
