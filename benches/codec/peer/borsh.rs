use std::rc::Rc;

use super::{Peer, SOUND};
use crate::data::Set;

pub(super) struct Borsh;

impl<T: Set> Peer<T> for Borsh {
    const NAME: &'static str = "borsh";
    type Value = T;

    fn prepare(value: &Rc<T>) -> Rc<T> {
        value.clone()
    }

    #[inline(never)]
    fn encode(value: &T) -> Vec<u8> {
        ::borsh::to_vec(value).expect(SOUND)
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T {
        T::try_from_slice(bytes).expect(SOUND)
    }
}
