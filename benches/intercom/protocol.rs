//! What is asked, and answered.

use packets_core::{Packet, Schema};

/// Where is it?
#[derive(Packet, Clone, Copy, Debug)]
#[packet(response = Position)]
pub(crate) struct Locate {
    pub(crate) id: u32,
}

#[derive(Schema, Clone, Copy, Debug)]
pub(crate) struct Position {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) z: f32,
}

/// The size of a question that is nothing but its fields.
pub(crate) const QUESTION: usize = 4;

/// The size of an answer that is nothing but its fields.
pub(crate) const ANSWER: usize = 12;

/// Where that is.
pub(crate) const fn position(id: u32) -> Position {
    Position { x: id as f32, y: 1.0, z: 2.0 }
}

/// The answer to a question that is nothing but its fields.
pub(crate) fn answer(question: &[u8]) -> [u8; ANSWER] {
    let Position { x, y, z } = position(u32::from_be_bytes(question.try_into().expect("a question")));
    let mut answer = [0; ANSWER];
    for (bytes, field) in answer.chunks_exact_mut(4).zip([x, y, z]) {
        bytes.copy_from_slice(&field.to_be_bytes());
    }
    answer
}
