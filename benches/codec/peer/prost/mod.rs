//! prost's own types, of which a value is made before the measuring starts, and in which its decoding ends.

mod message;

use std::rc::Rc;

use ::prost::Message;

pub(crate) use self::message::Messages;
use super::{Peer, SOUND};
use crate::data::Set;

pub(super) struct Prost;

impl<T: Set> Peer<T> for Prost {
    const NAME: &'static str = "prost";
    type Value = T::Message;

    fn prepare(value: &Rc<T>) -> Rc<T::Message> {
        value.to_message().into()
    }

    #[inline(never)]
    fn encode(value: &T::Message) -> Vec<u8> {
        value.encode_to_vec()
    }

    #[inline(never)]
    fn decode(bytes: &[u8]) -> T::Message {
        T::Message::decode(bytes).expect(SOUND)
    }
}
