//! What the derives tell about a type beside its schema: its name and its doc comments.

use crate::schema::Type;

/// A type that derives, as its author describes it. The derives hand it in if the feature is on.
#[doc(hidden)]
#[derive(Debug)]
pub struct Description {
    /// With its module, as a packet's origin has it.
    pub type_name: &'static str,
    pub doc: &'static str,
    /// A packet's response type as it is written.
    pub response: &'static str,
    /// Fields and variants by their names on the wire, and variants' fields as `Variant.field`, with their docs and
    /// their types as they are written.
    pub members: &'static [(&'static str, &'static str, &'static str)],
    pub ty: fn() -> &'static Type,
}

inventory::collect!(Description);

impl Description {
    /// All that the program's crates have.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        inventory::iter::<Self>.into_iter()
    }

    /// The type's own name.
    pub(super) fn name(&self) -> &'static str {
        self.type_name.rsplit("::").next().unwrap_or(self.type_name)
    }

    /// With how many of the crate and modules of another type its own begin.
    pub(super) fn path_shared_with(&self, type_name: &str) -> usize {
        self.type_name.split("::").zip(type_name.split("::")).take_while(|(own, other)| own == other).count()
    }

    /// A member's doc comment and its type as it is written; empty if it has none.
    pub(super) fn member(&self, name: &str) -> (&'static str, &'static str) {
        self.members.iter().find(|member| member.0 == name).map_or(("", ""), |member| (member.1, member.2))
    }

    /// Whether `written`, a type as it is written, names this one.
    pub(super) fn is_in(&self, written: &str) -> bool {
        written.split(|char: char| !char.is_alphanumeric() && char != '_').any(|word| word == self.name())
    }
}
