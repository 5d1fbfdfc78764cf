//! What the derive is measured by: our bytes, written by hand.

use std::rc::Rc;

use super::{Peer, SOUND};
use crate::data::Set;
use crate::hand::Hand;

pub(super) struct ByHand;

impl<T: Set> Peer<T> for ByHand {
    const NAME: &'static str = "hand";
    type Value = T;

    fn prepare(value: &Rc<T>) -> Rc<T> {
        value.clone()
    }

    #[inline(never)]
    fn encode(value: &T) -> Vec<u8> {
        Hand::encode(value)
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T {
        <T as Hand>::decode(bytes).expect(SOUND)
    }
}
