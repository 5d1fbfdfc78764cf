use super::{Hand, Input, Output, varuint_size};
use crate::data::minecraft::{
    Abilities, Entity, GameType, Item, Minecraft, Player, Point, RecipeBook, Rotation, Uuid, Vehicle,
};

const GAME_TYPES: [GameType; 4] =
    [GameType::Survival, GameType::Creative, GameType::Adventure, GameType::Spectator];

impl Hand for Minecraft {
    #[inline]
    fn encode(&self) -> Vec<u8> {
        let count = self.players.len();
        let mut output =
            Output::with_size(varuint_size(count) + self.players.iter().map(player_size).sum::<usize>());
        // SAFETY: that is the size of what follows.
        unsafe {
            output.varuint(count as u32);
            for player in &self.players {
                put_player(player, &mut output);
            }
            output.finish()
        }
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Input::new(bytes);
        let players = input.list(101, get_player)?;
        input.finish(Self { players })
    }
}

#[inline(always)]
fn string_size(string: &str) -> usize {
    varuint_size(string.len()) + string.len()
}

#[inline(always)]
fn items_size(items: &[Item]) -> usize {
    varuint_size(items.len()) + items.iter().map(|item| 2 + string_size(&item.id)).sum::<usize>()
}

#[inline(always)]
fn strings_size(strings: &[String]) -> usize {
    varuint_size(strings.len()) + strings.iter().map(|string| string_size(string)).sum::<usize>()
}

#[inline(always)]
fn player_size(player: &Player) -> usize {
    // Abilities 13, numbers and bools 67, the recipe book's bools 6, the selected item's numbers 2, a byte for
    // each of 6 options and for the game type.
    let fixed = 13 + 67 + 6 + 2 + 6 + 1;
    let options = 24 * usize::from(player.entered_nether.is_some())
        + player.root_vehicle.as_ref().map_or(0, |vehicle| 16 + entity_size(&vehicle.entity))
        + player.shoulder_left.as_ref().map_or(0, entity_size)
        + player.shoulder_right.as_ref().map_or(0, entity_size)
        + player.spawn_dimension.as_deref().map_or(0, string_size)
        + usize::from(player.spawn_forced.is_some());
    fixed
        + options
        + string_size(&player.dimension)
        + string_size(&player.selected_item.id)
        + items_size(&player.ender_items)
        + items_size(&player.inventory)
        + strings_size(&player.recipe_book.recipes)
        + strings_size(&player.recipe_book.to_be_displayed)
}

#[inline]
fn entity_size(entity: &Entity) -> usize {
    // Points 48, rotation 8, UUID 16, other numbers 12, bools 6, the option 1.
    let name = entity.custom_name.as_deref().map_or(0, string_size);
    48 + 8 + 16 + 12 + 6 + 1 + name + string_size(&entity.id)
}

#[inline(always)]
unsafe fn put_player(player: &Player, output: &mut Output) {
    let Abilities { fly_speed, flying, instabuild, invulnerable, may_build, may_fly, walk_speed } =
        player.abilities;
    let book = &player.recipe_book;
    // SAFETY: the caller has the room.
    unsafe {
        output.put(fly_speed.to_be_bytes());
        output.put([flying, instabuild, invulnerable, may_build, may_fly].map(u8::from));
        output.put(walk_speed.to_be_bytes());
        output.bytes(player.dimension.as_bytes());
        put_items(&player.ender_items, output);
        put_option(player.entered_nether.as_ref(), output, |point, output| put_point(point, output));
        output.put(player.food_exhaustion.to_be_bytes());
        output.put(player.food_saturation.to_be_bytes());
        output.put(player.food_tick_timer.to_be_bytes());
        output.put([player.game_type as u8]);
        put_items(&player.inventory, output);
        output.put(
            [
                book.is_blasting_filtered,
                book.is_blasting_open,
                book.is_crafting_filtered,
                book.is_crafting_open,
                book.is_smoking_filtered,
                book.is_smoking_open,
            ]
            .map(u8::from),
        );
        put_strings(&book.recipes, output);
        put_strings(&book.to_be_displayed, output);
        put_option(player.root_vehicle.as_ref(), output, |vehicle, output| {
            put_entity(&vehicle.entity, output);
            put_uuid(&vehicle.uuid, output);
        });
        output.put(player.score.to_be_bytes());
        output.put([u8::from(player.seen_credits)]);
        put_item(&player.selected_item, output);
        output.put(player.selected_item_slot.to_be_bytes());
        put_option(player.shoulder_left.as_ref(), output, |entity, output| put_entity(entity, output));
        put_option(player.shoulder_right.as_ref(), output, |entity, output| put_entity(entity, output));
        output.put(player.sleep_timer.to_be_bytes());
        put_option(player.spawn_dimension.as_ref(), output, |name, output| output.bytes(name.as_bytes()));
        put_option(player.spawn_forced.as_ref(), output, |forced, output| output.put([u8::from(*forced)]));
        output.put(player.spawn_x.to_be_bytes());
        output.put(player.spawn_y.to_be_bytes());
        output.put(player.spawn_z.to_be_bytes());
        output.put(player.xp_level.to_be_bytes());
        output.put(player.xp_progress.to_be_bytes());
        output.put(player.xp_seed.to_be_bytes());
        output.put(player.xp_total.to_be_bytes());
    }
}

/// `put` is as unsafe as this.
#[inline(always)]
unsafe fn put_option<T>(value: Option<&T>, output: &mut Output, put: impl FnOnce(&T, &mut Output)) {
    // SAFETY: the caller has the room.
    unsafe { output.put([u8::from(value.is_some())]) };
    if let Some(value) = value {
        put(value, output);
    }
}

#[inline(always)]
unsafe fn put_items(items: &[Item], output: &mut Output) {
    // SAFETY: the caller has the room.
    unsafe {
        output.varuint(items.len() as u32);
        for item in items {
            put_item(item, output);
        }
    }
}

#[inline(always)]
unsafe fn put_item(item: &Item, output: &mut Output) {
    // SAFETY: the caller has the room.
    unsafe {
        output.put(item.count.to_be_bytes());
        output.bytes(item.id.as_bytes());
        output.put([item.slot]);
    }
}

#[inline(always)]
unsafe fn put_strings(strings: &[String], output: &mut Output) {
    // SAFETY: the caller has the room.
    unsafe {
        output.varuint(strings.len() as u32);
        for string in strings {
            output.bytes(string.as_bytes());
        }
    }
}

#[inline]
unsafe fn put_entity(entity: &Entity, output: &mut Output) {
    // SAFETY: the caller has the room.
    unsafe {
        output.put(entity.air.to_be_bytes());
        put_option(entity.custom_name.as_ref(), output, |name, output| output.bytes(name.as_bytes()));
        output.put([u8::from(entity.custom_name_visible)]);
        output.put(entity.fall_distance.to_be_bytes());
        output.put(entity.fire.to_be_bytes());
        output.put([u8::from(entity.glowing)]);
        output.bytes(entity.id.as_bytes());
        output.put([u8::from(entity.invulnerable)]);
        put_point(&entity.motion, output);
        output.put([entity.no_gravity, entity.on_ground].map(u8::from));
        output.put(entity.portal_cooldown.to_be_bytes());
        put_point(&entity.position, output);
        output.put(entity.rotation.pitch.to_be_bytes());
        output.put(entity.rotation.yaw.to_be_bytes());
        output.put([u8::from(entity.silent)]);
        put_uuid(&entity.uuid, output);
    }
}

#[inline(always)]
unsafe fn put_point(point: &Point, output: &mut Output) {
    // SAFETY: the caller has the room.
    unsafe {
        output.put(point.x.to_be_bytes());
        output.put(point.y.to_be_bytes());
        output.put(point.z.to_be_bytes());
    }
}

#[inline(always)]
unsafe fn put_uuid(uuid: &Uuid, output: &mut Output) {
    // SAFETY: the caller has the room.
    unsafe {
        output.put(uuid.a.to_be_bytes());
        output.put(uuid.b.to_be_bytes());
        output.put(uuid.c.to_be_bytes());
        output.put(uuid.d.to_be_bytes());
    }
}

#[inline(always)]
fn get_player(input: &mut Input<'_>) -> Option<Player> {
    Some(Player {
        abilities: get_abilities(input)?,
        dimension: input.string()?,
        ender_items: input.list(3, get_item)?,
        entered_nether: input.option(get_point)?,
        food_exhaustion: f32::from_be_bytes(input.take()?),
        food_saturation: f32::from_be_bytes(input.take()?),
        food_tick_timer: u32::from_be_bytes(input.take()?),
        game_type: *GAME_TYPES.get(input.varuint()? as usize)?,
        inventory: input.list(3, get_item)?,
        recipe_book: get_book(input)?,
        root_vehicle: input
            .option(|input| Some(Vehicle { entity: get_entity(input)?, uuid: get_uuid(input)? }))?,
        score: i64::from_be_bytes(input.take()?),
        seen_credits: input.bool()?,
        selected_item: get_item(input)?,
        selected_item_slot: u32::from_be_bytes(input.take()?),
        shoulder_left: input.option(get_entity)?,
        shoulder_right: input.option(get_entity)?,
        sleep_timer: u16::from_be_bytes(input.take()?),
        spawn_dimension: input.option(Input::string)?,
        spawn_forced: input.option(Input::bool)?,
        spawn_x: i64::from_be_bytes(input.take()?),
        spawn_y: i64::from_be_bytes(input.take()?),
        spawn_z: i64::from_be_bytes(input.take()?),
        xp_level: u32::from_be_bytes(input.take()?),
        xp_progress: f32::from_be_bytes(input.take()?),
        xp_seed: i32::from_be_bytes(input.take()?),
        xp_total: i32::from_be_bytes(input.take()?),
    })
}

#[inline(always)]
fn get_abilities(input: &mut Input<'_>) -> Option<Abilities> {
    input.need(13)?;
    Some(Abilities {
        fly_speed: f32::from_be_bytes(input.take()?),
        flying: input.bool()?,
        instabuild: input.bool()?,
        invulnerable: input.bool()?,
        may_build: input.bool()?,
        may_fly: input.bool()?,
        walk_speed: f32::from_be_bytes(input.take()?),
    })
}

#[inline(always)]
fn get_book(input: &mut Input<'_>) -> Option<RecipeBook> {
    Some(RecipeBook {
        is_blasting_filtered: input.bool()?,
        is_blasting_open: input.bool()?,
        is_crafting_filtered: input.bool()?,
        is_crafting_open: input.bool()?,
        is_smoking_filtered: input.bool()?,
        is_smoking_open: input.bool()?,
        recipes: input.list(1, Input::string)?,
        to_be_displayed: input.list(1, Input::string)?,
    })
}

#[inline(always)]
fn get_item(input: &mut Input<'_>) -> Option<Item> {
    Some(Item {
        count: i8::from_be_bytes(input.take()?),
        id: input.string()?,
        slot: u8::from_be_bytes(input.take()?),
    })
}

#[inline]
fn get_entity(input: &mut Input<'_>) -> Option<Entity> {
    Some(Entity {
        air: u16::from_be_bytes(input.take()?),
        custom_name: input.option(Input::string)?,
        custom_name_visible: input.bool()?,
        fall_distance: f32::from_be_bytes(input.take()?),
        fire: u16::from_be_bytes(input.take()?),
        glowing: input.bool()?,
        id: input.string()?,
        invulnerable: input.bool()?,
        motion: get_point(input)?,
        no_gravity: input.bool()?,
        on_ground: input.bool()?,
        portal_cooldown: i32::from_be_bytes(input.take()?),
        position: get_point(input)?,
        rotation: Rotation {
            pitch: f32::from_be_bytes(input.take()?),
            yaw: f32::from_be_bytes(input.take()?),
        },
        silent: input.bool()?,
        uuid: get_uuid(input)?,
    })
}

#[inline(always)]
fn get_point(input: &mut Input<'_>) -> Option<Point> {
    input.need(24)?;
    // SAFETY: checked.
    unsafe {
        Some(Point {
            x: f64::from_be_bytes(input.get()),
            y: f64::from_be_bytes(input.get()),
            z: f64::from_be_bytes(input.get()),
        })
    }
}

#[inline(always)]
fn get_uuid(input: &mut Input<'_>) -> Option<Uuid> {
    input.need(16)?;
    // SAFETY: checked.
    unsafe {
        Some(Uuid {
            a: u32::from_be_bytes(input.get()),
            b: u32::from_be_bytes(input.get()),
            c: u32::from_be_bytes(input.get()),
            d: u32::from_be_bytes(input.get()),
        })
    }
}
