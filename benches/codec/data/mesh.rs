//! Triangles, the shape of rust_serialization_benchmark's `mesh`: 6 MB of floats.

use super::random::Random;
use super::{Set, everyone};

everyone! {
    pub(crate) struct Mesh {
        pub(crate) triangles: Vec<Triangle>,
    }

    // The layout lets peers copy triangles as they lie in memory.
    #[repr(C)]
    pub(crate) struct Triangle {
        pub(crate) normal: Vector,
        pub(crate) v0: Vector,
        pub(crate) v1: Vector,
        pub(crate) v2: Vector,
    }

    #[repr(C)]
    pub(crate) struct Vector {
        pub(crate) x: f32,
        pub(crate) y: f32,
        pub(crate) z: f32,
    }
}

impl Set for Mesh {
    const NAME: &'static str = "mesh";

    fn generate() -> Self {
        let mut random = Random::new(2);
        let triangle = |_| {
            let [normal, v0, v1, v2] = std::array::from_fn(|_| vector(&mut random));
            Triangle { normal, v0, v1, v2 }
        };
        Self { triangles: (0..125_000).map(triangle).collect() }
    }
}

fn vector(random: &mut Random) -> Vector {
    let [x, y, z] = std::array::from_fn(|_| random.float(-1.0..1.0) as f32);
    Vector { x, y, z }
}
