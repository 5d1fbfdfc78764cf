//! A client's time with its server, from the greeting on.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join};
use packets_core::net::{
    Change, Connection, ConnectionLimits, Escaped, Greeted, Peer, Transport, greet_client,
};
use packets_core::{CloseReason, SessionId};
use tracing::Instrument;

use crate::presence::Presence;
use crate::request::Request;
use crate::server::Server;
use crate::socket::Socket;

impl Server {
    /// Serves one client over a transport that is connected already, to the end of its session: that of another
    /// transport, if it [resumes](crate::Resume) one.
    pub async fn serve_transport<T: Transport>(&self, transport: T) -> CloseReason {
        let request = Request::in_memory(self.link().clone());
        match self.greet(transport, self.limits()).await {
            Ok(greeted) => match self.resume(greeted, &request) {
                Ok(peer) => peer.closed().await,
                Err(greeted) => self.run(*greeted, request).await,
            },
            Err(reason) => reason,
        }
    }

    /// Awaits the client's greeting.
    pub(crate) async fn greet<T: Transport>(
        &self,
        transport: T,
        limits: ConnectionLimits,
    ) -> Result<Greeted<T>, CloseReason> {
        let id = random_id().map_err(CloseReason::lost)?;
        let offer =
            self.sessions().map(|sessions| sessions.offer()).transpose().map_err(CloseReason::lost)?;
        let (registry, figures) = (self.shared_registry().clone(), self.figures().clone());
        let observers = self.shared_rooms().observers().clone();
        let greeted = greet_client(transport, registry, figures, observers, limits, id, offer).await;
        if let Err(reason) = &greeted {
            tracing::debug!(reason = %Escaped(reason), "a client did not get past the greeting");
        }
        greeted
    }

    /// Lets a client that has greeted go on with its last session.
    ///
    /// # Errors
    /// What was given, if it has none.
    pub(crate) fn resume<T: Transport>(
        &self,
        greeted: Greeted<T>,
        request: &Request,
    ) -> Result<Peer, Box<Greeted<T>>> {
        match self.sessions() {
            Some(sessions) if greeted.is_resumable() => {
                let peer = sessions.attach(greeted, request.user())?;
                expire(&peer, request);
                Ok(peer)
            }
            _ => Err(Box::new(greeted)),
        }
    }

    /// Serves a client that has greeted. What is logged meanwhile stands in the socket's span.
    ///
    /// The connection is made before the future, which would have room for it twice otherwise.
    pub(crate) fn run<T: Transport>(
        &self,
        greeted: Greeted<T>,
        request: Request,
    ) -> impl Future<Output = CloseReason> + Send + use<T> {
        let id = greeted.peer().session();
        let span = tracing::info_span!("socket", %id, ip = request.ip().map(tracing::field::display));
        let (user, offer) = (request.shared_user(), greeted.offer().cloned());
        expire(greeted.peer(), &request);
        let socket = Socket::new(greeted.peer().clone(), request, self.shared_rooms().clone());
        let (rooms, hooks) = (self.shared_rooms().clone(), self.hooks().clone());
        let hook_timeout = self.limits().acceptor_timeout;
        let presence = Presence::new(socket.clone(), rooms, hooks.clone(), hook_timeout);
        // From here on it is found among the server's sockets. It may have come too late for that.
        let waited_for = self.stopping();
        if self.shutdown().has_begun() {
            self.let_go(&socket);
        }
        let acceptors = self.shared_acceptors().clone();
        let (mut connection, enrolled) = match self.sessions() {
            Some(sessions) => {
                let limits = sessions.resume().limits();
                let (connection, mooring) = Connection::resumable(greeted, acceptors, socket.clone(), limits);
                (connection, mooring.map(|mooring| sessions.enroll(offer.as_ref(), user, mooring)))
            }
            None => (Connection::new(greeted, acceptors, socket.clone()), None),
        };
        async move {
            let _held = waited_for;
            let mut running =
                RunningHooks { connect: hooks.connect(socket.clone()), resumed: None, renew: None };
            let reason = loop {
                let change = tokio::select! {
                    biased;
                    never = &mut running => match never {},
                    change = connection.drive() => change,
                };
                match (change, &enrolled) {
                    (Change::Ended(reason), _) => break reason,
                    (Change::Lost(_), Some(enrolled)) => enrolled.lost(),
                    (Change::Resumed(recovered), Some(enrolled)) => {
                        enrolled.resumed();
                        running.resumed = hooks.resumed(socket.clone(), recovered);
                    }
                    (Change::Renewed(credential), _) => {
                        running.renew = hooks.renew(socket.clone(), credential, hook_timeout);
                    }
                    (_, None) => {}
                }
            };
            drop((running, enrolled));
            Box::pin(join(presence.end(reason.clone()), connection.close(&reason))).await;
            reason
        }
        .instrument(span)
    }
}

/// The hooks that run beside a connection. It is never done.
struct RunningHooks {
    connect: Option<BoxFuture<'static, ()>>,
    /// The last one.
    resumed: Option<BoxFuture<'static, ()>>,
    /// The last one.
    renew: Option<BoxFuture<'static, ()>>,
}

impl Future for RunningHooks {
    type Output = Infallible;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Infallible> {
        let Self { connect, resumed, renew } = &mut *self;
        for hook in [connect, resumed, renew] {
            if hook.as_mut().is_some_and(|hook| hook.poll_unpin(cx).is_ready()) {
                *hook = None;
            }
        }
        Poll::Pending
    }
}

/// A credential is good for as long as its request says.
fn expire(peer: &Peer, request: &Request) {
    if let Some(time) = request.time_left() {
        peer.expire_in(time);
    }
}

fn random_id() -> Result<SessionId, getrandom::Error> {
    let mut id = [0; 16];
    getrandom::fill(&mut id)?;
    Ok(SessionId::from(id))
}
