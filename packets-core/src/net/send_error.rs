//! Why a packet could not be sent, or has no response.

use std::sync::Arc;

use crate::adapt::{AdaptError, Incompatible};
use crate::close::CloseReason;
use crate::error::{DecodeError, EncodeError};
use crate::reject::{Reject, ValidationError};
use crate::value::ValueError;

/// Why `send` has no response, or `emit` did not take the packet.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The other end's acceptor refused the packet, with its own code and reason.
    #[error("refused: {0}")]
    Validation(ValidationError),
    /// The other end could not answer; see the [kind](Reject::kind).
    #[error("{0}")]
    Rejected(Reject),
    /// No answer came in time. The other end may have acted on the packet, or not.
    #[error("no answer came in time")]
    Timeout,
    /// There is no connection just now, and the client does not let packets wait for one. It was not sent.
    #[error("offline")]
    Offline,
    /// The connection ended. The other end may have acted on the packet, or not.
    #[error("disconnected: {0}")]
    Disconnected(CloseReason),
    /// The two ends' schemas of the packet differ. It was not sent.
    #[error("incompatible schemas: {0}")]
    Incompatible(Arc<Incompatible>),
    /// The two ends' schemas of the packet differ, and the packet holds a value that the server's has not. It was
    /// not sent.
    #[error("cannot be adapted to the server's schema: {0}")]
    Unadaptable(Box<AdaptError>),
    /// The same of a value in the response. The other end has acted on the packet.
    #[error("the response cannot be adapted to this end's schema: {0}")]
    UnadaptableResponse(Box<AdaptError>),
    /// The server does not know the packet. It was not sent.
    #[error("the server does not know the packet `{0}`")]
    UnknownToServer(Box<str>),
    /// This end's own registry does not hold the packet.
    #[error("no packet `{0}` is in this end's registry")]
    Unregistered(Box<str>),
    /// A dehydrated packet's data does not fit its schema. It was not sent.
    #[error("{0}")]
    Data(Box<ValueError>),
    /// The packet holds a value that its schema cannot say. It was not sent.
    #[error("cannot encode `{packet}`: {error}")]
    Encode {
        /// The packet.
        packet: Box<str>,
        /// Why.
        error: EncodeError,
    },
    /// The response is not of its schema.
    #[error("the response is not of its schema: {0}")]
    Response(DecodeError),
    /// The packet is larger than the other end takes, or than this end's
    /// [`max_send`](super::ConnectionLimits::max_send). It was not sent.
    #[error("a message of {size} bytes is more than the {limit} that may be sent")]
    TooLarge {
        /// The message's size in bytes.
        size: usize,
        /// The lower of the two limits.
        limit: usize,
    },
    /// The queue of packets to be written is full; `ready().await` waits for room.
    #[error("too many packets wait to be written")]
    Full,
}

impl SendError {
    /// Why a response cannot be adapted.
    pub(super) fn of_response(error: AdaptError) -> Self {
        match error {
            AdaptError::Malformed(error) => Self::Response(error),
            error => Self::UnadaptableResponse(Box::new(error)),
        }
    }
}

impl From<AdaptError> for SendError {
    fn from(error: AdaptError) -> Self {
        Self::Unadaptable(Box::new(error))
    }
}

impl From<Reject> for SendError {
    fn from(reject: Reject) -> Self {
        match reject.kind {
            crate::RejectKind::Validation => {
                Self::Validation(ValidationError { code: reject.code, reason: reject.reason })
            }
            _ => Self::Rejected(reject),
        }
    }
}
