//! Hosts as headers and settings name them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::BuildError;

/// A host, and a port if there is one: `example.com`, `127.0.0.1:3000`, `[::1]:3000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    pub(crate) host: Host,
    pub(crate) port: Option<u16>,
}

/// A host. Names are in lower case; `example.com.` is another one than `example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Name(String),
    V6(Ipv6Addr),
}

impl HostPort {
    /// Reads what browsers write, and nothing else: no user, no path, no escapes, no white space.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, rest) = match text.strip_prefix('[') {
            Some(address) => {
                let (address, rest) = address.split_once(']')?;
                (Host::V6(address.parse().ok()?), rest)
            }
            None => {
                let (name, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
                let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                if name.is_empty() || !name.bytes().all(of_name) {
                    return None;
                }
                (Host::Name(name.to_ascii_lowercase()), rest)
            }
        };
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => None,
            // `parse` would take a sign.
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(port.parse().ok()?),
            _ => return None,
        };
        Some(Self { host, port })
    }
}

impl Host {
    /// Whether it can be nothing but this machine, whatever a name server says.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => {
                name == "localhost"
                    || name.ends_with(".localhost")
                    || name.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
            }
            Self::V6(address) => IpAddr::V6(*address).to_canonical().is_loopback(),
        }
    }
}

/// By which hosts a server may be asked for.
#[derive(Debug, Default)]
pub(crate) struct Hosts(Vec<HostPort>);

impl Hosts {
    pub(crate) fn parse(hosts: &[String]) -> Result<Self, BuildError> {
        let parse = |host: &String| HostPort::parse(host).ok_or_else(|| BuildError::Host(host.clone()));
        hosts.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether none is listed.
    pub(crate) fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Without hosts, every one. One without a port stands for all its ports.
    pub(crate) fn allow(&self, asked: &HostPort) -> bool {
        let is_asked =
            |host: &HostPort| host.host == asked.host && (host.port.is_none() || host.port == asked.port);
        self.0.is_empty() || self.0.iter().any(is_asked)
    }
}
