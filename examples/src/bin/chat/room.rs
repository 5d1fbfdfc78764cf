//! The rooms there are, and what was said in them of late.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use packets_server::{AcceptError, SendError, Socket, Target, ValidationError};

use crate::protocol::Line;

/// There at all times. Other rooms are as long as somebody is in them.
pub(crate) const LOBBY: &str = "lobby";
/// So many rooms there may be.
const ROOMS: usize = 50;
/// So many lines are kept of a room.
const LINES: usize = 100;

/// The rooms there are, and what was said in them of late. The sockets in them are the server's to know.
///
/// Whoever enters gets each line once, in the history or after it, as both are done under one lock.
pub(crate) struct Rooms(Mutex<BTreeMap<String, VecDeque<Line>>>);

impl Rooms {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(BTreeMap::from([(LOBBY.to_owned(), VecDeque::new())])))
    }

    /// Lets a socket in; what was said before.
    pub(crate) fn enter(&self, socket: &Socket, room: &str) -> Result<Vec<Line>, AcceptError> {
        let mut rooms = self.lock();
        if rooms.len() >= ROOMS && !rooms.contains_key(room) {
            return Err(ValidationError::new(503, "there are too many rooms already").into());
        }
        socket.join(room)?;
        Ok(rooms.entry(room.to_owned()).or_default().iter().cloned().collect())
    }

    /// Lets a socket out, and forgets a room that nobody is in any more.
    pub(crate) fn leave(&self, socket: &Socket, room: &str) {
        let mut rooms = self.lock();
        socket.leave(room);
        if room != LOBBY && socket.to(room).sockets().is_empty() {
            rooms.remove(room);
        }
    }

    /// Keeps a line, and tells it to these. False if there is no such room.
    pub(crate) fn say(&self, room: &str, to: &Target<'_>, line: &Line) -> Result<bool, SendError> {
        let mut rooms = self.lock();
        let Some(lines) = rooms.get_mut(room) else { return Ok(false) };
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line.clone());
        // It never waits.
        to.emit(line)?;
        Ok(true)
    }

    /// All rooms, with what was said.
    pub(crate) fn all(&self) -> Vec<(String, Vec<Line>)> {
        self.lock().iter().map(|(room, lines)| (room.clone(), lines.iter().cloned().collect())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, VecDeque<Line>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
