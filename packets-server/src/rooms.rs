//! All sockets of a server, and the rooms they are in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use packets_core::net::Observers;
use packets_core::{Agreement, SessionId};

use crate::cluster::Link;
use crate::members::{Chunk, Members};
use crate::recipient::Recipient;
use crate::socket::Socket;

/// A room's name has at most so many bytes.
const MAX_NAME: usize = 255;

/// So many members are [prefetched](packets_core::net::Peer::prefetch) at a time.
const GROUP: usize = 16;

/// Why a socket is not in a room it was to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// It is in as many rooms as a socket may be in, by
    /// [`rooms_per_socket`](crate::ServerBuilder::rooms_per_socket).
    #[error("a socket may be in {limit} rooms; it has to leave one first")]
    TooManyRooms {
        /// How many that is.
        limit: usize,
    },
    /// The room's name is longer than 255 bytes.
    #[error("a room's name has at most 255 bytes, and not {size}")]
    NameTooLong {
        /// The name's size in bytes.
        size: usize,
    },
    /// Its connection has ended.
    #[error("the socket's connection has ended")]
    Ended,
}

impl JoinError {
    pub(crate) const fn check_name(name: &str) -> Result<(), Self> {
        if name.len() > MAX_NAME { Err(Self::NameTooLong { size: name.len() }) } else { Ok(()) }
    }
}

/// All sockets of a server, and the rooms they are in. The table's lock is held for a few lines: while a
/// socket comes, goes, or somebody takes a look at who is there, and never while anything is sent.
///
/// A socket's own list is locked before the table.
pub(crate) struct Rooms {
    table: Mutex<Table>,
    link: Arc<Link>,
    observers: Observers,
    rooms_per_socket: usize,
}

#[derive(Default)]
struct Table {
    everyone: Members,
    rooms: HashMap<Arc<str>, Members>,
}

/// Some of the sockets.
pub(crate) struct Selected {
    chunks: Vec<Chunk>,
    /// Whether one may be there twice: several rooms may have one in common, and several ids may be the same.
    pub(crate) may_repeat: bool,
}

impl Selected {
    /// No less than they are.
    pub(crate) fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }

    pub(crate) fn sockets(&self) -> impl Iterator<Item = &Socket> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// Goes through them.
    pub(crate) fn each(&self, mut act: impl FnMut(&Socket)) {
        for group in self.chunks.iter().flat_map(|chunk| chunk.chunks(GROUP)) {
            group.iter().for_each(|socket| socket.prefetch());
            group.iter().for_each(&mut act);
        }
    }
}

/// The rooms one socket is in; after its end, those it was in.
#[derive(Default)]
pub(crate) struct Memberships {
    rooms: Vec<Arc<str>>,
    ended: bool,
}

impl Memberships {
    pub(crate) fn rooms(&self) -> &[Arc<str>] {
        &self.rooms
    }
}

impl Rooms {
    pub(crate) fn new(link: Arc<Link>, observers: Observers, rooms_per_socket: usize) -> Self {
        Self { table: Mutex::default(), link, observers, rooms_per_socket }
    }

    /// What every client agrees on with this server.
    pub(crate) fn agreement(&self) -> &Agreement {
        self.link.agreement()
    }

    /// Those who look on at what is sent to sockets.
    pub(crate) const fn observers(&self) -> &Observers {
        &self.observers
    }

    /// What there is between this server and other nodes.
    pub(crate) const fn link(&self) -> &Arc<Link> {
        &self.link
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ---- coming and going ----

    pub(crate) fn enter(&self, socket: &Socket) {
        self.table().everyone.insert(socket.clone());
    }

    pub(crate) fn join(&self, socket: &Socket, name: &str) -> Result<(), JoinError> {
        JoinError::check_name(name)?;
        let mut memberships = socket.memberships();
        if memberships.ended {
            return Err(JoinError::Ended);
        }
        if memberships.rooms.iter().any(|room| **room == *name) {
            return Ok(());
        }
        if memberships.rooms.len() >= self.rooms_per_socket {
            return Err(JoinError::TooManyRooms { limit: self.rooms_per_socket });
        }
        let name = self.table().join(socket, name);
        memberships.rooms.push(name);
        Ok(())
    }

    /// False if the socket was not in the room.
    pub(crate) fn leave(&self, socket: &Socket, name: &str) -> bool {
        let mut memberships = socket.memberships();
        let place = memberships.rooms.iter().position(|room| **room == *name);
        let Some(place) = place.filter(|_| !memberships.ended) else { return false };
        memberships.rooms.swap_remove(place);
        self.table().leave(socket, name);
        true
    }

    /// Takes a socket out of everything. It keeps the names of its rooms, and joins no others any more.
    pub(crate) fn end(&self, socket: &Socket) {
        let mut memberships = socket.memberships();
        if std::mem::replace(&mut memberships.ended, true) {
            return;
        }
        let mut table = self.table();
        table.everyone.remove(socket.id());
        for room in &memberships.rooms {
            table.leave(socket, room);
        }
    }

    // ---- looking ----

    pub(crate) fn get(&self, id: SessionId) -> Option<Socket> {
        self.table().everyone.get(id).cloned()
    }

    /// The names of all rooms, and how many sockets are in each.
    pub(crate) fn rooms(&self) -> Vec<(Arc<str>, usize)> {
        self.table().rooms.iter().map(|(name, members)| (name.clone(), members.len())).collect()
    }

    /// The sockets of these recipients, or all, and those of the exceptions: both at one moment.
    pub(crate) fn select(
        &self,
        to: Option<&[Recipient<'_>]>,
        except: &[Recipient<'_>],
    ) -> (Selected, Selected) {
        let table = self.table();
        let all = || Selected { chunks: table.everyone.chunks().to_vec(), may_repeat: false };
        (to.map_or_else(all, |to| table.select(to)), table.select(except))
    }
}

impl Table {
    /// The room's name, as all its members have it.
    fn join(&mut self, socket: &Socket, name: &str) -> Arc<str> {
        let name = match self.rooms.get_key_value(name) {
            Some((name, _)) => name.clone(),
            None => Arc::from(name),
        };
        self.rooms.entry(name.clone()).or_default().insert(socket.clone());
        name
    }

    /// A room vanishes with its last member.
    fn leave(&mut self, socket: &Socket, name: &str) {
        if let Some(members) = self.rooms.get_mut(name) {
            members.remove(socket.id());
            if members.is_empty() {
                self.rooms.remove(name);
            }
        }
    }

    fn select(&self, recipients: &[Recipient<'_>]) -> Selected {
        let rooms: Vec<_> =
            recipients.iter().filter_map(|recipient| self.rooms.get(recipient.room()?)).collect();
        let ids = || recipients.iter().filter_map(Recipient::id);
        let mut chunks: Vec<_> = rooms.iter().flat_map(|room| room.chunks()).cloned().collect();
        for id in ids() {
            if !matches!(&rooms[..], [only] if only.get(id).is_some()) {
                chunks.extend(self.everyone.get(id).map(|socket| Arc::new(vec![socket.clone()])));
            }
        }
        Selected { chunks, may_repeat: rooms.len() > 1 || ids().count() > 1 }
    }
}

impl std::fmt::Debug for Rooms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let table = self.table();
        f.debug_struct("Rooms")
            .field("sockets", &table.everyone.len())
            .field("rooms", &table.rooms.len())
            .finish_non_exhaustive()
    }
}
