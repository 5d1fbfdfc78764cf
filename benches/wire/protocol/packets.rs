//! Ours. `PROTOCOL.md` has the bytes.

use std::sync::LazyLock;

use packets_core::{Bundle, PacketId};

use super::{LARGE, MANY, Operation, Protocol};
use crate::generator::{Frames, Message};
use crate::peer::packets::{Blob, Move, Moved, Shout, called, registry};

pub(crate) struct Packets {
    heads: LazyLock<Heads>,
    supports: fn(Operation) -> bool,
}

/// Of a server with 10 packets registered.
pub(crate) static PACKETS: Packets = Packets { heads: LazyLock::new(|| Heads::of(10)), supports: |_| true };

/// With 100.
pub(crate) static PACKETS_100: Packets =
    Packets { heads: LazyLock::new(|| Heads::of(100)), supports: |_| true };

/// With 1,000.
pub(crate) static PACKETS_1000: Packets =
    Packets { heads: LazyLock::new(|| Heads::of(1_000)), supports: |_| true };

/// Of a server that knows some of the 10 packets.
pub(crate) static DECODING: Packets = Packets {
    heads: LazyLock::new(|| Heads::of(10)),
    supports: |operation| matches!(operation, Operation::Call | Operation::Emit | Operation::Bundle),
};

const PACKET: u32 = 0;
const CALL: u32 = 1;
const REPLY: u8 = 2;

/// HELLO, but for the digest, and the largest message taken: 128 MiB.
const HELLO: [u8; 2] = [1 << 3 | 5, 1];
const MAX_MESSAGE: [u8; 4] = [0x80, 0x80, 0x80, 0x40];

/// A packet's body.
const BODY: [u8; 32] = [0; 32];

/// What the frames of each packet begin with.
struct Heads {
    call: Vec<u8>,
    large: Vec<u8>,
    emit: Vec<u8>,
    broadcast: Vec<u8>,
    bundle: Vec<u8>,
    /// The body of a bundle, and of a large packet.
    bundled: Vec<u8>,
    blob: Vec<u8>,
    /// A call's, for each packet of many.
    each: Vec<Vec<u8>>,
}

impl Heads {
    fn of(packets: usize) -> Self {
        let registry = registry(packets);
        let head = |kind: u32, id: Option<PacketId>| {
            varuint(u32::from(id.expect("it is gathered").number()) << 3 | kind)
        };
        let call = registry.id_of::<Move>().expect("it is gathered").number();
        let mut item = (BODY.len() as u32).to_le_bytes().to_vec();
        item.extend(call.to_le_bytes());
        item.extend(BODY);
        let prefixed = |bytes: Vec<u8>| [varuint(bytes.len() as u32), bytes].concat();
        Self {
            call: head(CALL, registry.id_of::<Move>()),
            large: head(CALL, registry.id_of::<Blob>()),
            emit: head(PACKET, registry.id_of::<Moved>()),
            broadcast: head(PACKET, registry.id_of::<Shout>()),
            bundle: head(CALL, registry.id_of::<Bundle>()),
            bundled: prefixed(item.repeat(MANY)),
            blob: prefixed(vec![0; LARGE]),
            each: called(packets).iter().map(|called| head(CALL, registry.id_named(called.name))).collect(),
        }
    }
}

impl Protocol for Packets {
    fn greetings(&self) -> usize {
        1
    }

    fn greet(&self, welcome: Message<'_>, frames: &mut Frames) -> bool {
        let Message::Binary(welcome) = welcome else { panic!("no WELCOME") };
        // Behind the head, the version and the session; it is the same program.
        let digest = &welcome[19..27];
        frames.binary(&[&HELLO, digest, &MAX_MESSAGE]);
        true
    }

    fn supports(&self, operation: Operation) -> bool {
        (self.supports)(operation)
    }

    fn request(&self, operation: Operation, number: &mut u32, frames: &mut Frames) -> u32 {
        // The number's varuint and that of the time left, which is not limited.
        let call = (*number % 0x3fff + 1) as u16;
        let call = [0x80 | call as u8, (call >> 7) as u8 & 0x7f, 0];
        let call: &[u8] = if call[1] == 0 { &[call[0] & 0x7f, 0] } else { &call };
        let heads = &*self.heads;
        match operation {
            Operation::Call => frames.binary(&[&heads.call, call, &BODY]),
            Operation::Each => {
                let head = &heads.each[*number as usize % heads.each.len()];
                frames.binary(&[head, call, &BODY]);
            }
            Operation::Large => frames.binary(&[&heads.large, call, &heads.blob]),
            Operation::Bundle => frames.binary(&[&heads.bundle, call, &heads.bundled]),
            Operation::Broadcast => frames.binary(&[&heads.broadcast, &BODY]),
            Operation::Emit => {
                (0..MANY).for_each(|_| frames.binary(&[&heads.emit, &BODY]));
                frames.binary(&[&heads.call, call, &BODY]);
            }
        }
        1
    }

    fn is_answer(&self, message: Message<'_>) -> bool {
        let Message::Binary([head, ..]) = message else { panic!("no frame") };
        // A reply, or a packet that was sent to all.
        assert!(matches!(head & 7, 0 | REPLY), "{message:?}");
        true
    }
}

fn varuint(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
