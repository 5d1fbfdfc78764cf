//! The server's store: it holds the truth, and keeps it in a journal.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use packets_server::{AcceptError, SendError, Socket};

use crate::protocol::{Action, Counter};

/// The counter, and the journal of all actions that made it what it is.
///
/// What changes it tells the sockets so under the same lock. So all of them are told the same, in the same order.
pub(crate) struct Store(Mutex<State>);

struct State {
    counter: Counter,
    journal: File,
}

impl Store {
    /// A store that goes on where its journal ends. There is a line for each action.
    pub(crate) fn open(journal: &Path) -> io::Result<Self> {
        let journal = OpenOptions::new().create(true).read(true).append(true).open(journal)?;
        let mut counter = Counter::default();
        for line in BufReader::new(&journal).lines() {
            counter = counter.reduce(serde_json::from_str(&line?)?);
        }
        Ok(Self(Mutex::new(State { counter, journal })))
    }

    pub(crate) fn counter(&self) -> Counter {
        self.lock().counter
    }

    /// Does what a client asks, and tells all of them, the one who asks included.
    pub(crate) fn dispatch(&self, action: Action, socket: &Socket) -> Result<(), AcceptError> {
        let mut state = self.lock();
        // One write a line: a process that is killed leaves no half of it.
        state.journal.write_all(format!("{}\n", serde_json::to_string(&action)?).as_bytes())?;
        state.counter = state.counter.reduce(action);
        // Neither waits. A client that cannot be told loses its session, and comes back for the whole counter.
        let _ = socket.emit(&action);
        socket.others().emit(&action)?;
        Ok(())
    }

    /// Tells a client all there is to know. From then on it goes by the actions that it is told.
    pub(crate) fn tell(&self, socket: &Socket) -> Result<(), SendError> {
        let state = self.lock();
        socket.emit(&state.counter)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
