//! Who is compared: one codec a file.

mod bincode;
mod bitcode;
mod borsh;
mod hand;
mod packets;
mod postcard;
pub(crate) mod prost;
mod rmp_serde;
mod serde_json;
mod speedy;
mod wincode;

use std::fmt::Debug;
use std::rc::Rc;

use crate::contest::Contestant;
use crate::data::Set;

/// A codec for values of `T`.
///
/// `encode` and `decode` are never inlined: whose code is put into the measuring loop, and spares a call, would be
/// chance.
pub(crate) trait Peer<T> {
    /// The crate's name.
    const NAME: &'static str;

    /// What it encodes: `T`, unless it has types of its own.
    type Value: PartialEq + 'static;

    /// Not measured. Whoever encodes a `T` encodes the same one: where it lies in memory is nobody's merit.
    fn prepare(value: &Rc<T>) -> Rc<Self::Value>;

    /// Encodes into a buffer of its own.
    fn encode(value: &Self::Value) -> Vec<u8>;

    /// Decodes into a value that borrows nothing.
    fn decode(bytes: &[u8]) -> Self::Value;
}

/// What the derives of the peers that have one implement.
pub(crate) trait Everyone:
    Clone
    + PartialEq
    + Debug
    + packets_core::Schema
    + ::bincode::Encode
    + ::bincode::Decode<()>
    + ::bitcode::Encode
    + ::bitcode::DecodeOwned
    + ::borsh::BorshSerialize
    + ::borsh::BorshDeserialize
    + ::serde::Serialize
    + ::serde::de::DeserializeOwned
    + for<'a> ::speedy::Readable<'a, ::speedy::LittleEndian>
    + ::speedy::Writable<::speedy::LittleEndian>
    + ::wincode::SchemaWrite<wincode::Unlimited, Src = Self>
    + for<'a> ::wincode::SchemaRead<'a, wincode::Unlimited, Dst = Self>
{
}

impl<T> Everyone for T where
    T: Clone
        + PartialEq
        + Debug
        + packets_core::Schema
        + ::bincode::Encode
        + ::bincode::Decode<()>
        + ::bitcode::Encode
        + ::bitcode::DecodeOwned
        + ::borsh::BorshSerialize
        + ::borsh::BorshDeserialize
        + ::serde::Serialize
        + ::serde::de::DeserializeOwned
        + for<'a> ::speedy::Readable<'a, ::speedy::LittleEndian>
        + ::speedy::Writable<::speedy::LittleEndian>
        + ::wincode::SchemaWrite<wincode::Unlimited, Src = T>
        + for<'a> ::wincode::SchemaRead<'a, wincode::Unlimited, Dst = T>
{
}

/// All of them, ours first.
pub(crate) fn contestants<T: Set>() -> Vec<Contestant> {
    let value = Rc::new(T::generate());
    let (ours, by_hand) = (packets::Packets::encode(&*value), hand::ByHand::encode(&*value));
    assert!(ours == by_hand, "{}: what is written by hand differs from ours", T::NAME);
    vec![
        Contestant::new::<T, packets::Packets>(&value),
        Contestant::new::<T, hand::ByHand>(&value),
        Contestant::new::<T, speedy::Speedy>(&value),
        Contestant::new::<T, wincode::Wincode>(&value),
        Contestant::new::<T, bitcode::Bitcode>(&value),
        Contestant::new::<T, bincode::Bincode>(&value),
        Contestant::new::<T, borsh::Borsh>(&value),
        Contestant::new::<T, postcard::Postcard>(&value),
        Contestant::new::<T, prost::Prost>(&value),
        Contestant::new::<T, rmp_serde::RmpSerde>(&value),
        Contestant::new::<T, serde_json::SerdeJson>(&value),
    ]
}

/// What was encoded a moment ago can be decoded, and what was generated can be encoded.
const SOUND: &str = "the peer reads and writes the set";
