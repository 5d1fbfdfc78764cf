//! Saved players, the shape of rust_serialization_benchmark's `minecraft_savedata`: a bit of everything.

use super::random::Random;
use super::{Set, everyone};

everyone! {
    pub(crate) struct Minecraft {
        pub(crate) players: Vec<Player>,
    }

    pub(crate) struct Player {
        pub(crate) abilities: Abilities,
        pub(crate) dimension: String,
        pub(crate) ender_items: Vec<Item>,
        pub(crate) entered_nether: Option<Point>,
        pub(crate) food_exhaustion: f32,
        pub(crate) food_saturation: f32,
        pub(crate) food_tick_timer: u32,
        pub(crate) game_type: GameType,
        pub(crate) inventory: Vec<Item>,
        pub(crate) recipe_book: RecipeBook,
        pub(crate) root_vehicle: Option<Vehicle>,
        pub(crate) score: i64,
        pub(crate) seen_credits: bool,
        pub(crate) selected_item: Item,
        pub(crate) selected_item_slot: u32,
        pub(crate) shoulder_left: Option<Entity>,
        pub(crate) shoulder_right: Option<Entity>,
        pub(crate) sleep_timer: u16,
        pub(crate) spawn_dimension: Option<String>,
        pub(crate) spawn_forced: Option<bool>,
        pub(crate) spawn_x: i64,
        pub(crate) spawn_y: i64,
        pub(crate) spawn_z: i64,
        pub(crate) xp_level: u32,
        pub(crate) xp_progress: f32,
        pub(crate) xp_seed: i32,
        pub(crate) xp_total: i32,
    }

    pub(crate) struct Abilities {
        pub(crate) fly_speed: f32,
        pub(crate) flying: bool,
        pub(crate) instabuild: bool,
        pub(crate) invulnerable: bool,
        pub(crate) may_build: bool,
        pub(crate) may_fly: bool,
        pub(crate) walk_speed: f32,
    }

    #[derive(Copy)]
    pub(crate) enum GameType {
        Survival,
        Creative,
        Adventure,
        Spectator,
    }

    pub(crate) struct Item {
        pub(crate) count: i8,
        pub(crate) id: String,
        pub(crate) slot: u8,
    }

    pub(crate) struct RecipeBook {
        pub(crate) is_blasting_filtered: bool,
        pub(crate) is_blasting_open: bool,
        pub(crate) is_crafting_filtered: bool,
        pub(crate) is_crafting_open: bool,
        pub(crate) is_smoking_filtered: bool,
        pub(crate) is_smoking_open: bool,
        pub(crate) recipes: Vec<String>,
        pub(crate) to_be_displayed: Vec<String>,
    }

    pub(crate) struct Vehicle {
        pub(crate) entity: Entity,
        pub(crate) uuid: Uuid,
    }

    pub(crate) struct Entity {
        pub(crate) air: u16,
        pub(crate) custom_name: Option<String>,
        pub(crate) custom_name_visible: bool,
        pub(crate) fall_distance: f32,
        pub(crate) fire: u16,
        pub(crate) glowing: bool,
        pub(crate) id: String,
        pub(crate) invulnerable: bool,
        pub(crate) motion: Point,
        pub(crate) no_gravity: bool,
        pub(crate) on_ground: bool,
        pub(crate) portal_cooldown: i32,
        pub(crate) position: Point,
        pub(crate) rotation: Rotation,
        pub(crate) silent: bool,
        pub(crate) uuid: Uuid,
    }

    #[repr(C)]
    pub(crate) struct Point {
        pub(crate) x: f64,
        pub(crate) y: f64,
        pub(crate) z: f64,
    }

    #[repr(C)]
    pub(crate) struct Rotation {
        pub(crate) pitch: f32,
        pub(crate) yaw: f32,
    }

    #[repr(C)]
    pub(crate) struct Uuid {
        pub(crate) a: u32,
        pub(crate) b: u32,
        pub(crate) c: u32,
        pub(crate) d: u32,
    }
}

impl Set for Minecraft {
    const NAME: &'static str = "minecraft";

    fn generate() -> Self {
        let mut random = Random::new(3);
        Self { players: (0..500).map(|_| player(&mut random)).collect() }
    }
}

fn player(random: &mut Random) -> Player {
    Player {
        abilities: Abilities {
            fly_speed: random.float(0.0..1.0) as f32,
            flying: random.chance(0.1),
            instabuild: random.chance(0.1),
            invulnerable: random.chance(0.1),
            may_build: random.chance(0.9),
            may_fly: random.chance(0.1),
            walk_speed: random.float(0.0..1.0) as f32,
        },
        dimension: dimension(random),
        ender_items: random.list(0..28, item),
        entered_nether: random.sometimes(0.5, point),
        food_exhaustion: random.float(0.0..4.0) as f32,
        food_saturation: random.float(0.0..20.0) as f32,
        food_tick_timer: random.int(0..80) as u32,
        game_type: random.pick(&[
            GameType::Survival,
            GameType::Creative,
            GameType::Adventure,
            GameType::Spectator,
        ]),
        inventory: random.list(0..37, item),
        recipe_book: RecipeBook {
            is_blasting_filtered: random.chance(0.1),
            is_blasting_open: random.chance(0.2),
            is_crafting_filtered: random.chance(0.4),
            is_crafting_open: random.chance(0.6),
            is_smoking_filtered: random.chance(0.1),
            is_smoking_open: random.chance(0.2),
            recipes: random.list(0..30, identifier),
            to_be_displayed: random.list(0..10, identifier),
        },
        root_vehicle: random.sometimes(0.1, |random| Vehicle { entity: entity(random), uuid: uuid(random) }),
        score: random.int(0..1_000_000),
        seen_credits: random.chance(0.2),
        selected_item: item(random),
        selected_item_slot: random.int(0..9) as u32,
        shoulder_left: random.sometimes(0.05, entity),
        shoulder_right: random.sometimes(0.05, entity),
        sleep_timer: random.int(0..100) as u16,
        spawn_dimension: random.sometimes(0.5, dimension),
        spawn_forced: random.sometimes(0.3, |random| random.chance(0.5)),
        spawn_x: random.int(-2_000..2_000),
        spawn_y: random.int(0..256),
        spawn_z: random.int(-2_000..2_000),
        xp_level: random.int(0..40) as u32,
        xp_progress: random.float(0.0..1.0) as f32,
        xp_seed: random.bits() as i32,
        xp_total: random.int(0..3_000) as i32,
    }
}

fn dimension(random: &mut Random) -> String {
    random.pick(&["minecraft:overworld", "minecraft:the_nether", "minecraft:the_end"]).to_owned()
}

fn identifier(random: &mut Random) -> String {
    const NAMES: [&str; 12] = [
        "dirt",
        "stone",
        "oak_planks",
        "pickaxe",
        "diamond_sword",
        "enchanted_golden_apple",
        "torch",
        "cobblestone_stairs",
        "bread",
        "redstone_repeater",
        "water_bucket",
        "stone_brick_slab",
    ];
    format!("minecraft:{}", random.pick(&NAMES))
}

fn item(random: &mut Random) -> Item {
    Item { count: random.int(1..65) as i8, id: identifier(random), slot: random.int(0..36) as u8 }
}

fn entity(random: &mut Random) -> Entity {
    Entity {
        air: random.int(0..301) as u16,
        custom_name: random.sometimes(0.3, |random| random.pick(&["Biscuit", "Thunder", "Łatka"]).to_owned()),
        custom_name_visible: random.chance(0.2),
        fall_distance: random.float(0.0..10.0) as f32,
        fire: random.int(0..20) as u16,
        glowing: random.chance(0.01),
        id: random.pick(&["minecraft:horse", "minecraft:parrot", "minecraft:boat"]).to_owned(),
        invulnerable: random.chance(0.01),
        motion: point(random),
        no_gravity: random.chance(0.01),
        on_ground: random.chance(0.9),
        portal_cooldown: random.int(0..300) as i32,
        position: point(random),
        rotation: Rotation {
            pitch: random.float(-90.0..90.0) as f32,
            yaw: random.float(-180.0..180.0) as f32,
        },
        silent: random.chance(0.01),
        uuid: uuid(random),
    }
}

fn point(random: &mut Random) -> Point {
    let [x, y, z] = std::array::from_fn(|_| random.float(-2_000.0..2_000.0));
    Point { x, y, z }
}

fn uuid(random: &mut Random) -> Uuid {
    let [a, b, c, d] = std::array::from_fn(|_| random.bits() as u32);
    Uuid { a, b, c, d }
}
