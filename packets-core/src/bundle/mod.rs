//! Several packets in one.

mod response;

use std::any::{Any, TypeId};

use bytes::Bytes;

use crate::adapt::Plan;
use crate::codec::{Reader, Writer, varuint_size};
use crate::dehydrated;
use crate::error::{DecodeError, EncodeError};
use crate::packet::{Origin, Packet, Resolved, Scope, Which};
use crate::schema::{Schema, Type};
use crate::value::Value;

pub use self::response::{BundleResponse, ItemError};

/// Several packets that travel as one, other bundles among them.
///
/// They are accepted in order, each by its own acceptor. A bundle that is *sent* resolves to
/// [`BundleResponse`]: one result per item. At most [8 levels](Self::MAX_LEVELS) and
/// [1,024 packets](Self::MAX_PACKETS) in all; the receiver refuses more.
///
/// ```
/// use packets_core::{Packet, bundle};
///
/// #[derive(Packet)]
/// struct Slap;
///
/// let bundle = bundle![Slap, bundle![Slap, ("Slap",)], ("Redirect", "/")];
/// assert_eq!(bundle.len(), 3);
/// ```
#[derive(Debug)]
pub struct Bundle {
    items: Vec<Item>,
    /// How many levels of bundles there are, and how many packets on all of them, as far as they are known:
    /// what was received is not opened.
    levels: usize,
    packets: usize,
}

/// A bundle of packets, dehydrated packets and bundles: `bundle![Slap, ("Slap",), bundle![]]`.
#[macro_export]
macro_rules! bundle {
    ($($packet:expr),* $(,)?) => {
        $crate::Bundle::new()$(.with($packet))*
    };
}

enum Item {
    /// Encoded when the ids of the connection are known.
    Packet(Box<dyn BundlePacket>),
    Dehydrated(Result<(String, Option<Value>), EncodeError>),
    /// Received: the id is the wire's.
    Received(BundleItem),
}

/// An item of a received bundle, not yet decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct BundleItem {
    /// The packet's id on the connection that the bundle came by.
    pub id: u16,
    /// The encoded packet.
    pub body: Bytes,
}

impl Bundle {
    /// Bundles nest at most so deep: a bundle, its bundles, and so on.
    pub const MAX_LEVELS: usize = 8;

    /// A bundle holds at most so many packets, those of its bundles and these bundles themselves included.
    pub const MAX_PACKETS: usize = 1_024;

    /// A bundle of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { items: Vec::new(), levels: 1, packets: 0 }
    }

    /// The bundle with one more packet, typed or dehydrated.
    #[must_use]
    pub fn with(mut self, packet: impl IntoBundle) -> Self {
        self.push(packet);
        self
    }

    /// Adds a packet, typed or dehydrated.
    pub fn push(&mut self, packet: impl IntoBundle) {
        packet.push_into(self);
    }

    /// How many packets there are, not counting those inside bundles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no packet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items of a bundle that was received; those of one made here are left out.
    pub fn received(&self) -> impl Iterator<Item = &BundleItem> {
        self.items.iter().filter_map(|item| match item {
            Item::Received(item) => Some(item),
            Item::Packet(_) | Item::Dehydrated(_) => None,
        })
    }

    /// The same, to be kept.
    #[cfg(feature = "net")]
    pub(crate) fn into_received(self) -> impl Iterator<Item = BundleItem> {
        self.items.into_iter().filter_map(|item| match item {
            Item::Received(item) => Some(item),
            Item::Packet(_) | Item::Dehydrated(_) => None,
        })
    }

    fn encode_items(&self, scope: Option<&dyn Scope>, writer: &mut Writer) {
        if self.levels > Self::MAX_LEVELS || self.packets > Self::MAX_PACKETS {
            return writer.fail(cannot(Self::NAME, &"a bundle has at most 8 levels and 1,024 packets"));
        }
        writer.prefixed(|writer| self.items.iter().for_each(|item| item.encode(scope, writer)));
    }
}

/// What a bundle can hold: packets, bundles, and dehydrated packets.
pub trait IntoBundle {
    #[doc(hidden)]
    fn push_into(self, bundle: &mut Bundle);
}

impl<P: Packet> IntoBundle for P {
    fn push_into(self, bundle: &mut Bundle) {
        bundle.packets += 1;
        if let Some(inner) = (&self as &dyn Any).downcast_ref::<Bundle>() {
            bundle.levels = bundle.levels.max(1 + inner.levels);
            bundle.packets += inner.packets;
        }
        bundle.items.push(Item::Packet(Box::new(self)));
    }
}

impl<D: serde::Serialize> IntoBundle for (&str, D) {
    fn push_into(self, bundle: &mut Bundle) {
        let (name, data) = self;
        bundle.packets += 1;
        let item = Value::of(&data).map(|data| (name.to_owned(), Some(data)));
        bundle.items.push(Item::Dehydrated(item.map_err(|error| cannot(name, &error))));
    }
}

impl IntoBundle for (&str,) {
    fn push_into(self, bundle: &mut Bundle) {
        bundle.packets += 1;
        bundle.items.push(Item::Dehydrated(Ok((self.0.to_owned(), None))));
    }
}

trait BundlePacket: Send + Sync {
    fn name(&self) -> &'static str;
    fn which(&self) -> Which<'static>;
    fn size(&self) -> usize;
    fn encode_for(&self, scope: &dyn Scope, writer: &mut Writer);
}

impl<P: Packet> BundlePacket for P {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn which(&self) -> Which<'static> {
        Which::Type(TypeId::of::<P>())
    }

    fn size(&self) -> usize {
        Schema::size(self)
    }

    fn encode_for(&self, scope: &dyn Scope, writer: &mut Writer) {
        Packet::encode_for(self, scope, writer);
    }
}

impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Packet(packet) => f.write_str(packet.name()),
            Self::Dehydrated(item) => item.fmt(f),
            Self::Received(item) => item.fmt(f),
        }
    }
}

impl Item {
    /// The size of length, id and body.
    fn size(&self) -> usize {
        6 + match self {
            Self::Packet(packet) => packet.size(),
            Self::Dehydrated(_) => 0,
            Self::Received(item) => item.body.len(),
        }
    }

    fn encode(&self, scope: Option<&dyn Scope>, writer: &mut Writer) {
        match self {
            Self::Received(item) => framed(item.id, writer, |writer| writer.put(&item.body)),
            Self::Packet(packet) => match resolve(scope, packet.which()) {
                Ok((scope, resolved)) => framed(resolved.id, writer, |writer| {
                    adapted(packet.name(), resolved.plan, writer, |writer| packet.encode_for(scope, writer));
                }),
                Err(reason) => writer.fail(cannot(packet.name(), &reason)),
            },
            Self::Dehydrated(Err(error)) => writer.fail(error.clone()),
            Self::Dehydrated(Ok((name, data))) => match resolve(scope, Which::Name(name)) {
                Ok((_, resolved)) => framed(resolved.id, writer, |writer| {
                    adapted(name, resolved.plan, writer, |writer| {
                        if let Err(error) = dehydrated::encode(resolved.packet.ty(), data.as_ref(), writer) {
                            writer.fail(cannot(name, &error));
                        }
                    });
                }),
                Err(reason) => writer.fail(cannot(name, &reason)),
            },
        }
    }
}

fn resolve<'a>(
    scope: Option<&'a dyn Scope>,
    which: Which<'_>,
) -> Result<(&'a dyn Scope, Resolved<'a>), Box<str>> {
    let scope = scope.ok_or("packets inside a bundle get their ids from the connection it is sent on")?;
    Ok((scope, scope.resolve(which)?))
}

/// Appends a body as the other end has it.
fn adapted(packet: &str, plan: Option<&Plan>, writer: &mut Writer, encode: impl FnOnce(&mut Writer)) {
    let Some(plan) = plan else { return encode(writer) };
    let mut ours = Writer::default();
    encode(&mut ours);
    match ours.finish().map(|body| plan.adapt(&body)) {
        Ok(Ok(body)) => writer.put(&body),
        Ok(Err(error)) => writer.fail(cannot(packet, &error)),
        Err(error) => writer.fail(error),
    }
}

/// An item: the body's length and the packet's id, both little-endian, and the body.
fn framed(id: u16, writer: &mut Writer, body: impl FnOnce(&mut Writer)) {
    let start = writer.len();
    writer.put(&[0; 4]);
    writer.put(&id.to_le_bytes());
    body(writer);
    match u32::try_from(writer.len() - start - 6) {
        Ok(length) => writer.patch(start, length.to_le_bytes()),
        Err(_) => writer.fail(EncodeError::TooLong(writer.len())),
    }
}

fn cannot(packet: &str, reason: &dyn std::fmt::Display) -> EncodeError {
    EncodeError::Bundle { packet: packet.into(), reason: reason.to_string().into() }
}

impl Default for Bundle {
    fn default() -> Self {
        Self::new()
    }
}

impl Schema for Bundle {
    const TYPE: &'static Type = &Type::Buffer;

    fn size(&self) -> usize {
        if self.levels > Self::MAX_LEVELS {
            // It will not be encoded; and looking into it might never end.
            return 0;
        }
        let length = self.items.iter().map(Item::size).sum();
        varuint_size(length) + length
    }

    fn encode(&self, writer: &mut Writer) {
        self.encode_items(None, writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut items = Vec::new();
        let content = reader.buffer()?;
        let mut rest = Reader::new(content);
        while rest.remaining() > 0 {
            let length = u32::from_le_bytes(rest.array()?);
            let id = u16::from_le_bytes(rest.array()?);
            let body = rest.take(length as usize)?;
            reader.charge(1)?;
            items.push(Item::Received(BundleItem { id, body: reader.share(body) }));
        }
        Ok(Self { packets: items.len(), items, levels: 1 })
    }
}

impl Packet for Bundle {
    const NAME: &'static str = "Bundle";
    type Response = BundleResponse;
    const ORIGIN: Origin = Origin { type_name: "packets_core::Bundle", file: file!(), line: line!() };

    fn encode_for(&self, scope: &dyn Scope, writer: &mut Writer) {
        self.encode_items(Some(scope), writer);
    }
}
