//! What a client's handles and its supervisor share.

mod sending;

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Uri;
use packets_core::net::{ConnectionLimits, Observers, Peer, Recovered, Streams};
use packets_core::{Agreement, CloseReason};
use tokio::sync::{Notify, broadcast};

use crate::backlog::{Backlog, Offline};
use crate::event::{CAPACITY, Event, Events};

/// The lock is held for a few lines, never over an await.
#[derive(Debug)]
pub(crate) struct Link {
    /// This end's packets, which it agrees on with itself.
    pub(crate) own: Agreement,
    pub(crate) observers: Observers,
    pub(crate) limits: ConnectionLimits,
    pub(crate) offline: Offline,
    pub(crate) streams: Streams,
    state: Mutex<State>,
    /// Wakes handles: the phase is another one, or there is room in the backlog.
    changed: Notify,
    /// Wakes the supervisor.
    wished: Notify,
    /// Wakes the supervisor, to renew the credential.
    renewing: Notify,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// The current session's, or the last one's.
    peer: Peer,
    /// Counts the sessions.
    epoch: u64,
    /// Where the server is.
    location: Uri,
    backlog: Backlog,
    /// How many calls wait for a connection beside the backlog.
    waiting: usize,
    wish: Option<Wish>,
    /// None at the end.
    events: Option<broadcast::Sender<Event>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Online,
    /// There is a connection, but the backlog goes first.
    CatchingUp,
    Offline,
    /// The application wants the end, for this reason.
    Closing(CloseReason),
    Ended(CloseReason),
}

/// What the handles want of the supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Close,
    Reconnect,
    Move(Uri),
}

/// A connection to send by.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) peer: Peer,
    pub(crate) epoch: u64,
}

impl Link {
    /// A client that has its first connection.
    pub(crate) fn new(
        peer: Peer,
        location: Uri,
        own: Agreement,
        observers: Observers,
        limits: ConnectionLimits,
        offline: Offline,
        streams: Streams,
    ) -> Self {
        let state = State {
            phase: Phase::Online,
            peer,
            epoch: 1,
            location,
            backlog: Backlog::default(),
            waiting: 0,
            wish: None,
            events: Some(broadcast::Sender::new(CAPACITY)),
        };
        Self {
            own,
            observers,
            limits,
            offline,
            streams,
            state: Mutex::new(state),
            changed: Notify::new(),
            wished: Notify::new(),
            renewing: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `look` finds, as soon as it finds something.
    async fn until<T>(&self, mut look: impl FnMut(&mut State) -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if let Some(found) = look(&mut self.lock()) {
                return found;
            }
            changed.await;
        }
    }

    // ---- the handles' side ----

    /// The current connection, or the last one.
    pub(crate) fn peer(&self) -> Peer {
        self.lock().peer.clone()
    }

    pub(crate) fn location(&self) -> Uri {
        self.lock().location.clone()
    }

    pub(crate) fn events(&self) -> Events {
        Events::new(self.lock().events.as_ref().map(broadcast::Sender::subscribe))
    }

    /// Whether there is a connection that may stay.
    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.lock().phase, Phase::Online | Phase::CatchingUp)
    }

    /// The connection to send by; none while offline.
    ///
    /// # Errors
    /// The reason of the end.
    pub(crate) fn line(&self) -> Result<Option<Line>, CloseReason> {
        self.lock().line()
    }

    /// Ends the client.
    pub(crate) fn close(&self, reason: &CloseReason) {
        let mut state = self.lock();
        match state.phase {
            Phase::Online | Phase::CatchingUp => {
                state.phase = Phase::Closing(reason.clone());
                state.peer.close_with(reason.clone(), None);
            }
            Phase::Offline => {
                state.end(reason.clone());
                self.streams.end();
            }
            Phase::Closing(_) | Phase::Ended(_) => return,
        }
        state.wish = Some(Wish::Close);
        drop(state);
        self.wished.notify_one();
        self.changed.notify_waiters();
    }

    /// Asks the supervisor for another connection.
    pub(crate) fn wish(&self, wish: Wish) {
        let mut state = self.lock();
        if state.wish != Some(Wish::Close) {
            state.wish = Some(wish);
        }
        drop(state);
        self.wished.notify_one();
    }

    /// Asks the supervisor for another credential, if there is a connection to send it by.
    pub(crate) fn renew(&self) {
        if self.is_connected() {
            self.renewing.notify_one();
        }
    }

    /// Resolves when another credential is wanted.
    pub(crate) async fn renewing(&self) {
        self.renewing.notified().await;
    }

    /// Resolves when the end is wanted.
    pub(crate) async fn closing(&self) {
        self.until(|state| state.line().is_err().then_some(())).await;
    }

    pub(crate) async fn closed(&self) -> CloseReason {
        self.until(|state| match &state.phase {
            Phase::Ended(reason) => Some(reason.clone()),
            _ => None,
        })
        .await
    }

    // ---- the supervisor's side ----

    /// What the handles want, as soon as they want something.
    pub(crate) async fn next_wish(&self) -> Wish {
        loop {
            if let Some(wish) = self.take_wish() {
                return wish;
            }
            self.wished.notified().await;
        }
    }

    /// What the handles want now.
    pub(crate) fn take_wish(&self) -> Option<Wish> {
        let mut state = self.lock();
        // The end stays wanted.
        if state.wish == Some(Wish::Close) { state.wish.clone() } else { state.wish.take() }
    }

    pub(crate) fn tell(&self, event: Event) {
        tracing::debug!(?event, "client");
        if let Some(events) = &self.lock().events {
            // Nobody may listen.
            let _ = events.send(event);
        }
    }

    pub(crate) fn moved(&self, location: Uri) {
        self.lock().location = location;
    }

    /// There is a connection: what waits goes out, then all else.
    pub(crate) fn connected(&self, peer: &Peer, recovered: Recovered) {
        let mut state = self.lock();
        if recovered == Recovered::New {
            state.peer = peer.clone();
            state.epoch += 1;
        }
        match &state.phase {
            Phase::Offline => state.phase = Phase::CatchingUp,
            // Too late.
            Phase::Closing(reason) | Phase::Ended(reason) => peer.close_with(reason.clone(), None),
            Phase::Online | Phase::CatchingUp => {}
        }
        drop(state);
        if self.try_catch_up(peer) {
            self.changed.notify_waiters();
        }
        self.tell(Event::Connected { session: peer.session(), recovered });
    }

    /// Nothing more is sent by this connection.
    pub(crate) fn disconnected(&self) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Online | Phase::CatchingUp) {
            state.phase = Phase::Offline;
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// There will be no connection any more. The first reason counts.
    pub(crate) fn end(&self, reason: &CloseReason) {
        let mut state = self.lock();
        if !state.is_ended() {
            let events = state.end(reason.clone());
            drop(state);
            if let Some(events) = events
                && !matches!(reason, CloseReason::Local | CloseReason::Application { .. })
            {
                let _ = events.send(Event::GaveUp(reason.clone()));
            }
        }
        self.streams.end();
        self.changed.notify_waiters();
    }
}

impl State {
    fn line(&self) -> Result<Option<Line>, CloseReason> {
        match &self.phase {
            Phase::Online => Ok(Some(Line { peer: self.peer.clone(), epoch: self.epoch })),
            Phase::CatchingUp | Phase::Offline => Ok(None),
            Phase::Closing(reason) | Phase::Ended(reason) => Err(reason.clone()),
        }
    }

    const fn is_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended(_))
    }

    fn end(&mut self, reason: CloseReason) -> Option<broadcast::Sender<Event>> {
        self.phase = Phase::Ended(reason);
        self.backlog.clear();
        self.events.take()
    }
}
