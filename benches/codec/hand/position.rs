use super::Hand;
use crate::data::position::Position;

impl Hand for Position {
    #[inline]
    fn encode(&self) -> Vec<u8> {
        let words = [self.id, self.x.to_bits(), self.y.to_bits(), self.z.to_bits()];
        words.map(u32::to_be_bytes).as_flattened().to_vec()
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 16] = bytes.try_into().ok()?;
        let (words, _) = bytes.as_chunks();
        let [id, x, y, z] = [0, 1, 2, 3].map(|index: usize| u32::from_be_bytes(words[index]));
        Some(Self { id, x: f32::from_bits(x), y: f32::from_bits(y), z: f32::from_bits(z) })
    }
}
