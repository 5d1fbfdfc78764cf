//! The packets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use packets_core::codec::Packed;
use packets_core::packet::Descriptor;
use packets_core::{Packet, Registry, Schema};

pub use crate::harness::{Echo, Slap};

/// Asks where something is.
///
/// Ids from 100 on are refused.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false, response = Position)]
pub struct PositionRequest {
    /// What is looked for.
    #[packet(varuint)]
    pub id: u32,
}

/// Where something is.
#[derive(Schema, Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// From left to right.
    pub x: f32,
    /// From top to bottom.
    pub y: f32,
}

/// A field by schema, and one that may be anything. Answered with the id.
#[derive(Packet, Clone, Debug, PartialEq)]
#[packet(gather = false, response = u64)]
#[packer("document")]
pub struct AnythingField {
    /// By schema.
    pub id: u32,
    /// As MessagePack.
    pub document: serde_json::Value,
}

/// Answered with so many bytes as it asks for.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false, response = Bytes)]
pub struct Blob {
    /// How many.
    pub size: u32,
}

/// Answered when nobody waits any more: never.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false)]
pub struct Wait;

/// How many [`Wait`]s were cancelled, or ended with their connection.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false, response = u32)]
pub struct Cancelled;

/// The server asks back who it is, and answers with what it is told, or with why not.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false, response = Result<String, String>)]
pub struct AskMe;

/// A question to the client.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false, response = String)]
pub struct WhoAreYou;

/// Sent back, in order.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false)]
pub struct Number(pub u32);

/// Answered with itself. The client's own schema has other fields.
#[derive(Packet, Clone, Debug, PartialEq, Eq)]
#[packet(gather = false, response = Profile)]
pub struct Profile {
    /// Who.
    pub name: String,
    /// Once it was smaller.
    pub score: u32,
    /// Older programs do not have it.
    #[packet(default)]
    pub title: Title,
}

/// How someone is called.
#[derive(Schema, Clone, Debug, PartialEq, Eq)]
pub struct Title(pub String);

impl Default for Title {
    fn default() -> Self {
        Self("Dr".to_owned())
    }
}

/// The server redirects the client, and answers with what comes of it.
#[derive(Packet, Clone, Debug, PartialEq, Eq)]
#[packet(gather = false, response = Result<(), String>)]
pub struct Navigate(pub String);

/// All kinds of types. Answered with itself.
#[derive(Packet, Clone, Debug, PartialEq)]
#[packet(gather = false, response = Rich)]
#[packer("document")]
pub struct Rich {
    /// Sixty-four bits, exactly.
    pub big: i64,
    /// A hundred and twenty-eight.
    pub bigger: (u128, i128),
    pub flag: bool,
    pub small: (i8, u8, i16, u16, i32, u32),
    pub floats: [f32; 3],
    pub double: f64,
    #[packet(varuint)]
    pub count: u32,
    #[packet(varint)]
    pub offset: i32,
    pub letter: char,
    pub name: Option<String>,
    /// An option of an option is a list.
    pub nested: Option<Option<bool>>,
    pub bytes: Bytes,
    pub key: [u8; 16],
    pub positions: Vec<Position>,
    pub shapes: Vec<Shape>,
    pub direction: Direction,
    pub tags: BTreeSet<String>,
    pub scores: BTreeMap<String, Option<i32>>,
    pub grid: BTreeMap<(i8, u8), Vec<u16>>,
    pub outcome: Result<u64, String>,
    pub tree: Tree,
    pub chain: Chain,
    pub length: Duration,
    pub at: SystemTime,
    pub from: IpAddr,
    pub nothing: (),
    pub extra: Vec<Packed<Vec<String>>>,
    pub document: serde_json::Value,
    #[packet(rename = "not-a-word")]
    pub quoted: u8,
}

/// Of different variants.
#[derive(Schema, Clone, Debug, PartialEq)]
pub enum Shape {
    /// Without content.
    Nothing,
    /// Of one part.
    Circle(f32),
    /// Of two.
    Line(Position, Position),
    /// Of named parts.
    Path {
        /// All of them.
        points: Vec<(u8, u8)>,
        closed: bool,
    },
}

/// Without any content.
#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Up.
    North,
    South,
    East,
    West,
}

/// Contains itself.
#[derive(Schema, Clone, Debug, PartialEq)]
pub struct Tree {
    pub value: u8,
    pub children: Vec<Self>,
}

/// A list, one in the other.
#[derive(Schema, Clone, Debug, PartialEq)]
pub struct Chain {
    pub value: u8,
    pub next: Option<Box<Self>>,
}

/// All packets of the protocol.
///
/// # Panics
/// Never: their names differ.
#[must_use]
pub fn registry() -> Registry {
    Registry::of([
        Descriptor::of::<Slap>(),
        Descriptor::of::<Echo>(),
        Descriptor::of::<PositionRequest>(),
        Descriptor::of::<AnythingField>(),
        Descriptor::of::<Blob>(),
        Descriptor::of::<Wait>(),
        Descriptor::of::<Cancelled>(),
        Descriptor::of::<AskMe>(),
        Descriptor::of::<Number>(),
        Descriptor::of::<WhoAreYou>(),
        Descriptor::of::<Navigate>(),
        Descriptor::of::<Profile>(),
        Descriptor::of::<Rich>(),
    ])
    .expect("a registry")
}

/// An address, for random values.
pub(super) fn address(bits: u32) -> IpAddr {
    Ipv4Addr::from_bits(bits).into()
}
