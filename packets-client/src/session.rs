//! A client's session, whose connection has a task of its own.

use std::sync::Arc;

use futures_util::FutureExt;
use packets_core::CloseReason;
use packets_core::control::Position;
use packets_core::net::{AcceptorTable, Change, Connection, Greeted, Mooring, Peer, Recovered, Transport};
use tokio::sync::mpsc;
use tracing::Instrument;

use crate::client::Client;
use crate::resume::Resume;

/// A session, and the task that drives its connection: it goes on when the supervisor does something else, as the
/// farewell may take a while.
pub(crate) struct Session<T> {
    pub(crate) peer: Peer,
    /// If it can be resumed.
    pub(crate) mooring: Option<Mooring<T>>,
    changes: mpsc::Receiver<Turn>,
}

/// What became of the connection.
pub(crate) enum Turn {
    /// It waits for another transport, and stands there.
    Lost(CloseReason, Position),
    Resumed(Recovered),
}

impl<T: Transport> Session<T> {
    /// Begins to drive the connection. What is logged meanwhile stands in the socket's span.
    pub(crate) fn begin(
        greeted: Greeted<T>,
        acceptors: Arc<AcceptorTable<Client>>,
        from: Client,
        resume: Resume,
    ) -> Self {
        let peer = greeted.peer().clone();
        let keep = greeted.offer().map_or(0, |offer| offer.keep);
        let (connection, mooring) = Connection::resumable(greeted, acceptors, from, resume.limits(keep));
        let (tell, changes) = mpsc::channel(1);
        let span = tracing::info_span!(parent: None, "socket", id = %peer.session());
        tokio::spawn(drive(connection, tell).instrument(span));
        Self { peer, mooring, changes }
    }

    /// The next thing that becomes of the connection; none at its end.
    pub(crate) async fn next(&mut self) -> Option<Turn> {
        self.changes.recv().await
    }

    /// Whether it has come to its end.
    pub(crate) fn has_ended(&self) -> bool {
        self.peer.closed().now_or_never().is_some()
    }

    /// Goes on with another transport; none if the session has ended meanwhile.
    pub(crate) async fn resume(&mut self, greeted: Greeted<T>) -> Option<Recovered> {
        self.mooring.as_ref()?.attach(greeted).ok()?;
        match self.next().await {
            Some(Turn::Resumed(recovered)) => Some(recovered),
            _ => None,
        }
    }

    /// There is no more waiting for another transport.
    pub(crate) fn give_up(&self) {
        if let Some(mooring) = &self.mooring {
            mooring.end();
        }
    }
}

async fn drive<T: Transport>(mut connection: Connection<T, Client>, tell: mpsc::Sender<Turn>) {
    loop {
        let turn = match connection.drive().await {
            Change::Lost(reason) => Turn::Lost(reason, connection.position()),
            Change::Resumed(recovered) => Turn::Resumed(recovered),
            // Only servers are told.
            Change::Renewed(_) => continue,
            Change::Ended(reason) => {
                drop(tell);
                return connection.close(&reason).await;
            }
        };
        // Without a supervisor nobody comes with another transport.
        if tell.send(turn).await.is_err() {
            return;
        }
    }
}
