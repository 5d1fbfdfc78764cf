//! The packets of the counter. Where server and client are programs of their own, this is a crate that both share.

use packets_core::Packet;
use serde::{Deserialize, Serialize};

/// What is done to the counter: `{type: "ADD", payload: 3}` for JavaScript and in the journal.
///
/// A client sends it to have it done, and the server sends it to all once it is done.
#[derive(Packet, Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[packer]
#[serde(tag = "type", content = "payload", rename_all = "UPPERCASE")]
pub(crate) enum Action {
    /// Makes it the total.
    Set(i64),
    /// Adds it to the total.
    Add(i64),
}

/// All there is to know. Sent to a client that has nothing to go on from.
#[derive(Packet, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counter {
    pub(crate) total: i64,
    /// How many actions made it so.
    pub(crate) actions: u64,
}

impl Counter {
    /// The reducer: what an action makes of the counter. The same on both ends, and nothing else changes it.
    #[must_use]
    pub(crate) fn reduce(self, action: Action) -> Self {
        let total = match action {
            Action::Set(value) => value,
            Action::Add(value) => self.total.saturating_add(value),
        };
        Self { total, actions: self.actions + 1 }
    }
}
