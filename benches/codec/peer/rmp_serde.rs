use std::rc::Rc;

use super::{Peer, SOUND};
use crate::data::Set;

pub(super) struct RmpSerde;

impl<T: Set> Peer<T> for RmpSerde {
    const NAME: &'static str = "rmp-serde";
    type Value = T;

    fn prepare(value: &Rc<T>) -> Rc<T> {
        value.clone()
    }

    #[inline(never)]
    fn encode(value: &T) -> Vec<u8> {
        ::rmp_serde::to_vec(value).expect(SOUND)
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T {
        ::rmp_serde::from_slice(bytes).expect(SOUND)
    }
}
