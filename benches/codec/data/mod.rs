//! What is measured: one set of data a file, with its generator.
//!
//! Fields are declared in the order of their names, so that every peer reads and writes the same order.

pub(crate) mod chat;
pub(crate) mod log;
pub(crate) mod mesh;
pub(crate) mod minecraft;
pub(crate) mod mk48;
pub(crate) mod player;
pub(crate) mod position;
pub(crate) mod random;

use crate::hand::Hand;
use crate::peer::{Everyone, prost::Messages};

/// A value that every peer encodes and decodes.
pub(crate) trait Set: Everyone + Hand + Messages + 'static {
    /// As in `RATIO codec/<name>/…`.
    const NAME: &'static str;

    /// The same value every time.
    fn generate() -> Self;
}

/// Gives types the derives of ours and of all peers.
macro_rules! everyone {
    ($($item:item)*) => {$(
        #[derive(
            Clone, Debug, PartialEq,
            packets_core::Schema,
            bincode::Encode, bincode::Decode,
            bitcode::Encode, bitcode::Decode,
            borsh::BorshSerialize, borsh::BorshDeserialize,
            serde::Serialize, serde::Deserialize,
            speedy::Readable, speedy::Writable,
            wincode::SchemaRead, wincode::SchemaWrite,
        )]
        $item
    )*};
}
use everyone;
