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
    /// What became of the session that the client wants to go on with.
    Resumed(Resumed),
    /// The number behind the last frame that this end has received.
    Ack(u64),
    /// The server is about to close the connection.
    GoAway(GoAway),
    /// The client has another credential.
    Renew(Credential),
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
    /// By what the session can be resumed, if it can be.
    pub offer: Option<Offer>,
}

/// By what a session can be resumed.
#[derive(Clone, PartialEq)]
pub struct Offer {
    /// 32 random bytes, which only this client knows.
    pub token: Bytes,
    /// How many milliseconds the session is kept without a connection.
    pub keep: u32,
}

/// The token is a secret.
impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer").field("keep", &self.keep).finish_non_exhaustive()
    }
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
    /// Which session it wants to go on with; absent if it never wants to.
    pub resume: Option<Resume>,
}

/// Which session a client wants to go on with.
#[derive(Clone, PartialEq)]
pub struct Resume {
    /// The tokens that the session may have, 32 bytes each; none for a new session.
    pub tokens: Bytes,
    /// Where the client stands in it.
    pub position: Position,
}

/// The tokens are secrets.
impl std::fmt::Debug for Resume {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resume").field("position", &self.position).finish_non_exhaustive()
    }
}

/// The largest number of a frame, which no session reaches. JavaScript counts so far.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Where an end stands in a session. Each direction numbers its frames from 0, those of CONTROL left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The number behind the last frame that it has received.
    pub received: u64,
    /// The number of the first frame that it can still send.
    pub first: u64,
}

/// What became of the session that a client wants to go on with.
#[derive(Clone, Debug, PartialEq)]
pub struct Resumed {
    /// Where the server stands in it; absent if the session is a new one.
    pub position: Option<Position>,
}

/// How the server lets its client go.
#[derive(Clone, Debug, PartialEq)]
pub struct GoAway {
    /// How many milliseconds running calls have left to finish. Those that begin later are rejected.
    pub time_left: u32,
}

/// What a client wants to be known by, such as a token. It is a secret, and so does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(String);

impl Credential {
    /// A credential of this text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

impl Control {
    pub(crate) const fn number(&self) -> u32 {
        match self {
            Self::Welcome(_) => 0,
            Self::Hello(_) => 1,
            Self::ManifestRequest => 2,
            Self::Manifest(_) => 3,
            Self::Resumed(_) => 4,
            Self::Ack(_) => 5,
            Self::GoAway(_) => 6,
            Self::Renew(_) => 7,
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
                if let Some(offer) = &welcome.offer {
                    offer.token.encode(writer);
                    writer.varuint(offer.keep);
                }
            }
            Self::Hello(hello) => {
                writer.varuint(hello.version);
                hello.digest.0.encode(writer);
                writer.varuint(hello.max_message);
                if let Some(resume) = &hello.resume {
                    resume.tokens.encode(writer);
                    resume.position.encode(writer);
                }
            }
            Self::Manifest(manifest) => manifest.encode(writer),
            Self::Resumed(resumed) => {
                writer.varuint(resumed.position.is_none().into());
                resumed.position.unwrap_or_default().encode(writer);
            }
            Self::Ack(received) => received.encode(writer),
            Self::GoAway(go_away) => writer.varuint(go_away.time_left),
            Self::Renew(credential) => credential.0.encode(writer),
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
                offer: Offer::decode(reader)?,
            }),
            1 => Self::Hello(Hello {
                version: reader.varuint()?,
                digest: Fingerprint(u64::decode(reader)?),
                max_message: reader.varuint()?,
                resume: Resume::decode(reader)?,
            }),
            2 => Self::ManifestRequest,
            3 => Self::Manifest(Manifest::decode(reader)?),
            4 => {
                let is_new = reader.varuint()? != 0;
                let position = Position::decode(reader)?;
                Self::Resumed(Resumed { position: (!is_new).then_some(position) })
            }
            5 => Self::Ack(u64::decode(reader)?),
            6 => Self::GoAway(GoAway { time_left: reader.varuint()? }),
            7 => Self::Renew(Credential(String::decode(reader)?)),
            number => Self::Unknown(number),
        })
    }
}

/// What ends of earlier builds leave out is absent.
impl Offer {
    fn decode(reader: &mut Reader<'_>) -> Result<Option<Self>, DecodeError> {
        if reader.remaining() == 0 {
            return Ok(None);
        }
        let (token, keep) = (Bytes::decode(reader)?, reader.varuint()?);
        Ok((!token.is_empty()).then_some(Self { token, keep }))
    }
}

impl Resume {
    fn decode(reader: &mut Reader<'_>) -> Result<Option<Self>, DecodeError> {
        if reader.remaining() == 0 {
            return Ok(None);
        }
        Ok(Some(Self { tokens: Bytes::decode(reader)?, position: Position::decode(reader)? }))
    }
}

impl Position {
    fn encode(self, writer: &mut Writer) {
        self.received.encode(writer);
        self.first.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let position = Self { received: u64::decode(reader)?, first: u64::decode(reader)? };
        // From there on it is counted.
        if position.received.max(position.first) > MAX_NUMBER {
            Err(DecodeError::OutOfRange)
        } else {
            Ok(position)
        }
    }
}
