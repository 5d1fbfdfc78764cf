//! An engine that breaks at will.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use packets_server::{Engine, EngineError, EngineFuture, Incoming, Local, Subject, Subscription};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::watch;

/// One node's way to an engine of the process, which breaks at will. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Breakable {
    engine: Local,
    state: Arc<Mutex<State>>,
    /// How often subscriptions were cut.
    cuts: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// So many more messages are lost on their way in.
    lose: usize,
    loses_all: bool,
    /// By chance: by what, and of how many in a hundred.
    by_chance: Option<(SmallRng, u32)>,
    twice: bool,
    refuses: bool,
    hangs: bool,
    /// Subscriptions up to this one hear nothing.
    deaf: u64,
    subscriptions: u64,
    published: Vec<(Subject, Bytes)>,
}

impl Breakable {
    /// A way to this engine.
    #[must_use]
    pub fn new(engine: Local) -> Self {
        Self { engine, state: Arc::default(), cuts: watch::Sender::new(0) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next so many publications get lost, though the engine says nothing.
    pub fn lose(&self, count: usize) {
        self.state().lose = count;
    }

    /// Whether all publications get lost, though the engine says nothing.
    pub fn lose_all(&self, loses: bool) {
        self.state().loses_all = loses;
    }

    /// So many in a hundred messages get lost from now on, of those that go out as of those that come in.
    pub fn lose_by_chance(&self, percent: u32, seed: u64) {
        self.state().by_chance = Some((SmallRng::seed_from_u64(seed), percent));
    }

    /// Whether each publication comes twice.
    pub fn repeat(&self, twice: bool) {
        self.state().twice = twice;
    }

    /// Whether the engine says that it takes nothing.
    pub fn refuse(&self, refuses: bool) {
        self.state().refuses = refuses;
    }

    /// Whether nothing that the engine is asked comes to an end.
    pub fn hang(&self, hangs: bool) {
        self.state().hangs = hangs;
    }

    /// The subscriptions there are hear nothing any more, and do not know it.
    pub fn deafen(&self) {
        let mut state = self.state();
        state.deaf = state.subscriptions;
    }

    /// Ends all subscriptions.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// What was published, and got there, since this was last asked.
    #[must_use]
    pub fn published(&self) -> Vec<(Subject, Bytes)> {
        std::mem::take(&mut self.state().published)
    }
}

impl State {
    /// Whether chance loses this one.
    fn has_bad_luck(&mut self) -> bool {
        self.by_chance.as_mut().is_some_and(|(random, percent)| random.random_range(0..100) < *percent)
    }
}

impl Engine for Breakable {
    fn subscribe(&self, subjects: Vec<Subject>) -> EngineFuture<'_, Subscription> {
        let mut state = self.state();
        if state.hangs {
            return Box::pin(pending());
        }
        if state.refuses {
            return Box::pin(async { Err(EngineError::new("refused")) });
        }
        state.subscriptions += 1;
        let number = state.subscriptions;
        drop(state);
        let this = self.clone();
        let hears = move |_: &Incoming| {
            let mut state = this.state();
            std::future::ready(state.deaf < number && !state.has_bad_luck())
        };
        let mut cuts = self.cuts.subscribe();
        let cut = async move {
            let _ = cuts.changed().await;
        };
        Box::pin(async move {
            let subscription = self.engine.subscribe(subjects).await?;
            let subscription: Subscription = Box::pin(subscription.filter(hears).take_until(cut.boxed()));
            Ok(subscription)
        })
    }

    fn publish(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()> {
        let mut state = self.state();
        if state.hangs {
            return Box::pin(pending());
        }
        if state.refuses {
            return Box::pin(async { Err(EngineError::new("refused")) });
        }
        if state.lose > 0 || state.loses_all || state.has_bad_luck() {
            state.lose = state.lose.saturating_sub(1);
            return Box::pin(async { Ok(()) });
        }
        state.published.push((subject.clone(), message.clone()));
        let subject = subject.clone();
        let times = if state.twice { 2 } else { 1 };
        Box::pin(async move {
            for _ in 0..times {
                self.engine.publish(&subject, message.clone()).await?;
            }
            Ok(())
        })
    }
}
