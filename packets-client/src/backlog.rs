//! What is to be sent while there is no connection.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use packets_core::codec::{Reader, Writer};
use packets_core::net::{Outgoing, SendError};
use packets_core::packet::{Resolved, Scope, Which};
use packets_core::{Agreement, Bundle, EncodeError, Packet, PacketId, Registry, Schema};
use tokio::time::Instant;

/// What a client does with packets while it has no connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Offline {
    /// `emit` and `send` fail at once with [`SendError::Offline`]. So do calls that still waited for room when the
    /// connection broke.
    #[default]
    Fail,
    /// They wait for the next connection, where packets go out in the order of their `emit`s, and calls after
    /// them. A call's timeout counts all the while. So do calls that still waited for room when the connection broke.
    Wait {
        /// How many packets and calls may wait. Beyond it `emit` and `send` fail with [`SendError::Full`].
        max_packets: usize,
        /// How many bytes of packets may wait. Beyond it `emit` fails with [`SendError::Full`]. Calls hold
        /// their packets themselves, so they do not count here.
        max_bytes: usize,
        /// How long a packet or a call may wait. Then the packet is dropped, and the call fails with
        /// [`SendError::Offline`].
        max_age: Duration,
    },
    /// `emit` drops the packet and says that all is well; `send` fails at once with [`SendError::Offline`].
    Drop,
}

/// Packets that wait, in order.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    packets: VecDeque<(Held, Instant)>,
    bytes: usize,
}

impl Backlog {
    pub(crate) fn len(&self) -> usize {
        self.packets.len()
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn push(&mut self, packet: Held, now: Instant) {
        self.bytes += packet.body.len();
        self.packets.push_back((packet, now));
    }

    pub(crate) fn front(&self) -> Option<&Held> {
        self.packets.front().map(|(packet, _)| packet)
    }

    /// Since when the oldest packet waits.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.packets.front().map(|(_, since)| *since)
    }

    pub(crate) fn pop(&mut self) {
        if let Some((packet, _)) = self.packets.pop_front() {
            self.bytes -= packet.body.len();
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Drops what is too old.
    pub(crate) fn expire(&mut self, now: Instant, max_age: Duration) {
        let mut dropped = 0;
        while self.packets.front().is_some_and(|(_, since)| now.duration_since(*since) >= max_age) {
            self.pop();
            dropped += 1;
        }
        if dropped > 0 {
            tracing::debug!(dropped, "packets waited too long for a connection");
        }
    }
}

/// An encoded packet, with the ids and schemas of this end's own registry: which ones it travels with is known
/// when there is a connection.
#[derive(Debug)]
pub(crate) struct Held {
    id: PacketId,
    body: Bytes,
}

impl Held {
    /// Encodes a packet, by an agreement of this end with itself.
    pub(crate) fn new<O: Outgoing>(packet: &O, own: &Agreement) -> Result<Self, SendError> {
        let id = packet.id(own)?;
        let mut writer = Writer::with_capacity(packet.size());
        packet.encode(id, own, &mut writer)?;
        match writer.finish() {
            Ok(body) => Ok(Self { id, body: body.into() }),
            Err(error) => {
                let packet = own.registry().get(id.number()).map(|packet| packet.name());
                Err(SendError::Encode { packet: packet.unwrap_or_default().into(), error })
            }
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.body.len()
    }
}

impl Outgoing for Held {
    type Response = ();

    fn id(&self, _: &Agreement) -> Result<PacketId, SendError> {
        Ok(self.id)
    }

    fn is_idempotent(&self, _: &Registry) -> bool {
        false
    }

    fn size(&self) -> usize {
        self.body.len()
    }

    fn encode(&self, _: PacketId, agreement: &Agreement, writer: &mut Writer) -> Result<(), SendError> {
        if Some(self.id) == agreement.registry().id_of::<Bundle>() {
            translate(&self.body, agreement, writer);
        } else {
            writer.put(&self.body);
        }
        Ok(())
    }

    fn response(_: PacketId, _: &Agreement, _: &Bytes) -> Result<(), SendError> {
        Ok(())
    }
}

/// Appends a bundle whose items are as this end has them, as the connection's other end has them.
fn translate(bundle: &Bytes, agreement: &Agreement, writer: &mut Writer) {
    let cannot = |packet: &str, reason: &dyn std::fmt::Display| EncodeError::Bundle {
        packet: packet.into(),
        reason: reason.to_string().into(),
    };
    let bundle = match Bundle::decode(&mut Reader::over(bundle)) {
        Ok(bundle) => bundle,
        Err(error) => return writer.fail(cannot(Bundle::NAME, &error)),
    };
    let mut items = Writer::default();
    for item in bundle.received() {
        let name = agreement.registry().get(item.id).map_or("", |packet| packet.name());
        let Resolved { id, plan, .. } = match agreement.resolve(Which::Name(name)) {
            Ok(resolved) => resolved,
            Err(reason) => return writer.fail(cannot(name, &reason)),
        };
        let mut body = Writer::default();
        if name == Bundle::NAME {
            translate(&item.body, agreement, &mut body);
        } else {
            match plan.map(|plan| plan.adapt(&item.body)) {
                None => body.put(&item.body),
                Some(Ok(adapted)) => body.put(&adapted),
                Some(Err(error)) => return writer.fail(cannot(name, &error)),
            }
        }
        match body.finish() {
            Ok(body) => {
                items.put(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
                items.put(&id.to_le_bytes());
                items.put(&body);
            }
            Err(error) => return writer.fail(error),
        }
    }
    match items.finish() {
        Ok(items) => writer.buffer(&items),
        Err(error) => writer.fail(error),
    }
}
