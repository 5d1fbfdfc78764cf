//! What a request for a WebSocket has to get past.

use std::any::Any;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderMap, header};
use packets_core::net::Escaped;

use crate::admission::{Admission, Place};
use crate::builder::ServerBuilder;
use crate::cluster::Link;
use crate::error::BuildError;
use crate::extensions::Extensions;
use crate::forwarded::{Proxies, ProxyHeader};
use crate::handshake::{self, only};
use crate::host::{HostPort, Hosts};
use crate::origin::{OriginCheck, Origins};
use crate::refusal::{Refusal, without_framing};
use crate::request::Request;

/// Who gets a socket, and who does not.
impl ServerBuilder {
    /// Sees each request for a WebSocket before it is answered: lets it in with `Ok(request)`, with what it
    /// has found out [put in](Request::insert), or refuses it with a [`Refusal`]. Any other error is a refusal
    /// with 500, and so is a panic. Another hook replaces it.
    ///
    /// It may take as long as the [handshake](crate::ConnectionLimits::handshake_timeout); beyond that it is
    /// dropped and the client answered with 503. When the client goes, it is dropped, too. A client that is
    /// connected [in memory](crate::Server::serve_transport) does not pass it.
    ///
    /// ```
    /// use packets_server::{Refusal, Request, Server, Socket};
    ///
    /// struct User(String);
    ///
    /// let server = Server::builder()
    ///     .request(|request: Request| async move {
    ///         let Some(session) = request.cookie("session") else {
    ///             return Err(Refusal::new(401, "who are you?"));
    ///         };
    ///         let user = User(session.to_owned()); // ask the database
    ///         request.insert(user);
    ///         Ok(request)
    ///     })
    ///     .connect(|socket: Socket| async move {
    ///         assert!(socket.user::<User>().is_some());
    ///     })
    ///     .defaults_only()
    ///     .build()?;
    /// # Ok::<(), packets_server::BuildError>(())
    /// ```
    pub fn request<F>(mut self, hook: impl Fn(Request) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Request, Refusal>> + Send + 'static,
    {
        self.gate.hook = Some(Box::new(move |request| Box::pin(hook(request))));
        self
    }

    /// From which pages browsers may connect. From those of the [same host](Origins::same_host). Others are
    /// refused with 403.
    pub fn origins(mut self, origins: Origins) -> Self {
        self.gate.origins = origins;
        self
    }

    /// By which hosts the server may be asked for, such as `example.com`, `127.0.0.1:3000` or `[::1]`; one
    /// without a port stands for all its ports. By any, unless this is called. Others are refused with 421.
    pub fn hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.gate.hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// The addresses of proxies in front of the server, such as `10.0.0.0/8`, `127.0.0.1` or `fd00::/8`. Only
    /// from them it is believed [whom they stand for](Request::ip). None, unless this is called.
    ///
    /// Each proxy has to add the address it was called from to the [header](Self::proxy_header). The header
    /// is read from its end up to the first address that is no trusted proxy's; what is no address ends the
    /// reading, too, at the proxy that wrote it.
    pub fn trusted_proxies(mut self, ranges: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.gate.proxies = ranges.into_iter().map(Into::into).collect();
        self
    }

    /// The header in which the trusted proxies say whom they stand for. `X-Forwarded-For`. The other one is
    /// not looked at, as proxies pass on what they do not know, whoever wrote it.
    pub fn proxy_header(mut self, header: ProxyHeader) -> Self {
        self.gate.proxy_header = header;
        self
    }
}

type Hook =
    Box<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Result<Request, Refusal>> + Send>> + Send + Sync>;

/// The settings of a [`Gate`], as they were given.
#[derive(Default)]
pub(crate) struct GateBuilder {
    pub(crate) hook: Option<Hook>,
    pub(crate) origins: Origins,
    pub(crate) hosts: Vec<String>,
    pub(crate) proxies: Vec<String>,
    pub(crate) proxy_header: ProxyHeader,
}

impl GateBuilder {
    pub(crate) fn build(self) -> Result<Gate, BuildError> {
        Ok(Gate {
            hook: self.hook,
            origins: self.origins.check()?,
            hosts: Hosts::parse(&self.hosts)?,
            proxies: Proxies::parse(&self.proxies, self.proxy_header)?,
        })
    }
}

/// What a request for a WebSocket has to get past.
pub(crate) struct Gate {
    hook: Option<Hook>,
    origins: OriginCheck,
    hosts: Hosts,
    proxies: Proxies,
}

impl Gate {
    /// The request as its socket will have it, and the headers to answer it with.
    pub(crate) async fn admit(
        &self,
        parts: &Parts,
        peer: Option<SocketAddr>,
        extensions: Extensions,
        admission: &Admission,
        link: &Arc<Link>,
    ) -> Result<(Request, HeaderMap, Place), Refusal> {
        let handshake = handshake::answer(parts)?;
        self.check_host(&parts.headers, peer)?;
        let ip = peer.map(|peer| self.proxies.client(peer, &parts.headers));
        // Before the application has any work with it.
        let place = admission.admit(ip)?;
        let mut request = self.ask(Request::new(parts, peer, ip, extensions, link.clone())).await?;
        let mut headers = HeaderMap::new();
        for (name, value) in without_framing(request.take_answer()) {
            headers.append(name, value);
        }
        for (name, value) in handshake.iter() {
            headers.insert(name, value.clone());
        }
        Ok((request, headers, place))
    }

    /// Whether the host that is asked for is ours, and the page that asks may.
    fn check_host(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Result<(), Refusal> {
        let Some(host) = only(headers, header::HOST).and_then(HostPort::parse) else {
            return Err(Refusal::new(400, "`Host` has to name the server, once"));
        };
        if !self.hosts.allow(&host) {
            return Err(Refusal::new(421, "this server is asked for by another host"));
        }
        let local = |ip: IpAddr| ip.to_canonical().is_loopback() && !self.proxies.trust(ip);
        let rebound = self.hosts.is_any() && peer.is_some_and(|peer| local(peer.ip()));
        let is_allowed = match only(headers, header::ORIGIN) {
            Some(origin) => self.origins.allows(origin, &host, rebound),
            None => !headers.contains_key(header::ORIGIN),
        };
        if is_allowed { Ok(()) } else { Err(Refusal::new(403, "pages of this origin may not connect")) }
    }

    /// Whether the application lets the request in.
    async fn ask(&self, request: Request) -> Result<Request, Refusal> {
        let Some(hook) = &self.hook else { return Ok(request) };
        let asked = AssertUnwindSafe(async { hook(request).await }).catch_unwind().await;
        asked.unwrap_or_else(|panic: Box<dyn Any + Send>| {
            let message = panic.downcast_ref::<&str>().copied();
            let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            let panic = message.map(|message| tracing::field::display(Escaped(message)));
            tracing::error!(panic, "the request hook panicked");
            Err(Refusal::new(500, "error"))
        })
    }
}
