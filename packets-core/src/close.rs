//! Why a connection ended.

use std::sync::Arc;

/// What a close message holds beside its code, in bytes.
const MAX_TEXT: usize = 123;

/// A close code that is not the application's to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not the application's: its close codes are 4000 to 4399 and 4500 to 4999")]
pub struct InvalidCloseCode(pub u16);

/// Why a connection ended, or is about to. Cheap to clone: everyone who waits gets one.
///
/// The end that closes tells the other one by a WebSocket close [code](Self::code) and the text of the reason:
///
/// | code | reason | when | a client connects again |
/// |---|---|---|---|
/// | 1000 | [`Local`](Self::Local) | the application closed it | yes |
/// | 1001 | [`ShuttingDown`](Self::ShuttingDown) | the server shuts down | yes |
/// | 1002 | [`Protocol`](Self::Protocol) | a frame that is none of WebSocket's or of this protocol | yes, later |
/// | 1003 | [`Text`](Self::Text) | a text message | yes, later |
/// | 1006 | [`Lost`](Self::Lost) | never sent: the connection broke off | yes |
/// | 1008 | [`SlowConsumer`](Self::SlowConsumer) | nothing was read for the write timeout | yes, later |
/// | 1008 | [`Flood`](Self::Flood) | too many control frames, fragments that complete no message, packets far beyond their rate | yes, later |
/// | 1009 | [`TooLarge`](Self::TooLarge) | a message beyond the limit | yes, later |
/// | 4401 | [`Unauthorized`](Self::Unauthorized) | the client's credential was refused on the connection, or its time is over | with another credential |
/// | 4406 | [`Version`](Self::Version) | another version of the protocol | no |
/// | 4408 | [`HandshakeTimeout`](Self::HandshakeTimeout) | no greeting in time | yes |
/// | 4409 | [`HeartbeatTimeout`](Self::HeartbeatTimeout) | silence in spite of pings | yes |
/// | 4410 | [`Idle`](Self::Idle) | no message for the idle timeout, if one is set | yes, later |
/// | 4000–4399, 4500–4999 | [`Application`](Self::Application) | the application closed it, with a code and a text of its own | yes |
///
/// A client does not connect again after what its own application closed. *Later* are those ends that may come again
/// unless there is another build, or another load, by then: the client's backoff goes on, however long the connection
/// held.
///
/// An end that was told sees [`Remote`](Self::Remote), with the code and the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// This end closed it.
    #[error("closed by this end")]
    Local,
    /// This end's application closed it, with a code and a text of its own.
    #[error("closed by this end: {code} {reason}")]
    Application {
        /// The code.
        code: u16,
        /// The text.
        reason: Arc<str>,
    },
    /// The other end closed it with this code and text.
    #[error("closed by the other end: {code} {reason}")]
    Remote {
        /// The WebSocket close code; 1005 if there was none.
        code: u16,
        /// The text that came with it.
        reason: Arc<str>,
    },
    /// The transport broke off.
    #[error("connection lost: {0}")]
    Lost(Arc<str>),
    /// The other end did not keep to the protocol.
    #[error("protocol error: {0}")]
    Protocol(&'static str),
    /// The other end sent a text message; packets are binary.
    #[error("a text message, where packets are binary")]
    Text,
    /// The other end sent a message beyond the limit.
    #[error("a message is beyond the limit")]
    TooLarge,
    /// The client's credential was refused when it was renewed, or its time is over.
    #[error("the credential is not good any more")]
    Unauthorized,
    /// The other end speaks another version of the protocol.
    #[error("protocol version {0}, where this end speaks 1")]
    Version(u32),
    /// The other end did not greet in time.
    #[error("the other end did not greet in time")]
    HandshakeTimeout,
    /// The other end was silent for too long.
    #[error("the other end was silent for too long")]
    HeartbeatTimeout,
    /// The other end does not read what it is sent.
    #[error("the other end reads too slowly")]
    SlowConsumer,
    /// The other end sends so much of something that it can only be meant as harm.
    #[error("the other end floods: {0}")]
    Flood(&'static str),
    /// The other end sent no message for so long that it is taken to need the connection no more.
    #[error("idle for too long")]
    Idle,
    /// The client does not try to connect again, for this reason.
    #[error("gave up connecting: {0}")]
    GaveUp(Arc<str>),
    /// This server shuts down.
    #[error("the server shuts down")]
    ShuttingDown,
}

impl CloseReason {
    /// The WebSocket close code that tells the other end.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Local => 1000,
            Self::ShuttingDown => 1001,
            Self::Protocol(_) => 1002,
            Self::Text => 1003,
            Self::Application { code, .. } | Self::Remote { code, .. } => *code,
            Self::Lost(_) | Self::GaveUp(_) => 1006,
            Self::SlowConsumer | Self::Flood(_) => 1008,
            Self::TooLarge => 1009,
            Self::Unauthorized => 4401,
            Self::Version(_) => 4406,
            Self::HandshakeTimeout => 4408,
            Self::HeartbeatTimeout => 4409,
            Self::Idle => 4410,
        }
    }

    /// The application's own, whose codes are 4000 to 4399 and 4500 to 4999. Those between are the
    /// protocol's, and those below are WebSocket's. Of the text, 123 bytes are kept.
    ///
    /// # Errors
    /// [`InvalidCloseCode`] at a code that is not the application's.
    pub fn application(code: u16, reason: &str) -> Result<Self, InvalidCloseCode> {
        match code {
            4000..=4399 | 4500..=4999 => {
                let reason = &reason[..reason.floor_char_boundary(MAX_TEXT)];
                Ok(Self::Application { code, reason: reason.into() })
            }
            _ => Err(InvalidCloseCode(code)),
        }
    }

    /// The text that tells the other end.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Application { reason, .. } => reason.as_ref().to_owned(),
            _ => self.to_string(),
        }
    }

    /// Whether what was sent before still goes out.
    pub(crate) const fn is_orderly(&self) -> bool {
        matches!(self, Self::Local | Self::Application { .. } | Self::ShuttingDown)
    }

    /// Whether there is still someone to tell.
    pub(crate) const fn is_ours(&self) -> bool {
        !matches!(self, Self::Remote { .. } | Self::Lost(_) | Self::GaveUp(_))
    }

    /// The transport broke off, as it says.
    #[doc(hidden)]
    pub fn lost(reason: impl std::fmt::Display) -> Self {
        Self::Lost(reason.to_string().into())
    }
}
