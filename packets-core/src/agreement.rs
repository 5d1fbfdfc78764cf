//! What two ends of different builds can still say to each other: a verdict for each packet.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::adapt::{Adaptation, Incompatible, Plan};
use crate::manifest::{Manifest, ManifestPacket};
use crate::packet::{Descriptor, Packet, Resolved, Scope, Which};
use crate::registry::{PacketId, Registry};
use crate::reject::{Reject, RejectKind};
use crate::schema::Type;

/// The packets of this end against those of the other.
///
/// The ids on the wire are always the server's. The server's own agreement is therefore
/// [identical](Self::identical) with every client; it is the client that translates.
#[derive(Clone, Debug)]
pub struct Agreement {
    registry: Arc<Registry>,
    /// Absent if the digests are equal.
    translation: Option<Arc<Translation>>,
}

#[derive(Debug)]
struct Translation {
    /// By our id, less one.
    packets: Vec<Counterpart>,
    /// By the wire's id.
    by_wire_id: HashMap<u32, PacketId>,
}

/// The other end's packet of the name of one of ours. What can be done about differences is found out when it is
/// first asked for.
#[derive(Debug)]
struct Counterpart {
    theirs: Option<ManifestPacket>,
    sent: OnceLock<Verdict>,
    received: OnceLock<Verdict>,
}

/// Whether a packet can travel between two builds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Its bytes are the same on both ends.
    Identical {
        /// Its id on the wire.
        id: u16,
    },
    /// The two ends have different schemas for it, and each value is [adapted](crate::adapt) on its way. One that
    /// has no counterpart on the other end fails by itself.
    Adapted {
        /// Its id on the wire.
        id: u16,
        /// What becomes of packets and responses.
        adaptation: Arc<Adaptation>,
    },
    /// Both ends know it, with schemas too different to adapt its values.
    Incompatible(Arc<Incompatible>),
    /// The server does not know it.
    Unknown,
}

impl Agreement {
    /// Both ends have the same packets.
    #[must_use]
    pub const fn identical(registry: Arc<Registry>) -> Self {
        Self { registry, translation: None }
    }

    /// A client's agreement with a server of this manifest.
    #[must_use]
    pub fn with(registry: Arc<Registry>, manifest: Manifest) -> Self {
        let known = manifest.packets.into_iter().filter(|packet| registry.id_named(&packet.name).is_some());
        let mut theirs: HashMap<_, _> = known.map(|packet| (packet.name.clone(), packet)).collect();
        let mut by_wire_id = HashMap::new();
        let packets = registry
            .iter()
            .map(|(id, ours)| {
                let theirs = theirs.remove(ours.name());
                if let Some(theirs) = &theirs {
                    by_wire_id.insert(theirs.id.into(), id);
                }
                Counterpart { theirs, sent: OnceLock::new(), received: OnceLock::new() }
            })
            .collect();
        Self { registry, translation: Some(Arc::new(Translation { packets, by_wire_id })) }
    }

    /// This end's packets.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Whether a packet of this end can be sent.
    #[must_use]
    pub fn verdict(&self, id: PacketId) -> Verdict {
        match &self.translation {
            None => Verdict::Identical { id: id.number() },
            Some(translation) => self.sent(translation, id).clone(),
        }
    }

    /// The verdict on a packet type; [`Unknown`](Verdict::Unknown) also if this end's registry lacks it.
    #[must_use]
    pub fn verdict_of<P: Packet>(&self) -> Verdict {
        self.registry.id_of::<P>().map_or(Verdict::Unknown, |id| self.verdict(id))
    }

    /// Whether the two ends differ.
    pub(crate) const fn is_translated(&self) -> bool {
        self.translation.is_some()
    }

    /// This end's packet for an id on the wire.
    pub(crate) fn id_of_wire(&self, wire: u32) -> Option<PacketId> {
        match &self.translation {
            None => self.registry.id(wire),
            Some(translation) => translation.by_wire_id.get(&wire).copied(),
        }
    }

    fn sent<'a>(&'a self, translation: &'a Translation, id: PacketId) -> &'a Verdict {
        let Counterpart { theirs, sent, .. } = &translation.packets[usize::from(id.number()) - 1];
        sent.get_or_init(|| judge(self.registry.packet(id), theirs.as_ref(), Way::Out))
    }

    fn received<'a>(&'a self, translation: &'a Translation, id: PacketId) -> &'a Verdict {
        let Counterpart { theirs, received, .. } = &translation.packets[usize::from(id.number()) - 1];
        received.get_or_init(|| judge(self.registry.packet(id), theirs.as_ref(), Way::In))
    }

    /// What becomes of packets of this kind that are sent, and of their responses; nothing if all stays as it is.
    #[inline]
    pub(crate) fn sending(&self, id: PacketId) -> Option<&Arc<Adaptation>> {
        self.sent(self.translation.as_ref()?, id).adaptation()
    }

    /// The same for those that are received.
    #[inline]
    pub(crate) fn receiving(&self, id: PacketId) -> Option<&Arc<Adaptation>> {
        self.received(self.translation.as_ref()?, id).adaptation()
    }

    /// This end's packet for an id on the wire, with what keeps it from being read.
    #[inline]
    pub(crate) fn incoming(&self, wire: u32) -> Result<PacketId, Unreadable> {
        let id = self.id_of_wire(wire).ok_or(Unreadable::Unknown(wire))?;
        match &self.translation {
            None => Ok(id),
            Some(translation) => match self.received(translation, id) {
                Verdict::Incompatible(incompatible) => Err(Unreadable::Incompatible(incompatible.clone())),
                _ => Ok(id),
            },
        }
    }
}

impl Verdict {
    const fn adaptation(&self) -> Option<&Arc<Adaptation>> {
        match self {
            Self::Adapted { adaptation, .. } => Some(adaptation),
            _ => None,
        }
    }
}

/// Which way a packet goes. Its response comes back the other way.
#[derive(Clone, Copy)]
enum Way {
    Out,
    In,
}

impl Way {
    const fn back(self) -> Self {
        match self {
            Self::Out => Self::In,
            Self::In => Self::Out,
        }
    }

    /// The plan for what goes this way; none if its bytes stay the same.
    fn plan(self, name: &str, ours: &Type, theirs: &Type) -> Result<Option<Plan>, Incompatible> {
        let plan = match self {
            Self::Out => Plan::new(name, ours, theirs)?,
            Self::In => Plan::new(name, theirs, ours).map_err(|incompatible| incompatible.mirrored())?,
        };
        Ok((!plan.is_identity()).then_some(plan))
    }
}

fn judge(ours: &Descriptor, theirs: Option<&ManifestPacket>, way: Way) -> Verdict {
    let Some(theirs) = theirs else { return Verdict::Unknown };
    let id = theirs.id;
    if ours.fingerprint() == theirs.fingerprint {
        return Verdict::Identical { id };
    }
    match adaptation(ours, theirs, way) {
        Ok(Adaptation { body: None, response: None }) => Verdict::Identical { id },
        Ok(adaptation) => Verdict::Adapted { id, adaptation: Arc::new(adaptation) },
        Err(incompatible) => Verdict::Incompatible(Arc::new(incompatible)),
    }
}

fn adaptation(ours: &Descriptor, theirs: &ManifestPacket, way: Way) -> Result<Adaptation, Incompatible> {
    let Ok((ty, response)) = theirs.types() else {
        return Err(Incompatible {
            path: ours.name().to_owned(),
            ours: ours.ty().to_string(),
            theirs: "a type this version does not know".to_owned(),
        });
    };
    Ok(Adaptation {
        body: way.plan(ours.name(), ours.ty(), &ty)?,
        response: way.back().plan(&format!("{} ->", ours.name()), ours.response(), &response)?,
    })
}

/// Why a packet that came cannot be read here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Unreadable {
    /// No packet has this id.
    Unknown(u32),
    Incompatible(Arc<Incompatible>),
}

impl Unreadable {
    pub(crate) const fn kind(&self) -> RejectKind {
        match self {
            Self::Unknown(_) => RejectKind::UnknownPacket,
            Self::Incompatible(_) => RejectKind::Incompatible,
        }
    }

    /// What its sender is told, who sees it from the other side.
    pub(crate) fn reject(&self) -> Reject {
        let reason = match self {
            Self::Unknown(_) => self.to_string(),
            Self::Incompatible(incompatible) => incompatible.mirrored().to_string(),
        };
        Reject::new(self.kind(), reason)
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "no packet has id {id}"),
            Self::Incompatible(incompatible) => incompatible.fmt(f),
        }
    }
}

impl Scope for Agreement {
    fn resolve(&self, which: Which<'_>) -> Result<Resolved<'_>, Box<str>> {
        let id = match which {
            Which::Type(type_id) => self.registry.id_of_type(type_id),
            Which::Name(name) => self.registry.id_named(name),
        };
        let id = id.ok_or("it is not in this end's registry")?;
        let packet = self.registry.packet(id);
        match self.verdict(id) {
            Verdict::Identical { id } => Ok(Resolved { id, packet, plan: None }),
            Verdict::Adapted { id: wire, .. } => {
                let plan = self.sending(id).and_then(|adaptation| adaptation.body.as_ref());
                Ok(Resolved { id: wire, packet, plan })
            }
            Verdict::Incompatible(incompatible) => Err(incompatible.to_string().into()),
            Verdict::Unknown => Err("the other end does not know it".into()),
        }
    }
}
