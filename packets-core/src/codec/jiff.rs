//! Points in time as jiff has them.

use jiff::Timestamp;

use super::reader::Reader;
use super::time::{NANOS_PER_SECOND, Since1970};
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Schema, Type};

/// The same as [`SystemTime`](std::time::SystemTime). Years beyond ±9999 are refused.
impl Schema for Timestamp {
    const TYPE: &'static Type = Since1970::TYPE;

    #[inline]
    fn size(&self) -> usize {
        Since1970::SIZE
    }

    fn encode(&self, writer: &mut Writer) {
        let secs = self.as_second();
        // Before 1970 it counts back from the second behind.
        let since = match u32::try_from(self.subsec_nanosecond()) {
            Ok(nanos) => Since1970 { nanos, secs },
            Err(_) => Since1970 {
                nanos: NANOS_PER_SECOND - self.subsec_nanosecond().unsigned_abs(),
                secs: secs - 1,
            },
        };
        since.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let Since1970 { nanos, secs } = Since1970::decode(reader)?;
        // Less than a second, so it fits.
        Self::new(secs, nanos as i32).map_err(|_| DecodeError::OutOfRange)
    }
}
