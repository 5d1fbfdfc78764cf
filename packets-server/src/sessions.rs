//! The sessions that can be resumed.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use packets_core::SessionId;
use packets_core::control::Offer;
use packets_core::net::{Greeted, Mooring, Peer};
use subtle::ConstantTimeEq;

use crate::id_hash::IdHash;
use crate::inspect::InspectedSessions;
use crate::resume::Resume;

/// The sessions that can be resumed, by the tokens that their clients have. The lock is held for a few lines.
pub(crate) struct Sessions {
    resume: Resume,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    sessions: HashMap<SessionId, Session, IdHash>,
    tokens: HashMap<Name, SessionId>,
    /// Those without a connection, in the order in which they lost it.
    detached: BTreeMap<u64, SessionId>,
    losses: u64,
    resumed: u64,
    expired: u64,
}

/// The half of a token that finds its session. The other half is compared.
type Name = [u8; 16];

struct Session {
    token: Option<[u8; 32]>,
    /// Whether it is the one by which the session began.
    is_first: bool,
    /// Who its client is, as the request hook says.
    user: Option<Arc<str>>,
    mooring: Box<dyn Moored>,
    detached: Option<u64>,
}

/// A mooring of whatever transport.
trait Moored: Any + Send + Sync {
    fn end(&self);
}

impl<T: Send + 'static> Moored for Mooring<T> {
    fn end(&self) {
        self.end();
    }
}

impl Sessions {
    pub(crate) fn new(resume: Resume) -> Self {
        Self { resume, table: Mutex::default() }
    }

    pub(crate) const fn resume(&self) -> &Resume {
        &self.resume
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are without a connection, and what became of them so far.
    pub(crate) fn inspect(&self) -> InspectedSessions {
        let table = self.table();
        InspectedSessions {
            detached: table.detached.len(),
            lost: table.losses,
            resumed: table.resumed,
            expired: table.expired,
        }
    }

    /// What a client that connects is offered.
    pub(crate) fn offer(&self) -> Result<Offer, getrandom::Error> {
        let mut token = [0; 32];
        getrandom::fill(&mut token)?;
        let keep = u32::try_from(self.resume.keep.as_millis()).unwrap_or(u32::MAX);
        Ok(Offer { token: Bytes::copy_from_slice(&token), keep: keep.min(i32::MAX as u32) })
    }

    /// Lets a new session be resumed as long as what is returned is there.
    pub(crate) fn enroll<T: Send + 'static>(
        self: &Arc<Self>,
        offer: Option<&Offer>,
        user: Option<Arc<str>>,
        mooring: Mooring<T>,
    ) -> Enrolled {
        let id = mooring.peer().session();
        let session =
            Session { token: None, is_first: true, user, mooring: Box::new(mooring), detached: None };
        let mut table = self.table();
        table.sessions.insert(id, session);
        table.name(id, offer);
        Enrolled { sessions: self.clone(), id }
    }

    /// Gives the client's transport to the session that it wants to go on with. Its tokens are of no use any more,
    /// whatever comes of it.
    ///
    /// # Errors
    /// What was given, if there is no such session, it is another user's, or the client has not heard of it: to one
    /// that names tokens before that by which a session began, the session before is the last that it knows of. Then
    /// nobody comes back to this one.
    pub(crate) fn attach<T: Send + 'static>(
        &self,
        greeted: Greeted<T>,
        user: Option<&str>,
    ) -> Result<Peer, Box<Greeted<T>>> {
        let mut table = self.table();
        let named = greeted.tokens().enumerate();
        let wanted = named.filter_map(|(place, token)| Some((place, table.spend(token)?))).last();
        let Some((id, session)) = wanted.and_then(|(_, id)| Some((id, table.sessions.get_mut(&id)?))) else {
            return Err(Box::new(greeted));
        };
        if session.is_first && wanted.is_some_and(|(place, _)| place > 0) {
            session.mooring.end();
            return Err(Box::new(greeted));
        }
        let mooring: &dyn Any = &*session.mooring;
        let Some(mooring) = mooring.downcast_ref::<Mooring<T>>().filter(|_| session.user.as_deref() == user)
        else {
            return Err(Box::new(greeted));
        };
        let (peer, offer) = (mooring.peer().clone(), greeted.offer().cloned());
        mooring.attach(greeted)?;
        session.is_first = false;
        table.name(id, offer.as_ref());
        Ok(peer)
    }
}

impl Table {
    /// A client knows the session by this token.
    fn name(&mut self, id: SessionId, offer: Option<&Offer>) {
        let Some(token) = offer.and_then(|offer| <[u8; 32]>::try_from(&*offer.token).ok()) else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if let Some(before) = session.token.replace(token) {
            self.tokens.remove(name(&before));
        }
        self.tokens.insert(*name(&token), id);
    }

    /// The session of a token, which is of no use any more.
    fn spend(&mut self, token: &[u8; 32]) -> Option<SessionId> {
        let id = *self.tokens.get(name(token))?;
        let session = self.sessions.get_mut(&id)?;
        session.token.take_if(|it| it.ct_eq(token).into())?;
        self.tokens.remove(name(token));
        Some(id)
    }
}

fn name(token: &[u8; 32]) -> &Name {
    token.as_chunks().0.first().unwrap_or(&[0; 16])
}

/// A session among those that can be resumed, until this is dropped.
pub(crate) struct Enrolled {
    sessions: Arc<Sessions>,
    id: SessionId,
}

impl Enrolled {
    /// The session has lost its connection. If there are too many of those, the oldest ends.
    pub(crate) fn lost(&self) {
        let mut table = self.sessions.table();
        table.losses += 1;
        let loss = table.losses;
        if let Some(session) = table.sessions.get_mut(&self.id) {
            session.detached = Some(loss);
            table.detached.insert(loss, self.id);
        }
        if table.detached.len() > self.sessions.resume.sessions
            && let Some((_, oldest)) = table.detached.pop_first()
            && let Some(oldest) = table.sessions.get(&oldest)
        {
            oldest.mooring.end();
        }
    }

    /// The session has another connection.
    pub(crate) fn resumed(&self) {
        let mut table = self.sessions.table();
        table.resumed += 1;
        let loss = table.sessions.get_mut(&self.id).and_then(|session| session.detached.take());
        if let Some(loss) = loss {
            table.detached.remove(&loss);
        }
    }
}

impl Drop for Enrolled {
    fn drop(&mut self) {
        let mut table = self.sessions.table();
        let Some(session) = table.sessions.remove(&self.id) else { return };
        if let Some(loss) = session.detached {
            table.detached.remove(&loss);
            table.expired += 1;
        }
        if let Some(token) = session.token {
            table.tokens.remove(name(&token));
        }
        drop(table);
        // What a client may have given meanwhile goes with it.
        drop(session);
    }
}
