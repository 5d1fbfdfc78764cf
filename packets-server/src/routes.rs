//! Several servers on one port.

use std::time::Duration;

use crate::bind::Bind;
use crate::serve::Serve;
use crate::server::Server;

/// Several servers on one port, each at a path of its own. A request for any other path is answered with 404.
///
/// ```no_run
/// # use packets_server::{Routes, Server, ServeError};
/// # async fn example(game: Server, chat: Server) -> Result<(), ServeError> {
/// Routes::new().route("/game", game).route("/chat", chat).serve("0.0.0.0:3000").await
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "servers listen when `serve` is awaited"]
pub struct Routes {
    paths: Vec<(String, Server)>,
    /// At every path that is not among them.
    rest: Option<Server>,
}

impl Routes {
    /// No servers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A server at every path.
    pub(crate) fn to(server: Server) -> Self {
        Self { paths: Vec::new(), rest: Some(server) }
    }

    /// A server at exactly this path, such as `/game`, whatever the query. Another one at the same path
    /// replaces it.
    pub fn route(mut self, path: impl Into<String>, server: Server) -> Self {
        let path = path.into();
        self.paths.retain(|(taken, _)| *taken != path);
        self.paths.push((path, server));
        self
    }

    /// Listens for WebSockets, as [`Server::serve`] does.
    pub fn serve(self, bind: impl Into<Bind>) -> Serve {
        Serve::new(self, bind.into())
    }

    pub(crate) fn find(&self, path: &str) -> Option<&Server> {
        let at_path = self.paths.iter().find(|(route, _)| route == path).map(|(_, server)| server);
        at_path.or(self.rest.as_ref())
    }

    pub(crate) fn servers(&self) -> impl Iterator<Item = &Server> {
        self.paths.iter().map(|(_, server)| server).chain(&self.rest)
    }

    /// How many clients may be on their way to any of them.
    pub(crate) fn handshakes(&self) -> usize {
        self.servers().map(|server| server.admission().limits().handshakes).max().unwrap_or_default()
    }

    /// How long a client may take until it is known which server it wants.
    pub(crate) fn handshake_timeout(&self) -> Duration {
        self.servers().map(|server| server.limits().handshake_timeout).max().unwrap_or_default()
    }
}
