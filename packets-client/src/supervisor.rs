//! What keeps a client connected: one task a client.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use packets_core::control::Position;
use packets_core::net::{AcceptorTable, Escaped, Greeted, Peer, Recovered};
use packets_core::{Claim, CloseReason};
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::connector::Connector;
use crate::dialer::Dialer;
use crate::error::ConnectError;
use crate::event::Event;
use crate::link::{Link, Wish};
use crate::reconnect::{Course, Delays};
use crate::resume::Resume;
use crate::session::{Session, Turn};

pub(crate) struct Supervisor<C> {
    pub(crate) link: Arc<Link>,
    pub(crate) dialer: Dialer<C>,
    pub(crate) acceptors: Arc<AcceptorTable<Client>>,
    /// None: there is but one connection.
    pub(crate) delays: Option<Delays>,
    /// Where the application said that the server is. The link knows where it is now.
    pub(crate) home: Uri,
    /// Where the last connection was made to.
    pub(crate) location: Uri,
    /// What the last connection was made with.
    pub(crate) credential: Option<HeaderValue>,
    /// What is kept of a session.
    pub(crate) resume: Resume,
    /// By what the last session is known to the server, if sessions are resumed.
    pub(crate) claim: Option<Claim>,
}

/// How a connection was lost.
struct Loss {
    reason: CloseReason,
    /// What was wanted of it.
    wish: Option<Wish>,
    /// Where the session stands, if it can go on.
    position: Option<Position>,
}

impl<C: Connector> Supervisor<C> {
    /// Begins a session.
    pub(crate) fn begin(&self, greeted: Greeted<C::Transport>) -> Session<C::Transport> {
        Session::begin(greeted, self.acceptors.clone(), Client::of(self.link.clone()), self.resume)
    }

    /// Lives as long as the client, beginning with this session.
    pub(crate) async fn run(mut self, mut session: Session<C::Transport>) {
        let reason = loop {
            let since = Instant::now();
            let Loss { reason, wish, position } = self.attend(&mut session).await;
            self.link.disconnected();
            self.link.tell(Event::Disconnected(reason.clone()));
            if let Some(delays) = &mut self.delays
                && Course::begins_anew(&reason)
            {
                delays.held(since.elapsed());
            }
            self.claim(&session, position);
            let greeted = match self.reconnect(reason, wish, &session).await {
                Ok(greeted) => greeted,
                Err(reason) => break reason,
            };
            if !greeted.is_resumed() {
                session.give_up();
                session = self.begin(greeted);
                self.link.connected(&session.peer, Recovered::New);
            } else if let Some(recovered) = session.resume(greeted).await {
                self.link.connected(&session.peer, recovered);
            }
            // If it has ended meanwhile, the next turn sees so.
        };
        session.peer.close_with(reason.clone(), None);
        self.link.end(&reason);
    }

    /// The next greeting claims the session, if it can go on.
    fn claim(&mut self, session: &Session<C::Transport>, position: Option<Position>) {
        let Some(claim) = &mut self.claim else { return };
        match session.mooring.as_ref().zip(position) {
            Some((mooring, position)) => mooring.claim(position, claim),
            None => claim.forget(),
        }
    }

    /// Waits for the end of the connection, and sees to what the handles want.
    async fn attend(&mut self, session: &mut Session<C::Transport>) -> Loss {
        let mut wanted = None;
        let peer = &session.peer.clone();
        let closed = peer.closed();
        let leaving = peer.leaving();
        let Self { link, dialer, credential, .. } = self;
        let catch_up = link.catch_up(peer);
        let renewals = renew(link, dialer, credential, peer);
        tokio::pin!(closed, leaving, catch_up, renewals);
        let (mut stays, mut behind) = (true, true);
        let (reason, position) = loop {
            tokio::select! {
                biased;
                () = &mut leaving, if stays => {
                    stays = false;
                    link.tell(Event::Leaving);
                }
                reason = &mut closed => break (reason, None),
                Some(Turn::Lost(reason, position)) = session.next() => break (reason, Some(position)),
                () = &mut catch_up, if behind => behind = false,
                never = &mut renewals => match never {},
                wish = link.next_wish(), if wanted != Some(Wish::Close) => {
                    if wish != Wish::Close {
                        link.disconnected();
                    }
                    match &session.mooring {
                        Some(mooring) if wish == Wish::Reconnect => mooring.detach(),
                        _ => peer.close(),
                    }
                    wanted = Some(wish);
                }
            }
        };
        // A wish of the same moment counts as planned, too: who says `Refresh` and hangs up does not get around the
        // backoff.
        Loss { reason, wish: wanted.or_else(|| link.take_wish()), position }
    }

    /// The next connection, or the reason why there is none.
    async fn reconnect(
        &mut self,
        reason: CloseReason,
        wish: Option<Wish>,
        session: &Session<C::Transport>,
    ) -> Result<Greeted<C::Transport>, CloseReason> {
        let Some(mut delays) = self.delays.take() else { return Err(reason) };
        let result = self.retry(&mut delays, reason, wish, session).await;
        self.delays = Some(delays);
        result
    }

    async fn retry(
        &mut self,
        delays: &mut Delays,
        mut reason: CloseReason,
        wish: Option<Wish>,
        session: &Session<C::Transport>,
    ) -> Result<Greeted<C::Transport>, CloseReason> {
        let planned = matches!(wish, Some(Wish::Reconnect | Wish::Move(_)));
        let mut course = if planned { Course::Retry(Duration::ZERO) } else { Course::after_close(&reason) };
        let mut delay = match wish {
            Some(Wish::Close) => return Err(reason),
            Some(Wish::Move(location)) => {
                self.link.moved(location);
                delays.planned()
            }
            Some(Wish::Reconnect) => delays.planned(),
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
            if let Some(claim) = &mut self.claim
                && (location != self.location || session.has_ended())
            {
                // Its tokens are nobody else's business.
                claim.forget();
            }
            self.location.clone_from(&location);
            let greeted = match credential {
                Ok(credential) => {
                    self.credential.clone_from(&credential);
                    tokio::select! {
                        biased;
                        () = self.link.closing() => return Err(CloseReason::Local),
                        greeted = self.dialer.dial(&location, credential, self.claim.as_mut()) => greeted,
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
                Wish::Reconnect => {}
            },
            () = pause => {}
        }
        Ok(())
    }
}

/// The credential is renewed no more often, as the server does not let it be.
const RENEWAL_PACE: Duration = Duration::from_secs(10);

/// Renews the credential of a connection whenever that is wanted.
async fn renew<C: Connector>(
    link: &Link,
    dialer: &mut Dialer<C>,
    credential: &mut Option<HeaderValue>,
    peer: &Peer,
) -> Infallible {
    loop {
        link.renewing().await;
        match send_renewal(dialer, peer).await {
            Ok(Some(renewed)) => *credential = Some(renewed),
            Ok(None) => {}
            Err(error) => tracing::warn!(error = %Escaped(&error), "the credential is not renewed"),
        }
        sleep(RENEWAL_PACE).await;
    }
}

/// Sends another credential, if there is a function to ask for it. It is also what it would be connected with.
async fn send_renewal<C: Connector>(
    dialer: &mut Dialer<C>,
    peer: &Peer,
) -> Result<Option<HeaderValue>, ConnectError> {
    let Some((credential, header)) = dialer.renewal().await? else { return Ok(None) };
    peer.renew(credential).map_err(|error| ConnectError::Token(error.into()))?;
    Ok(Some(header))
}

/// Also if the task is dropped in the middle: nobody who waits may wait for ever.
impl<C> Drop for Supervisor<C> {
    fn drop(&mut self) {
        self.link.end(&CloseReason::Lost("the client's task was dropped".into()));
    }
}
