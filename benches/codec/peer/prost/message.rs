//! The messages, with the fields of the sets' types.

use crate::data;

/// A set that has a message.
pub(crate) trait Messages {
    type Message: ::prost::Message + Default + PartialEq + 'static;

    fn to_message(&self) -> Self::Message;
}

/// What a field of a message is made from.
trait Convert<M> {
    fn convert(&self) -> M;
}

macro_rules! numbers {
    ($($from:ty => $to:ty),* $(,)?) => {$(
        impl Convert<$to> for $from {
            fn convert(&self) -> $to {
                *self as $to
            }
        }
    )*};
}

numbers! {
    bool => bool, u8 => u8, u8 => u32, u16 => u32, u32 => u32, u64 => u64,
    i8 => i32, i16 => i32, i32 => i32, i64 => i64, f32 => f32, f64 => f64,
    data::minecraft::GameType => u32, data::mk48::EntityType => u32,
}

impl Convert<Self> for String {
    fn convert(&self) -> Self {
        self.clone()
    }
}

impl<T: Convert<M>, M> Convert<Vec<M>> for Vec<T> {
    fn convert(&self) -> Vec<M> {
        self.iter().map(T::convert).collect()
    }
}

impl<T: Convert<M>, M> Convert<Option<M>> for Option<T> {
    fn convert(&self) -> Option<M> {
        self.as_ref().map(T::convert)
    }
}

/// A module a set, in which the first message is the set's.
macro_rules! messages {
    ($(mod $set:ident { $root:ident $root_fields:tt $($rest:tt)* })*) => {$(
        mod $set {
            use super::{Convert, Messages, data};

            impl Messages for data::$set::$root {
                type Message = $root;

                fn to_message(&self) -> $root {
                    self.convert()
                }
            }

            message! { $set $root $root_fields $($rest)* }
        }
    )*};
}

macro_rules! message {
    ($set:ident $($name:ident { $(#[$attribute:meta] $field:ident: $ty:ty,)* })*) => {$(
        #[derive(Clone, PartialEq, ::prost::Message)]
        pub(crate) struct $name {
            $(#[$attribute] $field: $ty,)*
        }

        impl Convert<$name> for data::$set::$name {
            fn convert(&self) -> $name {
                $name { $($field: self.$field.convert(),)* }
            }
        }

        /// How prost holds a message in another.
        impl Convert<Option<$name>> for data::$set::$name {
            fn convert(&self) -> Option<$name> {
                Some(self.convert())
            }
        }
    )*};
}

messages! {
    mod player {
        Player {
            #[prost(message, optional, tag = 1)]
            attributes: Option<Attributes>,
            #[prost(uint32, tag = 2)]
            health: u32,
            #[prost(bool, tag = 3)]
            jumping: bool,
            #[prost(sint32, repeated, tag = 4)]
            position: Vec<i32>,
        }
        Attributes {
            #[prost(uint32, tag = 1)]
            agi: u32,
            #[prost(uint32, tag = 2)]
            int: u32,
            #[prost(uint32, tag = 3)]
            str: u32,
        }
    }

    mod position {
        Position {
            #[prost(uint32, tag = 1)]
            id: u32,
            #[prost(float, tag = 2)]
            x: f32,
            #[prost(float, tag = 3)]
            y: f32,
            #[prost(float, tag = 4)]
            z: f32,
        }
    }

    mod chat {
        Chat {
            #[prost(string, tag = 1)]
            author: String,
            #[prost(uint32, tag = 2)]
            channel: u32,
            #[prost(uint64, tag = 3)]
            sent: u64,
            #[prost(string, tag = 4)]
            text: String,
        }
    }

    mod log {
        Log {
            #[prost(message, repeated, tag = 1)]
            entries: Vec<Entry>,
        }
        Entry {
            #[prost(message, optional, tag = 1)]
            address: Option<Address>,
            #[prost(uint32, tag = 2)]
            code: u32,
            #[prost(string, tag = 3)]
            date: String,
            #[prost(string, tag = 4)]
            identity: String,
            #[prost(string, tag = 5)]
            request: String,
            #[prost(uint64, tag = 6)]
            size: u64,
            #[prost(string, tag = 7)]
            userid: String,
        }
        Address {
            #[prost(uint32, tag = 1)]
            x0: u32,
            #[prost(uint32, tag = 2)]
            x1: u32,
            #[prost(uint32, tag = 3)]
            x2: u32,
            #[prost(uint32, tag = 4)]
            x3: u32,
        }
    }

    mod mesh {
        Mesh {
            #[prost(message, repeated, tag = 1)]
            triangles: Vec<Triangle>,
        }
        Triangle {
            #[prost(message, optional, tag = 1)]
            normal: Option<Vector>,
            #[prost(message, optional, tag = 2)]
            v0: Option<Vector>,
            #[prost(message, optional, tag = 3)]
            v1: Option<Vector>,
            #[prost(message, optional, tag = 4)]
            v2: Option<Vector>,
        }
        Vector {
            #[prost(float, tag = 1)]
            x: f32,
            #[prost(float, tag = 2)]
            y: f32,
            #[prost(float, tag = 3)]
            z: f32,
        }
    }

    mod minecraft {
        Minecraft {
            #[prost(message, repeated, tag = 1)]
            players: Vec<Player>,
        }
        Player {
            #[prost(message, optional, tag = 1)]
            abilities: Option<Abilities>,
            #[prost(string, tag = 2)]
            dimension: String,
            #[prost(message, repeated, tag = 3)]
            ender_items: Vec<Item>,
            #[prost(message, optional, tag = 4)]
            entered_nether: Option<Point>,
            #[prost(float, tag = 5)]
            food_exhaustion: f32,
            #[prost(float, tag = 6)]
            food_saturation: f32,
            #[prost(uint32, tag = 7)]
            food_tick_timer: u32,
            #[prost(uint32, tag = 8)]
            game_type: u32,
            #[prost(message, repeated, tag = 9)]
            inventory: Vec<Item>,
            #[prost(message, optional, tag = 10)]
            recipe_book: Option<RecipeBook>,
            #[prost(message, optional, tag = 11)]
            root_vehicle: Option<Vehicle>,
            #[prost(sint64, tag = 12)]
            score: i64,
            #[prost(bool, tag = 13)]
            seen_credits: bool,
            #[prost(message, optional, tag = 14)]
            selected_item: Option<Item>,
            #[prost(uint32, tag = 15)]
            selected_item_slot: u32,
            #[prost(message, optional, tag = 16)]
            shoulder_left: Option<Entity>,
            #[prost(message, optional, tag = 17)]
            shoulder_right: Option<Entity>,
            #[prost(uint32, tag = 18)]
            sleep_timer: u32,
            #[prost(string, optional, tag = 19)]
            spawn_dimension: Option<String>,
            #[prost(bool, optional, tag = 20)]
            spawn_forced: Option<bool>,
            #[prost(sint64, tag = 21)]
            spawn_x: i64,
            #[prost(sint64, tag = 22)]
            spawn_y: i64,
            #[prost(sint64, tag = 23)]
            spawn_z: i64,
            #[prost(uint32, tag = 24)]
            xp_level: u32,
            #[prost(float, tag = 25)]
            xp_progress: f32,
            #[prost(sint32, tag = 26)]
            xp_seed: i32,
            #[prost(sint32, tag = 27)]
            xp_total: i32,
        }
        Abilities {
            #[prost(float, tag = 1)]
            fly_speed: f32,
            #[prost(bool, tag = 2)]
            flying: bool,
            #[prost(bool, tag = 3)]
            instabuild: bool,
            #[prost(bool, tag = 4)]
            invulnerable: bool,
            #[prost(bool, tag = 5)]
            may_build: bool,
            #[prost(bool, tag = 6)]
            may_fly: bool,
            #[prost(float, tag = 7)]
            walk_speed: f32,
        }
        Item {
            #[prost(sint32, tag = 1)]
            count: i32,
            #[prost(string, tag = 2)]
            id: String,
            #[prost(uint32, tag = 3)]
            slot: u32,
        }
        RecipeBook {
            #[prost(bool, tag = 1)]
            is_blasting_filtered: bool,
            #[prost(bool, tag = 2)]
            is_blasting_open: bool,
            #[prost(bool, tag = 3)]
            is_crafting_filtered: bool,
            #[prost(bool, tag = 4)]
            is_crafting_open: bool,
            #[prost(bool, tag = 5)]
            is_smoking_filtered: bool,
            #[prost(bool, tag = 6)]
            is_smoking_open: bool,
            #[prost(string, repeated, tag = 7)]
            recipes: Vec<String>,
            #[prost(string, repeated, tag = 8)]
            to_be_displayed: Vec<String>,
        }
        Vehicle {
            #[prost(message, optional, tag = 1)]
            entity: Option<Entity>,
            #[prost(message, optional, tag = 2)]
            uuid: Option<Uuid>,
        }
        Entity {
            #[prost(uint32, tag = 1)]
            air: u32,
            #[prost(string, optional, tag = 2)]
            custom_name: Option<String>,
            #[prost(bool, tag = 3)]
            custom_name_visible: bool,
            #[prost(float, tag = 4)]
            fall_distance: f32,
            #[prost(uint32, tag = 5)]
            fire: u32,
            #[prost(bool, tag = 6)]
            glowing: bool,
            #[prost(string, tag = 7)]
            id: String,
            #[prost(bool, tag = 8)]
            invulnerable: bool,
            #[prost(message, optional, tag = 9)]
            motion: Option<Point>,
            #[prost(bool, tag = 10)]
            no_gravity: bool,
            #[prost(bool, tag = 11)]
            on_ground: bool,
            #[prost(sint32, tag = 12)]
            portal_cooldown: i32,
            #[prost(message, optional, tag = 13)]
            position: Option<Point>,
            #[prost(message, optional, tag = 14)]
            rotation: Option<Rotation>,
            #[prost(bool, tag = 15)]
            silent: bool,
            #[prost(message, optional, tag = 16)]
            uuid: Option<Uuid>,
        }
        Point {
            #[prost(double, tag = 1)]
            x: f64,
            #[prost(double, tag = 2)]
            y: f64,
            #[prost(double, tag = 3)]
            z: f64,
        }
        Rotation {
            #[prost(float, tag = 1)]
            pitch: f32,
            #[prost(float, tag = 2)]
            yaw: f32,
        }
        Uuid {
            #[prost(fixed32, tag = 1)]
            a: u32,
            #[prost(fixed32, tag = 2)]
            b: u32,
            #[prost(fixed32, tag = 3)]
            c: u32,
            #[prost(fixed32, tag = 4)]
            d: u32,
        }
    }

    mod mk48 {
        Mk48 {
            #[prost(message, repeated, tag = 1)]
            updates: Vec<Update>,
        }
        Update {
            #[prost(message, repeated, tag = 1)]
            contacts: Vec<Contact>,
            #[prost(uint32, tag = 2)]
            score: u32,
            #[prost(message, repeated, tag = 3)]
            terrain: Vec<Terrain>,
            #[prost(float, tag = 4)]
            world_radius: f32,
        }
        Contact {
            #[prost(uint32, tag = 1)]
            damage: u32,
            #[prost(uint32, tag = 2)]
            entity_id: u32,
            #[prost(uint32, optional, tag = 3)]
            entity_type: Option<u32>,
            #[prost(message, optional, tag = 4)]
            guidance: Option<Guidance>,
            #[prost(uint32, optional, tag = 5)]
            player_id: Option<u32>,
            #[prost(bool, repeated, tag = 6)]
            reloads: Vec<bool>,
            #[prost(message, optional, tag = 7)]
            transform: Option<Transform>,
            #[prost(uint32, repeated, tag = 8)]
            turret_angles: Vec<u32>,
        }
        Guidance {
            #[prost(uint32, tag = 1)]
            angle: u32,
            #[prost(bool, tag = 2)]
            submerge: bool,
        }
        Transform {
            #[prost(sint32, tag = 1)]
            altitude: i32,
            #[prost(uint32, tag = 2)]
            angle: u32,
            #[prost(message, optional, tag = 3)]
            position: Option<Point>,
            #[prost(sint32, tag = 4)]
            velocity: i32,
        }
        Point {
            #[prost(float, tag = 1)]
            x: f32,
            #[prost(float, tag = 2)]
            y: f32,
        }
        Terrain {
            #[prost(sint32, tag = 1)]
            chunk_x: i32,
            #[prost(sint32, tag = 2)]
            chunk_y: i32,
            #[prost(bytes = "vec", tag = 3)]
            data: Vec<u8>,
        }
    }
}
