//! The protocol's state for one connection, without I/O, clocks or sleeps of its own: messages and points
//! in time go in, events and messages come out.

mod claim;
mod greeting;
mod id;

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::agreement::{Agreement, Unreadable};
use crate::close::CloseReason;
use crate::codec::Writer;
use crate::control::{Control, Credential, GoAway, Offer, Position, Resume, VERSION, Welcome};
use crate::deadline::after;
use crate::frame::{self, CallId, Frame, Incoming};
use crate::in_flight::Outcome;
use crate::log_limit::LogLimit;
use crate::registry::{PacketId, Registry};

pub use self::claim::Claim;
pub use self::id::SessionId;

/// What a session has to know beforehand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionConfig {
    pub(crate) max_message: u32,
    pub(crate) handshake_timeout: Duration,
    pub(crate) heartbeat_interval: Duration,
    pub(crate) heartbeat_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    /// How many frames, and bytes of them, a client holds back until it has the server's manifest.
    pub(crate) held_frames: usize,
    pub(crate) held_bytes: usize,
}

/// What a message amounts to.
#[derive(Debug)]
pub(crate) enum Event {
    /// The two ends know each other: packets can go both ways.
    Open {
        session: SessionId,
        agreement: Agreement,
        max_message: u32,
        resumption: Resumption,
    },
    /// A packet, and its frame.
    Packet(Arrived, Bytes),
    /// A packet that this end cannot read.
    Unreadable {
        why: Unreadable,
        call: Option<CallId>,
        /// The body's.
        size: usize,
    },
    Settle {
        call: CallId,
        outcome: Outcome,
    },
    Cancel {
        call: CallId,
    },
    /// The other end has received so many frames.
    Ack(u64),
    /// The server is about to close the connection.
    GoAway,
    /// The client has another credential.
    Renew(Credential),
}

/// A packet that has come, and that this end can read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived {
    pub(crate) id: PacketId,
    /// If it asks for an answer, with the milliseconds that are left for it.
    pub(crate) call: Option<(CallId, Option<NonZeroU32>)>,
    /// How many bytes of the frame come before the body.
    pub(crate) head: usize,
}

/// A client may renew its credential so often in the long run, and so many times at once.
const RENEWAL_PACE: Duration = Duration::from_secs(10);
const RENEWALS: u32 = 6;

/// What the greeting says of resuming the session.
#[derive(Debug)]
pub(crate) enum Resumption {
    /// The session ends with its transport.
    Never,
    /// The session is a new one, and can be resumed.
    New,
    /// The client wants to go on with another session.
    Wanted(Resume),
    /// The server goes on with the client's session, and stands there.
    Granted(Position),
}

#[derive(Debug)]
pub(crate) struct Session {
    registry: Arc<Registry>,
    config: SessionConfig,
    is_server: bool,
    state: State,
    transmit: VecDeque<Bytes>,
    /// When the other end was last heard.
    heard: Instant,
    /// When it last sent a message.
    active: Instant,
    /// The last ping that went out, if nothing has been heard since.
    pinged: Option<Ping>,
    pings: u32,
    log: LogLimit,
    /// Which of the renewals that were allowed is the last, if they came evenly spaced.
    renewed: Instant,
    /// What came of the session's frames.
    stand: Stand,
    /// How many bytes of them came since the other end was told of them.
    unacknowledged: usize,
    /// By what the session can be resumed, as the server says.
    offer: Option<Offer>,
    /// What a client that resumes sessions knows of the last one.
    claim: Option<Claim>,
}

/// What came of a session's frames, all but those of CONTROL, by their numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stand {
    /// The number behind the last one that came.
    pub(crate) received: u64,
    /// The number of the next one. Those between are known to be lost, though the other end may not know yet.
    pub(crate) next: u64,
}

/// A ping's content, by which its pong is known from one that nobody asked for.
pub(crate) type Ping = [u8; 4];

#[derive(Debug)]
enum State {
    /// A server that waits for HELLO until the deadline.
    ServerGreeting { session: SessionId, deadline: Instant },
    /// A client that waits for WELCOME.
    ClientGreeting { deadline: Instant },
    /// A client that has sent HELLO and waits for RESUMED.
    Resuming { welcome: Welcome, deadline: Instant },
    /// A client that has sent HELLO and waits for MANIFEST, holding back what came meanwhile.
    Agreeing { welcome: Welcome, deadline: Instant, held: VecDeque<Bytes>, held_bytes: usize },
    /// Packets flow. A client may still have held frames to look at; a server gives out its manifest once.
    Open { agreement: Agreement, held: VecDeque<Bytes>, gave_manifest: bool },
}

impl Session {
    /// A server's session, which begins with WELCOME.
    pub(crate) fn server(
        registry: Arc<Registry>,
        config: SessionConfig,
        id: SessionId,
        offer: Option<Offer>,
        now: Instant,
    ) -> Self {
        let welcome = Control::Welcome(Welcome {
            version: VERSION,
            session: Bytes::copy_from_slice(id.as_bytes()),
            digest: registry.digest(),
            max_message: config.max_message.min(Writer::MAX_VARUINT),
            heartbeat: millis(config.heartbeat_interval),
            offer: offer.clone(),
        });
        let state = State::ServerGreeting { session: id, deadline: after(now, config.handshake_timeout) };
        let transmit = VecDeque::from([frame::control(&welcome)]);
        Self {
            registry,
            config,
            is_server: true,
            state,
            transmit,
            heard: now,
            active: now,
            pinged: None,
            pings: 0,
            log: LogLimit::default(),
            renewed: now,
            stand: Stand::default(),
            unacknowledged: 0,
            offer,
            claim: None,
        }
    }

    /// A client's session, which waits for WELCOME. Without a claim, it never is resumed.
    pub(crate) fn client(
        registry: Arc<Registry>,
        config: SessionConfig,
        claim: Option<Claim>,
        now: Instant,
    ) -> Self {
        let state = State::ClientGreeting { deadline: after(now, config.handshake_timeout) };
        Self {
            registry,
            config,
            is_server: false,
            state,
            transmit: VecDeque::new(),
            heard: now,
            active: now,
            pinged: None,
            pings: 0,
            log: LogLimit::default(),
            renewed: now,
            stand: Stand::default(),
            unacknowledged: 0,
            offer: None,
            claim,
        }
    }

    /// By what the session can be resumed, as the server says.
    pub(crate) const fn offer(&self) -> Option<&Offer> {
        self.offer.as_ref()
    }

    /// What came of the session's frames.
    pub(crate) const fn stand(&self) -> Stand {
        self.stand
    }

    /// Goes on where another connection of the session was.
    pub(crate) const fn go_on(&mut self, stand: Stand) {
        self.stand = stand;
    }

    /// How many bytes of them came since the other end was told of them.
    pub(crate) const fn unacknowledged(&self) -> usize {
        self.unacknowledged
    }

    /// The other end is told how many frames came.
    pub(crate) const fn acknowledge(&mut self) -> u64 {
        self.unacknowledged = 0;
        self.stand.received
    }

    /// Whether this is the server's end.
    pub(crate) const fn is_server(&self) -> bool {
        self.is_server
    }

    /// The next message to send, if there is one.
    pub(crate) fn poll_transmit(&mut self) -> Option<Bytes> {
        self.transmit.pop_front()
    }

    fn hear(&mut self, now: Instant) {
        self.heard = now;
        self.pinged = None;
    }

    /// A ping arrived. To a client it shows that the server lives; a server asks for itself.
    pub(crate) fn ping(&mut self, now: Instant) {
        if !self.is_server {
            self.hear(now);
        }
    }

    /// A pong arrived. It shows that the other end lives only if it answers the last ping.
    pub(crate) fn pong(&mut self, content: &[u8], now: Instant) {
        if self.pinged.is_some_and(|ping| ping == content) {
            self.hear(now);
        }
    }

    /// Takes a message in, if it is a packet that this end can read: nearly all are, and this is their short way.
    /// Otherwise it is to be [received](Self::receive).
    #[inline(always)]
    pub(crate) fn packet(&mut self, message: &Bytes, now: Instant) -> Option<Arrived> {
        let State::Open { agreement, .. } = &self.state else { return None };
        let Ok(Some(Incoming { id, call, head })) = Incoming::parse(message) else { return None };
        let id = agreement.incoming(id).ok()?;
        if message.len() > self.config.max_message as usize {
            return None;
        }
        self.heed(message.len(), now);
        Some(Arrived { id, call, head })
    }

    /// Takes a message in.
    ///
    /// # Errors
    /// The reason to close the connection with.
    pub(crate) fn receive(&mut self, message: Bytes, now: Instant) -> Result<Option<Event>, CloseReason> {
        // The protocol's own frames are no sign of being needed.
        if is_control(&message) {
            self.hear(now);
        } else {
            self.heed(message.len(), now);
        }
        // A WebSocket refuses it earlier; other transports know nothing of the limit.
        if message.len() > self.config.max_message as usize {
            return Err(CloseReason::TooLarge);
        }
        if matches!(self.state, State::Open { .. }) { self.open(message) } else { self.greet(message) }
    }

    /// Takes note of one of the session's frames.
    #[inline(always)]
    fn heed(&mut self, size: usize, now: Instant) {
        self.hear(now);
        self.active = now;
        self.stand.next += 1;
        self.stand.received = self.stand.next;
        self.unacknowledged += size;
    }

    /// The event of a frame that was held back until the manifest came. To be called until there is none.
    pub(crate) fn poll_held(&mut self) -> Result<Option<Event>, CloseReason> {
        while let State::Open { held, .. } = &mut self.state
            && let Some(message) = held.pop_front()
        {
            if let Some(event) = self.open(message)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// A frame of an open session.
    fn open(&mut self, message: Bytes) -> Result<Option<Event>, CloseReason> {
        let State::Open { agreement, .. } = &self.state else { return Ok(None) };
        let Ok(Some(Incoming { id, call, head })) = Incoming::parse(&message) else {
            return self.other(message);
        };
        Ok(Some(match agreement.incoming(id) {
            Ok(id) => Event::Packet(Arrived { id, call, head }, message),
            Err(why) => {
                let size = message.len() - head;
                Event::Unreadable { why, call: call.map(|(call, _)| call), size }
            }
        }))
    }

    /// A frame of an open session that brings no packet.
    fn other(&mut self, message: Bytes) -> Result<Option<Event>, CloseReason> {
        Ok(match Frame::decode(message).map_err(|_| CloseReason::Protocol("a malformed frame"))? {
            // They bring one.
            Frame::Packet { .. } | Frame::Call { .. } => None,
            Frame::Reply { call, body } => Some(Event::Settle { call, outcome: Outcome::Reply(body) }),
            Frame::Reject { call, reject } => Some(Event::Settle { call, outcome: Outcome::Reject(reject) }),
            Frame::Cancel { call } => Some(Event::Cancel { call }),
            Frame::Control(control) => return self.control(control),
        })
    }

    /// Tells the client that the connection is about to be closed, and how much time running calls have left.
    pub(crate) fn go_away(&mut self, time_left: Duration) {
        if self.is_server {
            let go_away = GoAway { time_left: millis(time_left) };
            self.transmit.push_back(frame::control(&Control::GoAway(go_away)));
        }
    }

    /// When to call [`on_timeout`](Self::on_timeout).
    pub(crate) fn next_timeout(&self) -> Instant {
        let silence = if self.pinged.is_some() {
            self.config.heartbeat_timeout
        } else {
            self.config.heartbeat_interval
        };
        match &self.state {
            State::ServerGreeting { deadline, .. }
            | State::ClientGreeting { deadline }
            | State::Resuming { deadline, .. }
            | State::Agreeing { deadline, .. } => *deadline,
            State::Open { .. } => after(self.heard, silence).min(self.idle_at()),
        }
    }

    fn idle_at(&self) -> Instant {
        after(self.active, self.config.idle_timeout)
    }

    /// Acts on the time, and says which ping has to be sent.
    ///
    /// # Errors
    /// The reason to close the connection with.
    pub(crate) fn on_timeout(&mut self, now: Instant) -> Result<Option<Ping>, CloseReason> {
        if now < self.next_timeout() {
            return Ok(None);
        }
        match &self.state {
            State::Open { .. } if now >= self.idle_at() => Err(CloseReason::Idle),
            State::Open { .. } if self.pinged.is_some() => Err(CloseReason::HeartbeatTimeout),
            State::Open { .. } => {
                self.pings = self.pings.wrapping_add(1);
                self.pinged = Some(self.pings.to_be_bytes());
                Ok(self.pinged)
            }
            _ => Err(CloseReason::HandshakeTimeout),
        }
    }
}

/// Milliseconds on the wire.
fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).map_or(Writer::MAX_VARUINT, |millis| millis.min(Writer::MAX_VARUINT))
}

pub(crate) fn is_control(message: &Bytes) -> bool {
    message.first().is_some_and(|head| head & 7 == 5)
}

#[cfg(test)]
mod tests;
