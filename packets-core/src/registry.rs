//! The packets of a program: gathered, sorted by name, numbered.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::defaults;
use crate::order::utf16;
use crate::packet::{Descriptor, Gathered, Origin, Packet};
#[cfg(feature = "net")]
use crate::policy::Policy;
use crate::schema::Fingerprint;

/// A packet's number within one registry: its place, from 1, among all names in UTF-16 order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PacketId(pub(crate) u16);

impl PacketId {
    /// The largest id, and so the largest number of packets in a registry.
    pub const MAX: u16 = u16::MAX;

    /// The number itself.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl std::fmt::Display for PacketId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The packets that one end of a connection knows.
///
/// ```standalone_crate
/// use packets_core::{Packet, Registry};
///
/// #[derive(Packet)]
/// struct Slap;
///
/// let registry = Registry::gather()?;
/// let names: Vec<_> = registry.iter().map(|(id, packet)| (id.number(), packet.name())).collect();
/// assert_eq!(names, [(1, "Bundle"), (2, "Redirect"), (3, "Refresh"), (4, "Slap")]);
/// # Ok::<(), packets_core::RegistryError>(())
/// ```
#[derive(Debug)]
pub struct Registry {
    packets: Vec<Descriptor>,
    by_type: HashMap<TypeId, PacketId, BuildHasherDefault<TypeIdHasher>>,
    digest: Fingerprint,
    /// Whether there is a packet of which only so much may come.
    #[cfg(feature = "net")]
    pub(crate) has_limits: bool,
    /// Whether there is a packet of which only so many are accepted at a time.
    #[cfg(feature = "net")]
    pub(crate) has_lanes: bool,
    /// The MANIFEST frame, once somebody has asked for it.
    #[cfg(feature = "net")]
    pub(crate) manifest: std::sync::OnceLock<bytes::Bytes>,
}

/// Why packets do not make a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Two packets have one name.
    #[error(
        "two packets are named `{name}`: {}; rename one with #[packet(name = \"…\")]",
        origins.iter().map(|origin| origin.as_ref().map_or_else(|| "one made at run time".to_owned(), Origin::to_string))
            .collect::<Vec<_>>().join(" and ")
    )]
    Duplicate {
        /// The name.
        name: String,
        /// Where each is defined.
        origins: [Option<Origin>; 2],
    },
    /// More packets than there are ids.
    #[error("{0} packets are too many: ids end at 65535")]
    TooMany(usize),
    /// No packet but the default ones.
    #[error(
        "no packet was gathered: the crate that defines them is not linked into this program; \
         name it once, as in `use my_protocol as _;`, or say `.defaults_only()`"
    )]
    Empty,
}

impl Registry {
    /// All packets that the program's crates derive, and the default ones.
    ///
    /// # Errors
    /// [`RegistryError`] if two have one name, or if there are none: a crate of packets that the program
    /// never mentions is not linked, and so gathers nothing.
    pub fn gather() -> Result<Self, RegistryError> {
        let registry = Self::of(inventory::iter::<Gathered>.into_iter().map(|gathered| (gathered.0)()))?;
        if registry.len() == Self::defaults_only().len() { Err(RegistryError::Empty) } else { Ok(registry) }
    }

    /// The default packets alone.
    #[must_use]
    pub fn defaults_only() -> Self {
        Self::number(Vec::new())
    }

    /// The given packets and the default ones, whatever else the program derives.
    ///
    /// ```
    /// use packets_core::{Packet, Registry, packet::Descriptor};
    ///
    /// #[derive(Packet)]
    /// #[packet(gather = false)]
    /// struct Slap;
    ///
    /// let registry = Registry::of([Descriptor::of::<Slap>()])?;
    /// assert_eq!(registry.len(), 4);
    /// # Ok::<(), packets_core::RegistryError>(())
    /// ```
    ///
    /// # Errors
    /// [`RegistryError`] if two have one name, or there are more than 65,535.
    pub fn of(packets: impl IntoIterator<Item = Descriptor>) -> Result<Self, RegistryError> {
        let registry = Self::number(packets.into_iter().collect());
        if registry.len() > usize::from(PacketId::MAX) {
            return Err(RegistryError::TooMany(registry.len()));
        }
        for pair in registry.packets.windows(2) {
            if pair[0].name() == pair[1].name() {
                return Err(RegistryError::Duplicate {
                    name: pair[0].name().to_owned(),
                    origins: [pair[0].origin(), pair[1].origin()],
                });
            }
        }
        Ok(registry)
    }

    fn number(mut packets: Vec<Descriptor>) -> Self {
        packets.extend(defaults::descriptors());
        packets.sort_by(|a, b| utf16(a.name(), b.name()));
        let mut digest = Fingerprint::EMPTY;
        for packet in &packets {
            digest =
                digest.bytes(packet.name().as_bytes()).byte(0).bytes(&packet.fingerprint().0.to_be_bytes());
        }
        let ids = (1..=PacketId::MAX).map(PacketId);
        let by_type =
            packets.iter().zip(ids).filter_map(|(packet, id)| Some((packet.type_id()?, id))).collect();
        #[cfg(feature = "net")]
        let policy = |is_set: fn(&Policy) -> bool| packets.iter().any(|packet| is_set(packet.policy()));
        Self {
            by_type,
            digest,
            #[cfg(feature = "net")]
            has_limits: policy(Policy::has_limits),
            #[cfg(feature = "net")]
            has_lanes: policy(Policy::has_lanes),
            #[cfg(feature = "net")]
            manifest: std::sync::OnceLock::new(),
            packets,
        }
    }

    /// Sets what this policy sets for a packet type; false if it is not here.
    #[cfg(feature = "net")]
    pub(crate) fn set_policy(&mut self, type_id: TypeId, policy: Policy) -> bool {
        let Some(id) = self.id_of_type(type_id) else { return false };
        let packet = &mut self.packets[usize::from(id.0) - 1];
        *packet = packet.clone().with_policy(policy);
        self.has_limits |= policy.has_limits();
        self.has_lanes |= policy.has_lanes();
        true
    }

    /// How many packets there are, the default ones included.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it always has the default packets")]
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// The packets in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (PacketId, &Descriptor)> {
        (1..=PacketId::MAX).map(PacketId).zip(&self.packets)
    }

    /// The hash over all names and fingerprints: two ends with equal ones agree on everything.
    #[must_use]
    pub const fn digest(&self) -> Fingerprint {
        self.digest
    }

    /// The id of a packet type.
    #[inline]
    #[must_use]
    pub fn id_of<P: Packet>(&self) -> Option<PacketId> {
        self.id_of_type(TypeId::of::<P>())
    }

    #[inline]
    pub(crate) fn id_of_type(&self, type_id: TypeId) -> Option<PacketId> {
        self.by_type.get(&type_id).copied()
    }

    /// The id of the packet of this name.
    #[must_use]
    pub fn id_named(&self, name: &str) -> Option<PacketId> {
        let place = self.packets.binary_search_by(|packet| utf16(packet.name(), name)).ok()?;
        u16::try_from(place + 1).ok().map(PacketId)
    }

    /// The packet with this number, if there is one.
    #[must_use]
    pub fn get(&self, number: u16) -> Option<&Descriptor> {
        self.packets.get(usize::from(number).checked_sub(1)?)
    }

    /// The packet of an id that this registry gave.
    #[cfg(feature = "net")]
    #[inline]
    pub(crate) fn packet(&self, id: PacketId) -> &Descriptor {
        &self.packets[usize::from(id.0) - 1]
    }

    /// The id with this number, if it was given.
    #[cfg(feature = "net")]
    #[inline]
    pub(crate) fn id(&self, number: u32) -> Option<PacketId> {
        let number = u16::try_from(number).ok()?;
        (number > 0 && usize::from(number) <= self.packets.len()).then_some(PacketId(number))
    }
}

/// A `TypeId` is a good hash already.
#[derive(Debug, Default)]
struct TypeIdHasher(u64);

impl Hasher for TypeIdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
