//! Writes to many connections in few tasks.

use std::fmt::Debug;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::yield_now;

use super::peer::Shared;

/// Connections that were given frames, which are to be written.
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

/// The driver of a connection, as seen from outside its turns.
pub(super) trait WriteOut: Debug + Send + Sync {
    /// Writes what is queued. If that cannot be now, the driver does when it is woken.
    fn write_out(&self) -> bool;
}

impl Flush {
    pub(super) fn add(&mut self, connection: &Arc<Shared>) {
        self.0.push(connection.clone());
        if self.0.len() == MOST {
            self.begin();
        }
    }

    fn begin(&mut self) {
        let connections = std::mem::take(&mut self.0);
        match Handle::try_current() {
            Ok(runtime) if connections.len() > FEW => {
                runtime.spawn(async move {
                    for some in connections.chunks(TURN) {
                        some.iter().for_each(|connection| connection.write_out());
                        yield_now().await;
                    }
                });
            }
            _ => connections.iter().for_each(|connection| connection.queue.wake()),
        }
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.begin();
    }
}
