//! The task of a node: reads what comes, beside what its [`Writer`] does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use packets_core::net::SharedLogLimit;
use tokio::task::yield_now;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};

use super::event::ClusterEvent;
use super::gather::Outcome;
use super::health::{Health, Probes, Round, SEARCH};
use super::link::{Identity, Link, Remote};
use super::message::Content;
use super::node::NodeId;
use super::outbox::{Destination, Draft};
use super::relay;
use super::work::Work;
use super::writer::{Writer, all, only};
use crate::drain::after;
use crate::engine::{Engine, EngineError, EngineFuture, Incoming, Subject, Subscription};

/// How long the engine may take to subscribe.
const SUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the last messages of a node may take, and its goodbye.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);

/// So many messages are looked at, or written, in a row.
pub(crate) const TURN: usize = 64;

/// A node's part in the cluster, to the end of its server.
pub(crate) async fn drive(link: Arc<Link>, engine: Arc<dyn Engine>) {
    let Some(remote) = link.remote() else { return };
    let _ended = Ended(remote);
    let mut writer = Writer::new(&link, remote, &*engine);
    let mut reader = Reader::new(&link, remote, &*engine);
    tokio::select! {
        biased;
        () = reader.run() => {}
        () = writer.run() => {}
        () = overdue(remote) => tracing::warn!("the engine does not take all that waits for it"),
    }
    // What is being read is read no more: whoever asks now hears that this node has left.
    drop(reader);
    let goodbye = async {
        writer.write(Destination::All, false, &Content::Goodbye).await;
        let _ = engine.flush().await;
    };
    if timeout(GOODBYE_TIMEOUT, goodbye).await.is_err() {
        tracing::warn!("the engine takes no goodbye");
    }
}

/// Resolves when what still waits has had its time.
async fn overdue(remote: &Remote) {
    remote.outbox.ending().await;
    sleep(GOODBYE_TIMEOUT).await;
}

/// Whatever happens to the driver, everybody hears of its end.
struct Ended<'a>(&'a Remote);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

struct Reader<'a> {
    link: &'a Arc<Link>,
    remote: &'a Remote,
    engine: &'a dyn Engine,
    subscription: Option<Subscription>,
    subscribing: Option<EngineFuture<'a, Subscription>>,
    /// When to subscribe, if that is not done, or has come to nothing.
    subscribe_at: Option<Instant>,
    probes: Probes,
    heartbeat_at: Instant,
    work: Work,
    /// What the node was called before.
    former: Option<Identity>,
}

impl<'a> Reader<'a> {
    fn new(link: &'a Arc<Link>, remote: &'a Remote, engine: &'a dyn Engine) -> Self {
        let now = Instant::now();
        let settings = &remote.settings;
        Self {
            link,
            remote,
            engine,
            subscription: None,
            subscribing: None,
            subscribe_at: Some(now),
            probes: Probes::new(settings.probe, settings.unhealthy_after, now),
            heartbeat_at: after(now, settings.heartbeat),
            work: Work::new(settings.answers),
            former: None,
        }
    }

    async fn run(&mut self) {
        let settings = &self.remote.settings;
        let often = SEARCH.min(settings.probe).min(settings.heartbeat);
        let mut tick = interval(often.max(Duration::from_millis(1)));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut turn = 0;
        loop {
            let subscribe_at = self.subscribe_at;
            tokio::select! {
                biased;
                _ = tick.tick() => self.tick(Instant::now()),
                () = at(subscribe_at) => self.subscribe(),
                subscribed = done(&mut self.subscribing) => self.subscribed(subscribed),
                incoming = next(&mut self.subscription) => {
                    match incoming {
                        Some(Incoming::Message(message)) => self.message(&message, Instant::now()),
                        Some(Incoming::Vacant(subject)) => self.vacant(&subject),
                        None => self.cut_off(),
                    }
                    turn += 1;
                    if turn % TURN == 0 {
                        // A flood of messages keeps neither the answers from going on, nor other tasks.
                        self.work.go_on();
                        yield_now().await;
                    }
                }
                () = self.work.next() => {}
            }
        }
    }

    // ---- the engine ----

    fn subscribe(&mut self) {
        self.subscribe_at = None;
        let subjects = vec![all(self.remote), only(self.remote, self.link.identity().id)];
        let subscribing = self.engine.subscribe(subjects);
        self.subscribing = Some(Box::pin(async move {
            let late = |_| EngineError::new("it takes too long to subscribe");
            timeout(SUBSCRIBE_TIMEOUT, subscribing).await.map_err(late)?
        }));
    }

    fn subscribed(&mut self, subscribed: Result<Subscription, EngineError>) {
        match subscribed {
            Ok(subscription) => {
                self.subscription = Some(subscription);
                // If nothing comes round, this one may be of no use, too.
                self.subscribe_at = (self.probes.health() == Health::Down).then(again);
                self.say(Destination::All, &Content::Hello);
                self.probe(Instant::now());
            }
            Err(error) => {
                tracing::warn!(%error, "the engine does not let this node subscribe");
                self.subscribe_at = Some(soon());
            }
        }
    }

    /// The subscription has ended.
    fn cut_off(&mut self) {
        tracing::warn!("the engine has cut this node off");
        self.subscription = None;
        self.subscribe_at = Some(soon());
        if self.probes.lose() {
            self.down();
        }
    }

    fn down(&mut self) {
        tracing::warn!("the engine is down");
        self.remote.outbox.refuse(true);
        self.remote.health.send_replace(Health::Down);
        self.remote.tell(ClusterEvent::EngineDown);
        if self.subscribe_at.is_none() && self.subscribing.is_none() {
            self.subscribe_at = Some(again());
        }
    }

    fn up(&mut self, now: Instant) {
        tracing::info!("the engine is up");
        self.remote.outbox.refuse(false);
        self.remote.membership().forgive(now);
        self.remote.health.send_replace(Health::Up);
        self.remote.tell(ClusterEvent::EngineUp);
        self.say(Destination::All, &Content::Hello);
        if self.subscription.is_some() {
            self.subscribe_at = None;
        }
    }

    // ---- time ----

    fn tick(&mut self, now: Instant) {
        if self.probes.is_lost(now) {
            self.down();
        }
        self.probe(now);
        if now >= self.heartbeat_at {
            self.heartbeat_at = after(now, self.remote.settings.heartbeat);
            self.say(Destination::All, &Content::Heartbeat);
        }
        // Where nobody can be heard, nobody is dead for his silence.
        if self.probes.health() == Health::Up {
            let mut events = Vec::new();
            self.remote.membership().bury(now, &mut events);
            self.happened(events);
        }
    }

    fn probe(&mut self, now: Instant) {
        if self.subscription.is_some()
            && let Some(probe) = self.probes.due(now)
        {
            self.say(Destination::Node(self.link.identity().id), &Content::Probe(probe));
        }
    }

    /// What the node has to say for itself.
    fn say(&self, to: Destination, content: &Content) {
        if let Ok(bytes) = self.remote.seal.draft(content) {
            self.remote.outbox.push_urgent(Draft { to, counts: false, bytes });
        }
    }

    // ---- messages ----

    fn message(&mut self, message: &Bytes, now: Instant) {
        static LOG: SharedLogLimit = SharedLogLimit::new();
        let limit = self.remote.settings.max_message;
        let opened = if message.len() > limit { None } else { Some(self.remote.seal.open(message)) };
        let (header, content) = match opened {
            Some(Ok(opened)) => opened,
            refused => {
                self.remote.count_foreign();
                if LOG.passes() {
                    let why = refused.and_then(Result::err).map(tracing::field::display);
                    tracing::warn!(why, size = message.len(), "a message is not of this cluster");
                }
                return;
            }
        };
        let me = self.link.identity();
        let origin = NodeId::from(header.origin);
        if origin == me.id {
            let round = match content {
                _ if header.epoch != me.epoch => Round::Foreign,
                Content::Probe(probe) => self.probes.came(probe, now),
                _ => Round::Same,
            };
            match round {
                Round::Up => self.up(now),
                Round::Same => {}
                Round::Foreign => self.rename(me),
            }
            return;
        }
        if self.former.is_some_and(|former| former.id == origin && former.epoch == header.epoch) {
            // Still on its way from when this node was called that.
            return;
        }
        let mut events = Vec::new();
        let mut is_new = self.remote.membership().hear(&header, content.count(), now, &mut events);
        if is_new && content == Content::Goodbye {
            self.remote.membership().goodbye(origin, &mut events);
            is_new = false;
        }
        self.happened(events);
        if is_new {
            self.hear(origin, content, now);
        }
    }

    fn hear(&mut self, origin: NodeId, content: Content, now: Instant) {
        match content {
            Content::Hello => {
                let here = self.link.publish(Destination::Node(origin), &Content::Here);
                if let Err(error) = here {
                    tracing::debug!(%error, "a new node is not greeted");
                }
            }
            Content::Question(question) if !self.remote.is_emitter => {
                self.work.ask(self.link, origin, question, now)
            }
            Content::Cancel(question) => self.work.cancel((origin, question)),
            Content::Answer(answer) => {
                if let Some(gather) = self.remote.gathers.get(answer.question) {
                    gather.settle(origin, Outcome::Reply(answer.reply));
                }
            }
            Content::Emit(emit) if !self.remote.is_emitter => relay::emit(self.link, &emit),
            Content::Emit(_)
            | Content::Here
            | Content::Heartbeat
            | Content::Goodbye
            | Content::Probe(_)
            | Content::Question(_) => {}
        }
    }

    fn vacant(&mut self, subject: &Subject) {
        let mut events = Vec::new();
        let mut membership = self.remote.membership();
        let node = membership.members().find(|node| only(self.remote, *node) == *subject);
        if let Some(node) = node {
            membership.unsubscribed(node, &mut events);
        }
        drop(membership);
        self.happened(events);
    }

    /// Another node has this one's id.
    fn rename(&mut self, me: Identity) {
        let (from, to) = (me.id, self.link.rename().id);
        self.former = Some(me);
        tracing::error!(%from, %to, "another node has this one's id; this one takes another");
        self.remote.tell(ClusterEvent::Renamed { from, to });
        self.subscription = None;
        self.subscribe_at = Some(Instant::now());
    }

    fn happened(&mut self, events: Vec<ClusterEvent>) {
        for event in events {
            match &event {
                ClusterEvent::Left { node, departure } => {
                    tracing::info!(%node, ?departure, "a node has left");
                    self.remote.gathers.leave(*node);
                    self.work.leave(*node);
                }
                ClusterEvent::Gap { node, from, to } => {
                    tracing::warn!(%node, from, to, "messages of a node were missed");
                }
                _ => tracing::debug!(?event, "in the cluster"),
            }
            self.remote.tell(event);
        }
    }
}

/// When to try again what has come to nothing. Not all nodes shall do so at once.
fn soon() -> Instant {
    Instant::now() + Duration::from_millis(rand::random_range(100..2_000))
}

/// When to try again what may be of no use.
fn again() -> Instant {
    Instant::now() + Duration::from_millis(rand::random_range(2_000..4_000))
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

async fn done<T>(future: &mut Option<EngineFuture<'_, T>>) -> Result<T, EngineError> {
    let Some(running) = future else { return std::future::pending().await };
    let result = running.await;
    *future = None;
    result
}

async fn next(subscription: &mut Option<Subscription>) -> Option<Incoming> {
    match subscription {
        Some(subscription) => subscription.next().await,
        None => std::future::pending().await,
    }
}
