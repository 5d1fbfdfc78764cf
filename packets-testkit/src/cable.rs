//! What connects clients with a server.

use std::convert::Infallible;
use std::future::Future;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use packets_client::{ConnectError, Connector, Request, WebSocketConnector};
use packets_core::net::ConnectionLimits;
use packets_server::Server;
use tokio::io::{DuplexStream, duplex};
use tokio::sync::watch;

use crate::faults::{Faults, seeded};
use crate::server::Host;
use crate::transit::{Socket, Transit};

/// So many bytes may be on their way in each direction, as in the buffers of a socket.
const BUFFER: usize = 64 << 10;

/// What connects clients with a [`TestServer`](crate::TestServer), and what may go wrong on the way. Cheap to
/// clone; all clones are one cable.
///
/// It is the [`Connector`] of a client's builder. Several clients may share one. A URL's path, query and host are
/// those of the request that the server sees, wherever it would lead.
///
/// Frames are never reordered, and a connection never lacks a frame that was sent before one that arrives: it is
/// as with TCP.
#[derive(Clone, Debug)]
pub struct Cable {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    host: watch::Receiver<Host>,
    condition: watch::Sender<Condition>,
    address: Mutex<SocketAddr>,
    faults: Mutex<Faults>,
    /// Connections that went silent, and then were closed by the client: the server does not know.
    buried: Mutex<Vec<Socket>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Condition {
    passage: Passage,
    cuts: u64,
    silences: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Passage {
    #[default]
    Open,
    Cut,
    Silent,
}

impl Cable {
    pub(crate) fn new(host: watch::Receiver<Host>) -> Self {
        let shared = Shared {
            host,
            condition: watch::Sender::default(),
            // One of those that are there for examples.
            address: Mutex::new((Ipv4Addr::new(192, 0, 2, 1), 50_000).into()),
            faults: Mutex::default(),
            buried: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// From what address the clients come, as limits by address and logs see it. `192.0.2.1:50000`.
    #[must_use]
    pub fn address(self, address: SocketAddr) -> Self {
        *lock(&self.shared.address) = address;
        self
    }

    /// What the random faults and delays are drawn by. With the same seed, and a test that goes by paused time,
    /// they are the same each time. 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.shared.faults().random = seeded(seed);
        self
    }

    /// How long each message is on its way, in either direction: a random time between these. None overtakes the
    /// one before it. By default they do not take any time.
    #[must_use]
    pub fn delay(self, times: RangeInclusive<Duration>) -> Self {
        self.shared.faults().delay = times;
        self
    }

    /// The connection breaks at the frame of this number, which is lost with all that are on their way. The
    /// client may connect again at once.
    ///
    /// Frames are counted from 1, in both directions and over all connections of this cable. Those of the
    /// greeting count, pings and closes do not. Called again, it adds another number.
    #[must_use]
    pub fn break_at(self, frame: u64) -> Self {
        self.shared.faults().breaks.insert(frame);
        self
    }

    /// The connection breaks at each frame with this probability, from 0 to 1, as with
    /// [`break_at`](Self::break_at).
    #[must_use]
    pub fn break_by_chance(self, probability: f64) -> Self {
        self.shared.faults().chance = probability.clamp(0.0, 1.0);
        self
    }

    /// Ends all connections without a word. Until [`restore`](Self::restore), attempts fail at once with
    /// [`ConnectError::Unreachable`].
    ///
    /// A client that has just connected may not have been heard by the server: cut then, it never was there. To cut a
    /// session that the server knows, wait for [`TestServer::socket_of`](crate::TestServer::socket_of) first.
    pub fn cut(&self) {
        self.shared.buried().clear();
        self.shared.condition.send_modify(|condition| {
            condition.passage = Passage::Cut;
            condition.cuts += 1;
        });
    }

    /// Lets frames vanish in both directions, and tells nobody: what happens when a phone leaves its network.
    /// Connections that went silent stay so to their end. Until [`restore`](Self::restore), attempts get no
    /// answer.
    pub fn silence(&self) {
        self.shared.condition.send_modify(|condition| {
            condition.passage = Passage::Silent;
            condition.silences += 1;
        });
    }

    /// Lets clients connect again.
    pub fn restore(&self) {
        self.shared.condition.send_modify(|condition| condition.passage = Passage::Open);
    }

    /// How many frames were sent so far, as [`break_at`](Self::break_at) counts them.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.shared.faults().frames
    }
}

impl Connector for Cable {
    type Transport = Transit;

    async fn connect(&mut self, request: Request, limits: ConnectionLimits) -> Result<Transit, ConnectError> {
        let shared = &self.shared;
        let address = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let unreachable = || ConnectError::Unreachable {
            address: address.clone(),
            error: ErrorKind::ConnectionRefused.into(),
        };
        shared.answers().await;
        let life = shared.life();
        let server = shared.server().ok_or_else(unreachable)?;
        let (here, there) = duplex(BUFFER);
        tokio::spawn(serve(server, there, *lock(&shared.address)));
        let broken = life.broken(shared);
        tokio::select! {
            biased;
            () = broken => Err(unreachable()),
            socket = WebSocketConnector::over(here, request, limits) => {
                Ok(Transit::new(socket?, shared.clone(), life))
            }
        }
    }
}

/// Answers the one request of a connection.
async fn serve(server: Server, stream: DuplexStream, address: SocketAddr) {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(address);
        let answer = server.upgrade(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let http = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
    // The client knows what is wrong with it.
    let _ = http.await;
}

/// What a connection began with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    cuts: u64,
    silences: u64,
    kills: u64,
}

impl Life {
    /// Resolves when the connection is cut, or its server killed.
    pub(crate) fn broken(self, shared: &Arc<Shared>) -> impl Future<Output = ()> + Send + use<> {
        let mut host = shared.host.clone();
        let mut condition = shared.condition.subscribe();
        async move {
            // An error is the end of all handles to the server: it lives on with its connections.
            let killed = async {
                if host.wait_for(|host| host.kills != self.kills).await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                biased;
                _ = condition.wait_for(|condition| condition.cuts != self.cuts) => {}
                () = killed => {}
            }
        }
    }

    pub(crate) fn is_broken(self, shared: &Shared) -> bool {
        shared.condition.borrow().cuts != self.cuts || shared.host.borrow().kills != self.kills
    }

    pub(crate) fn is_silent(self, shared: &Shared) -> bool {
        shared.condition.borrow().silences != self.silences
    }
}

impl Shared {
    fn life(&self) -> Life {
        let (condition, kills) = (*self.condition.borrow(), self.host.borrow().kills);
        Life { cuts: condition.cuts, silences: condition.silences, kills }
    }

    /// Resolves when there is an answer to be had, be it that there is no way.
    async fn answers(&self) {
        let mut condition = self.condition.subscribe();
        // It has a sender: this one.
        let _ = condition.wait_for(|condition| condition.passage != Passage::Silent).await;
    }

    fn server(&self) -> Option<Server> {
        let is_open = self.condition.borrow().passage == Passage::Open;
        self.host.borrow().server.clone().filter(|_| is_open)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn buried(&self) -> MutexGuard<'_, Vec<Socket>> {
        lock(&self.buried)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
