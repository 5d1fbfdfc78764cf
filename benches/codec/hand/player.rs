use super::input::bool_of;
use super::{Hand, Input, Output, varuint_size};
use crate::data::player::{Attributes, Player};

impl Hand for Player {
    #[inline]
    fn encode(&self) -> Vec<u8> {
        let Attributes { agi, int, str } = self.attributes;
        let count = self.position.len();
        let size = 4 + varuint_size(self.health as usize) + varuint_size(count) + 2 * count;
        let mut output = Output::with_size(size);
        // SAFETY: that is the size of what follows.
        unsafe {
            output.put([agi, int, str]);
            output.varuint(self.health);
            output.put([u8::from(self.jumping)]);
            output.varuint(count as u32);
            output.swapped::<_, 2>(&self.position);
            output.finish()
        }
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Input::new(bytes);
        let [agi, int, str] = input.take()?;
        let health = input.varuint()?;
        let jumping = bool_of(input.take()?)?;
        // SAFETY: any bytes are an i16.
        let position = unsafe { input.swapped::<i16, 2>()? };
        input.finish(Self { attributes: Attributes { agi, int, str }, health, jumping, position })
    }
}
