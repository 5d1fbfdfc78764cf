//! A node that keeps an account of what it hears and of what it misses.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use packets_server::{Cluster, ClusterEvent, Engine, Gathered, Node, NodeId, Server};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::harness::{Count, Echo, server};

/// A node that has an answer to any [`Count`], and to any [`Echo`] but its own id, with which it never comes to an
/// end. Cheap to clone.
///
/// It keeps an account of its own counts, and of each other node: how many counts it was asked, and how many
/// messages it missed.
#[derive(Clone, Debug)]
pub struct Member {
    server: Server,
    accounts: Accounts,
    last: Arc<AtomicU32>,
    sent: Arc<AtomicU64>,
}

type Accounts = Arc<Mutex<HashMap<NodeId, Account>>>;

/// What a member knows of another one's messages.
#[derive(Clone, Debug, Default)]
struct Account {
    asked: HashSet<u32>,
    missed: u64,
}

impl Member {
    /// Heartbeats follow each other fast, and a node that is silent for 3 s is dead.
    #[must_use]
    pub fn settings(name: &str) -> Cluster {
        Cluster::default().name(name).heartbeat(Duration::from_millis(500)).dead_after(Duration::from_secs(3))
    }

    /// A member on this engine. What it is told of echoes is heard by `echoed`.
    ///
    /// # Panics
    /// If it is no node.
    pub fn new(
        engine: impl Engine,
        settings: Cluster,
        echoed: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        let accounts = Accounts::default();
        let asked = accounts.clone();
        let server = server()
            .engine(engine)
            .cluster(settings)
            .intercom(move |ask: Count, node: Node| {
                lock(&asked).entry(node.asker()).or_default().asked.insert(ask.value);
                async move { Some(ask.value) }
            })
            .intercom(move |ask: Echo, node: Node| {
                echoed(&ask.0);
                async move {
                    if ask.0 == node.id().to_string() {
                        std::future::pending::<()>().await;
                    }
                    Some(ask.0)
                }
            })
            .build()
            .expect("a node");
        let (mut events, missed) = (server.cluster_events(), accounts.clone());
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                assert_eq!(events.lost(), 0, "all events are read");
                if let ClusterEvent::Gap { node, from, to } = event {
                    lock(&missed).entry(node).or_default().missed += to + 1 - from;
                }
            }
        });
        Self { server, accounts, last: Arc::default(), sent: Arc::default() }
    }

    /// Its server.
    #[must_use]
    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// Asks all for a count that it has not asked for before.
    ///
    /// # Panics
    /// If that is no packet for nodes.
    pub async fn ask(&self, timeout: Duration) -> Gathered<u32> {
        let value = self.last.fetch_add(1, Ordering::Relaxed);
        let gathered = self.server.intercom(Count { value }).timeout(timeout).await.expect("a packet");
        // Who knows no other node asks nobody but itself.
        if gathered.unpublished.is_none() && gathered.answers.len() > 1 {
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
        gathered
    }

    /// How many of its counts the engine was to carry.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many of a node's counts it was asked, and how many of its messages it missed.
    #[must_use]
    pub fn account(&self, of: NodeId) -> (u64, u64) {
        let accounts = lock(&self.accounts);
        accounts.get(&of).map_or((0, 0), |account| (account.asked.len() as u64, account.missed))
    }
}

/// A node's questions to all, one after the other, until it is stopped.
#[derive(Debug)]
pub struct Load {
    askers: JoinSet<()>,
    is_over: Arc<AtomicBool>,
}

/// How many questions are open at once.
const ASKERS: usize = 8;

/// For how long the answers to each are waited for. None is cancelled.
const TIMEOUT: Duration = Duration::from_millis(300);

impl Load {
    /// Lets a node ask.
    #[must_use]
    pub fn start(member: &Member) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let mut askers = JoinSet::new();
        for _ in 0..ASKERS {
            let (member, is_over) = (member.clone(), is_over.clone());
            askers.spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    member.ask(TIMEOUT).await;
                    sleep(Duration::from_millis(2)).await;
                }
            });
        }
        Self { askers, is_over }
    }

    /// Stops asking.
    ///
    /// # Panics
    /// If asking did.
    pub async fn stop(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        while let Some(asker) = self.askers.join_next().await {
            asker.expect("it does not panic");
        }
    }
}

fn lock<T>(accounts: &Mutex<T>) -> MutexGuard<'_, T> {
    accounts.lock().unwrap_or_else(PoisonError::into_inner)
}
