//! From which pages browsers may connect.

use crate::error::BuildError;
use crate::host::{Host, HostPort};

/// From which pages browsers may connect: a page of any other origin could act in the name of whoever looks
/// at it, as the browser sends their cookies along.
///
/// An origin is a scheme, a host and a port, such as `https://example.com` or `http://localhost:8080`. They are
/// compared as a whole and exactly, but for the case and a scheme's default port. Requests without an `Origin`
/// header come from no browser and are let through; the origin `null` never is, unless any is.
///
/// ```
/// use packets_server::{Origins, Server};
///
/// let server = Server::builder()
///     .origins(Origins::same_host().and(["https://app.example.com"]))
///     .defaults_only()
///     .build()?;
/// # Ok::<(), packets_server::BuildError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Origins {
    allowed: Allowed,
    listed: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Allowed {
    Any,
    SameHost,
    Listed,
}

impl Origins {
    /// Pages of the host and port that the WebSocket is asked of, by http or https. The default.
    ///
    /// The host is what the browser says it is. Where a proxy changes the `Host` header, list the origins.
    /// When the connection comes from this machine itself, the host has to be `localhost` or a loopback
    /// address, as any page can give its own name this machine's address; unless the connection is a
    /// [trusted proxy's](crate::ServerBuilder::trusted_proxies) or the
    /// [hosts](crate::ServerBuilder::hosts) are listed.
    pub fn same_host() -> Self {
        Self { allowed: Allowed::SameHost, listed: Vec::new() }
    }

    /// These and no others.
    pub fn only(origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { allowed: Allowed::Listed, listed: Vec::new() }.and(origins)
    }

    /// All: for servers that know nobody by a cookie, a network or a machine.
    pub fn any() -> Self {
        Self { allowed: Allowed::Any, listed: Vec::new() }
    }

    /// These too.
    pub fn and(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.listed.extend(origins.into_iter().map(Into::into));
        self
    }

    pub(crate) fn check(&self) -> Result<OriginCheck, BuildError> {
        let parse = |origin: &String| Origin::parse(origin).ok_or_else(|| BuildError::Origin(origin.clone()));
        let listed = self.listed.iter().map(parse).collect::<Result<_, _>>()?;
        Ok(OriginCheck { allowed: self.allowed, listed })
    }
}

impl Default for Origins {
    fn default() -> Self {
        Self::same_host()
    }
}

/// [`Origins`] made ready to be compared.
#[derive(Debug)]
pub(crate) struct OriginCheck {
    allowed: Allowed,
    listed: Vec<Origin>,
}

impl OriginCheck {
    /// Whether a page of this origin may connect by this host. `rebound`: the host's name may be one that a
    /// page gave this machine.
    pub(crate) fn allows(&self, origin: &str, host: &HostPort, rebound: bool) -> bool {
        if self.allowed == Allowed::Any {
            return true;
        }
        let Some(origin) = Origin::parse(origin) else { return false };
        let is_here = || origin.is_of(host) && (!rebound || host.host.is_loopback());
        self.listed.contains(&origin) || self.allowed == Allowed::SameHost && is_here()
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: Host,
    /// None only for schemes without a default.
    port: Option<u16>,
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, host) = text.split_once("://")?;
        let of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if scheme.is_empty() || !scheme.bytes().all(of_scheme) {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let HostPort { host, port } = HostPort::parse(host)?;
        let port = port.or_else(|| default_port(&scheme));
        Some(Self { scheme, host, port })
    }

    /// Whether a page of this origin would call its own server so. Its scheme need not be the server's, as a
    /// proxy may have taken TLS off.
    fn is_of(&self, host: &HostPort) -> bool {
        let default = default_port(&self.scheme);
        default.is_some() && self.host == host.host && self.port == host.port.or(default)
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}
