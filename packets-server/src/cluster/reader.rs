//! What comes in for a node: messages, and what is due.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use packets_core::net::SharedLogLimit;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::driver::TURN;
use super::ear::{Ear, Heard};
use super::event::ClusterEvent;
use super::gather::Outcome;
use super::health::{Health, Probes, Round, SEARCH};
use super::link::{Identity, Link, Remote};
use super::message::Content;
use super::node::NodeId;
use super::outbox::{Destination, Draft};
use super::relay;
use super::work::Work;
use super::writer::{all, only};
use crate::drain::after;
use crate::engine::{Engine, Subject};

/// Reads what comes, does what is due, and works on questions.
pub(crate) struct Reader<'a> {
    link: &'a Arc<Link>,
    remote: &'a Remote,
    ear: Ear<'a>,
    tick: Interval,
    probes: Probes,
    heartbeat_at: Instant,
    work: Work,
    /// What the node was called before.
    former: Option<Identity>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(link: &'a Arc<Link>, remote: &'a Remote, engine: &'a dyn Engine) -> Self {
        let now = Instant::now();
        let settings = &remote.settings;
        let often = SEARCH.min(settings.probe).min(settings.heartbeat);
        let mut tick = interval(often.max(Duration::from_millis(1)));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            link,
            remote,
            ear: Ear::new(engine, now),
            tick,
            probes: Probes::new(settings.probe, settings.unhealthy_after, now),
            heartbeat_at: after(now, settings.heartbeat),
            work: Work::new(settings.answers),
            former: None,
        }
    }

    /// Goes on as far as that goes at once. It has no end.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) {
        while self.tick.poll_tick(cx).is_ready() {
            self.tick(Instant::now());
        }
        let mut turn = 0;
        let mut now = None;
        while let Poll::Ready(heard) = self.ear.poll(cx) {
            // What comes in one turn comes at one time.
            let now = *now.get_or_insert_with(Instant::now);
            match heard {
                Heard::Message(message) => self.message(&message, now),
                Heard::Vacant(subject) => self.vacant(&subject),
                Heard::Subscribed => self.subscribed(now),
                Heard::CutOff => self.cut_off(),
            }
            turn += 1;
            if turn == TURN {
                // A flood of messages keeps neither the answers from going on, nor other tasks.
                cx.waker().wake_by_ref();
                break;
            }
        }
        self.work.poll(cx);
    }

    // ---- the engine ----

    fn subscribed(&mut self, now: Instant) {
        if self.probes.health() == Health::Down {
            // If nothing comes round, this one may be of no use, too.
            self.ear.doubt();
        }
        self.say(Destination::All, &Content::Hello);
        self.probe(now);
    }

    fn cut_off(&mut self) {
        tracing::warn!("the engine has cut this node off");
        if self.probes.lose() {
            self.down();
        }
    }

    fn down(&mut self) {
        tracing::warn!("the engine is down");
        self.remote.outbox.refuse(true);
        self.remote.health.send_replace(Health::Down);
        self.remote.tell(ClusterEvent::EngineDown);
        self.ear.doubt();
    }

    fn up(&mut self, now: Instant) {
        tracing::info!("the engine is up");
        self.remote.outbox.refuse(false);
        self.remote.membership().forgive(now);
        self.remote.health.send_replace(Health::Up);
        self.remote.tell(ClusterEvent::EngineUp);
        self.say(Destination::All, &Content::Hello);
        self.ear.trust();
    }

    // ---- time ----

    fn tick(&mut self, now: Instant) {
        if self.ear.is_due(now) {
            self.ear.subscribe(vec![all(self.remote), only(self.remote, self.link.identity().id)]);
        }
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
        if self.ear.is_open()
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
        self.ear.shut();
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
