//! Its default settings, but for the limit on a list's size, which is below a mesh's.

use std::rc::Rc;

use ::wincode::config::{Configuration, PREALLOCATION_SIZE_LIMIT_DISABLED};

use super::{Peer, SOUND};
use crate::data::Set;

pub(super) type Unlimited = Configuration<true, PREALLOCATION_SIZE_LIMIT_DISABLED>;

const UNLIMITED: Unlimited = Configuration::default().disable_preallocation_size_limit();

pub(super) struct Wincode;

impl<T: Set> Peer<T> for Wincode {
    const NAME: &'static str = "wincode";
    type Value = T;

    fn prepare(value: &Rc<T>) -> Rc<T> {
        value.clone()
    }

    #[inline(never)]
    fn encode(value: &T) -> Vec<u8> {
        ::wincode::config::serialize(value, UNLIMITED).expect(SOUND)
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T {
        ::wincode::config::deserialize(bytes, UNLIMITED).expect(SOUND)
    }
}
