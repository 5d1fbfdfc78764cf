//! What a game sends most: 16 bytes of fixed size.

use super::{Set, everyone};

everyone! {
    #[repr(C)]
    pub(crate) struct Position {
        pub(crate) id: u32,
        pub(crate) x: f32,
        pub(crate) y: f32,
        pub(crate) z: f32,
    }
}

impl Set for Position {
    const NAME: &'static str = "position";

    fn generate() -> Self {
        Self { id: 0x0102_0304, x: 12.5, y: -80.25, z: 1024.0 }
    }
}
