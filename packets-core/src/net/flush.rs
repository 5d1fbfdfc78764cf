//! Writes to many connections in few tasks.

use std::sync::Weak;
use std::time::Instant;
use std::vec::IntoIter;

use tokio::runtime::Handle;
use tokio::task::yield_now;

use super::call::now;
use super::peer::Shared;

/// Connections that were given frames, which are to be written. It keeps none of them: one that is gone meanwhile has
/// ended.
///
/// The turn of a driver reads, accepts and looks at the time, too, and is a task of its own: to a room it takes nearly as
/// much as the writes themselves. So a few tasks write for many drivers, unless these have their turns just then.
#[derive(Debug, Default)]
pub struct Flush(Vec<Weak<dyn WriteOut>>);

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

    fn shared(&self) -> &Shared;
}

impl Flush {
    pub(super) fn add(&mut self, connection: &Shared) {
        let Some((driver, _)) = connection.driver.get() else { return connection.queue.wake() };
        self.0.push(driver.clone());
        if self.0.len() == MOST {
            self.begin();
        }
    }

    fn begin(&mut self) {
        // Where drivers run, and not where somebody has emitted: that may be a runtime which nobody drives.
        let runtime = if self.0.len() > FEW { self.0.iter().find_map(runtime_of) } else { None };
        let connections = Listed(std::mem::take(&mut self.0).into_iter());
        if let Some(runtime) = runtime {
            runtime.spawn(connections.write_out());
        }
    }
}

fn runtime_of(connection: &Weak<dyn WriteOut>) -> Option<Handle> {
    let connection = connection.upgrade()?;
    connection.shared().driver.get().map(|(_, runtime)| runtime.clone())
}

/// Those that nobody has written to yet. Their drivers do if this is dropped.
struct Listed(IntoIter<Weak<dyn WriteOut>>);

impl Listed {
    async fn write_out(mut self) {
        while self.0.len() > 0 {
            let now = now();
            let turn = self.0.by_ref().take(TURN).filter_map(|connection| connection.upgrade());
            turn.for_each(|connection| connection.write_out(now));
            yield_now().await;
        }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let connections = self.0.by_ref().filter_map(|connection| connection.upgrade());
        connections.for_each(|connection| connection.shared().queue.wake());
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.begin();
    }
}
