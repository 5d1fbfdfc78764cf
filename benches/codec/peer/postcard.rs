use std::rc::Rc;

use super::{Peer, SOUND};
use crate::data::Set;

pub(super) struct Postcard;

impl<T: Set> Peer<T> for Postcard {
    const NAME: &'static str = "postcard";
    type Value = T;

    fn prepare(value: &Rc<T>) -> Rc<T> {
        value.clone()
    }

    #[inline(never)]
    fn encode(value: &T) -> Vec<u8> {
        ::postcard::to_allocvec(value).expect(SOUND)
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T {
        ::postcard::from_bytes(bytes).expect(SOUND)
    }
}
