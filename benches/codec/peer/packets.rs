use std::rc::Rc;

use super::{Peer, SOUND};
use crate::data::Set;

pub(super) struct Packets;

impl<T: Set> Peer<T> for Packets {
    const NAME: &'static str = "packets";
    type Value = T;

    fn prepare(value: &Rc<T>) -> Rc<T> {
        value.clone()
    }

    #[inline(never)]
    fn encode(value: &T) -> Vec<u8> {
        packets_core::schema::encode(value).expect(SOUND)
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T {
        packets_core::schema::decode(bytes).expect(SOUND)
    }
}
