//! What makes a type a packet.

use std::any::TypeId;
use std::borrow::Cow;

use crate::adapt::Plan;
use crate::policy::Policy;
use crate::schema::{Fingerprint, Node, Schema, Type};

/// One application message type.
///
/// Derive it: `#[derive(Packet)]` also implements [`Schema`] and hands the packet to the program's
/// [`Registry`](crate::Registry).
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
/// #[packet(response = Position)]
/// struct PositionRequest {
///     #[packet(varuint)]
///     id: u32,
/// }
///
/// assert_eq!(PositionRequest::NAME, "PositionRequest");
/// assert_eq!(PositionRequest::TYPE.to_string(), "{id:varuint}");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a packet",
    label = "not a packet",
    note = "for a type of your own, add `#[derive(Packet)]` to it",
    note = "to send a packet by its name, pass `(\"Name\", data)`"
)]
pub trait Packet: Schema + Send + Sync + 'static {
    /// The name by which both ends know the packet.
    const NAME: &'static str;

    /// What a `send` of it resolves to.
    type Response: Schema + Send + 'static;

    /// What the attributes say about the packet's traffic: `#[packet(rate = "20/s", burst = 40)]`,
    /// `max_size = "4KiB"` and `overflow = "keep-latest"`. Nothing by default.
    const POLICY: Policy = Policy::new();

    /// Whether accepting it twice does no more than accepting it once: `#[packet(idempotent)]`. A client sends
    /// such a call again when the connection breaks before its answer. It says nothing to the other end.
    const IDEMPOTENT: bool = false;

    /// Where the packet is defined.
    #[doc(hidden)]
    const ORIGIN: Origin;

    /// Encodes the body for one connection. Bundles differ from the other packets: they hold packet ids,
    /// which are the connection's.
    #[doc(hidden)]
    #[inline]
    fn encode_for(&self, _: &dyn Scope, writer: &mut crate::codec::Writer) {
        self.encode(writer);
    }
}

/// What of a connection is needed to encode packets inside packets.
#[doc(hidden)]
pub trait Scope {
    /// A packet that the other end will understand.
    fn resolve(&self, which: Which<'_>) -> Result<Resolved<'_>, Box<str>>;
}

/// A packet as the other end has it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Resolved<'a> {
    /// Its id on the wire.
    pub id: u16,
    /// What is known of it here.
    pub packet: &'a Descriptor,
    /// What becomes of its body, if the other end has another schema.
    pub plan: Option<&'a Plan>,
}

/// How a packet is looked up.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    Type(TypeId),
    Name(&'a str),
}

/// Where a packet is defined, for the error when two have one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The Rust type with its module.
    pub type_name: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line in it.
    pub line: u32,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { type_name, file, line } = self;
        write!(f, "{type_name} ({file}:{line})")
    }
}

/// All that is known about a packet, as data.
#[derive(Clone, Debug)]
pub struct Descriptor {
    name: Cow<'static, str>,
    ty: Node,
    response: Node,
    fingerprint: Fingerprint,
    policy: Policy,
    idempotent: bool,
    rust: Option<(TypeId, Origin)>,
}

impl Descriptor {
    /// A packet type's.
    #[must_use]
    pub const fn of<P: Packet>() -> Self {
        Self {
            name: Cow::Borrowed(P::NAME),
            ty: Node::Static(P::TYPE),
            response: Node::Static(P::Response::TYPE),
            fingerprint: fingerprint(P::TYPE, P::Response::TYPE),
            policy: P::POLICY,
            idempotent: P::IDEMPOTENT,
            rust: Some((TypeId::of::<P>(), P::ORIGIN)),
        }
    }

    /// A packet's without a Rust type: it can be sent and received by name.
    ///
    /// ```
    /// use packets_core::{packet::Descriptor, schema::Type};
    /// let packet = Descriptor::dynamic("Move", "{x:float32,y:float32}".parse()?, Type::UNIT);
    /// assert_eq!(packet.name(), "Move");
    /// # Ok::<(), packets_core::schema::ParseError>(())
    /// ```
    #[must_use]
    pub fn dynamic(name: impl Into<Cow<'static, str>>, ty: Type, response: Type) -> Self {
        let fingerprint = fingerprint(&ty, &response);
        Self {
            name: name.into(),
            ty: ty.into(),
            response: response.into(),
            fingerprint,
            policy: Policy::new(),
            idempotent: false,
            rust: None,
        }
    }

    /// The same packet with what this policy sets.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = self.policy.overridden_by(policy);
        self
    }

    /// The packet's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The body's schema.
    #[must_use]
    pub const fn ty(&self) -> &Type {
        self.ty.get()
    }

    /// The response's schema.
    #[must_use]
    pub const fn response(&self) -> &Type {
        self.response.get()
    }

    /// The hash of both schemas.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The limits of its traffic.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether accepting it twice does no more than accepting it once; see [`Packet::IDEMPOTENT`].
    #[must_use]
    pub const fn is_idempotent(&self) -> bool {
        self.idempotent
    }

    /// The name, to be kept.
    #[cfg(feature = "net")]
    pub(crate) fn shared_name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    /// Where the Rust type is defined, if there is one.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.rust.map(|(_, origin)| origin)
    }

    pub(crate) fn type_id(&self) -> Option<TypeId> {
        self.rust.map(|(id, _)| id)
    }
}

/// A packet's fingerprint: that of its schema's text, `->`, and its response schema's text.
const fn fingerprint(ty: &Type, response: &Type) -> Fingerprint {
    ty.fingerprint().bytes(b"->").bytes(&response.fingerprint().0.to_be_bytes())
}

/// What `#[derive(Packet)]` hands to `inventory`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Gathered(pub fn() -> Descriptor);

inventory::collect!(Gathered);
