//! What nodes say to each other: PROTOCOL.md, section 10.

use bytes::Bytes;
use packets_core::Schema;
use packets_core::codec::Text;

/// What stands before every [`Content`]. All of its fields have a fixed size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Schema)]
pub(crate) struct Header {
    /// When the node started, in microseconds since 1970: tells two of one id apart.
    pub(crate) epoch: u64,
    /// [`EMITTER`], or nothing.
    pub(crate) flags: u8,
    pub(crate) origin: [u8; 16],
    /// The message's own number among those that the origin has told all nodes, from 1. What is not counted has
    /// that of the last one.
    pub(crate) sequence: u64,
}

/// The bytes of a [`Header`].
pub(crate) const HEADER: usize = 8 + 1 + 16 + 8;

/// The origin is asked nothing.
pub(crate) const EMITTER: u8 = 1;

/// What a message says.
#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) enum Content {
    /// To all: here is somebody new, who are you?
    Hello,
    /// To who said hello.
    Here,
    /// To all, now and then.
    Heartbeat,
    /// To all: never to be heard of again.
    Goodbye,
    /// To oneself.
    Probe,
    /// To all.
    Question(Question),
    /// To all: nobody waits for the answers to this question any more.
    Cancel(u64),
    /// To who has asked.
    Answer(Answer),
}

/// How the sequence of a message counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// It has a number of its own.
    One,
    /// It tells that of the last one.
    Last,
    /// It goes beside the others, to one node.
    Beside,
}

impl Content {
    pub(crate) const fn count(&self) -> Count {
        match self {
            Self::Hello | Self::Heartbeat | Self::Goodbye => Count::Last,
            Self::Here | Self::Probe | Self::Answer(_) => Count::Beside,
            Self::Question(_) | Self::Cancel(_) => Count::One,
        }
    }
}

/// A packet, as all builds can find it.
#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) struct Carried {
    pub(crate) body: Bytes,
    /// Of its schema and its response's.
    pub(crate) fingerprint: u64,
    pub(crate) name: Text,
}

#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) struct Question {
    pub(crate) ask: Ask,
    /// The asker's own.
    pub(crate) number: u64,
    /// For how long the asker waits, in milliseconds.
    pub(crate) time: u32,
}

#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) enum Ask {
    /// The intercom acceptors.
    Intercom(Carried),
}

#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) struct Answer {
    /// The question's number.
    pub(crate) question: u64,
    pub(crate) reply: Reply,
}

/// What one node has to say to a question.
#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) enum Reply {
    /// The response.
    Here(Bytes),
    NotHere,
    WithoutAcceptor,
    /// The fields of a reject.
    Rejected(Bytes),
}
