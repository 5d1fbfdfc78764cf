//! A bound for what mostly is done at once.

use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

/// As tokio's [`timeout`], but no timer is set for what is ready at once.
pub(crate) async fn in_time<F: Future>(time: Duration, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    match future.as_mut().now_or_never() {
        Some(output) => Ok(output),
        None => timeout(time, future).await,
    }
}
