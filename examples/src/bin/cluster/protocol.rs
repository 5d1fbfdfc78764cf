//! What clients ask their node. What nodes ask each other is the examples' `PositionRequest`.

use packets_core::{Packet, Schema};
use packets_examples::Position;

/// Where is it? The client's node asks all nodes, and tells what each of them said.
#[derive(Packet, Clone, Copy, Debug)]
#[packet(response = Located)]
pub(crate) struct Locate {
    #[packet(varuint)]
    pub(crate) id: u32,
    /// For how long the nodes are waited for.
    #[packet(varuint)]
    pub(crate) millis: u32,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Located {
    pub(crate) position: Option<Position>,
    pub(crate) answers: Vec<Answer>,
    /// How many have answered, and what became of the others.
    pub(crate) tally: String,
}

/// What one node said.
#[derive(Schema, Clone, Debug)]
pub(crate) struct Answer {
    /// Its id.
    pub(crate) node: String,
    pub(crate) says: Says,
    /// After how many microseconds.
    pub(crate) micros: u32,
}

#[derive(Schema, Clone, Debug)]
pub(crate) enum Says {
    Here(Position),
    NotHere,
    /// Nothing, and why.
    Nothing(String),
}
