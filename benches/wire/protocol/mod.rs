//! What the generator says to the servers, and what it understands of them: one protocol a file.

mod json_rpc;
mod packets;
mod raw;
mod socket_io;
mod tarpc;

use crate::generator::{Frames, Framing, Message};

pub(crate) use self::json_rpc::JsonRpc;
pub(crate) use self::packets::{DECODING, PACKETS, PACKETS_100, PACKETS_1000};
pub(crate) use self::raw::{BROADCAST, ECHO, Raw};
pub(crate) use self::socket_io::{BinarySocketIo, SocketIo};
pub(crate) use self::tarpc::Tarpc;

/// What is asked of a server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// To answer a packet of 32 bytes with the same.
    Call,
    /// To answer 60 KiB with the same.
    Large,
    /// To take 64 packets of 32 bytes, and to answer one after them.
    Emit,
    /// To answer 64 packets of 32 bytes that come at once, in one packet if there is such a thing.
    Bundle,
    /// To send a packet of 32 bytes to everybody.
    Broadcast,
    /// What `Call` is, with one type of packet after the other.
    Each,
}

/// Of such an operation.
pub(crate) const MANY: usize = 64;

/// The bytes of a large packet.
pub(crate) const LARGE: usize = 60 << 10;

impl Operation {
    /// How many packets it counts as.
    pub(crate) const fn packets(self) -> u64 {
        match self {
            Self::Call | Self::Large | Self::Broadcast | Self::Each => 1,
            Self::Emit | Self::Bundle => MANY as u64,
        }
    }
}

pub(crate) trait Protocol: Sync {
    fn framing(&self) -> Framing {
        Framing::WebSocket
    }

    /// Of the WebSocket's request.
    fn path(&self) -> &'static str {
        "/"
    }

    /// How many messages the server sends before packets can flow.
    fn greetings(&self) -> usize {
        0
    }

    /// Answers one of them, if it is to be. False if the message is none.
    fn greet(&self, message: Message<'_>, frames: &mut Frames) -> bool {
        let _ = (message, frames);
        false
    }

    fn supports(&self, operation: Operation) -> bool;

    /// Adds a request, and says how many answers there will be. Requests are numbered: one that needs more numbers
    /// than the one it is given takes those behind it.
    fn request(&self, operation: Operation, number: &mut u32, frames: &mut Frames) -> u32;

    /// Whether a message is an answer, or the last one of several that make one.
    fn is_answer(&self, message: Message<'_>) -> bool;
}
