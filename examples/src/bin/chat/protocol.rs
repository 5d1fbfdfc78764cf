//! The packets of the chat. Where server and client are programs of their own, this is a crate that both share.

use std::time::{SystemTime, UNIX_EPOCH};

use packets_core::{Packet, Schema, ValidationError};
use serde::Serialize;

/// Enters a room, and leaves the one before.
#[derive(Packet, Debug)]
#[packet(response = Entered, rate = "2/s", burst = 5)]
pub(crate) struct Join {
    pub(crate) room: String,
}

/// What somebody finds who enters a room.
#[derive(Schema, Debug)]
pub(crate) struct Entered {
    pub(crate) users: Vec<String>,
    pub(crate) history: Vec<Line>,
}

/// Says something to the others in the room.
#[derive(Packet, Debug)]
#[packet(rate = "5/s", burst = 10, max_size = "2KiB")]
pub(crate) struct Say {
    pub(crate) text: String,
}

/// Asks who is in the room.
#[derive(Packet, Debug)]
#[packet(response = Vec<String>)]
pub(crate) struct Who;

/// A line of a room: what somebody said, or what happened.
#[derive(Packet, Serialize, Clone, Debug)]
pub(crate) struct Line {
    /// Who said it. Nobody, if it happened.
    pub(crate) name: Option<String>,
    pub(crate) text: String,
    /// In milliseconds since 1970.
    pub(crate) at: u64,
}

impl Line {
    /// What somebody says now.
    pub(crate) fn said(name: &str, text: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::happened(text) }
    }

    /// What happens now.
    pub(crate) fn happened(text: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { name: None, text: text.to_owned(), at: since.as_millis() as u64 }
    }
}

/// Names of users and rooms: something to read, and nothing that a terminal would obey.
pub(crate) fn check_name(name: &str) -> Result<(), ValidationError> {
    check(name, 20, "a name has 1 to 20 characters, none of them a control character")
}

/// The same of what is said.
pub(crate) fn check_text(text: &str) -> Result<(), ValidationError> {
    check(text, 500, "a line has 1 to 500 characters, none of them a control character")
}

fn check(text: &str, most: usize, reason: &str) -> Result<(), ValidationError> {
    let is_fit = !text.trim().is_empty() && text.chars().count() <= most && !text.contains(char::is_control);
    if is_fit { Ok(()) } else { Err(ValidationError::new(400, reason)) }
}
