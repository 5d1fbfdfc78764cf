//! The one load generator: it writes and reads frames itself, and so costs less than any server.

mod connection;
mod fan_out;
mod frames;
mod load;
mod rotation;

pub(crate) use self::connection::{Connection, open_all};
pub(crate) use self::fan_out::fan_out;
pub(crate) use self::frames::{Frames, Framing, Message};
pub(crate) use self::load::{Load, run};
pub(crate) use self::rotation::rotate;

use std::future::Future;
use std::time::Duration;

/// Before that nothing is measured.
const WARM_UP: Duration = Duration::from_millis(60);

/// What is measured of a load.
pub(crate) const SPAN: Duration = Duration::from_millis(240);

/// Nothing takes longer than this, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a load.
#[derive(Default)]
pub(crate) struct Measured {
    /// How many packets were answered, or delivered.
    pub(crate) count: u64,
    pub(crate) time: Duration,
    /// Of the server's processor.
    pub(crate) cpu: Duration,
    /// From requests to their answers, in nanoseconds.
    pub(crate) times: Vec<u32>,
}

/// Waits for it, but not for ever.
pub(crate) async fn bounded<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(PATIENCE, future).await;
    result.unwrap_or_else(|_| panic!("{what} takes too long"))
}
