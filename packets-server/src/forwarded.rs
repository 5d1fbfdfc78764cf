//! The client's address behind proxies.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use crate::error::BuildError;

/// The header in which proxies say whom they stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyHeader {
    /// `X-Forwarded-For: 203.0.113.7, 10.0.0.1`.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=203.0.113.7, for="[2001:db8::1]:4711"` (RFC 7239).
    Forwarded,
}

impl ProxyHeader {
    const fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Self::Forwarded => header::FORWARDED,
        }
    }

    /// Whom each proxy of a line says that it stands for, the last one first. None where that is no address:
    /// `unknown`, a made-up name, rubbish.
    fn hops(self, line: &str) -> impl Iterator<Item = Option<IpAddr>> {
        let hops = match self {
            Self::XForwardedFor => Some(line.split(',').collect()),
            Self::Forwarded => split(line, b','),
        };
        let hop = move |hop: &str| match self {
            Self::XForwardedFor => address(hop.trim()),
            Self::Forwarded => node(hop),
        };
        // A line that cannot be told apart is one hop without an address.
        hops.unwrap_or_else(|| vec![""]).into_iter().rev().map(hop)
    }
}

/// The proxies that are believed.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    trusted: Vec<IpNet>,
    header: ProxyHeader,
}

impl Proxies {
    pub(crate) fn parse(trusted: &[String], header: ProxyHeader) -> Result<Self, BuildError> {
        let parse = |range: &String| {
            let range = range.trim();
            let address = range.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| range.parse()).map_err(|_| BuildError::Proxy(range.to_owned()))
        };
        Ok(Self { trusted: trusted.iter().map(parse).collect::<Result<_, _>>()?, header })
    }

    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|range| range.contains(&address))
    }

    /// The client's address: whom the last proxy that is trusted stands for. Each proxy adds at the end, so
    /// the walk goes from there; what stands before the first that is not trusted anybody may have written.
    pub(crate) fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.ip().to_canonical();
        let lines = headers.get_all(self.header.name()).into_iter().rev();
        for hop in lines.flat_map(|line| self.header.hops(line.to_str().unwrap_or_default())) {
            match hop {
                Some(address) if self.trust(client) => client = address,
                _ => break,
            }
        }
        client
    }
}

/// What an element of `Forwarded` says once of whom it is for.
fn node(element: &str) -> Option<IpAddr> {
    let pairs = split(element, b';')?;
    let pairs = pairs.into_iter().filter_map(|pair| pair.split_once('='));
    let mut nodes = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case("for"));
    let (_, node) = nodes.next()?;
    let node = node.trim();
    let quoted = node.strip_prefix('"').and_then(|node| node.strip_suffix('"'));
    if nodes.next().is_some() { None } else { address(quoted.unwrap_or(node)) }
}

/// The parts between separators that are not within quotes: a proxy may quote what the client made up, such as
/// its `Host`. None if a quote is left open.
fn split(text: &str, separator: u8) -> Option<Vec<&str>> {
    let (mut parts, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match byte {
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == separator && !quoted => {
                parts.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    (!quoted).then_some(parts)
}

/// An address, in brackets or not, with a port or not.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = match bare {
        Some(bare) => bare.parse().ok().map(IpAddr::V6),
        None => text.parse().or_else(|_| text.parse().map(|address: SocketAddr| address.ip())).ok(),
    };
    address.map(|address| address.to_canonical())
}
