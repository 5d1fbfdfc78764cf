use std::rc::Rc;

use super::{Peer, SOUND};
use crate::data::Set;

pub(super) struct Bitcode;

impl<T: Set> Peer<T> for Bitcode {
    const NAME: &'static str = "bitcode";
    type Value = T;

    fn prepare(value: &Rc<T>) -> Rc<T> {
        value.clone()
    }

    #[inline(never)]
    fn encode(value: &T) -> Vec<u8> {
        ::bitcode::encode(value)
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T {
        ::bitcode::decode(bytes).expect(SOUND)
    }
}
