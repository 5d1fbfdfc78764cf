//! What an operator gets to see: figures, spans, lines, and all there is at a moment.

mod inspect;
mod metrics;
mod recorder;
mod sessions;
mod trace;

use packets_server::{AcceptError, ServerBuilder, Socket, ValidationError};
use packets_tests::harness::{Count, Echo, server};
use tokio::time::{Duration, sleep};

/// How long [`Count`] takes to be accepted.
const SLOW: Duration = Duration::from_secs(2);

/// Answers [`Echo`], and a [`Count`] late. It refuses a [`Count`] of 1, and fails at one of 2.
fn builder() -> ServerBuilder {
    server().accept(|packet: Echo, _: Socket| async move { packet.0 }).accept(
        |packet: Count, _: Socket| async move {
            sleep(SLOW).await;
            match packet.value {
                1 => Err(ValidationError::new(418, "not 1").into()),
                2 => Err(AcceptError::from(std::io::Error::other("broken\r\nERROR all is lost"))),
                value => Ok(value),
            }
        },
    )
}
