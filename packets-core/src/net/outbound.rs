//! What goes out, for those who look on.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::call::now;
use super::outgoing::Outgoing;
use super::send_error::SendError;
use crate::agreement::Agreement;
use crate::log_limit::SharedLogLimit;
use crate::session::SessionId;

/// A packet that this end has sent, or could not send, and what came of it: for logs, figures, the bytes of each
/// packet. It is told to the observers of a server's or a client's builder, as a [layer](super::Layer) is told what
/// comes in.
///
/// A packet that is emitted is told at once, a call when it settles. A packet that is emitted to several sockets is
/// told once, with the number of its [receivers](Self::receivers), and once on each node of a cluster; where several
/// sockets are asked, each is a call of its own. A bundle is one packet. A call that is never polled is not told, nor are the protocol's own frames,
/// answers to the other end's calls, and what the nodes of a cluster say to each other.
///
/// The observer runs where the packet is sent, or the call is polled or dropped, so it has to be quick. No lock is
/// held meanwhile; what it sends itself is told to it, too. A panic in it is logged and harms nothing else.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use packets_core::net::Outbound;
///
/// /// How many bytes of each packet went out.
/// #[derive(Default)]
/// struct Bytes(Mutex<HashMap<String, usize>>);
///
/// impl Bytes {
///     fn observe(&self, packet: &Outbound<'_>) {
///         let mut bytes = self.0.lock().unwrap();
///         *bytes.entry(packet.name().to_owned()).or_default() += packet.size() * packet.receivers();
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Outbound<'a> {
    name: &'a str,
    size: usize,
    is_call: bool,
    receivers: usize,
    session: Option<SessionId>,
    elapsed: Duration,
    outcome: Outcome<'a>,
}

impl<'a> Outbound<'a> {
    /// The packet's name.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// How many bytes its body has; 0 if it was not encoded.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Whether it asks for an answer.
    #[must_use]
    pub const fn is_call(&self) -> bool {
        self.is_call
    }

    /// To how many it goes: 1, or as many sockets as it was queued for, if it was emitted to several.
    #[must_use]
    pub const fn receivers(&self) -> usize {
        self.receivers
    }

    /// The session that it was sent by, which is the id of a server's socket; none if it was emitted to several. On a
    /// client without a connection, that of the last one.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// How long it took a call to settle, from its first poll on; no time, if it was emitted.
    #[must_use]
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// What came of it.
    #[must_use]
    pub const fn outcome(&self) -> Outcome<'a> {
        self.outcome
    }
}

/// What came of a packet that was sent.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// It was emitted, and waits to be written; on a client, maybe for a connection. What is counted as
    /// [dropped](super::Dropped) later is not told again.
    Emitted,
    /// The call was answered.
    Answered {
        /// How many bytes the response has.
        size: usize,
    },
    /// There is no response, or the packet was not taken.
    Failed(&'a SendError),
    /// The call was dropped before it settled.
    Cancelled,
}

impl Outcome<'_> {
    /// A word for it, as a label of figures: `emitted`, `answered`, `cancelled`; where it failed, `rejected`,
    /// `timeout`, `disconnected`, `offline`, `full`, `too_large`, `unsendable` (this end or the other does not know
    /// the packet, or its value cannot be said), or `unusable` (the response cannot be understood).
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Emitted => "emitted",
            Self::Answered { .. } => "answered",
            Self::Cancelled => "cancelled",
            Self::Failed(error) => match error {
                SendError::Validation(_) | SendError::Rejected(_) => "rejected",
                SendError::Timeout => "timeout",
                SendError::Disconnected(_) => "disconnected",
                SendError::Offline => "offline",
                SendError::Full => "full",
                SendError::TooLarge { .. } => "too_large",
                SendError::Response(_) | SendError::UnadaptableResponse(_) => "unusable",
                SendError::Incompatible(_)
                | SendError::Unadaptable(_)
                | SendError::UnknownToServer(_)
                | SendError::Unregistered(_)
                | SendError::Data(_)
                | SendError::Encode { .. } => "unsendable",
            },
        }
    }
}

/// One who looks on.
#[doc(hidden)]
pub type Observer = Box<dyn Fn(&Outbound<'_>) + Send + Sync>;

/// Those who look on at what one end sends. Cheap to clone, and to ask whether there are any.
#[derive(Clone, Default)]
#[doc(hidden)]
pub struct Observers(Option<Arc<All>>);

struct All {
    observers: Vec<Observer>,
    log: SharedLogLimit,
}

impl Observers {
    #[must_use]
    pub fn new(observers: Vec<Observer>) -> Self {
        let any = !observers.is_empty();
        Self(any.then(|| Arc::new(All { observers, log: SharedLogLimit::new() })))
    }

    #[inline]
    #[must_use]
    pub const fn any(&self) -> bool {
        self.0.is_some()
    }

    /// A packet was emitted, with this result; for no session if it is for several sockets.
    pub fn emitted<O: Outgoing>(
        &self,
        packet: &O,
        agreement: &Agreement,
        size: usize,
        receivers: usize,
        session: Option<SessionId>,
        result: Result<(), &SendError>,
    ) {
        let name = name(packet, agreement);
        let outcome = result.map_or_else(Outcome::Failed, |()| Outcome::Emitted);
        let (is_call, elapsed) = (false, Duration::ZERO);
        self.tell(&Outbound { name: &name, size, is_call, receivers, session, elapsed, outcome });
    }

    /// Looks on at a call, if anybody wants to.
    #[inline]
    pub fn watch<O: Outgoing>(&self, packet: &O, agreement: &Agreement) -> Option<Box<Watched>> {
        if !self.any() {
            return None;
        }
        let watched = Watched { observers: self.clone(), name: name(packet, agreement), since: now() };
        Some(Box::new(watched))
    }

    fn tell(&self, packet: &Outbound<'_>) {
        let Some(all) = &self.0 else { return };
        for observer in &all.observers {
            if catch_unwind(AssertUnwindSafe(|| observer(packet))).is_err() && all.log.passes() {
                tracing::error!("an observer panicked");
            }
        }
    }
}

impl std::fmt::Debug for Observers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.0.as_ref().map_or(0, |all| all.observers.len());
        f.debug_tuple("Observers").field(&count).finish()
    }
}

/// The packet's name, also of one that is not in the registry.
fn name<O: Outgoing>(packet: &O, agreement: &Agreement) -> Cow<'static, str> {
    match packet.id(agreement) {
        Ok(id) => agreement.registry().packet(id).shared_name(),
        Err(SendError::Unregistered(name)) => String::from(name).into(),
        Err(_) => Cow::default(),
    }
}

/// A call that somebody looks on at, from its first poll until it settles.
#[derive(Debug)]
#[doc(hidden)]
pub struct Watched {
    observers: Observers,
    name: Cow<'static, str>,
    since: Instant,
}

/// How many bytes the bodies of a call and of its answer have, as far as they are known.
#[derive(Clone, Copy, Debug, Default)]
#[doc(hidden)]
pub struct Sizes {
    pub sent: usize,
    pub answered: usize,
}

impl Watched {
    /// The call has settled.
    pub fn settle<R>(self, session: SessionId, sizes: Sizes, result: &Result<R, SendError>) {
        let outcome = match result {
            Ok(_) => Outcome::Answered { size: sizes.answered },
            Err(error) => Outcome::Failed(error),
        };
        self.tell(session, sizes, outcome);
    }

    /// The call was dropped before it settled.
    pub fn cancel(self, session: SessionId, sizes: Sizes) {
        self.tell(session, sizes, Outcome::Cancelled);
    }

    fn tell(&self, session: SessionId, sizes: Sizes, outcome: Outcome<'_>) {
        self.observers.tell(&Outbound {
            name: &self.name,
            size: sizes.sent,
            is_call: true,
            receivers: 1,
            session: Some(session),
            elapsed: now().saturating_duration_since(self.since),
            outcome,
        });
    }
}
