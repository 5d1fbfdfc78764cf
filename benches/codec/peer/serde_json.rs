use std::rc::Rc;

use super::{Peer, SOUND};
use crate::data::Set;

pub(super) struct SerdeJson;

impl<T: Set> Peer<T> for SerdeJson {
    const NAME: &'static str = "serde_json";
    type Value = T;

    fn prepare(value: &Rc<T>) -> Rc<T> {
        value.clone()
    }

    #[inline(never)]
    fn encode(value: &T) -> Vec<u8> {
        ::serde_json::to_vec(value).expect(SOUND)
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T {
        ::serde_json::from_slice(bytes).expect(SOUND)
    }
}
