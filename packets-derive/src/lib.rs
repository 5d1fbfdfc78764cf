//! The derive macros of *packets*. Use them from `packets-core`, `packets-server` or `packets-client`,
//! which re-export them and hold what the generated code needs.
//!
//! # Layout
//! One derive runs top to bottom: `attr` reads the attributes, `ast` joins them with the type into a
//! model, `check` holds the rules between its parts, `expand` writes the code. `errors` gathers every
//! mistake on the way, so that one compile reports them all.

mod ast;
mod attr;
mod case;
mod check;
mod errors;
mod expand;
mod quantity;
mod walk;

use proc_macro::TokenStream;

use self::ast::Derive;

/// Makes a type a packet, which includes all that [`derive(Schema)`](macro@Schema) does.
///
/// ```
/// use packets_core::{Packet, Schema};
///
/// #[derive(Schema)]
/// struct Position {
///     x: f32,
///     y: f32,
/// }
///
/// #[derive(Packet)]
/// #[packet(name = "position-request", response = Position)]
/// struct PositionRequest {
///     #[packet(varuint)]
///     id: u32,
/// }
/// ```
///
/// | on the packet | |
/// |---|---|
/// | `#[packet(name = "…")]` | the name by which both ends know it; else the type's own |
/// | `#[packet(response = Type)]` | what sending it resolves to; else `()` |
/// | `#[packet(idempotent)]` | accepting it twice does no more than once: a client may send it again when the connection breaks before its answer |
/// | `#[packet(rate = "20/s", burst = 40)]` | how many a server takes from one client, in `s`, `min` or `h`, and at once (as many, unless it says); else any |
/// | `#[packet(max_size = "4KiB")]` | how large a body a server takes, in `B`, `KiB` or `MiB`; else as large as a message |
/// | `#[packet(overflow = "…")]` | what becomes of one that is emitted when too many wait: `reject-newest`, `drop-oldest`, `keep-latest` or `disconnect`; else as the connection's limits say |
/// | `#[packet(gather = false)]` | leaves it out of the program's registry |
///
/// The other attributes are those of [`derive(Schema)`](macro@Schema). A packet has no generic parameters:
/// it is one name with one schema.
#[proc_macro_derive(Packet, attributes(packet, packer))]
pub fn packet(input: TokenStream) -> TokenStream {
    expand::derive(input.into(), Derive::Packet, "packets_core").into()
}

/// Gives a type a schema, so that it can be a field or a response of a packet.
///
/// Structs with named fields become objects, whose fields travel in the order of their names; a tuple
/// struct of one field is that field, others are tuples; an enum is the number of its variant, in the order
/// of declaration and whatever its discriminant, followed by the variant's content. A type may contain
/// itself, as in `struct Tree { children: Vec<Tree> }`.
///
/// ```
/// use packets_core::Schema;
///
/// #[derive(Schema)]
/// #[packet(rename_all = "camelCase")]
/// #[packer("document")]
/// struct Entry {
///     #[packet(varuint)]
///     entry_id: u32,
///     #[packet(rename = "type")]
///     kind: Kind,
///     document: serde_json::Value,
///     #[packet(skip)]
///     dirty: bool,
/// }
///
/// #[derive(Schema)]
/// enum Kind {
///     File,
///     Link { target: String },
/// }
///
/// assert_eq!(Entry::TYPE.to_string(), "{document:packed,entryId:varuint,type:enum{File,Link:{target:string}}}");
/// ```
///
/// | on the type | |
/// |---|---|
/// | `#[packer("field", …)]` | these fields travel as MessagePack; they need serde's traits, not a schema |
/// | `#[packer]` | the whole value travels as MessagePack |
/// | `#[packet(rename_all = "…")]` | how the fields of a struct or the variants of an enum are named: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` |
/// | `#[packet(recursive)]` | the type contains itself by way of others (see below) |
/// | `#[packet(crate = path)]` | where the runtime is, if not at `::packets_core` |
///
/// | on a field | |
/// |---|---|
/// | `#[packet(rename = "…")]` | its name on the wire |
/// | `#[packet(varuint)]` | an unsigned integer in as few bytes as it needs |
/// | `#[packet(varint)]` | the same for a signed one |
/// | `#[packet(default)]` | where a peer of another build lacks the field, `Default` fills it in |
/// | `#[packet(skip)]` | not sent; `Default` fills it in when decoding |
/// | `#[packet(within = Type)]` | the field contains this type, which is recursive and around the field's own |
///
/// | on a variant | |
/// |---|---|
/// | `#[packet(rename = "…")]` | the name by which peers recognise it |
///
/// # Types that contain each other
/// One of them is `recursive`, and the fields that lead back to it are `within` it, and name it as they do in their
/// type. (Where both are left out, the compiler reports a cycle, `E0391`.)
///
/// ```
/// use packets_core::Schema;
///
/// #[derive(Schema)]
/// #[packet(recursive)]
/// struct Person {
///     friends: Vec<Friend>,
/// }
///
/// #[derive(Schema)]
/// struct Friend {
///     #[packet(within = Person)]
///     person: Box<Person>,
///     since: u16,
/// }
///
/// assert_eq!(Person::TYPE.to_string(), "@Person<{friends:[{person:@Person,since:uint16}]}>");
/// ```
///
/// `Friend` then is part of a person: a packet that holds one without a person around it does not compile.
#[proc_macro_derive(Schema, attributes(packet, packer))]
pub fn schema(input: TokenStream) -> TokenStream {
    expand::derive(input.into(), Derive::Schema, "packets_core").into()
}

/// `Packet` as `packets-server` re-exports it.
#[doc(hidden)]
#[proc_macro_derive(PacketForServer, attributes(packet, packer))]
pub fn packet_for_server(input: TokenStream) -> TokenStream {
    expand::derive(input.into(), Derive::Packet, "packets_server").into()
}

/// `Schema` as `packets-server` re-exports it.
#[doc(hidden)]
#[proc_macro_derive(SchemaForServer, attributes(packet, packer))]
pub fn schema_for_server(input: TokenStream) -> TokenStream {
    expand::derive(input.into(), Derive::Schema, "packets_server").into()
}

/// `Packet` as `packets-client` re-exports it.
#[doc(hidden)]
#[proc_macro_derive(PacketForClient, attributes(packet, packer))]
pub fn packet_for_client(input: TokenStream) -> TokenStream {
    expand::derive(input.into(), Derive::Packet, "packets_client").into()
}

/// `Schema` as `packets-client` re-exports it.
#[doc(hidden)]
#[proc_macro_derive(SchemaForClient, attributes(packet, packer))]
pub fn schema_for_client(input: TokenStream) -> TokenStream {
    expand::derive(input.into(), Derive::Schema, "packets_client").into()
}
