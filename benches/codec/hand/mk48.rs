use super::{Hand, Input, Output, varuint_size};
use crate::data::mk48::{Contact, EntityType, Guidance, Mk48, Point, Terrain, Transform, Update};

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

impl Hand for Mk48 {
    #[inline]
    fn encode(&self) -> Vec<u8> {
        let count = self.updates.len();
        let mut output =
            Output::with_size(varuint_size(count) + self.updates.iter().map(update_size).sum::<usize>());
        // SAFETY: that is the size of what follows.
        unsafe {
            output.varuint(count as u32);
            for update in &self.updates {
                put_update(update, &mut output);
            }
            output.finish()
        }
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Input::new(bytes);
        let updates = input.list(10, get_update)?;
        input.finish(Self { updates })
    }
}

#[inline(always)]
fn update_size(update: &Update) -> usize {
    let contacts = update.contacts.iter().map(contact_size).sum::<usize>();
    let terrain = update.terrain.iter().map(|terrain| {
        let length = terrain.data.len();
        2 + varuint_size(length) + length
    });
    8 + varuint_size(update.contacts.len())
        + contacts
        + varuint_size(update.terrain.len())
        + terrain.sum::<usize>()
}

#[inline(always)]
fn contact_size(contact: &Contact) -> usize {
    let (reloads, angles) = (contact.reloads.len(), contact.turret_angles.len());
    23 + usize::from(contact.entity_type.is_some())
        + 2 * usize::from(contact.player_id.is_some())
        + varuint_size(reloads)
        + reloads
        + varuint_size(angles)
        + 2 * angles
}

#[inline(always)]
unsafe fn put_update(update: &Update, output: &mut Output) {
    // SAFETY: the caller has the room.
    unsafe {
        output.varuint(update.contacts.len() as u32);
        for contact in &update.contacts {
            put_contact(contact, output);
        }
        output.put(update.score.to_be_bytes());
        output.varuint(update.terrain.len() as u32);
        for Terrain { chunk_x, chunk_y, data } in &update.terrain {
            output.put([*chunk_x as u8, *chunk_y as u8]);
            output.bytes(data);
        }
        output.put(update.world_radius.to_be_bytes());
    }
}

#[inline(always)]
unsafe fn put_contact(contact: &Contact, output: &mut Output) {
    let Transform { altitude, angle, position: Point { x, y }, velocity } = &contact.transform;
    // SAFETY: the caller has the room.
    unsafe {
        output.put([contact.damage]);
        output.put(contact.entity_id.to_be_bytes());
        match contact.entity_type {
            None => output.put([0]),
            Some(entity_type) => output.put([1, entity_type as u8]),
        }
        output.put(contact.guidance.angle.to_be_bytes());
        output.put([u8::from(contact.guidance.submerge)]);
        match contact.player_id {
            None => output.put([0]),
            Some(id) => {
                let [high, low] = id.to_be_bytes();
                output.put([1, high, low]);
            }
        }
        // A list of bools lies in memory as it travels.
        output.varuint(contact.reloads.len() as u32);
        output.swapped::<_, 1>(&contact.reloads);
        output.put([*altitude as u8]);
        output.put(angle.to_be_bytes());
        output.put(x.to_be_bytes());
        output.put(y.to_be_bytes());
        output.put(velocity.to_be_bytes());
        output.varuint(contact.turret_angles.len() as u32);
        output.swapped::<_, 2>(&contact.turret_angles);
    }
}

#[inline(always)]
fn get_update(input: &mut Input<'_>) -> Option<Update> {
    Some(Update {
        contacts: input.list(25, get_contact)?,
        score: u32::from_be_bytes(input.take()?),
        terrain: input.list(3, |input| {
            let [x, y] = input.take()?;
            Some(Terrain { chunk_x: x as i8, chunk_y: y as i8, data: input.bytes()? })
        })?,
        world_radius: f32::from_be_bytes(input.take()?),
    })
}

#[inline(always)]
fn get_contact(input: &mut Input<'_>) -> Option<Contact> {
    // Up to the first field of a size of its own, with that.
    input.need(6)?;
    // SAFETY: checked.
    let (damage, entity_id) = unsafe { (input.get(), input.get()) };
    Some(Contact {
        damage: u8::from_be_bytes(damage),
        entity_id: u32::from_be_bytes(entity_id),
        entity_type: input.option(|input| TYPES.get(input.varuint()? as usize).copied())?,
        guidance: Guidance { angle: u16::from_be_bytes(input.take()?), submerge: input.bool()? },
        player_id: input.option(|input| input.take().map(u16::from_be_bytes))?,
        reloads: input.list(1, Input::bool)?,
        transform: get_transform(input)?,
        // SAFETY: any bytes are a u16.
        turret_angles: unsafe { input.swapped::<u16, 2>()? },
    })
}

#[inline(always)]
fn get_transform(input: &mut Input<'_>) -> Option<Transform> {
    input.need(13)?;
    // SAFETY: checked.
    unsafe {
        Some(Transform {
            altitude: i8::from_be_bytes(input.get()),
            angle: u16::from_be_bytes(input.get()),
            position: Point { x: f32::from_be_bytes(input.get()), y: f32::from_be_bytes(input.get()) },
            velocity: i16::from_be_bytes(input.get()),
        })
    }
}
