//! The protocol that the examples share: a crate like this one needs nothing but `packets-core`.

use packets_core::{Packet, Schema};
use serde::{Deserialize, Serialize};

/// Nothing but its id on the wire: you just know that you have been slapped.
#[derive(Packet, Clone, Copy, Debug)]
pub struct Slap;

/// A packet with a schema: nine bytes for ids up to 127.
#[derive(Packet, Clone, Copy, Debug, PartialEq)]
pub struct Move {
    /// Who moves.
    #[packet(varuint)]
    pub id: u32,
    /// Where to, from left to right.
    pub x: f32,
    /// Where to, from top to bottom.
    pub y: f32,
}

/// Anything at all, as MessagePack.
#[derive(Packet, Serialize, Deserialize, Clone, Debug)]
#[packer]
pub struct Anything(pub serde_json::Value);

/// A schema with one field that may be anything.
#[derive(Packet, Clone, Debug)]
#[packer("document")]
pub struct AnythingField {
    /// By schema: four bytes.
    pub id: u32,
    /// As MessagePack.
    pub document: serde_json::Value,
}

/// What is done to a number: `{type: "SET", payload: 20}` for JavaScript.
#[derive(Packet, Serialize, Deserialize, Clone, Copy, Debug)]
#[packet(response = i64)]
#[packer]
#[serde(tag = "type", content = "payload", rename_all = "UPPERCASE")]
pub enum Action {
    /// Makes it the total.
    Set(i64),
    /// Adds it to the total.
    Add(i64),
}

/// Asks where something is.
#[derive(Packet, Clone, Copy, Debug)]
#[packet(response = Position)]
pub struct PositionRequest {
    /// What is looked for.
    #[packet(varuint)]
    pub id: u32,
}

/// Where something is.
#[derive(Schema, Serialize, Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// From left to right.
    pub x: f32,
    /// From top to bottom.
    pub y: f32,
    /// From near to far.
    pub z: f32,
}

/// Asks whatever there is to be known.
#[derive(Packet, Clone, Copy, Debug)]
#[packet(response = String)]
pub struct Whatever;

/// Ends the user's session, if there is one.
#[derive(Packet, Clone, Copy, Debug)]
pub struct Logout;
