use std::rc::Rc;

use super::{Peer, SOUND};
use crate::data::Set;

pub(super) struct Speedy;

impl<T: Set> Peer<T> for Speedy {
    const NAME: &'static str = "speedy";
    type Value = T;

    fn prepare(value: &Rc<T>) -> Rc<T> {
        value.clone()
    }

    #[inline(never)]
    fn encode(value: &T) -> Vec<u8> {
        value.write_to_vec().expect(SOUND)
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T {
        T::read_from_buffer(bytes).expect(SOUND)
    }
}
