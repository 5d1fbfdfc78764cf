//! How a server is one node among several.

use std::fmt::{Debug, Formatter};
use std::time::Duration;

/// How a server is one node among several, on an [engine](crate::ServerBuilder::engine).
///
/// ```
/// use packets_server::Cluster;
///
/// let cluster = Cluster::default().name("chat-staging").secret("of the operators");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cluster {
    /// The servers of one name are one cluster: others on the same engine have nothing to do with it. It is any
    /// text of at most 64 bytes. `default`.
    pub name: String,
    /// Known to all nodes of the cluster. With it each message has an HMAC-SHA256, and those without the right
    /// one are refused: who may publish on the engine, and does not know the secret, is no node. It does not hide
    /// what is said, and does not keep anybody from saying it again. None.
    pub secret: Option<Vec<u8>>,
    /// For how long nodes are waited for that are asked something, unless the question has a
    /// [timeout](crate::Intercom::timeout) of its own. 5 s.
    pub timeout: Duration,
    /// How often a node says that it is there, and how much it has said. 5 s.
    pub heartbeat: Duration,
    /// For how long a node may be silent. Then it counts as one that has left. 15 s.
    pub dead_after: Duration,
    /// How often the node sends itself a probe over the engine; every 500 ms while none comes round. 2 s.
    pub probe: Duration,
    /// For how long no probe may come round. Then the engine counts as down: who has something for other nodes is
    /// told so at once. 6 s.
    pub unhealthy_after: Duration,
    /// How many messages may wait for the engine. Then there is [no room](crate::PublishError::Full). 4,096.
    pub outbox: usize,
    /// How many bytes they may have together. 8 MiB.
    pub outbox_bytes: usize,
    /// How many bytes a message may have, sent or received. What is larger is not sent, or refused. 512 KiB, or
    /// what the engine [carries](crate::Engine::max_message) if that is less.
    pub max_message: usize,
    /// How many questions of this node may be open; the next ask nobody else, for want of
    /// [room](crate::PublishError::Full). 4,096.
    pub questions: usize,
    /// How many questions of others this node works on at once. The next are rejected as
    /// [`Overloaded`](crate::RejectKind::Overloaded). 256.
    pub answers: usize,
    /// How many other nodes there may be. Those beyond are not listened to. 1,024.
    pub nodes: usize,
}

/// The longest name, in bytes.
pub(crate) const MAX_NAME: usize = 64;

impl Default for Cluster {
    fn default() -> Self {
        Self {
            name: "default".to_owned(),
            secret: None,
            timeout: Duration::from_secs(5),
            heartbeat: Duration::from_secs(5),
            dead_after: Duration::from_secs(15),
            probe: Duration::from_secs(2),
            unhealthy_after: Duration::from_secs(6),
            outbox: 4_096,
            outbox_bytes: 8 * 1024 * 1024,
            max_message: 512 * 1024,
            questions: 4_096,
            answers: 256,
            nodes: 1_024,
        }
    }
}

impl Cluster {
    /// Sets [`name`](#structfield.name).
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets [`secret`](#structfield.secret).
    #[must_use]
    pub fn secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Sets [`timeout`](#structfield.timeout).
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets [`heartbeat`](#structfield.heartbeat).
    #[must_use]
    pub const fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat;
        self
    }

    /// Sets [`dead_after`](#structfield.dead_after).
    #[must_use]
    pub const fn dead_after(mut self, dead_after: Duration) -> Self {
        self.dead_after = dead_after;
        self
    }

    /// Sets [`probe`](#structfield.probe).
    #[must_use]
    pub const fn probe(mut self, probe: Duration) -> Self {
        self.probe = probe;
        self
    }

    /// Sets [`unhealthy_after`](#structfield.unhealthy_after).
    #[must_use]
    pub const fn unhealthy_after(mut self, unhealthy_after: Duration) -> Self {
        self.unhealthy_after = unhealthy_after;
        self
    }

    /// Sets [`outbox`](#structfield.outbox).
    #[must_use]
    pub const fn outbox(mut self, messages: usize) -> Self {
        self.outbox = messages;
        self
    }

    /// Sets [`outbox_bytes`](#structfield.outbox_bytes).
    #[must_use]
    pub const fn outbox_bytes(mut self, bytes: usize) -> Self {
        self.outbox_bytes = bytes;
        self
    }

    /// Sets [`max_message`](#structfield.max_message).
    #[must_use]
    pub const fn max_message(mut self, bytes: usize) -> Self {
        self.max_message = bytes;
        self
    }

    /// Sets [`questions`](#structfield.questions).
    #[must_use]
    pub const fn questions(mut self, questions: usize) -> Self {
        self.questions = questions;
        self
    }

    /// Sets [`answers`](#structfield.answers).
    #[must_use]
    pub const fn answers(mut self, answers: usize) -> Self {
        self.answers = answers;
        self
    }

    /// Sets [`nodes`](#structfield.nodes).
    #[must_use]
    pub const fn nodes(mut self, nodes: usize) -> Self {
        self.nodes = nodes;
        self
    }
}

/// Without the secret.
impl Debug for Cluster {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("name", &self.name)
            .field("has_secret", &self.secret.is_some())
            .field("timeout", &self.timeout)
            .field("heartbeat", &self.heartbeat)
            .field("dead_after", &self.dead_after)
            .field("probe", &self.probe)
            .field("unhealthy_after", &self.unhealthy_after)
            .field("outbox", &self.outbox)
            .field("outbox_bytes", &self.outbox_bytes)
            .field("max_message", &self.max_message)
            .field("questions", &self.questions)
            .field("answers", &self.answers)
            .field("nodes", &self.nodes)
            .finish()
    }
}
