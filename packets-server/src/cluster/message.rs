//! What nodes say to each other: PROTOCOL.md, section 11.

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
    Probe(Probe),
    /// To all.
    Question(Question),
    /// To all: nobody waits for the answers to this question any more.
    Cancel(u64),
    /// To who has asked.
    Answer(Answer),
    /// To all.
    Emit(Emit),
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
            Self::Here | Self::Probe(_) | Self::Answer(_) => Count::Beside,
            Self::Question(_) | Self::Cancel(_) | Self::Emit(_) => Count::One,
        }
    }
}

/// Comes round if the engine is up, and shows who else has the node's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Schema)]
pub(crate) struct Probe {
    /// Random.
    pub(crate) nonce: u64,
    /// The node's own number of it, from 1.
    pub(crate) number: u64,
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
    /// Sockets.
    Send {
        choice: Choice,
        packet: Carried,
        /// How much time each has, in milliseconds, if not what is usual there.
        timeout: Option<u32>,
    },
    /// That something be done with sockets.
    Act { act: Act, choice: Choice },
}

#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) enum Act {
    List,
    Join(Text),
    Leave(Text),
    Close(Option<Closing>),
}

#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) struct Closing {
    pub(crate) code: u16,
    pub(crate) reason: Text,
}

/// Which sockets are meant.
#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) struct Choice {
    pub(crate) except: Vec<Who>,
    /// All if absent.
    pub(crate) to: Option<Vec<Who>>,
}

#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) enum Who {
    Room(Text),
    Socket([u8; 16]),
}

#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) struct Emit {
    pub(crate) choice: Choice,
    pub(crate) packet: Carried,
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
    /// Those of some sockets. More follows.
    Answers(Vec<SocketAnswer>),
    /// The ids of some sockets. More follows.
    Sockets(Vec<[u8; 16]>),
    /// All is said: about so many sockets.
    Done(u32),
}

impl Reply {
    /// Whether more follows.
    pub(crate) const fn is_part(&self) -> bool {
        matches!(self, Self::Answers(_) | Self::Sockets(_))
    }

    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Here(bytes) | Self::Rejected(bytes) => bytes.len(),
            Self::Answers(answers) => answers.iter().map(SocketAnswer::weight).sum(),
            Self::Sockets(ids) => ids.len() * 16,
            Self::NotHere | Self::WithoutAcceptor | Self::Done(_) => 0,
        }
    }
}

/// What one socket has answered.
#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) struct SocketAnswer {
    pub(crate) answered: Answered,
    pub(crate) id: [u8; 16],
}

impl SocketAnswer {
    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        let bytes = match &self.answered {
            Answered::Response(bytes) | Answered::Rejected(bytes) => bytes.len(),
            Answered::Ended(reason) => reason.len(),
            Answered::Timeout => 0,
        };
        64 + bytes
    }
}

#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) enum Answered {
    Response(Bytes),
    /// The fields of a reject.
    Rejected(Bytes),
    Timeout,
    /// Its connection has ended, for this reason.
    Ended(Text),
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTOCOL: &str = include_str!("../../../PROTOCOL.md");

    #[test]
    fn the_protocol_has_the_schemas() {
        let section = PROTOCOL.split("\n## ").find(|section| section.starts_with("11. ")).expect("a section");
        let code = section.split("```").nth(1).expect("a block");
        let mut lines = code.lines().skip(1);
        assert_eq!(lines.next(), Some(&*Header::TYPE.to_string()));
        let mut content = lines.next().expect("the content").to_owned();
        for definition in lines.filter(|line| !line.is_empty()) {
            let (name, ty) = definition.split_once(" = ").expect("a definition");
            for (before, after) in [(':', ','), (':', '}'), (':', '?'), ('[', ']')] {
                let replace = |letter: &str| format!("{before}{letter}{after}");
                content = content.replace(&replace(name), &replace(ty));
            }
        }
        // Names stand for what is defined below them.
        assert_eq!(content, Content::TYPE.to_string());
    }

    #[test]
    fn the_header_has_its_size() {
        let header = Header { epoch: 1, flags: 0, origin: [9; 16], sequence: 2 };
        assert_eq!(header.size(), HEADER);
    }
}
