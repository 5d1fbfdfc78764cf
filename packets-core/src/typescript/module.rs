//! The text of the module.

use super::description::Description;
use super::shape::{Shapes, doc, indented, key, quoted};
use crate::Registry;
use crate::packet::Descriptor;
use crate::schema::DefaultValue;

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
/// assert!(module.contains("Move: ['{x:float32,y:float32}', 'uint64'],"));
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
         {declarations}\n\
         /** Each packet's data, and what a `send` of it resolves to. */\n\
         export interface PacketTypes {{\n{types}}}\n\n\
         export const packets = definePackets<PacketTypes>({{\n{schemas}}});\n"
    )
}

fn packet_type(packet: &Descriptor, shapes: &mut Shapes) -> String {
    let description = description(packet);
    let [own, response] =
        description.map_or(["", ""], |description| [description.name(), description.response]);
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

/// The schema, the response's, and the defaults of the fields that have one: what follows is left out where there is
/// nothing to say.
fn schemas(packet: &Descriptor) -> String {
    let types = [packet.ty(), packet.response()];
    let mut defaults = Vec::new();
    types.iter().for_each(|ty| ty.defaults(&mut defaults));
    let count = if !defaults.is_empty() || !packet.response().is_unit() { 2 } else { 1 };
    let mut parts: Vec<_> = types[..count].iter().map(|ty| quoted(&ty.to_string())).collect();
    if !defaults.is_empty() {
        let defaults: Vec<_> = defaults.into_iter().map(default).collect();
        parts.push(format!("[{}]", defaults.join(", ")));
    }
    format!("  {}: [{}],\n", key(packet.name()), parts.join(", "))
}

/// The default's bytes in hexadecimal digits.
fn default(default: &DefaultValue) -> String {
    default.bytes().map_or_else(
        || "null".to_owned(),
        |bytes| quoted(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    )
}
