//! The connection that Redis is published over.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, RedisResult, Value, cmd};
use tokio::time::Instant;

/// How often an answer is waited for: that is how a connection is noticed that is dead.
const CHECK: Duration = Duration::from_secs(1);

/// How many publications follow each other without an answer.
const UNANSWERED: usize = 1_024;

/// Publishes, mostly without being answered: an answer costs Redis and the node as much as the publication itself, and
/// says nothing that the cluster's own probe does not say better.
///
/// Where nothing is answered the `redis` crate still counts on an answer for each command. It gets those all at once:
/// before the next command whose answer is waited for, Redis is pinged as often as there were publications.
pub(super) struct Publisher {
    connection: MultiplexedConnection,
    /// Whether Redis can be told not to answer.
    is_quiet: bool,
    /// The publications since the last answer.
    unanswered: usize,
    /// When an answer is waited for again.
    next_check: Instant,
}

impl Publisher {
    pub(super) async fn new(mut connection: MultiplexedConnection) -> RedisResult<Self> {
        let answer = connection.send_packed_command(&reply("ON")).await?;
        let is_quiet = !matches!(answer, Value::ServerError(_));
        Ok(Self { connection, is_quiet, unanswered: 0, next_check: Instant::now() })
    }

    pub(super) async fn publish(&mut self, mut command: Cmd) -> RedisResult<()> {
        let now = Instant::now();
        if now >= self.next_check || self.unanswered == UNANSWERED {
            self.next_check = now + CHECK;
            return self.answered(command).await;
        }
        self.connection.send_packed_command(command.set_no_response(true)).await?;
        self.unanswered += usize::from(self.is_quiet);
        Ok(())
    }

    /// Waits for what Redis says to a command, and so to all before it.
    pub(super) async fn answered(&mut self, command: Cmd) -> RedisResult<()> {
        if !self.is_quiet {
            return self.connection.send_packed_command(&command).await?.extract_error().map(drop);
        }
        let pings = std::mem::take(&mut self.unanswered);
        let mut pipeline = Pipeline::with_capacity(pings + 3);
        pipeline.add_command(reply("ON"));
        for _ in 0..pings {
            pipeline.add_command(cmd("PING"));
        }
        pipeline.add_command(command).add_command(reply("OFF"));
        // The publications have the pings' answers; the first of these three is not looked at, the last has none.
        let answers = self.connection.send_packed_commands(&pipeline, 1, 1).await?;
        answers.into_iter().try_for_each(|answer| answer.extract_error().map(drop))
    }
}

fn reply(mode: &str) -> Cmd {
    let mut command = cmd("CLIENT");
    command.arg("REPLY").arg(mode);
    command
}
