//! The connection that Redis is published over.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, Pipeline, RedisResult, Value, cmd};
use tokio::time::Instant;

use super::open;

/// How often an answer is waited for: that is how a connection is noticed that is dead.
const CHECK: Duration = Duration::from_secs(1);

/// How many publications follow each other without an answer.
const UNANSWERED: usize = 1_024;

/// Publishes, mostly without being answered: an answer costs Redis and the node as much as the publication itself, and
/// says nothing that the cluster's own probe does not say better.
///
/// Where nothing is answered the `redis` crate still counts on an answer for each command. It gets those all at once:
/// with the next command whose answer is waited for, Redis is pinged as often as there were publications.
pub(super) struct Publisher {
    connection: MultiplexedConnection,
    /// Whether Redis does not answer what it is told not to.
    is_quiet: bool,
    /// The publications since the last answer.
    unanswered: usize,
    /// When a publication's answer is waited for again.
    next_check: Instant,
}

impl Publisher {
    pub(super) async fn connect(client: &Client) -> RedisResult<Self> {
        let mut connection = open(client, AsyncConnectionConfig::new()).await?;
        let is_quiet = can_be_quiet(&mut connection).await?;
        if !is_quiet {
            // It may have said more than was waited for.
            connection = open(client, AsyncConnectionConfig::new()).await?;
        }
        Ok(Self { connection, is_quiet, unanswered: 0, next_check: Instant::now() })
    }

    /// Whether the next publication is one whose answer is waited for, as the first one's is.
    pub(super) fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = self.unanswered == UNANSWERED || now >= self.next_check;
        if is_due {
            self.next_check = now + CHECK;
        }
        is_due
    }

    /// Sends a command, and waits for no answer. If this is dropped, the command is not sent.
    pub(super) async fn send(&mut self, mut command: Cmd) -> RedisResult<()> {
        self.connection.send_packed_command(command.set_no_response(true)).await?;
        self.unanswered += usize::from(self.is_quiet);
        Ok(())
    }

    /// Waits for what Redis says to a command, and so to all before it. If this is dropped, the connection is of no use.
    pub(super) async fn ask(&mut self, command: Cmd) -> RedisResult<()> {
        if !self.is_quiet {
            return command.exec_async(&mut self.connection).await;
        }
        let pings = std::mem::take(&mut self.unanswered);
        let mut pipeline = Pipeline::with_capacity(pings + 3);
        pipeline.add_command(reply("ON"));
        for _ in 0..pings {
            pipeline.add_command(cmd("PING"));
        }
        pipeline.add_command(command).add_command(reply("OFF"));
        // All answers but the last are those of the publications, and one more.
        let answers = self.connection.send_packed_commands(&pipeline, 1, 1).await?;
        answers.into_iter().try_for_each(|answer| answer.extract_error().map(drop))
    }
}

fn reply(mode: &str) -> Cmd {
    let mut command = cmd("CLIENT");
    command.arg("REPLY").arg(mode);
    command
}

/// Whether it answers nothing in between, and the rest.
async fn can_be_quiet(connection: &mut MultiplexedConnection) -> RedisResult<bool> {
    let ping = |text| cmd("PING").arg(text).take();
    let mut pipeline = Pipeline::new();
    pipeline.add_command(reply("OFF")).add_command(ping("off"));
    pipeline.add_command(reply("ON")).add_command(ping("on"));
    let answers = connection.send_packed_commands(&pipeline, 0, 2).await?;
    Ok(answers == [Value::Okay, Value::BulkString(b"on".to_vec())])
}
