//! Which types have a name in the module, and which.

use std::collections::{BTreeMap, BTreeSet};

use super::description::Description;
use crate::schema::Type;

/// What a module's own types cannot be called: what it imports or declares, and what it needs of TypeScript.
const TAKEN: [&str; 25] = [
    "Duration",
    "Map",
    "PacketTypes",
    "Record",
    "Set",
    "Time",
    "Uint8Array",
    "any",
    "bigint",
    "boolean",
    "definePackets",
    "never",
    "null",
    "number",
    "object",
    "packets",
    "string",
    "symbol",
    "t",
    "type",
    "undefined",
    "unknown",
    "void",
    "enum",
    "interface",
];

/// The described types by their schemas' text, and the names that were given so far.
pub(super) struct Names {
    described: BTreeMap<String, Vec<&'static Description>>,
    given: BTreeMap<(String, String), String>,
    taken: BTreeSet<String>,
    /// The packet that the types belong to, with its module.
    pub(super) packet: &'static str,
}

/// A type's name.
pub(super) struct Named {
    pub(super) name: String,
    /// Whether it is new: then it has to be declared.
    pub(super) is_new: bool,
    pub(super) description: Option<&'static Description>,
}

impl Names {
    pub(super) fn new() -> Self {
        let mut described = BTreeMap::<_, Vec<_>>::new();
        for description in Description::all() {
            let ty = (description.ty)();
            if can_be_named(ty) {
                described.entry(ty.to_string()).or_default().push(description);
            }
        }
        // The order in which they are linked is any.
        described.values_mut().for_each(|types| types.sort_by_key(|description| description.type_name));
        let taken = TAKEN.into_iter().map(str::to_owned).collect();
        Self { described, given: BTreeMap::new(), taken, packet: "" }
    }

    /// The type of this schema: the only one, or that which is named where it stands. Of those of the same name it is
    /// the one that is nearest to the packet, by its crate and modules.
    fn description(&self, schema: &str, written: &str) -> Option<&'static Description> {
        let types = self.described.get(schema)?;
        let is_one = |types: &[&Description]| types.windows(2).all(|pair| pair[0].name() == pair[1].name());
        let named: Vec<_> = types.iter().copied().filter(|description| description.is_in(written)).collect();
        let types = if named.is_empty() { types } else { &named };
        // Of equals the first in the order of names: `max_by_key` has the last.
        let nearest = || types.iter().copied().rev().max_by_key(|ty| ty.path_shared_with(self.packet));
        if is_one(types) { nearest() } else { None }
    }

    /// The name of a type that stands where `written` is written.
    pub(super) fn of(&mut self, ty: &Type, written: &str) -> Option<Named> {
        let schema = ty.to_string();
        let description = self.description(&schema, written);
        let wanted = match (description, ty) {
            (Some(description), _) => description.name(),
            (None, Type::Definition(name, _)) => name,
            (None, _) => return None,
        };
        let key = (schema, wanted.to_owned());
        if let Some(name) = self.given.get(&key) {
            return Some(Named { name: name.clone(), is_new: false, description });
        }
        let name = self.give(wanted);
        self.given.insert(key, name.clone());
        Some(Named { name, is_new: true, description })
    }

    /// The name itself, or with a number if it is taken.
    pub(super) fn give(&mut self, wanted: &str) -> String {
        let numbered = (2..).map(|number| format!("{wanted}{number}"));
        let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
        let name = names.find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.insert(name.clone());
        name
    }
}

/// Whether a type is one that a name tells something about.
fn can_be_named(ty: &Type) -> bool {
    match ty {
        Type::Object(_) => !ty.is_unit(),
        Type::Enum(_) | Type::Tuple(_) | Type::Definition(..) => true,
        _ => false,
    }
}
