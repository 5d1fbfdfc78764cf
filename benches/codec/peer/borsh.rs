use super::{Peer, SOUND};
use crate::data::Set;

pub(super) struct Borsh;

impl<T: Set> Peer<T> for Borsh {
    const NAME: &'static str = "borsh";
    type Value = T;

    fn prepare(value: &T) -> T {
        value.clone()
    }

    fn encode(value: &T) -> Vec<u8> {
        ::borsh::to_vec(value).expect(SOUND)
    }

    fn decode(bytes: &[u8]) -> T {
        T::try_from_slice(bytes).expect(SOUND)
    }
}
