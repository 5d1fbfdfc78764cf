//! The text of the module.

use super::description::Description;
use super::shape::{Shapes, doc, indented, key};
use super::value::{member, value};
use crate::Registry;
use crate::packet::Descriptor;
use crate::schema::Fingerprint;

const HEAD: &str = "\
// Made from the program's packets by `packets_core::typescript`. What is changed here is lost.
";

/// The TypeScript module of a registry: the same text for the same packets, whatever the order in which they are
/// linked. The default packets are left out; every client has them.
///
/// ```
/// use packets_core::{Packet, Registry, packet::Descriptor, typescript};
///
/// /// Where to.
/// #[derive(Packet)]
/// #[packet(gather = false, response = u64)]
/// struct Move {
///     x: f32,
///     y: f32,
/// }
///
/// let module = typescript::module(&Registry::of([Descriptor::of::<Move>()])?);
/// assert!(module.contains("Move: { data: Move; response: bigint };"));
/// assert!(module.contains("t.object({ x: t.float32, y: t.float32 }), t.uint64],"));
/// # Ok::<(), packets_core::RegistryError>(())
/// ```
#[must_use]
pub fn module(registry: &Registry) -> String {
    let defaults = Registry::defaults_only();
    let packets: Vec<_> = registry
        .iter()
        .map(|(_, packet)| packet)
        .filter(|packet| defaults.id_named(packet.name()).is_none())
        .collect();
    let mut shapes = Shapes::new();
    let types: String = packets.iter().map(|packet| indented(&packet_type(packet, &mut shapes))).collect();
    let schemas: String = packets.iter().map(|packet| schemas(packet)).collect();
    let imports: String = shapes.imports.iter().map(|name| format!(", type {name}")).collect();
    let declarations: String =
        shapes.declarations.values().map(|declaration| format!("\n{declaration}")).collect();
    format!(
        "{HEAD}import {{ definePackets{imports} }} from 'packets-client';\n\
         import * as t from 'packets-client/types';\n\
         {declarations}\n\
         /** Each packet's data, and what a `send` of it resolves to. */\n\
         export interface PacketTypes {{\n{types}}}\n\n\
         export const packets = definePackets<PacketTypes>({digest}, {{\n{schemas}}});\n",
        digest = number(registry.digest()),
    )
}

fn packet_type(packet: &Descriptor, shapes: &mut Shapes) -> String {
    let description = description(packet);
    let [own, response] =
        description.map_or(["", ""], |description| [description.name(), description.response]);
    shapes.names.packet = description.map_or("", |description| description.type_name);
    let data = shapes.whole(packet.ty(), own);
    let response = shapes.whole(packet.response(), response);
    let comment = doc("", description.map_or("", |description| description.doc));
    format!("{comment}{}: {{ data: {data}; response: {response} }};\n", key(packet.name()))
}

/// What the packet's author says of it.
fn description(packet: &Descriptor) -> Option<&'static Description> {
    let origin = packet.origin()?;
    Description::all().find(|description| description.type_name == origin.type_name)
}

/// The fingerprint, the data's type and the response's: what follows is left out where there is nothing to say.
fn schemas(packet: &Descriptor) -> String {
    let types = [packet.ty(), packet.response()];
    let count = types.iter().rposition(|ty| !ty.is_unit()).map_or(0, |last| last + 1);
    let types: String = types[..count].iter().map(|ty| format!(", {}", value(ty, &mut Vec::new()))).collect();
    format!("  {}: [{}{types}],\n", member(packet.name()), number(packet.fingerprint()))
}

fn number(Fingerprint(number): Fingerprint) -> String {
    format!("0x{number:016x}n")
}
