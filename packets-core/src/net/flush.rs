//! Writes to many connections in few tasks.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use std::vec::IntoIter;

use tokio::runtime::Handle;
use tokio::task::yield_now;

use super::call::now;
use super::encoded::Encoded;
use super::peer::{Peer, Shared};
use super::send_error::SendError;

/// Emits to many connections, and has them written to. It keeps none of them open, but for those few that it is writing
/// to: one that is gone meanwhile has ended.
///
/// The turn of a driver reads, accepts and looks at the time, too, and is a task of its own: to a room it takes nearly as
/// much as the writes themselves. So a few tasks write for many drivers, unless these have their turns just then.
#[derive(Debug, Default)]
pub struct Flush(Vec<Arc<Shared>>);

/// So many connections are written to by one task.
const MOST: usize = 256;

/// After so many, each of which takes some microseconds, others have their turn. What they emit meanwhile goes out with
/// what is there.
const TURN: usize = 32;

/// It takes more than so many for a task to be worth it.
const FEW: usize = 8;

/// A connection, as seen from outside its driver's turns.
pub(super) trait WriteOut: Send + Sync {
    /// Writes what is queued. If that cannot be now, the driver does, and is woken.
    fn write_out(&self, now: Instant);
}

impl Flush {
    /// Emits a packet to one of them, told to no observers. It has to be encoded for the agreement of this one.
    ///
    /// # Errors
    /// [`SendError`] if the packet is too large for it, the queue is full, or the connection has ended.
    pub fn emit<O>(&mut self, packet: &Encoded<O>, to: &Peer) -> Result<(), SendError> {
        let (id, frame) = packet.whole();
        if to.shared.emit(id, frame.clone(), true)? {
            self.0.push(to.shared.clone());
            if self.0.len() == MOST {
                self.begin();
            }
        }
        Ok(())
    }

    fn begin(&mut self) {
        // Where drivers run, and not where somebody has emitted: that may be a runtime which nobody drives.
        let runtime = if self.0.len() > FEW { self.0.iter().find_map(|to| to.runtime()) } else { None };
        let listed = Listed(std::mem::take(&mut self.0).into_iter());
        if let Some(runtime) = runtime {
            runtime.spawn(listed.write_out());
        }
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.begin();
    }
}

/// Those that nobody has written to yet. Their drivers do if this is dropped.
struct Listed(IntoIter<Arc<Shared>>);

impl Listed {
    async fn write_out(mut self) {
        let mut drivers = Vec::with_capacity(TURN);
        while self.0.len() > 0 {
            self.0.as_slice().iter().take(TURN).for_each(|shared| shared.prefetch_driver());
            drivers.extend(self.0.as_slice().iter().take(TURN).map(|shared| shared.connection()));
            let now = now();
            for driver in drivers.drain(..) {
                self.0.next();
                if let Some(driver) = driver {
                    driver.write_out(now);
                }
            }
            yield_now().await;
        }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.0.by_ref().for_each(|shared| shared.queue.wake());
    }
}

impl Peer {
    /// Has the processor fetch what an emit touches first. The members of a large room are in no cache any more; if nothing
    /// comes between, several are fetched in the time of one.
    #[doc(hidden)]
    pub fn prefetch(&self) {
        let Shared { driver, queue, .. } = &*self.shared;
        black_box((driver.get().is_some(), queue.has_frames()));
    }
}

impl Shared {
    /// The same for what is touched when it is written to.
    fn prefetch_driver(&self) {
        let driver = self.driver.get().map(|(driver, _)| driver.strong_count());
        black_box((driver, self.queue.has_frames()));
    }

    /// The connection, unless it has ended. One that nobody else may write to is woken.
    fn connection(&self) -> Option<Arc<dyn WriteOut>> {
        let driver = self.driver.get();
        if driver.is_none() {
            self.queue.wake();
        }
        driver.and_then(|(driver, _)| driver.upgrade())
    }

    fn runtime(&self) -> Option<Handle> {
        self.driver.get().map(|(_, runtime)| runtime.clone())
    }
}
