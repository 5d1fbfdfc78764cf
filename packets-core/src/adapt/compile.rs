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

/// Types nest so deep at most, those that contain themselves counted again for each other type they are paired
/// with: schemas as text nest 64 deep.
const LEVELS: usize = 128;

type Compiled = Result<Step, Incompatible>;

pub(super) struct Compiler<'a> {
    name: &'a str,
    /// The way to the place that is looked at.
    path: String,
    /// How many more levels of types in types there may be.
    levels: usize,
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
            levels: LEVELS,
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
        self.levels = self.levels.checked_sub(1).ok_or_else(|| self.incompatible(from.ty, to.ty))?;
        let step = self.inner_step(from, to)?;
        self.levels += 1;
        Ok(step)
    }

    fn inner_step(&mut self, from: Place<'a>, to: Place<'a>) -> Compiled {
        if from.ty == to.ty && from.ty.is_closed() {
            return Ok(self.copy(from));
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
                self.list(from, to, [a, b], "", |item, _| Step::Option(item))
            }
            (Type::Option(a), _) => self.option(from, to, from.inner(a.get()), to, Step::Unwrap),
            (_, Type::Option(b)) => self.option(from, to, from, to.inner(b.get()), Step::Wrap),
            (Type::Array(a), Type::Array(b)) => {
                self.list(from, to, [a, b], "[]", |item, min_size| Step::List { item, min_size })
            }
            (Type::FixedArray(a, count), Type::FixedArray(b, same)) if count == same => {
                let count = *count;
                self.list(from, to, [a, b], "[]", |item, min_size| Step::Repeat { item, min_size, count })
            }
            (Type::Set(a), Type::Set(b)) => {
                self.list(from, to, [a, b], "[]", |item, min_size| Step::Set { item, min_size })
            }
            (Type::Map(a, b), Type::Map(c, d)) => self.map(from, to, [a, c], [b, d]),
            (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => self.tuple(from, to, a, b),
            (Type::Object(a), Type::Object(b)) => self.object(from, to, a, b),
            (Type::Enum(a), Type::Enum(b)) => self.variants(from, to, a, b),
            _ => Err(self.incompatible(from.ty, to.ty)),
        }
    }

    /// Only one end has an option: an error at once names that, and not what is in it.
    fn option(
        &mut self,
        from: Place<'a>,
        to: Place<'a>,
        inner_from: Place<'a>,
        inner_to: Place<'a>,
        step: fn(Box<Step>) -> Step,
    ) -> Compiled {
        match self.step(inner_from, inner_to) {
            Ok(item) => Ok(step(item.into())),
            Err(inner) if inner.path == self.path => Err(self.incompatible(from.ty, to.ty)),
            Err(inner) => Err(inner),
        }
    }

    /// Items of one type, each of which takes so many bytes at least.
    fn list(
        &mut self,
        from: Place<'a>,
        to: Place<'a>,
        items: [&'a Node; 2],
        path: &str,
        step: impl FnOnce(Box<Step>, usize) -> Step,
    ) -> Compiled {
        let (item, min_size) = self.item(from, to, items, path)?;
        Ok(match item {
            Step::Copy(_) => self.copy(from),
            item => step(item.into(), min_size),
        })
    }

    fn map(
        &mut self,
        from: Place<'a>,
        to: Place<'a>,
        keys: [&'a Node; 2],
        values: [&'a Node; 2],
    ) -> Compiled {
        let (key, key_size) = self.item(from, to, keys, "[].key")?;
        let (value, value_size) = self.item(from, to, values, "[].value")?;
        Ok(match (key, value) {
            (Step::Copy(_), Step::Copy(_)) => self.copy(from),
            (key, value) => {
                let min_size = key_size.saturating_add(value_size);
                Step::Map { key: key.into(), value: value.into(), min_size }
            }
        })
    }

    /// The step for items, and the fewest bytes that one takes.
    fn item(
        &mut self,
        from: Place<'a>,
        to: Place<'a>,
        [a, b]: [&'a Node; 2],
        path: &str,
    ) -> Result<(Step, usize), Incompatible> {
        let (from, to) = (from.inner(a.get()), to.inner(b.get()));
        let step = self.below(path, |this| this.step(from, to))?;
        Ok((step, self.shaper.definitions.min_size(from)))
    }

    fn tuple(&mut self, from: Place<'a>, to: Place<'a>, ours: &'a [Node], theirs: &'a [Node]) -> Compiled {
        let mut items = Vec::with_capacity(ours.len());
        for (index, (a, b)) in ours.iter().zip(theirs).enumerate() {
            let (from, to) = (from.inner(a.get()), to.inner(b.get()));
            items.push(self.within(&index.to_string(), |this| this.step(from, to))?);
        }
        let is_copied = items.iter().all(|item| matches!(item, Step::Copy(_)));
        Ok(if is_copied { self.copy(from) } else { Step::Tuple(items.into()) })
    }

    /// The step for a value all of whose parts are copied: the receiver has them in the same places.
    fn copy(&mut self, from: Place<'a>) -> Step {
        Step::Copy(self.shaper.shape(from))
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
        Ok(if is_copied { self.copy(from) } else { Step::Enum(variants.into()) })
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
