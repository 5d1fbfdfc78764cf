//! What keeps a client connected: one task a client.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use packets_core::CloseReason;
use packets_core::net::{AcceptorTable, Connection, Greeted, Peer};
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::connector::Connector;
use crate::dialer::Dialer;
use crate::error::ConnectError;
use crate::event::Event;
use crate::link::{Link, Wish};
use crate::reconnect::{Course, Delays};

pub(crate) struct Supervisor<C> {
    pub(crate) link: Arc<Link>,
    pub(crate) dialer: Dialer<C>,
    pub(crate) acceptors: Arc<AcceptorTable<Client>>,
    /// None: there is but one connection.
    pub(crate) delays: Option<Delays>,
    /// Where the application said that the server is. The link knows where it is now.
    pub(crate) home: Uri,
    /// What the last connection was made with.
    pub(crate) credential: Option<HeaderValue>,
}

impl<C: Connector> Supervisor<C> {
    /// Drives a connection, in a task of its own, as its farewell may take a while.
    pub(crate) fn drive(&self, connection: Greeted<C::Transport>) -> Peer {
        let peer = connection.peer().clone();
        let from = Client::of(self.link.clone());
        tokio::spawn(Connection::new(connection, self.acceptors.clone(), from).run());
        peer
    }

    /// Lives as long as the client, beginning with this connection.
    pub(crate) async fn run(mut self, mut peer: Peer) {
        let reason = loop {
            let since = Instant::now();
            let (reason, wish) = self.attend(&peer).await;
            self.link.disconnected();
            self.link.tell(Event::Disconnected(reason.clone()));
            if let Some(delays) = &mut self.delays {
                delays.held(since.elapsed());
            }
            match self.reconnect(reason, wish).await {
                Ok(greeted) => peer = self.drive(greeted),
                Err(reason) => break reason,
            }
            self.link.connected(&peer);
        };
        self.link.end(&reason);
    }

    /// Waits for the end of the connection, and sees to what the handles want.
    async fn attend(&mut self, peer: &Peer) -> (CloseReason, Option<Wish>) {
        let mut wanted = None;
        let closed = peer.closed();
        let leaving = peer.leaving();
        let catch_up = self.link.catch_up(peer);
        tokio::pin!(closed, leaving, catch_up);
        let (mut stays, mut behind) = (true, true);
        loop {
            tokio::select! {
                biased;
                () = &mut leaving, if stays => {
                    stays = false;
                    self.link.tell(Event::Leaving);
                }
                reason = &mut closed => {
                    // A wish of the same moment counts as planned, too: who says `Refresh` and hangs up does
                    // not get around the backoff.
                    return (reason, wanted.or_else(|| self.link.take_wish()));
                }
                () = &mut catch_up, if behind => behind = false,
                wish = self.link.next_wish(), if wanted != Some(Wish::Close) => {
                    if wish != Wish::Close {
                        self.link.disconnected();
                    }
                    peer.close();
                    wanted = Some(wish);
                }
            }
        }
    }

    /// The next connection, or the reason why there is none.
    async fn reconnect(
        &mut self,
        reason: CloseReason,
        wish: Option<Wish>,
    ) -> Result<Greeted<C::Transport>, CloseReason> {
        let Some(mut delays) = self.delays.take() else { return Err(reason) };
        let result = self.retry(&mut delays, reason, wish).await;
        self.delays = Some(delays);
        result
    }

    async fn retry(
        &mut self,
        delays: &mut Delays,
        mut reason: CloseReason,
        wish: Option<Wish>,
    ) -> Result<Greeted<C::Transport>, CloseReason> {
        let planned = matches!(wish, Some(Wish::Renew | Wish::Move(_)));
        let mut course = if planned { Course::Retry(Duration::ZERO) } else { Course::after_close(&reason) };
        let mut delay = match wish {
            Some(Wish::Close) => return Err(reason),
            Some(Wish::Move(location)) => {
                self.link.moved(location);
                delays.planned()
            }
            Some(Wish::Renew) => delays.planned(),
            None => delays.next(),
        };
        // Not to be tried again.
        let mut refused = None;
        loop {
            let hint = match course {
                Course::GiveUp => return Err(reason),
                Course::NewCredential if self.dialer.token.is_none() => return Err(reason),
                Course::NewCredential => {
                    refused.clone_from(&self.credential);
                    Duration::ZERO
                }
                Course::Retry(hint) => hint,
            };
            let Some(wait) = delay else {
                return Err(CloseReason::GaveUp(format!("no attempts left: {reason}").into()));
            };
            self.pause(wait.saturating_add(hint)).await?;
            let credential = tokio::select! {
                biased;
                () = self.link.closing() => return Err(CloseReason::Local),
                credential = self.dialer.credential() => credential,
            };
            if let Ok(credential) = &credential
                && refused.is_some()
                && *credential == refused
            {
                delay = delays.next();
                continue;
            }
            self.link.tell(Event::Connecting { attempt: delays.tried() });
            let location = self.link.location();
            let greeted = match credential {
                Ok(credential) => {
                    self.credential.clone_from(&credential);
                    tokio::select! {
                        biased;
                        () = self.link.closing() => return Err(CloseReason::Local),
                        greeted = self.dialer.dial(&location, credential) => greeted,
                    }
                }
                Err(error) => Err(error),
            };
            let error = match greeted {
                Ok(greeted) => return Ok(greeted),
                Err(error) => error,
            };
            course = self.failed(&location, error, &mut reason);
            delay = delays.next();
        }
    }

    /// An attempt has failed; what to do next.
    fn failed(&self, location: &Uri, error: ConnectError, reason: &mut CloseReason) -> Course {
        let mut course = Course::after_failure(&error);
        if *location != self.home {
            // Where the server moved the client there is nothing: back to where it came from.
            self.link.moved(self.home.clone());
            course = Course::Retry(Duration::ZERO);
        }
        *reason = CloseReason::GaveUp(error.to_string().into());
        self.link.tell(Event::Failed(Arc::new(error)));
        course
    }

    /// Waits before the next attempt, unless the application wants it now.
    async fn pause(&mut self, time: Duration) -> Result<(), CloseReason> {
        self.link.tell(Event::ReconnectingIn(time));
        let pause = sleep(time);
        tokio::pin!(pause);
        tokio::select! {
            biased;
            wish = self.link.next_wish() => match wish {
                Wish::Close => return Err(CloseReason::Local),
                Wish::Move(location) => self.link.moved(location),
                Wish::Renew => {}
            },
            () = pause => {}
        }
        Ok(())
    }
}

/// Also if the task is dropped in the middle: nobody who waits may wait for ever.
impl<C> Drop for Supervisor<C> {
    fn drop(&mut self) {
        self.link.end(&CloseReason::Lost("the client's task was dropped".into()));
    }
}
