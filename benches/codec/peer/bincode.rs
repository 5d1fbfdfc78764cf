//! Variable-length integers, as version 2 has them by default.

use std::rc::Rc;

use ::bincode::config::standard;

use super::{Peer, SOUND};
use crate::data::Set;

pub(super) struct Bincode;

impl<T: Set> Peer<T> for Bincode {
    const NAME: &'static str = "bincode";
    type Value = T;

    fn prepare(value: &Rc<T>) -> Rc<T> {
        value.clone()
    }

    #[inline(never)]
    fn encode(value: &T) -> Vec<u8> {
        ::bincode::encode_to_vec(value, standard()).expect(SOUND)
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T {
        ::bincode::decode_from_slice(bytes, standard()).expect(SOUND).0
    }
}
