//! A server within another program's HTTP server.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use http::request::Parts;
use tokio::time::Instant;

use crate::admission::retry_later;
use crate::extensions::Extensions;
use crate::refusal::{Refusal, Response};
use crate::server::Server;
use crate::upgrade::{self, Upgrade};

impl Server {
    /// Answers a request that another HTTP server has taken. A client that gets its WebSocket is served from
    /// then on in a task of its own; all others are told why not.
    ///
    /// The request has to come over HTTP/1.1 from hyper, or from what stands upon it, by a connection
    /// `with_upgrades`. The client's address is taken from the request's extensions, where a [`SocketAddr`]
    /// has to be put. How long headers may take is up to the other server.
    ///
    /// A server is also a [`tower_service::Service`] and a [`hyper::service::Service`] that does this.
    ///
    /// ```no_run
    /// use hyper::server::conn::http1;
    /// use hyper_util::rt::TokioIo;
    /// use packets_server::Server;
    ///
    /// async fn serve(server: Server, stream: tokio::net::TcpStream) -> Result<(), hyper::Error> {
    ///     http1::Builder::new().serve_connection(TokioIo::new(stream), server).with_upgrades().await
    /// }
    /// ```
    pub fn upgrade<B>(&self, request: http::Request<B>) -> impl Future<Output = Response> + Send + use<B> {
        self.answer(request.into_parts().0, Extensions::default())
    }

    /// As [`upgrade`](Self::upgrade), with extensions for the request and then its socket: what a handler or
    /// a middleware knows about the client, such as the user.
    pub fn upgrade_with<B>(
        &self,
        request: http::Request<B>,
        extensions: Extensions,
    ) -> impl Future<Output = Response> + Send + use<B> {
        self.answer(request.into_parts().0, extensions)
    }

    fn answer(&self, parts: Parts, extensions: Extensions) -> impl Future<Output = Response> + Send + use<> {
        let server = self.clone();
        async move {
            let Some(mut handshake) = server.handshakes().enter() else { return busy() };
            let peer = parts.extensions.get::<SocketAddr>().copied();
            let answer = Upgrade::answer(server, parts, peer, extensions, Instant::now());
            let Some((response, upgrade)) = handshake.run(answer).await else { return busy() };
            if let Some(upgrade) = upgrade {
                tokio::spawn(upgrade::serve(upgrade.greet(), handshake));
            }
            response
        }
    }
}

fn busy() -> Response {
    retry_later(Refusal::new(503, "too many clients are connecting")).into_response(false)
}

/// What a service answers, in time. It never fails: what is refused is told so.
type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<B> tower_service::Service<http::Request<B>> for Server {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Answer {
        Box::pin(self.answer(request.into_parts().0, Extensions::default()).map(Ok))
    }
}

impl<B> hyper::service::Service<http::Request<B>> for Server {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: http::Request<B>) -> Answer {
        Box::pin(self.answer(request.into_parts().0, Extensions::default()).map(Ok))
    }
}
