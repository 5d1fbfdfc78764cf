//! The HTTP request by which a client asks for its socket.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::cluster::Link;
use crate::extensions::Extensions;
use crate::head::Head;

/// The HTTP request by which a client asks for its socket.
///
/// The [request hook](crate::ServerBuilder::request) sees it before there is a socket, and later it is the
/// [socket's](crate::Socket::request). Its method is always `GET`. The path, the query and the headers are
/// 16 KiB at most; the headers of the upgrade itself, such as `Sec-WebSocket-Key`, are left out.
///
/// A client that is connected [in memory](crate::Server::serve_transport) has asked for `/`, without headers
/// and without an address.
pub struct Request {
    head: Head,
    peer: Option<SocketAddr>,
    ip: Option<IpAddr>,
    /// What is answered beside the upgrade's own headers; gone once it is answered.
    answer: Option<Box<HeaderMap>>,
    user: Option<Arc<str>>,
    /// For how long its credential is good, and when that was said.
    credential: Option<(Duration, Instant)>,
    pub(crate) extensions: Extensions,
    /// The server's.
    pub(crate) link: Arc<Link>,
}

impl Request {
    pub(crate) fn new(
        parts: &Parts,
        peer: Option<SocketAddr>,
        ip: Option<IpAddr>,
        extensions: Extensions,
        link: Arc<Link>,
    ) -> Self {
        Self {
            head: Head::new(parts),
            peer,
            ip,
            answer: None,
            user: None,
            credential: None,
            extensions,
            link,
        }
    }

    /// Of a client that is connected in memory.
    pub(crate) fn in_memory(link: Arc<Link>) -> Self {
        Self {
            head: Head::default(),
            peer: None,
            ip: None,
            answer: None,
            user: None,
            credential: None,
            extensions: Extensions::default(),
            link,
        }
    }

    /// The path, such as `/socket`, as it was sent: not decoded.
    #[must_use]
    pub fn path(&self) -> &str {
        let target = self.head.target();
        target.split_once('?').map_or(target, |(path, _)| path)
    }

    /// What stands behind the `?`, as it was sent: not decoded.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.head.target().split_once('?').map(|(_, query)| query)
    }

    /// The first value of a name in the query, decoded: `%20` and `+` are spaces.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut pairs = form_urlencoded::parse(self.query()?.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The first value of a header, if it is text. The name's case does not matter.
    #[must_use]
    pub fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        let name = name.as_ref().as_bytes();
        let (_, value) = self.head.headers().find(|(header, _)| header.eq_ignore_ascii_case(name))?;
        text(value)
    }

    /// All headers, copied into a map, for what wants one.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        self.head.to_map()
    }

    /// The first cookie of a name, as it was sent. Names have a case.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.head.headers().filter(|(header, _)| *header == b"cookie");
        let cookies = lines.filter_map(|(_, line)| text(line)).flat_map(|line| line.split(';'));
        let mut pairs = cookies.filter_map(|cookie| cookie.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The address at the other end of the connection: the client's, or that of the nearest proxy. None if
    /// the program that the server is mounted in does not tell it.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The client's IP: the [peer's](Self::peer), unless that is one of the
    /// [trusted proxies](crate::ServerBuilder::trusted_proxies), which tell whom they stand for.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// What the application knows about the client. They become the
    /// [socket's](crate::Socket::extensions).
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Puts a value, such as the user, among the [extensions](Self::extensions), in the place of the one of
    /// its type.
    pub fn insert<T: Send + Sync + 'static>(&self, value: T) -> Option<Arc<T>> {
        self.extensions.insert(value)
    }

    /// Says who the client is, by a name that no other user has, such as the id in the database. A session is
    /// [resumed](crate::Resume) only by a request of the same user, or by one of none if it began without.
    ///
    /// ```
    /// use packets_server::{Refusal, Request, Resume, Server};
    ///
    /// let server = Server::builder().resume(Resume::default()).request(|mut request: Request| async move {
    ///     let user = request.cookie("session").ok_or_else(|| Refusal::new(401, "who are you?"))?;
    ///     request.identify(format!("user of {user}")); // ask the database
    ///     Ok(request)
    /// });
    /// ```
    pub fn identify(&mut self, user: impl Into<Arc<str>>) {
        self.user = Some(user.into());
    }

    /// Who the client is, as [`identify`](Self::identify) was told.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Says for how long from now on the client's credential is good, as
    /// [`Socket::expires_in`](crate::Socket::expires_in) does. It also counts for a session that this request
    /// [resumes](crate::Resume), whatever was said for its connections before.
    pub fn expires_in(&mut self, time: Duration) {
        self.credential = Some((time, Instant::now()));
    }

    /// For how long the credential is still good, if that was said.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        self.credential.map(|(time, since)| match time {
            Duration::MAX => time,
            time => time.saturating_sub(since.elapsed()),
        })
    }

    pub(crate) fn shared_user(&self) -> Option<Arc<str>> {
        self.user.clone()
    }

    /// Adds a header to the answer that makes the connection a WebSocket, such as `Set-Cookie`. Those of the
    /// upgrade itself stay what they have to be. A [`Refusal`](crate::Refusal) has its own headers.
    pub fn answer_header(&mut self, name: HeaderName, value: HeaderValue) {
        self.answer.get_or_insert_default().append(name, value);
    }

    pub(crate) fn take_answer(&mut self) -> HeaderMap {
        self.answer.take().map(|answer| *answer).unwrap_or_default()
    }
}

fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok()
}

/// Query and headers may hold secrets, and are left out.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("path", &self.path())
            .field("peer", &self.peer)
            .field("ip", &self.ip)
            .field("extensions", &self.extensions)
            .finish_non_exhaustive()
    }
}
