//! CONTROL frames: how the two ends greet each other and agree on schemas.

use bytes::Bytes;

use crate::codec::{Reader, Writer};
use crate::error::DecodeError;
use crate::manifest::Manifest;
use crate::schema::{Fingerprint, Schema};

/// The version of the protocol spoken here.
pub const VERSION: u32 = 1;

/// The WebSocket subprotocol that names it.
pub const SUBPROTOCOL: &str = "packets.v1";

/// A CONTROL frame. Receivers ignore what follows the fields they know, and numbers they do not know, so
/// that later versions can add to them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Control {
    /// The server's first frame.
    Welcome(Welcome),
    /// The client's first frame.
    Hello(Hello),
    /// The client wants the server's manifest.
    ManifestRequest,
    /// All packets of the server.
    Manifest(Manifest),
    /// The server is about to close the connection.
    GoAway(GoAway),
    /// One that this version does not know.
    Unknown(u32),
}

/// What the server says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Welcome {
    /// The protocol's version.
    pub version: u32,
    /// The session's id: 16 bytes.
    pub session: Bytes,
    /// The digest of the server's registry.
    pub digest: Fingerprint,
    /// The largest message the server takes, in bytes.
    pub max_message: u32,
    /// How many milliseconds of silence the server lets pass before it sends a ping.
    pub heartbeat: u32,
}

/// What the client says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Hello {
    /// The protocol's version.
    pub version: u32,
    /// The digest of the client's registry.
    pub digest: Fingerprint,
    /// The largest message the client takes, in bytes.
    pub max_message: u32,
}

/// How the server lets its client go.
#[derive(Clone, Debug, PartialEq)]
pub struct GoAway {
    /// How many milliseconds running calls have left to finish. Those that begin later are rejected.
    pub time_left: u32,
}

impl Control {
    pub(crate) const fn number(&self) -> u32 {
        match self {
            Self::Welcome(_) => 0,
            Self::Hello(_) => 1,
            Self::ManifestRequest => 2,
            Self::Manifest(_) => 3,
            Self::GoAway(_) => 6,
            Self::Unknown(number) => *number,
        }
    }

    pub(crate) fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Welcome(welcome) => {
                writer.varuint(welcome.version);
                welcome.session.encode(writer);
                welcome.digest.0.encode(writer);
                writer.varuint(welcome.max_message);
                writer.varuint(welcome.heartbeat);
            }
            Self::Hello(hello) => {
                writer.varuint(hello.version);
                hello.digest.0.encode(writer);
                writer.varuint(hello.max_message);
            }
            Self::Manifest(manifest) => manifest.encode(writer),
            Self::GoAway(go_away) => writer.varuint(go_away.time_left),
            Self::ManifestRequest | Self::Unknown(_) => {}
        }
    }

    pub(crate) fn decode(number: u32, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match number {
            0 => Self::Welcome(Welcome {
                version: reader.varuint()?,
                session: Bytes::decode(reader)?,
                digest: Fingerprint(u64::decode(reader)?),
                max_message: reader.varuint()?,
                heartbeat: reader.varuint()?,
            }),
            1 => Self::Hello(Hello {
                version: reader.varuint()?,
                digest: Fingerprint(u64::decode(reader)?),
                max_message: reader.varuint()?,
            }),
            2 => Self::ManifestRequest,
            3 => Self::Manifest(Manifest::decode(reader)?),
            6 => Self::GoAway(GoAway { time_left: reader.varuint()? }),
            number => Self::Unknown(number),
        })
    }
}
