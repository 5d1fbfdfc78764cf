//! What one binary WebSocket message carries. `PROTOCOL.md` has the bytes.

use std::num::NonZeroU32;

use bytes::{Buf, Bytes};

use crate::codec::{Reader, Writer, varuint_size};
use crate::control::Control;
use crate::error::{DecodeError, EncodeError};
use crate::reject::Reject;

/// The number of a call, the caller's own: 1 ..= 2²⁸-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(u32);

impl CallId {
    /// The first.
    pub const FIRST: Self = Self(1);
    const MAX: u32 = (1 << 28) - 1;

    fn new(number: u32) -> Result<Self, DecodeError> {
        if (1..=Self::MAX).contains(&number) { Ok(Self(number)) } else { Err(DecodeError::OutOfRange) }
    }

    /// The next one; the first again after the last.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(if self.0 == Self::MAX { 1 } else { self.0 + 1 })
    }
}

impl std::fmt::Display for CallId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A frame as received. Packet ids are the wire's, whatever this end knows of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// A packet that asks for no answer.
    Packet {
        /// The packet's id.
        id: u32,
        /// The encoded packet.
        body: Bytes,
    },
    /// A packet that asks for an answer.
    Call {
        /// The packet's id.
        id: u32,
        /// The call's number, to be repeated in the answer.
        call: CallId,
        /// Milliseconds after which the answer is of no use any more, counted from receipt.
        time_left: Option<NonZeroU32>,
        /// The encoded packet.
        body: Bytes,
    },
    /// The answer to a call.
    Reply {
        /// The call.
        call: CallId,
        /// The encoded response.
        body: Bytes,
    },
    /// The other answer to a call.
    Reject {
        /// The call.
        call: CallId,
        /// Why.
        reject: Reject,
    },
    /// The caller has lost interest.
    Cancel {
        /// The call.
        call: CallId,
    },
    /// Between the two ends of the protocol themselves.
    Control(Control),
}

const PACKET: u32 = 0;
const CALL: u32 = 1;
const REPLY: u32 = 2;
const REJECT: u32 = 3;
const CANCEL: u32 = 4;
const CONTROL: u32 = 5;

/// The largest head of a frame: kind and packet id, call id, time left.
const MAX_HEAD: usize = 3 + 4 + 5;

/// What stands before the body of a frame that brings a packet.
#[derive(Clone, Copy)]
pub(crate) struct Incoming {
    /// The packet's id.
    pub(crate) id: u32,
    /// If it asks for an answer, with the milliseconds that are left for it.
    pub(crate) call: Option<(CallId, Option<NonZeroU32>)>,
    /// How many bytes come before the body.
    pub(crate) head: usize,
}

impl Incoming {
    /// Reads the head of a message; none if it is another frame.
    #[inline]
    pub(crate) fn parse(message: &[u8]) -> Result<Option<Self>, DecodeError> {
        let mut reader = Reader::new(message);
        let head = reader.varuint()?;
        let call = match head & 7 {
            PACKET => None,
            CALL => Some((CallId::new(reader.varuint()?)?, NonZeroU32::new(reader.varuint()?))),
            _ => return Ok(None),
        };
        Ok(Some(Self { id: head >> 3, call, head: message.len() - reader.remaining() }))
    }
}

impl Frame {
    /// Reads a message.
    ///
    /// # Errors
    /// [`DecodeError`] if the head, or a frame without a body, is not one.
    pub fn decode(mut message: Bytes) -> Result<Self, DecodeError> {
        if let Some(Incoming { id, call, head }) = Incoming::parse(&message)? {
            message.advance(head);
            return Ok(match call {
                None => Self::Packet { id, body: message },
                Some((call, time_left)) => Self::Call { id, call, time_left, body: message },
            });
        }
        let mut reader = Reader::over(&message);
        let head = reader.varuint()?;
        let number = head >> 3;
        Ok(match head & 7 {
            REPLY => {
                let head = message.len() - reader.remaining();
                message.advance(head);
                Self::Reply { call: CallId::new(number)?, body: message }
            }
            REJECT => {
                let reject = Reject::decode(&mut reader)?;
                reader.finish()?;
                Self::Reject { call: CallId::new(number)?, reject }
            }
            CANCEL => {
                reader.finish()?;
                Self::Cancel { call: CallId::new(number)? }
            }
            CONTROL => Self::Control(Control::decode(number, &mut reader)?),
            _ => return Err(DecodeError::UnknownVariant),
        })
    }
}

/// How many bytes of a PACKET frame come before its body.
pub(crate) fn packet_head(id: u16) -> usize {
    varuint_size(usize::from(id) << 3)
}

/// A PACKET frame; `encode` appends the body of `size` bytes.
#[inline]
pub(crate) fn packet(id: u16, size: usize, encode: impl FnOnce(&mut Writer)) -> Result<Bytes, EncodeError> {
    let mut writer = Writer::with_capacity(packet_head(id) + size);
    writer.varuint(u32::from(id) << 3 | PACKET);
    encode(&mut writer);
    writer.finish().map(Bytes::from)
}

/// A CALL frame.
pub(crate) fn call(
    id: u16,
    call: CallId,
    time_left: Option<NonZeroU32>,
    size: usize,
    encode: impl FnOnce(&mut Writer),
) -> Result<Bytes, EncodeError> {
    let mut writer = Writer::with_capacity(MAX_HEAD + size);
    writer.varuint(u32::from(id) << 3 | CALL);
    writer.varuint(call.0);
    writer.varuint(time_left.map_or(0, NonZeroU32::get).min(Writer::MAX_VARUINT));
    encode(&mut writer);
    writer.finish().map(Bytes::from)
}

/// A REPLY frame.
#[inline]
pub(crate) fn reply(
    call: CallId,
    size: usize,
    encode: impl FnOnce(&mut Writer),
) -> Result<Bytes, EncodeError> {
    put_reply(Vec::new(), call, size, encode).map(Bytes::from)
}

/// Appends a REPLY frame.
#[inline]
pub(crate) fn put_reply(
    mut out: Vec<u8>,
    call: CallId,
    size: usize,
    encode: impl FnOnce(&mut Writer),
) -> Result<Vec<u8>, EncodeError> {
    let head = call.0 << 3 | REPLY;
    out.reserve_exact(varuint_size(head as usize) + size);
    let mut writer = Writer::behind(out);
    writer.varuint(head);
    encode(&mut writer);
    writer.finish()
}

/// A REJECT frame.
pub(crate) fn reject(call: CallId, reject: &Reject) -> Bytes {
    headed(call.0 << 3 | REJECT, reject.size(), |writer| reject.encode(writer))
}

/// A CANCEL frame.
pub(crate) fn cancel(call: CallId) -> Bytes {
    headed(call.0 << 3 | CANCEL, 0, |_| {})
}

/// A CONTROL frame.
pub(crate) fn control(control: &Control) -> Bytes {
    headed(control.number() << 3 | CONTROL, 64, |writer| control.encode(writer))
}

/// A frame whose content always can be encoded.
fn headed(head: u32, size: usize, encode: impl FnOnce(&mut Writer)) -> Bytes {
    let mut writer = Writer::with_capacity(varuint_size(head as usize) + size);
    writer.varuint(head);
    encode(&mut writer);
    writer.finish().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reject::RejectKind;

    fn hex(frame: &Bytes) -> String {
        frame.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn frames_are_as_the_protocol_says() {
        let call_id = CallId(300);
        let body = |writer: &mut Writer| writer.put(&[0xaa]);
        for (frame, bytes, expected) in [
            (packet(7, 0, |_| {}), "38", Frame::Packet { id: 7, body: Bytes::new() }),
            (packet(16, 1, body), "8001aa", Frame::Packet { id: 16, body: Bytes::from_static(&[0xaa]) }),
            (
                call(7, call_id, NonZeroU32::new(10_000), 1, body),
                "39ac02904eaa",
                Frame::Call {
                    id: 7,
                    call: call_id,
                    time_left: NonZeroU32::new(10_000),
                    body: Bytes::from_static(&[0xaa]),
                },
            ),
            (
                reply(call_id, 1, body),
                "e212aa",
                Frame::Reply { call: call_id, body: Bytes::from_static(&[0xaa]) },
            ),
            (
                Ok(reject(call_id, &Reject::new(RejectKind::NotAccepted, "no"))),
                "e312049403026e6f00",
                Frame::Reject { call: call_id, reject: Reject::new(RejectKind::NotAccepted, "no") },
            ),
            (Ok(cancel(call_id)), "e412", Frame::Cancel { call: call_id }),
        ] {
            let frame = frame.expect("encodes");
            assert_eq!(hex(&frame), bytes);
            assert_eq!(Frame::decode(frame), Ok(expected));
        }
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for message in [&[][..], &[0x06], &[0x07], &[0x02], &[0x39, 0], &[0xe4, 0x12, 0], &[0x80]] {
            assert!(Frame::decode(Bytes::copy_from_slice(message)).is_err(), "{message:02x?}");
        }
    }

    #[test]
    fn call_ids_start_again_after_the_last() {
        assert_eq!(CallId(CallId::MAX).next(), CallId::FIRST);
    }
}
