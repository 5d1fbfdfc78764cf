//! The sockets of one room, or of the whole server.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use packets_core::SessionId;

use crate::id_hash::IdHash;
use crate::socket::Socket;

/// So many sockets are copied when one joins or leaves while somebody is sending to them all.
const CHUNK: usize = 128;

/// Some of the sockets, shared with whoever is sending to them.
pub(crate) type Chunk = Arc<Vec<Socket>>;

/// Sockets, each once. Joining and leaving take the same time however many there are, and all of them are
/// had for a look at each chunk: nobody has to hold a lock, or copy them, to send to them.
#[derive(Default)]
pub(crate) struct Members {
    /// All full but the last.
    chunks: Vec<Chunk>,
    places: HashMap<SessionId, usize, IdHash>,
}

impl Members {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(crate) fn get(&self, id: SessionId) -> Option<&Socket> {
        let place = *self.places.get(&id)?;
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    /// All of them, as they are now.
    pub(crate) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    pub(crate) fn insert(&mut self, socket: Socket) {
        let place = self.len();
        let Entry::Vacant(vacant) = self.places.entry(socket.id()) else { return };
        vacant.insert(place);
        if place.is_multiple_of(CHUNK) {
            self.chunks.push(Chunk::default());
        }
        if let Some(last) = self.chunks.last_mut() {
            Arc::make_mut(last).push(socket);
        }
    }

    /// Puts the last one in the place of the one that leaves.
    pub(crate) fn remove(&mut self, id: SessionId) {
        let Some(place) = self.places.remove(&id) else { return };
        let Some(last) = self.chunks.last_mut().and_then(|chunk| Arc::make_mut(chunk).pop()) else { return };
        if self.chunks.last().is_some_and(|chunk| chunk.is_empty()) {
            self.chunks.pop();
        }
        if last.id() != id {
            self.places.insert(last.id(), place);
            Arc::make_mut(&mut self.chunks[place / CHUNK])[place % CHUNK] = last;
        }
    }
}
