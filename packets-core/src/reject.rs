//! Why a call is refused, and how that travels.

use bytes::Bytes;

use crate::adapt::AdaptError;
use crate::codec::{Reader, Writer};
use crate::error::DecodeError;

/// An application's refusal of a packet, thrown by `validate` (or `respond`). It reaches the sender as it is.
///
/// ```
/// use packets_core::ValidationError;
/// let error = ValidationError::new(404, "no something found");
/// assert_eq!(error.to_string(), "no something found (404)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{reason} ({code})")]
pub struct ValidationError {
    /// The application's code, at most 2³¹-1; those of HTTP are customary.
    pub code: u32,
    /// For people: at most 1,024 bytes of it travel.
    pub reason: String,
}

impl ValidationError {
    /// An error of this code and reason.
    #[must_use]
    pub fn new(code: u32, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

/// The answer to a call that has no reply.
///
/// ```
/// use packets_core::{Reject, RejectKind};
/// let reject = Reject::new(RejectKind::NotAccepted, "nothing accepts `Slap` here");
/// assert_eq!(reject.to_string(), "not accepted: nothing accepts `Slap` here (404)");
/// assert_eq!(Reject::new(RejectKind::TooLarge, "too large").to_string(), "too large (413)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{} ({code})", self.more())]
pub struct Reject {
    /// Who refused it, and at which step.
    pub kind: RejectKind,
    /// The application's code for [`RejectKind::Validation`], else one customary in HTTP.
    pub code: u32,
    /// For people: at most 1,024 bytes of it travel.
    pub reason: String,
    /// MessagePack for programs; may be empty.
    pub details: Bytes,
}

/// The step at which a packet was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectKind {
    /// The application's `validate` or `respond` said no: code and reason are its own.
    Validation,
    /// The body is not of the packet's schema.
    Malformed,
    /// The other end knows no such packet.
    UnknownPacket,
    /// The two ends' schemas of the packet differ.
    Incompatible,
    /// The other end knows the packet, but nothing accepts it there.
    NotAccepted,
    /// The acceptor failed for a reason of its own.
    Failed,
    /// The acceptor panicked.
    Panicked,
    /// The deadline passed before the acceptor was done.
    DeadlinePassed,
    /// The other end has too much to do.
    Overloaded,
    /// The other end is about to close the connection.
    GoingAway,
    /// More came than the other end takes in the time.
    RateLimited,
    /// The body is larger than the other end takes of this packet.
    TooLarge,
}

impl RejectKind {
    /// All kinds in the order of their numbers on the wire, from 0.
    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Validation,
        Self::Malformed,
        Self::UnknownPacket,
        Self::Incompatible,
        Self::NotAccepted,
        Self::Failed,
        Self::Panicked,
        Self::DeadlinePassed,
        Self::Overloaded,
        Self::GoingAway,
        Self::RateLimited,
        Self::TooLarge,
    ];
    /// How many there are.
    pub(crate) const COUNT: usize = 12;
}

impl std::fmt::Display for RejectKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Validation => "refused by validation",
            Self::Malformed => "malformed body",
            Self::UnknownPacket => "unknown packet",
            Self::Incompatible => "incompatible schema",
            Self::NotAccepted => "not accepted",
            Self::Failed => "acceptor failed",
            Self::Panicked => "acceptor panicked",
            Self::DeadlinePassed => "deadline passed",
            Self::Overloaded => "overloaded",
            Self::GoingAway => "going away",
            Self::RateLimited => "rate limited",
            Self::TooLarge => "too large",
        })
    }
}

/// Longer reasons are cut.
const MAX_REASON: usize = 1_024;

impl Reject {
    /// A refusal by the framework, with the code that goes with its kind.
    #[must_use]
    pub fn new(kind: RejectKind, reason: impl Into<String>) -> Self {
        let code = match kind {
            RejectKind::Validation | RejectKind::Malformed => 400,
            RejectKind::UnknownPacket | RejectKind::NotAccepted => 404,
            RejectKind::Incompatible => 409,
            RejectKind::Failed | RejectKind::Panicked => 500,
            RejectKind::Overloaded | RejectKind::GoingAway => 503,
            RejectKind::DeadlinePassed => 504,
            RejectKind::RateLimited => 429,
            RejectKind::TooLarge => 413,
        };
        Self { kind, code, reason: reason.into(), details: Bytes::new() }
    }

    /// What the text says beyond the kind. Some rejects have no more to say.
    fn more(&self) -> String {
        if self.reason == self.kind.to_string() { String::new() } else { format!(": {}", self.reason) }
    }

    /// The most bytes [`encode`](Self::encode) writes.
    pub(crate) fn size(&self) -> usize {
        1 + 5 + 2 + self.reason.len().min(MAX_REASON) + 5 + self.details.len()
    }

    #[doc(hidden)]
    pub fn encode(&self, writer: &mut Writer) {
        let kind = RejectKind::ALL.iter().position(|kind| *kind == self.kind).unwrap_or_default();
        writer.length(kind);
        writer.varuint(self.code.min(Writer::MAX_VARUINT));
        let reason = &self.reason[..self.reason.floor_char_boundary(MAX_REASON)];
        writer.length(reason.len());
        writer.put(reason.as_bytes());
        writer.length(self.details.len());
        writer.put(&self.details);
    }

    #[doc(hidden)]
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        // A kind of a later version is at least a failure.
        let kind = RejectKind::ALL.get(reader.varuint()? as usize).copied().unwrap_or(RejectKind::Failed);
        let code = reader.varuint()?;
        let reason = str::from_utf8(reader.buffer()?).map_err(|_| DecodeError::InvalidUtf8)?.to_owned();
        let details = reader.buffer()?;
        Ok(Self { kind, code, reason, details: reader.share(details) })
    }
}

/// A packet or response of another build that has no counterpart here, or there.
impl From<AdaptError> for Reject {
    fn from(error: AdaptError) -> Self {
        match error {
            AdaptError::Malformed(error) => Self::new(RejectKind::Malformed, error.to_string()),
            error => Self::new(RejectKind::Incompatible, error.to_string()),
        }
    }
}

impl From<ValidationError> for Reject {
    fn from(error: ValidationError) -> Self {
        Self { kind: RejectKind::Validation, code: error.code, reason: error.reason, details: Bytes::new() }
    }
}
