//! Follows a plan: reads values of the sender's schema, writes those of the receiver's.

use std::ops::Range;

use super::error::AdaptError;
use super::plan::{Part, Plan, Step, Variant};
use super::shape::Shape;
use crate::codec::sorted::ascending;
use crate::codec::tuple::exact_count;
use crate::codec::{Reader, Writer};
use crate::error::DecodeError;
use crate::schema::Schema;

/// An adapted value may take so many bytes more than [`GROWTH`] times those of the value.
const ROOM: usize = 1 << 20;

/// The widest number takes so many times the bytes of the narrowest.
const GROWTH: usize = 16;

/// Values may have so many levels, of objects in lists in objects and so on. Types that contain themselves nest
/// 32 deep, which leaves eight levels for each; more would be much for the stack of a thread in a debug build.
const LEVELS: usize = 256;

/// Boxed to keep the stack frames of values within values small.
type Outcome = Result<(), Box<AdaptError>>;

/// The bytes of the adapted value.
pub(super) fn transcode(plan: &Plan, bytes: &[u8]) -> Result<Vec<u8>, Box<AdaptError>> {
    let mut reader = Reader::new(bytes);
    let writer = Writer::with_capacity(bytes.len());
    let limit = bytes.len().saturating_mul(GROWTH).saturating_add(ROOM);
    let mut transcoder = Transcoder { plan, writer, limit, levels: LEVELS };
    transcoder.step(&plan.root, &mut reader)?;
    reader.finish()?;
    // Every number was looked at, and lengths are below the limit.
    transcoder.writer.finish().map_err(|_| AdaptError::TooLarge.into())
}

struct Transcoder<'p> {
    plan: &'p Plan,
    writer: Writer,
    limit: usize,
    /// How many more levels of values in values there may be.
    levels: usize,
}

impl Transcoder<'_> {
    fn step(&mut self, step: &Step, reader: &mut Reader<'_>) -> Outcome {
        self.levels = self.levels.checked_sub(1).ok_or(DecodeError::TooDeep)?;
        self.inner_step(step, reader)?;
        self.levels += 1;
        Ok(())
    }

    fn inner_step(&mut self, step: &Step, reader: &mut Reader<'_>) -> Outcome {
        match step {
            Step::Copy(shape) => self.copy(shape, reader),
            Step::Integer(from, to) => from.adapt(*to, reader, &mut self.writer),
            Step::Float => {
                f64::from(f32::decode(reader)?).encode(&mut self.writer);
                Ok(())
            }
            Step::Option(item) => {
                let is_there = is_there(reader)?;
                self.writer.varuint(is_there.into());
                if is_there { self.step(item, reader) } else { Ok(()) }
            }
            Step::Wrap(item) => {
                self.put(&[1])?;
                self.step(item, reader)
            }
            Step::Unwrap(item) => {
                if !is_there(reader)? {
                    return Err(AdaptError::Absent { path: String::new() }.into());
                }
                self.step(item, reader)
            }
            Step::List { item, min_size } => {
                let count = reader.count(*min_size)?;
                self.writer.length(count);
                self.each(item, count, reader)
            }
            Step::Repeat { item, min_size, count } => {
                reader.charge_items(*count, *min_size)?;
                self.each(item, *count as usize, reader)
            }
            Step::Set { item, min_size } => self.sorted(item, None, *min_size, reader),
            Step::Map { key, value, min_size } => self.sorted(key, Some(value), *min_size, reader),
            Step::Object(parts) => self.object(parts, reader),
            Step::Tuple(items) => self.tuple(items, reader),
            Step::Enum(variants) => self.variant(variants, reader),
            Step::Nested(index) => {
                let step = &self.plan.steps[*index];
                reader.nested(|reader| Ok(self.step(step, reader)))?
            }
        }
    }

    /// Appends what the sender did not send, within the limit.
    fn put(&mut self, bytes: &[u8]) -> Outcome {
        if self.writer.len().saturating_add(bytes.len()) > self.limit {
            return Err(AdaptError::TooLarge.into());
        }
        self.writer.put(bytes);
        Ok(())
    }

    fn copy(&mut self, shape: &Shape, reader: &mut Reader<'_>) -> Outcome {
        let mut start = reader.clone();
        shape.pass(&self.plan.shapes, self.levels, reader)?;
        self.writer.put(start.take(start.remaining() - reader.remaining())?);
        Ok(())
    }

    /// Adapts `count` items, so many of which can be there.
    fn each(&mut self, item: &Step, count: usize, reader: &mut Reader<'_>) -> Outcome {
        for index in 0..count {
            self.step(item, reader).map_err(|error| error.at(index))?;
        }
        Ok(())
    }

    fn object(&mut self, parts: &[Part], reader: &mut Reader<'_>) -> Outcome {
        for part in parts {
            match part {
                Part::Copy(shape) => self.copy(shape, reader)?,
                Part::Skip(shape) => shape.pass(&self.plan.shapes, self.levels, reader)?,
                Part::Put(bytes) => self.put(bytes)?,
                Part::Field(name, step) => self.step(step, reader).map_err(|error| error.within(name))?,
            }
        }
        Ok(())
    }

    fn tuple(&mut self, items: &[Step], reader: &mut Reader<'_>) -> Outcome {
        for (index, item) in items.iter().enumerate() {
            if index + 1 == items.len() {
                // A tuple of a type has as many items as the type, which are fewer than 2³¹.
                exact_count(items.len() as u32, reader)?;
                self.writer.length(items.len());
            }
            self.step(item, reader).map_err(|error| error.within(&index.to_string()))?;
        }
        Ok(())
    }

    fn variant(&mut self, variants: &[Variant], reader: &mut Reader<'_>) -> Outcome {
        let index = reader.varuint()? as usize;
        let Variant { name, counterpart } = variants.get(index).ok_or(DecodeError::UnknownVariant)?;
        let Some((index, content)) = counterpart else {
            return Err(AdaptError::UnknownVariant { path: String::new(), variant: name.clone() }.into());
        };
        self.writer.varuint(*index);
        self.step(content, reader).map_err(|error| error.within(name))
    }

    /// A set, or a map's keys with their values: ascending by the sender's bytes, then by the receiver's.
    fn sorted(
        &mut self,
        key: &Step,
        value: Option<&Step>,
        min_size: usize,
        reader: &mut Reader<'_>,
    ) -> Outcome {
        let count = reader.count(min_size)?;
        self.writer.length(count);
        let first = self.writer.len();
        let mut entries: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        let mut last = None;
        for index in 0..count {
            let start = self.writer.len();
            ascending(&mut last, reader, |reader| Ok(self.step(key, reader)))?
                .map_err(|error| error.at(index))?;
            let end_of_key = self.writer.len();
            if let Some(value) = value {
                self.step(value, reader).map_err(|error| error.at(index))?;
            }
            entries.push((start..end_of_key, start..self.writer.len()));
        }
        if self.writer.sort(first, entries) {
            Ok(())
        } else {
            Err(AdaptError::Duplicate { path: String::new() }.into())
        }
    }
}

/// Takes an option's count.
fn is_there(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    match reader.varuint()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(DecodeError::WrongCount),
    }
}
