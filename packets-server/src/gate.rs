//! What a request for a WebSocket has to get past.

use std::any::Any;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderMap, header};

use crate::admission::{Admission, Place};
use crate::error::BuildError;
use crate::extensions::Extensions;
use crate::forwarded::{Proxies, ProxyHeader};
use crate::handshake::{self, only};
use crate::host::{HostPort, Hosts};
use crate::origin::{OriginCheck, Origins};
use crate::refusal::{Refusal, without_framing};
use crate::request::Request;

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
    ) -> Result<(Request, HeaderMap, Place), Refusal> {
        let handshake = handshake::answer(parts)?;
        self.check_host(&parts.headers, peer)?;
        let ip = peer.map(|peer| self.proxies.client(peer, &parts.headers));
        // Before the application has any work with it.
        let place = admission.admit(ip)?;
        let mut request = self.ask(Request::new(parts, peer, ip, extensions)).await?;
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
            tracing::error!(message, "the request hook panicked");
            Err(Refusal::new(500, "error"))
        })
    }
}
