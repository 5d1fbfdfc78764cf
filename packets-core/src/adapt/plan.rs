//! Plans: what becomes of the values of one schema on their way to another.

use super::compile::Compiler;
use super::error::{AdaptError, Incompatible};
use super::integer::Integer;
use super::shape::{Shape, Shapes};
use super::transcode::transcode;
use crate::schema::Type;

/// How values of one schema become values of another. Making it looks at the schemas, [`adapt`](Self::adapt) at
/// the bytes alone, in one pass.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    pub(super) name: Box<str>,
    pub(super) root: Step,
    /// The steps of types that contain themselves.
    pub(super) steps: Vec<Step>,
    pub(super) shapes: Shapes,
}

/// What becomes of a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Its bytes are the same.
    Copy(Shape),
    Integer(Integer, Integer),
    /// A float32 becomes a float64.
    Float,
    Option(Box<Self>),
    /// It becomes an option that is there.
    Wrap(Box<Self>),
    /// An option becomes its value.
    Unwrap(Box<Self>),
    List {
        item: Box<Self>,
        min_size: usize,
    },
    /// So many items.
    Repeat {
        item: Box<Self>,
        min_size: usize,
        count: u32,
    },
    Set {
        item: Box<Self>,
        min_size: usize,
    },
    Map {
        key: Box<Self>,
        value: Box<Self>,
        min_size: usize,
    },
    Object(Box<[Part]>),
    Tuple(Box<[Self]>),
    /// By the sender's index.
    Enum(Box<[Variant]>),
    /// What this entry of the steps says, a level deeper.
    Nested(usize),
}

/// What becomes of a part of an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Fields whose bytes are the same.
    Copy(Shape),
    /// Fields that the receiver lacks.
    Skip(Shape),
    /// A field that the sender lacks.
    Put(Box<[u8]>),
    /// A field of this name.
    Field(Box<str>, Step),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) name: Box<str>,
    /// The receiver's index, and what becomes of the content.
    pub(super) counterpart: Option<(u32, Step)>,
}

impl Plan {
    /// The plan for values of `from` to become values of `to`. The name is that of the packet, for errors.
    ///
    /// ```
    /// use packets_core::adapt::Plan;
    ///
    /// let plan = Plan::new("Move", &"{x:int8}".parse()?, &"{x:int32}".parse()?)?;
    /// assert_eq!(plan.adapt(&[0xff])?, [0xff; 4]);
    ///
    /// let error = Plan::new("Move", &"{x:float64}".parse()?, &"{x:float32}".parse()?).unwrap_err();
    /// assert_eq!(error.to_string(), "`Move.x` is float64 here and float32 on the other end");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Incompatible`], with `from` as the type here, if no value or not every kind of value can be adapted.
    pub fn new(name: &str, from: &Type, to: &Type) -> Result<Self, Incompatible> {
        Compiler::new(name).plan(from, to)
    }

    /// Whether every value's bytes stay the same.
    #[must_use]
    pub const fn is_identity(&self) -> bool {
        matches!(self.root, Step::Copy(_))
    }

    /// The bytes of the adapted value. `bytes` are one value of the sender's schema and nothing else.
    ///
    /// Parts that are the same in both schemas are copied as they are: whether they are well-formed, the
    /// receiver finds out.
    ///
    /// ```
    /// use packets_core::adapt::{AdaptError, Plan};
    ///
    /// let plan = Plan::new("Move", &"{x:int32}".parse()?, &"{x:int8}".parse()?)?;
    /// assert_eq!(plan.adapt(&[0, 0, 0, 7])?, [7]);
    /// let error = plan.adapt(&[0, 0, 1, 0]).unwrap_err();
    /// assert_eq!(error.to_string(), "`Move.x` is 256, which int8 cannot say");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`AdaptError`] if the bytes are none of the sender's schema, beyond the default
    /// [limits](crate::codec::Limits), or a value that the receiver's schema cannot say.
    pub fn adapt(&self, bytes: &[u8]) -> Result<Vec<u8>, AdaptError> {
        transcode(self, bytes).map_err(|error| *error.within(&self.name))
    }
}

/// The plans of one packet in one direction, of its body and of the response that comes back; none where the
/// bytes stay the same.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Adaptation {
    pub(crate) body: Option<Plan>,
    pub(crate) response: Option<Plan>,
}
