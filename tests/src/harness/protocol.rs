//! The packets of the tests.

use bytes::Bytes;
use packets_core::packet::Descriptor;
use packets_core::{Packet, Registry};
use serde::{Deserialize, Serialize};

/// Nothing but its id.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false)]
pub struct Slap;

/// Answered with its text.
#[derive(Packet, Clone, Debug, PartialEq, Eq)]
#[packet(gather = false, response = String)]
pub struct Echo(pub String);

/// A number that tells packets apart.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false, response = u32)]
pub struct Count {
    /// The number.
    #[packet(varuint)]
    pub value: u32,
}

/// As large as it has to be; answered with so many bytes as it asks for.
#[derive(Packet, Clone, Debug, PartialEq, Eq)]
#[packet(gather = false, response = Bytes)]
pub struct Blob {
    /// How many bytes the answer has.
    pub answer: u32,
    /// Any bytes.
    pub content: Bytes,
}

/// Has a packed field.
#[derive(Packet, Clone, Debug, PartialEq)]
#[packet(gather = false, response = Numbers)]
#[packer("document")]
pub struct Document {
    /// By schema.
    pub id: u32,
    /// As MessagePack.
    pub document: serde_json::Value,
}

/// Packed as a whole.
#[derive(Packet, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[packet(gather = false)]
#[packer]
pub struct Numbers {
    /// The numbers.
    pub numbers: Vec<i64>,
}

/// Not in the registry.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false)]
pub struct Stray;

/// All packets of the tests but [`Stray`].
///
/// # Panics
/// Never: their names differ.
#[must_use]
pub fn registry() -> Registry {
    Registry::of([
        Descriptor::of::<Slap>(),
        Descriptor::of::<Echo>(),
        Descriptor::of::<Count>(),
        Descriptor::of::<Blob>(),
        Descriptor::of::<Document>(),
        Descriptor::of::<Numbers>(),
    ])
    .expect("a registry")
}

/// A packet's id in it.
///
/// # Panics
/// If it is not there.
#[must_use]
pub fn id<P: Packet>() -> u16 {
    registry().id_of::<P>().expect("a packet of the tests").number()
}
