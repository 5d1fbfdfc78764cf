//! What a client is told that gets no socket.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::Full;
use packets_core::net::Figures;

/// What a [`Server`](crate::Server) answers over HTTP.
pub type Response = http::Response<Full<Bytes>>;

/// What a client is told that gets no socket: a status, a line of text, and headers.
///
/// Any [`Error`](std::error::Error) becomes one with `?`: status 500 and `error`, with the error's own text
/// only if the server [exposes errors](crate::ServerBuilder::expose_errors).
///
/// ```
/// use packets_server::Refusal;
/// use packets_server::http::{HeaderValue, header};
///
/// let refusal = Refusal::new(401, "who are you?")
///     .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
/// assert_eq!(refusal.status(), 401);
/// ```
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    text: Text,
    headers: Box<HeaderMap>,
}

#[derive(Debug)]
enum Text {
    Told(String),
    /// Told if errors are exposed.
    Error(Box<dyn std::error::Error + Send + Sync>),
}

impl Refusal {
    /// A refusal. The status is one of 300 to 599; others become 500.
    #[must_use]
    pub fn new(status: u16, text: impl Into<String>) -> Self {
        let status = if (300..600).contains(&status) { status } else { 500 };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, text: Text::Told(text.into()), headers: Box::default() }
    }

    /// Adds a header, such as `WWW-Authenticate` or the `Location` of a redirect.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The error that it comes of, if it is not the application's own refusal.
    pub(crate) fn error(&self) -> Option<&(dyn std::error::Error + Send + Sync)> {
        match &self.text {
            Text::Told(_) => None,
            Text::Error(error) => Some(&**error),
        }
    }

    /// The answer. After it the connection is closed, so that nothing that was sent behind the request is
    /// taken for another one.
    pub(crate) fn into_response(self, expose_errors: bool) -> Response {
        Figures::refused(self.status());
        let mut text = match self.text {
            Text::Told(text) => text,
            Text::Error(error) if expose_errors => error.to_string(),
            Text::Error(_) => "error".to_owned(),
        };
        text.push('\n');
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        for name in self.headers.keys() {
            headers.remove(name);
        }
        for (name, value) in without_framing(*self.headers) {
            headers.append(name, value);
        }
        // Who names a protocol to upgrade to has to say that this is about the connection.
        let upgrade = headers.contains_key(header::UPGRADE);
        let connection = HeaderValue::from_static(if upgrade { "close, upgrade" } else { "close" });
        headers.insert(header::CONNECTION, connection);
        response
    }
}

/// An application's headers, but for those that say where the answer ends and what the connection becomes.
pub(crate) fn without_framing(mut headers: HeaderMap) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    for name in [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        headers.remove(name);
    }
    let mut last = None;
    headers.into_iter().filter_map(move |(name, value)| {
        // A header's name comes once, with its first value.
        last = name.or_else(|| last.take());
        Some((last.clone()?, value))
    })
}

/// It cannot itself be a [`std::error::Error`], as that would make converting one into another ambiguous.
impl<E: std::error::Error + Send + Sync + 'static> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self { text: Text::Error(Box::new(error)), ..Self::new(500, "") }
    }
}
