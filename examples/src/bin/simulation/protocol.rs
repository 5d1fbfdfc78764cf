//! The packets, from which the page's types are made, too.

use std::collections::BTreeSet;

use packets_core::{Packet, Schema};

/// Asks what the world is like.
#[derive(Packet)]
#[packet(response = World)]
pub(crate) struct WorldRequest;

/// What the world is like. Lengths are in tenths, as all of them are.
#[derive(Schema, Clone)]
pub(crate) struct World {
    /// From left to right.
    pub(crate) width: u16,
    /// From top to bottom.
    pub(crate) height: u16,
    /// So many regions lie side by side. They are numbered row by row, from 0.
    pub(crate) columns: u8,
    /// So many rows of them there are.
    pub(crate) rows: u8,
    /// So many positions there are, numbered from 0.
    pub(crate) positions: u16,
    /// A position's flock is the remainder of its number by this.
    pub(crate) flocks: u8,
    /// The milliseconds from one set of positions to the next.
    pub(crate) tick: u16,
}

/// Looks at these regions from now on, and at no others.
#[derive(Packet)]
#[packet(rate = "20/s", burst = 40)]
pub(crate) struct Look {
    pub(crate) regions: BTreeSet<u8>,
}

/// Where everything is that is in a region. Sent to those who look at it, many times a second; to one who cannot keep
/// up, the oldest are not sent.
#[derive(Packet)]
#[packet(overflow = "drop-oldest")]
pub(crate) struct Positions {
    pub(crate) region: u8,
    pub(crate) places: Vec<Place>,
}

/// Something, and where it is.
#[derive(Schema)]
pub(crate) struct Place {
    #[packet(varuint)]
    pub(crate) id: u32,
    pub(crate) x: u16,
    pub(crate) y: u16,
}

/// Asks where something is, wherever in the world.
#[derive(Packet)]
#[packet(response = Position)]
pub(crate) struct PositionRequest {
    #[packet(varuint)]
    pub(crate) id: u32,
}

/// Where something is.
#[derive(Schema)]
pub(crate) struct Position {
    pub(crate) x: u16,
    pub(crate) y: u16,
}

/// How many look on, in all and at each region.
#[derive(Packet)]
#[packet(overflow = "keep-latest")]
pub(crate) struct Audience {
    pub(crate) visitors: u32,
    pub(crate) regions: Vec<u32>,
}

/// Says something to everybody.
#[derive(Packet)]
#[packet(rate = "2/s", burst = 5, max_size = "1KiB")]
pub(crate) struct Say(pub(crate) String);

/// What somebody said.
#[derive(Packet)]
pub(crate) struct Line {
    /// A number that the server gives to each visitor.
    #[packet(varuint)]
    pub(crate) visitor: u32,
    pub(crate) text: String,
}

/// Asks to be sent a `Refresh`.
#[derive(Packet)]
pub(crate) struct RefreshMe;

/// Asks to be sent a `Redirect` to this address. Refused with what the page says if it does not go there.
#[derive(Packet)]
pub(crate) struct RedirectMe(pub(crate) String);
