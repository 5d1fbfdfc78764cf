//! Where a server is, and where it may send its clients.

use http::Uri;
use http::uri::PathAndQuery;

use crate::error::ConnectError;

/// Where a server may move its client to with a [`Redirect`](crate::Redirect).
///
/// The client takes its headers and its token there. From `wss` it is never moved to `ws`. A redirect that is
/// not allowed is rejected with 403, and the connection stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedirectPolicy {
    /// Another path or port of the same host.
    #[default]
    SameHost,
    /// Anywhere.
    Any,
    /// Nowhere.
    None,
}

impl RedirectPolicy {
    pub(crate) fn allows(self, from: &Uri, to: &Uri) -> bool {
        let keeps_tls = !is_secure(from) || is_secure(to);
        let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
        keeps_tls
            && match self {
                Self::SameHost => host(from) == host(to),
                Self::Any => true,
                Self::None => false,
            }
    }
}

/// Whether the server is reached by TLS.
pub(crate) fn is_secure(location: &Uri) -> bool {
    location.scheme_str() == Some("wss")
}

/// Reads a URL of a WebSocket.
pub(crate) fn parse(url: &str) -> Result<Uri, ConnectError> {
    let location: Option<Uri> = url.parse().ok();
    location.filter(is_websocket).ok_or_else(|| ConnectError::Url(url.to_owned()))
}

/// Reads a URL, or a path on the server at `base`.
pub(crate) fn resolve(base: &Uri, location: &str) -> Result<Uri, ConnectError> {
    if location.starts_with("//") {
        return parse(&format!("{}:{location}", base.scheme_str().unwrap_or_default()));
    }
    if !location.starts_with('/') {
        return parse(location);
    }
    let no_url = || ConnectError::Url(location.to_owned());
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(location.parse::<PathAndQuery>().map_err(|_| no_url())?);
    Uri::from_parts(parts).map_err(|_| no_url())
}

fn is_websocket(location: &Uri) -> bool {
    matches!(location.scheme_str(), Some("ws" | "wss"))
        && location.host().is_some_and(|host| !host.is_empty())
}
