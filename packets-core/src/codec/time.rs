//! Lengths of time, and points in it.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use super::reader::Reader;
use super::writer::Writer;
use crate::error::{DecodeError, EncodeError};
use crate::schema::{Field, Schema, Type};

/// Below this, nanoseconds are a part of a second. More of them would be a second way to say the same.
pub(super) const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// `{nanos:uint32,secs:uint64}`, as serde has it too.
impl Schema for Duration {
    const TYPE: &'static Type =
        &Type::Object(Cow::Borrowed(&[Field::new("nanos", u32::TYPE), Field::new("secs", u64::TYPE)]));

    #[inline]
    fn size(&self) -> usize {
        12
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        self.subsec_nanos().encode(writer);
        self.as_secs().encode(writer);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let nanos = nanos(reader)?;
        Ok(Self::new(u64::decode(reader)?, nanos))
    }
}

/// `{nanos:uint32,secs:int64}`: the last full second before that point, counted from 1970, and the
/// nanoseconds since then. So half a second before 1970 is second -1 and 500,000,000 ns, and every point has
/// one form. Platforms whose clock is coarser (Windows: 100 ns) round what they decode.
impl Schema for SystemTime {
    const TYPE: &'static Type = Since1970::TYPE;

    #[inline]
    fn size(&self) -> usize {
        Since1970::SIZE
    }

    fn encode(&self, writer: &mut Writer) {
        match Since1970::of(*self) {
            Some(since) => since.encode(writer),
            None => {
                writer.fail(EncodeError::Unrepresentable("a time is further from 1970 than 2^63 seconds"))
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Since1970::decode(reader)?.to_system_time().ok_or(DecodeError::OutOfRange)
    }
}

/// A point in time: that of the second at or before it, and the nanoseconds from there on.
pub(super) struct Since1970 {
    pub(super) nanos: u32,
    pub(super) secs: i64,
}

impl Since1970 {
    pub(super) const TYPE: &'static Type =
        &Type::Object(Cow::Borrowed(&[Field::new("nanos", u32::TYPE), Field::new("secs", i64::TYPE)]));
    pub(super) const SIZE: usize = 12;

    #[inline]
    pub(super) fn encode(&self, writer: &mut Writer) {
        self.nanos.encode(writer);
        self.secs.encode(writer);
    }

    #[inline]
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let nanos = nanos(reader)?;
        Ok(Self { nanos, secs: i64::decode(reader)? })
    }

    fn of(time: SystemTime) -> Option<Self> {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Some(Self { nanos: after.subsec_nanos(), secs: after.as_secs().try_into().ok()? }),
            Err(error) => {
                let before = error.duration();
                let secs = 0i64.checked_sub_unsigned(before.as_secs())?;
                Some(match before.subsec_nanos() {
                    0 => Self { nanos: 0, secs },
                    nanos => Self { nanos: NANOS_PER_SECOND - nanos, secs: secs.checked_sub(1)? },
                })
            }
        }
    }

    fn to_system_time(&self) -> Option<SystemTime> {
        let secs = Duration::from_secs(self.secs.unsigned_abs());
        let second = if self.secs < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(secs)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(secs)
        };
        second?.checked_add(Duration::from_nanos(self.nanos.into()))
    }
}

fn nanos(reader: &mut Reader<'_>) -> Result<u32, DecodeError> {
    let nanos = u32::decode(reader)?;
    if nanos < NANOS_PER_SECOND { Ok(nanos) } else { Err(DecodeError::OutOfRange) }
}
