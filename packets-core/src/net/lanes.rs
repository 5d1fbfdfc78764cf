//! Packet types of which only so many are accepted at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::registry::PacketId;

/// One connection's lanes, each from the first packet of its type on.
#[derive(Debug, Default)]
pub(super) struct Lanes(Mutex<HashMap<PacketId, Lane>>);

/// What the packets of one type go through, in the order in which they come.
#[derive(Clone, Debug)]
pub(super) struct Lane(Arc<Semaphore>);

impl Lanes {
    pub(super) fn lane(&self, id: PacketId, width: usize) -> Lane {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let width = width.clamp(1, Semaphore::MAX_PERMITS);
        lanes.entry(id).or_insert_with(|| Lane(Arc::new(Semaphore::new(width)))).clone()
    }
}

impl Lane {
    /// Waits for those before it. The place is kept until the result is dropped.
    pub(super) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        // None if it is closed, which nobody does.
        self.0.acquire().await.ok()
    }
}
