//! Makes plans of schemas.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::error::{Incompatible, joint};
use super::integer::Integer;
use super::place::{Key, Place};
use super::plan::{Part, Plan, Step, Variant};
use super::shape::{Shape, Shaper};
use crate::order::utf16;
use crate::schema::{self, DefaultValue, Field, Node, Type};

type Compiled = Result<Step, Incompatible>;

pub(super) struct Compiler<'a> {
    name: &'a str,
    /// The way to the place that is looked at.
    path: String,
    shaper: Shaper<'a>,
    steps: Vec<Step>,
    /// The steps of pairs of types that contain themselves.
    known: HashMap<(Key, Key), usize>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(name: &'a str) -> Self {
        Self {
            name,
            path: name.to_owned(),
            shaper: Shaper::default(),
            steps: Vec::new(),
            known: HashMap::new(),
        }
    }

    pub(super) fn plan(mut self, from: &'a Type, to: &'a Type) -> Result<Plan, Incompatible> {
        let root = self.step(Place::root(from), Place::root(to))?;
        Ok(Plan { name: self.name.into(), root, steps: self.steps, shapes: self.shaper.shapes })
    }

    fn step(&mut self, from: Place<'a>, to: Place<'a>) -> Compiled {
        if from.ty == to.ty && is_closed(from.ty, &mut Vec::new()) {
            return Ok(Step::Copy(self.shaper.shape(from)));
        }
        let definitions = &mut self.shaper.definitions;
        let (sender, receiver) = (definitions.resolve(from), definitions.resolve(to));
        if sender.is_some() || receiver.is_some() {
            return self.nested(sender.unwrap_or(from), receiver.unwrap_or(to));
        }
        if let (Some(from), Some(to)) = (Integer::of(from.ty), Integer::of(to.ty)) {
            return Ok(Step::Integer(from, to));
        }
        match (from.ty, to.ty) {
            (Type::Float32, Type::Float64) => Ok(Step::Float),
            (Type::Option(a), Type::Option(b)) => {
                let item = self.step(from.inner(a.get()), to.inner(b.get()))?;
                Ok(self.unless_copied(from, &[&item]).unwrap_or_else(|| Step::Option(item.into())))
            }
            (Type::Option(a), _) => {
                let item =
                    self.step(from.inner(a.get()), to).map_err(|error| self.around(error, from, to))?;
                Ok(Step::Unwrap(item.into()))
            }
            (_, Type::Option(b)) => {
                let item =
                    self.step(from, to.inner(b.get())).map_err(|error| self.around(error, from, to))?;
                Ok(Step::Wrap(item.into()))
            }
            (Type::Array(a), Type::Array(b)) => {
                let (item, min_size) = self.item(from, to, a, b, "[]")?;
                let copy = self.unless_copied(from, &[&item]);
                Ok(copy.unwrap_or_else(|| Step::List { item: item.into(), min_size }))
            }
            (Type::FixedArray(a, count), Type::FixedArray(b, same)) if count == same => {
                let (item, min_size) = self.item(from, to, a, b, "[]")?;
                let copy = self.unless_copied(from, &[&item]);
                Ok(copy.unwrap_or_else(|| Step::Repeat { item: item.into(), min_size, count: *count }))
            }
            (Type::Set(a), Type::Set(b)) => {
                let (item, min_size) = self.item(from, to, a, b, "[]")?;
                let copy = self.unless_copied(from, &[&item]);
                Ok(copy.unwrap_or_else(|| Step::Set { item: item.into(), min_size }))
            }
            (Type::Map(key, value), Type::Map(other_key, other_value)) => {
                let (key, key_size) = self.item(from, to, key, other_key, "[].key")?;
                let (value, value_size) = self.item(from, to, value, other_value, "[].value")?;
                let min_size = key_size.saturating_add(value_size);
                let copy = self.unless_copied(from, &[&key, &value]);
                Ok(copy.unwrap_or_else(|| Step::Map { key: key.into(), value: value.into(), min_size }))
            }
            (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
                let items = (0..).zip(a.iter().zip(&**b)).map(|(index, (a, b))| {
                    self.within(&index.to_string(), |this| this.step(from.inner(a.get()), to.inner(b.get())))
                });
                let items = items.collect::<Result<Box<[_]>, _>>()?;
                let copy = self.unless_copied(from, &items.iter().collect::<Vec<_>>());
                Ok(copy.unwrap_or(Step::Tuple(items)))
            }
            (Type::Object(a), Type::Object(b)) => self.object(from, to, a, b),
            (Type::Enum(a), Type::Enum(b)) => self.variants(from, to, a, b),
            _ => Err(self.incompatible(from.ty, to.ty)),
        }
    }

    /// A copy of the whole, if all parts are copied: then the receiver has them in the same place.
    fn unless_copied(&mut self, from: Place<'a>, parts: &[&Step]) -> Option<Step> {
        let is_copied = parts.iter().all(|part| matches!(part, Step::Copy(_)));
        is_copied.then(|| Step::Copy(self.shaper.shape(from)))
    }

    /// The step for items, and the fewest bytes that one takes.
    fn item(
        &mut self,
        from: Place<'a>,
        to: Place<'a>,
        a: &'a Node,
        b: &'a Node,
        path: &str,
    ) -> Result<(Step, usize), Incompatible> {
        let (from, to) = (from.inner(a.get()), to.inner(b.get()));
        let step = self.below(path, |this| this.step(from, to))?;
        Ok((step, self.shaper.definitions.min_size(from)))
    }

    /// Both have their fields in the same order, so that one pass over both meets all of them.
    fn object(&mut self, from: Place<'a>, to: Place<'a>, ours: &'a [Field], theirs: &'a [Field]) -> Compiled {
        let mut parts = Parts::default();
        let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
        loop {
            let order = match (ours.peek(), theirs.peek()) {
                (Some(a), Some(b)) => utf16(&a.name, &b.name),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let a = if order.is_le() { ours.next() } else { None };
            let b = if order.is_ge() { theirs.next() } else { None };
            match (a, b) {
                (Some(a), Some(b)) => {
                    let (from, to) = (from.inner(a.ty.get()), to.inner(b.ty.get()));
                    match self.within(&a.name, |this| this.step(from, to))? {
                        Step::Copy(shape) => parts.copy(shape),
                        step => parts.push(Part::Field((*a.name).into(), step)),
                    }
                }
                (Some(a), None) => parts.skip(self.shaper.shape(from.inner(a.ty.get()))),
                (None, Some(b)) => {
                    let bytes = self.within(&b.name, |this| this.absent(b))?;
                    if !bytes.is_empty() {
                        parts.push(Part::Put(bytes));
                    }
                }
                (None, None) => {}
            }
        }
        Ok(parts.into_step())
    }

    /// The bytes of a field that the sender lacks.
    fn absent(&self, field: &Field) -> Result<Box<[u8]>, Incompatible> {
        let ty = field.ty.get();
        if let Some(bytes) = field.default.as_ref().and_then(DefaultValue::bytes) {
            return Ok(bytes);
        }
        match ty {
            Type::Option(_) => Ok([0].into()),
            // There is one value of no bytes.
            _ if ty.fixed_size() == Some(0) => Ok([].into()),
            _ => Err(self.incompatible(&"not there", ty)),
        }
    }

    fn variants(
        &mut self,
        from: Place<'a>,
        to: Place<'a>,
        ours: &'a [schema::Variant],
        theirs: &'a [schema::Variant],
    ) -> Compiled {
        let mut is_copied = true;
        let mut variants = Vec::with_capacity(ours.len());
        for (index, variant) in ours.iter().enumerate() {
            let same = (0..).zip(theirs).find(|(_, other)| other.name == variant.name);
            let counterpart = match same {
                None => None,
                Some((place, other)) => {
                    let (from, to) = (from.inner(variant.content.get()), to.inner(other.content.get()));
                    let content = self.within(&variant.name, |this| this.step(from, to))?;
                    Some((place, content))
                }
            };
            is_copied &= matches!(counterpart, Some((place, Step::Copy(_))) if place as usize == index);
            variants.push(Variant { name: (*variant.name).into(), counterpart });
        }
        Ok(if is_copied { Step::Copy(self.shaper.shape(from)) } else { Step::Enum(variants.into()) })
    }

    /// The step of a pair of which one at least may contain itself.
    fn nested(&mut self, from: Place<'a>, to: Place<'a>) -> Compiled {
        let key = (from.key(), to.key());
        if let Some(index) = self.known.get(&key) {
            return Ok(Step::Nested(*index));
        }
        let index = self.steps.len();
        self.known.insert(key, index);
        self.steps.push(Step::Copy(Shape::EMPTY));
        self.steps[index] = self.step(from, to)?;
        Ok(Step::Nested(index))
    }

    // ---- the path ----

    fn within<T>(&mut self, name: &str, look: impl FnOnce(&mut Self) -> T) -> T {
        let joint = joint(&self.path);
        self.below(&format!("{joint}{name}"), look)
    }

    fn below<T>(&mut self, part: &str, look: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push_str(part);
        let looked = look(self);
        self.path.truncate(length);
        looked
    }

    fn incompatible(&self, ours: &dyn ToString, theirs: &dyn ToString) -> Incompatible {
        Incompatible { path: self.path.clone(), ours: ours.to_string(), theirs: theirs.to_string() }
    }

    /// An error inside of an option that only one end has names the option.
    fn around(&self, inner: Incompatible, from: Place<'_>, to: Place<'_>) -> Incompatible {
        if inner.path == self.path { self.incompatible(from.ty, to.ty) } else { inner }
    }
}

/// The parts of an object. Fields that are copied become one with those next to them, and so do those that are
/// left out.
#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    run: Vec<Shape>,
    is_copied: bool,
}

impl Parts {
    fn copy(&mut self, shape: Shape) {
        self.extend_run(shape, true);
    }

    fn skip(&mut self, shape: Shape) {
        self.extend_run(shape, false);
    }

    fn extend_run(&mut self, shape: Shape, is_copied: bool) {
        if shape == Shape::EMPTY {
            return;
        }
        if self.is_copied != is_copied {
            self.end_run();
            self.is_copied = is_copied;
        }
        self.run.push(shape);
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            let shape = Shape::sequence(self.run.drain(..));
            self.parts.push(if self.is_copied { Part::Copy(shape) } else { Part::Skip(shape) });
        }
    }

    fn push(&mut self, part: Part) {
        self.end_run();
        self.parts.push(part);
    }

    fn into_step(mut self) -> Step {
        self.end_run();
        match &mut *self.parts {
            [] => Step::Copy(Shape::EMPTY),
            [Part::Copy(shape)] => Step::Copy(std::mem::replace(shape, Shape::EMPTY)),
            _ => Step::Object(self.parts.into()),
        }
    }
}

/// Whether all references of a type are to definitions inside of it: then its text says all about it.
fn is_closed<'a>(ty: &'a Type, definitions: &mut Vec<&'a str>) -> bool {
    match ty {
        Type::Array(item) | Type::FixedArray(item, _) | Type::Option(item) | Type::Set(item) => {
            is_closed(item.get(), definitions)
        }
        Type::Map(key, value) => is_closed(key.get(), definitions) && is_closed(value.get(), definitions),
        Type::Object(fields) => fields.iter().all(|field| is_closed(field.ty.get(), definitions)),
        Type::Tuple(items) | Type::OpenTuple(items) => {
            items.iter().all(|item| is_closed(item.get(), definitions))
        }
        Type::Enum(variants) => variants.iter().all(|variant| is_closed(variant.content.get(), definitions)),
        Type::Definition(name, ty) => {
            definitions.push(name);
            let closed = is_closed(ty.get(), definitions);
            definitions.pop();
            closed
        }
        Type::Reference(name) => definitions.contains(&&**name),
        _ => true,
    }
}
