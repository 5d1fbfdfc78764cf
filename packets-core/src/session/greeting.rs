//! How the two ends come to know each other, and what else the protocol says of itself.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Claim, Event, RENEWAL_PACE, RENEWALS, Resumption, Session, SessionId, State, is_control};
use crate::agreement::Agreement;
use crate::close::CloseReason;
use crate::codec::Writer;
use crate::control::{Control, Hello, Resume, VERSION, Welcome};
use crate::frame::{self, Frame};
use crate::manifest::Manifest;

impl Session {
    /// Takes a message in that comes before the session is open.
    #[inline(never)]
    pub(super) fn greet(&mut self, message: Bytes) -> Result<Option<Event>, CloseReason> {
        match &mut self.state {
            State::Agreeing { held, held_bytes, .. } if !is_control(&message) => {
                *held_bytes += message.len();
                held.push_back(message);
                if held.len() > self.config.held_frames || *held_bytes > self.config.held_bytes {
                    return Err(CloseReason::Protocol("too many frames before the manifest"));
                }
                Ok(None)
            }
            _ => match Frame::decode(message) {
                Ok(Frame::Control(control)) => self.control(control),
                Err(_) if matches!(self.state, State::Agreeing { .. }) => {
                    Err(CloseReason::Protocol("a malformed manifest"))
                }
                _ => Err(CloseReason::Protocol("the first frame is no greeting")),
            },
        }
    }

    /// A frame of the protocol's own.
    pub(super) fn control(&mut self, control: Control) -> Result<Option<Event>, CloseReason> {
        match (&mut self.state, control) {
            (State::ServerGreeting { session, .. }, Control::Hello(hello)) => {
                check_version(hello.version)?;
                let session = *session;
                let agreement = Agreement::identical(self.registry.clone());
                let resumption = match hello.resume {
                    Some(resume) if self.offer.is_some() && resume.wants_one() => Resumption::Wanted(resume),
                    Some(_) if self.offer.is_some() => Resumption::New,
                    _ => Resumption::Never,
                };
                let max_message = hello.max_message;
                Ok(Some(self.enter(session, agreement, max_message, resumption, VecDeque::new())))
            }
            (State::ClientGreeting { deadline }, Control::Welcome(mut welcome)) => {
                check_version(welcome.version)?;
                let deadline = *deadline;
                self.offer = welcome.offer.take();
                let claim = self.claim.as_ref().filter(|_| self.offer.is_some());
                let resume = claim.map(Claim::resume);
                let asks = resume.as_ref().is_some_and(Resume::wants_one);
                self.transmit.push_back(frame::control(&Control::Hello(Hello {
                    version: VERSION,
                    digest: self.registry.digest(),
                    max_message: self.config.max_message.min(Writer::MAX_VARUINT),
                    resume,
                })));
                // The server's pings are enough; ours come only when those stay away.
                let interval = Duration::from_millis(welcome.heartbeat.into()).mul_f32(1.25);
                self.config.heartbeat_interval = self.config.heartbeat_interval.max(interval);
                self.config.heartbeat_timeout = self.config.heartbeat_timeout.max(interval * 2);
                if asks {
                    self.state = State::Resuming { welcome, deadline };
                    return Ok(None);
                }
                self.agree(welcome, deadline)
            }
            (State::Resuming { welcome, deadline }, Control::Resumed(resumed)) => {
                let (welcome, deadline) = (welcome.clone(), *deadline);
                let lost = self.claim.as_ref().and_then(Claim::lost);
                match resumed.position.zip(lost) {
                    Some((position, lost)) => {
                        let (agreement, session) = (lost.agreement.clone(), session_id(&welcome)?);
                        let granted = Resumption::Granted(position);
                        let max_message = welcome.max_message;
                        Ok(Some(self.enter(session, agreement, max_message, granted, VecDeque::new())))
                    }
                    None => self.agree(welcome, deadline),
                }
            }
            (State::Agreeing { welcome, held, .. }, Control::Manifest(manifest)) => {
                let agreement = Agreement::with(self.registry.clone(), manifest);
                let (session, max_message) = (session_id(welcome)?, welcome.max_message);
                let held = std::mem::take(held);
                let resumption = self.fresh();
                Ok(Some(self.enter(session, agreement, max_message, resumption, held)))
            }
            // Once: it may be large, and takes a byte to ask for.
            (State::Open { gave_manifest: gave @ false, .. }, Control::ManifestRequest) if self.is_server => {
                *gave = true;
                let manifest = || frame::control(&Control::Manifest(Manifest::of(&self.registry)));
                self.transmit.push_back(self.registry.manifest.get_or_init(manifest).clone());
                Ok(None)
            }
            (State::Open { .. }, Control::Ack(received)) => Ok(Some(Event::Ack(received))),
            (State::Open { .. }, Control::Renew(credential)) if self.is_server => {
                self.renewed = self.renewed.max(self.heard) + RENEWAL_PACE;
                if self.renewed > self.heard + RENEWAL_PACE * RENEWALS {
                    return Err(CloseReason::Flood("credentials"));
                }
                Ok(Some(Event::Renew(credential)))
            }
            (State::Open { .. }, Control::GoAway(_)) if !self.is_server => Ok(Some(Event::GoAway)),
            (_, Control::Unknown(number)) => {
                if self.log.passes(self.heard) {
                    tracing::debug!(number, "ignored control frames of a later version");
                }
                Ok(None)
            }
            _ => Err(CloseReason::Protocol("a control frame out of place")),
        }
    }

    /// A client knows the server, and agrees with it on the schemas of a new session.
    fn agree(&mut self, welcome: Welcome, deadline: Instant) -> Result<Option<Event>, CloseReason> {
        if welcome.digest == self.registry.digest() {
            let agreement = Agreement::identical(self.registry.clone());
            let (session, resumption) = (session_id(&welcome)?, self.fresh());
            let held = VecDeque::new();
            return Ok(Some(self.enter(session, agreement, welcome.max_message, resumption, held)));
        }
        self.transmit.push_back(frame::control(&Control::ManifestRequest));
        self.state = State::Agreeing { welcome, deadline, held: VecDeque::new(), held_bytes: 0 };
        Ok(None)
    }

    /// What a client can do with a new session.
    const fn fresh(&self) -> Resumption {
        if self.claim.is_some() && self.offer.is_some() { Resumption::New } else { Resumption::Never }
    }

    fn enter(
        &mut self,
        session: SessionId,
        agreement: Agreement,
        max_message: u32,
        resumption: Resumption,
        held: VecDeque<Bytes>,
    ) -> Event {
        self.state = State::Open { agreement: agreement.clone(), held, gave_manifest: false };
        self.active = self.heard;
        Event::Open { session, agreement, max_message, resumption }
    }
}

fn check_version(version: u32) -> Result<(), CloseReason> {
    if version == VERSION { Ok(()) } else { Err(CloseReason::Version(version)) }
}

fn session_id(welcome: &Welcome) -> Result<SessionId, CloseReason> {
    let id = welcome.session.as_ref().try_into();
    id.map(|id: [u8; 16]| id.into()).map_err(|_| CloseReason::Protocol("a session id is not 16 bytes"))
}
