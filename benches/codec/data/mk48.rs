//! A ship game's updates, the shape of rust_serialization_benchmark's `mk48`: nested lists of small numbers.

use super::random::Random;
use super::{Set, everyone};

everyone! {
    pub(crate) struct Mk48 {
        pub(crate) updates: Vec<Update>,
    }

    pub(crate) struct Update {
        pub(crate) contacts: Vec<Contact>,
        pub(crate) score: u32,
        pub(crate) terrain: Vec<Terrain>,
        pub(crate) world_radius: f32,
    }

    pub(crate) struct Contact {
        pub(crate) damage: u8,
        pub(crate) entity_id: u32,
        pub(crate) entity_type: Option<EntityType>,
        pub(crate) guidance: Guidance,
        pub(crate) player_id: Option<u16>,
        pub(crate) reloads: Vec<bool>,
        pub(crate) transform: Transform,
        pub(crate) turret_angles: Vec<u16>,
    }

    #[derive(Copy)]
    pub(crate) enum EntityType {
        Barrel,
        Battleship,
        Coin,
        Corvette,
        Crate,
        Cruiser,
        Destroyer,
        Dredger,
        Helicopter,
        Missile,
        Platform,
        Shell,
        Submarine,
        Torpedo,
    }

    pub(crate) struct Guidance {
        pub(crate) angle: u16,
        pub(crate) submerge: bool,
    }

    pub(crate) struct Transform {
        pub(crate) altitude: i8,
        pub(crate) angle: u16,
        pub(crate) position: Point,
        pub(crate) velocity: i16,
    }

    #[repr(C)]
    pub(crate) struct Point {
        pub(crate) x: f32,
        pub(crate) y: f32,
    }

    pub(crate) struct Terrain {
        pub(crate) chunk_x: i8,
        pub(crate) chunk_y: i8,
        pub(crate) data: Vec<u8>,
    }
}

impl Set for Mk48 {
    const NAME: &'static str = "mk48";

    fn generate() -> Self {
        let mut random = Random::new(4);
        Self { updates: (0..500).map(|_| update(&mut random)).collect() }
    }
}

fn update(random: &mut Random) -> Update {
    Update {
        contacts: random.list(0..80, contact),
        score: random.int(0..100_000) as u32,
        terrain: random.list(0..4, terrain),
        world_radius: random.float(500.0..2_500.0) as f32,
    }
}

fn contact(random: &mut Random) -> Contact {
    const TYPES: [EntityType; 14] = [
        EntityType::Barrel,
        EntityType::Battleship,
        EntityType::Coin,
        EntityType::Corvette,
        EntityType::Crate,
        EntityType::Cruiser,
        EntityType::Destroyer,
        EntityType::Dredger,
        EntityType::Helicopter,
        EntityType::Missile,
        EntityType::Platform,
        EntityType::Shell,
        EntityType::Submarine,
        EntityType::Torpedo,
    ];
    Contact {
        damage: random.int(0..256) as u8,
        entity_id: random.bits() as u32,
        entity_type: random.sometimes(0.8, |random| random.pick(&TYPES)),
        guidance: Guidance { angle: random.bits() as u16, submerge: random.chance(0.1) },
        player_id: random.sometimes(0.5, |random| random.bits() as u16),
        reloads: random.list(0..9, |random| random.chance(0.5)),
        transform: Transform {
            altitude: random.bits() as i8,
            angle: random.bits() as u16,
            position: Point {
                x: random.float(-1_000.0..1_000.0) as f32,
                y: random.float(-1_000.0..1_000.0) as f32,
            },
            velocity: random.bits() as i16,
        },
        turret_angles: random.list(0..5, |random| random.bits() as u16),
    }
}

fn terrain(random: &mut Random) -> Terrain {
    Terrain {
        chunk_x: random.bits() as i8,
        chunk_y: random.bits() as i8,
        data: random.list(16..130, |random| random.bits() as u8),
    }
}
