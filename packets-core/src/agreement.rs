//! What two ends of different builds can still say to each other: a verdict for each packet.

use std::collections::HashMap;
use std::sync::Arc;

use crate::manifest::{Manifest, ManifestPacket};
use crate::packet::{Descriptor, Packet, Scope, Which};
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
    outgoing: Vec<Verdict>,
    /// By the wire's id.
    incoming: HashMap<u32, PacketId>,
}

/// Whether a packet can travel between two builds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Both ends have the same schema for it.
    Identical {
        /// Its id on the wire.
        id: u16,
    },
    /// Both ends know it, with different schemas.
    Incompatible(Arc<Incompatible>),
    /// The server does not know it.
    Unknown,
}

/// The first place where two schemas of one packet differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is {ours} here and {theirs} on the other end")]
pub struct Incompatible {
    /// The packet and the way to the place in it, as `Move.position.x`; a response is `Move -> x`.
    pub path: String,
    /// The type here.
    pub ours: String,
    /// The type there.
    pub theirs: String,
}

impl Incompatible {
    /// The same, as the other end sees it.
    pub(crate) fn mirrored(&self) -> Self {
        let Self { path, ours, theirs } = self.clone();
        Self { path, ours: theirs, theirs: ours }
    }
}

impl Agreement {
    /// Both ends have the same packets.
    #[must_use]
    pub const fn identical(registry: Arc<Registry>) -> Self {
        Self { registry, translation: None }
    }

    /// A client's agreement with a server of this manifest.
    #[must_use]
    pub fn with(registry: Arc<Registry>, manifest: &Manifest) -> Self {
        let theirs: HashMap<&str, &ManifestPacket> =
            manifest.packets.iter().map(|packet| (packet.name.as_str(), packet)).collect();
        let mut incoming = HashMap::new();
        let outgoing = registry
            .iter()
            .map(|(id, ours)| {
                let Some(theirs) = theirs.get(ours.name()) else { return Verdict::Unknown };
                incoming.insert(theirs.id.into(), id);
                match difference(ours, theirs) {
                    None => Verdict::Identical { id: theirs.id },
                    Some(incompatible) => Verdict::Incompatible(Arc::new(incompatible)),
                }
            })
            .collect();
        Self { registry, translation: Some(Arc::new(Translation { outgoing, incoming })) }
    }

    /// This end's packets.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Whether a packet of this end can travel.
    #[must_use]
    pub fn verdict(&self, id: PacketId) -> Verdict {
        match &self.translation {
            None => Verdict::Identical { id: id.number() },
            Some(translation) => {
                translation.outgoing.get(usize::from(id.number()) - 1).cloned().unwrap_or(Verdict::Unknown)
            }
        }
    }

    /// This end's packet for an id on the wire, with what keeps it from being read.
    #[inline]
    pub(crate) fn incoming(&self, wire: u32) -> Result<PacketId, Unreadable> {
        match &self.translation {
            None => self.registry.id(wire).ok_or(Unreadable::Unknown(wire)),
            Some(translation) => match translation.incoming.get(&wire) {
                None => Err(Unreadable::Unknown(wire)),
                Some(id) => match self.verdict(*id) {
                    Verdict::Incompatible(incompatible) => Err(Unreadable::Incompatible(incompatible)),
                    _ => Ok(*id),
                },
            },
        }
    }
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
    fn resolve(&self, which: Which<'_>) -> Result<(u16, &Descriptor), Box<str>> {
        let id = match which {
            Which::Type(type_id) => self.registry.id_of_type(type_id),
            Which::Name(name) => self.registry.id_named(name),
        };
        let id = id.ok_or("it is not in this end's registry")?;
        match self.verdict(id) {
            Verdict::Identical { id: wire } => Ok((wire, self.registry.packet(id))),
            Verdict::Incompatible(incompatible) => Err(incompatible.to_string().into()),
            Verdict::Unknown => Err("the other end does not know it".into()),
        }
    }
}

/// The first difference between our packet and theirs.
fn difference(ours: &Descriptor, theirs: &ManifestPacket) -> Option<Incompatible> {
    if ours.fingerprint() == theirs.fingerprint {
        return None;
    }
    let unreadable = || Incompatible {
        path: ours.name().to_owned(),
        ours: ours.ty().to_string(),
        theirs: "a type this version does not know".to_owned(),
    };
    let (Ok(ty), Ok(response)) = (&theirs.ty, &theirs.response) else { return Some(unreadable()) };
    between(ours.name(), ours.ty(), ty)
        .or_else(|| between(&format!("{} ->", ours.name()), ours.response(), response))
        // Only a manifest that contradicts itself has other fingerprints for equal schemas.
        .or_else(|| Some(unreadable()))
}

/// The first difference between two types, searched in the order of the bytes.
fn between(path: &str, ours: &Type, theirs: &Type) -> Option<Incompatible> {
    if ours == theirs {
        return None;
    }
    let within = match (ours, theirs) {
        (Type::Object(ours), Type::Object(theirs)) => {
            let missing = "not there".to_owned();
            let joint = if path.ends_with("->") { " " } else { "." };
            let at = |name: &str| format!("{path}{joint}{name}");
            ours.iter()
                .find_map(|field| match theirs.iter().find(|other| other.name == field.name) {
                    Some(other) => between(&at(&field.name), field.ty.get(), other.ty.get()),
                    None => Some((at(&field.name), field.ty.get().to_string(), missing.clone()).into()),
                })
                .or_else(|| {
                    let extra =
                        theirs.iter().find(|field| ours.iter().all(|other| other.name != field.name))?;
                    Some((at(&extra.name), missing.clone(), extra.ty.get().to_string()).into())
                })
        }
        (Type::Array(ours), Type::Array(theirs)) => between(&format!("{path}[]"), ours.get(), theirs.get()),
        (Type::Option(ours), Type::Option(theirs)) => between(path, ours.get(), theirs.get()),
        (Type::Definition(ours_name, ours), Type::Definition(theirs_name, theirs))
            if ours_name == theirs_name =>
        {
            between(path, ours.get(), theirs.get())
        }
        _ => None,
    };
    within.or_else(|| Some((path.to_owned(), ours.to_string(), theirs.to_string()).into()))
}

impl From<(String, String, String)> for Incompatible {
    fn from((path, ours, theirs): (String, String, String)) -> Self {
        Self { path, ours, theirs }
    }
}

impl Agreement {
    /// The verdict on a packet type; [`Unknown`](Verdict::Unknown) also if this end's registry lacks it.
    #[must_use]
    pub fn verdict_of<P: Packet>(&self) -> Verdict {
        self.registry.id_of::<P>().map_or(Verdict::Unknown, |id| self.verdict(id))
    }
}
