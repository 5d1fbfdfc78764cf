//! The example of SchemaPack's documentation: 13 bytes.

use super::{Set, everyone};

everyone! {
    pub(crate) struct Player {
        pub(crate) attributes: Attributes,
        #[packet(varuint)]
        pub(crate) health: u32,
        pub(crate) jumping: bool,
        pub(crate) position: Vec<i16>,
    }

    pub(crate) struct Attributes {
        pub(crate) agi: u8,
        pub(crate) int: u8,
        pub(crate) str: u8,
    }
}

impl Set for Player {
    const NAME: &'static str = "player";

    fn generate() -> Self {
        Self {
            attributes: Attributes { agi: 42, int: 22, str: 87 },
            health: 4000,
            jumping: false,
            position: vec![-540, 343, 1201],
        }
    }
}
