//! Measures the memory of a server, in a process of its own, beside many clients.
//!
//! `crowd idle 9500` connects so many that do nothing: each may take 6.5 KiB of the server's memory.
//! `crowd cycles 100000` lets so many connect, join a room, call and leave: the server may keep nothing of them.

use std::collections::VecDeque;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use packets_client::Client;
use packets_core::net::ConnectionLimits;
use packets_tests::harness::{Count, Echo, Victim, Wire, client};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many bytes an idle connection may take.
const IDLE: u64 = 6_656;

/// How many bytes the server may have more after many cycles than after the first.
const GROWTH: u64 = 1 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, count] = &*arguments else { return Err("`crowd idle N` or `crowd cycles N`".into()) };
    let program = std::env::current_exe()?.with_file_name("victim");
    let victim = Victim::start(program.to_str().ok_or("a path without a name")?, &[]);
    let count = count.parse()?;
    match what.as_str() {
        "idle" => idle(&victim, count).await,
        "cycles" => cycles(&victim, count).await,
        _ => Err(format!("there is no {what}").into()),
    }
}

async fn idle(victim: &Victim, count: u64) -> Result<ExitCode> {
    // What a server takes before its first clients is not theirs.
    drop(Wire::connect(victim.address()).await);
    let good = open(victim).await?;
    until_alone(&good).await?;
    let before = victim.memory();
    let mut crowd = VecDeque::new();
    for _ in 0..count {
        crowd.push_back(Wire::connect(victim.address()).await);
    }
    assert_eq!(u64::from(good.send(Count { value: 0 }).await?), count + 1);
    let each = (victim.memory() - before) / count;
    println!("{count} idle connections: {each} bytes of the server's memory each, of {IDLE}");
    Ok(code(each <= IDLE))
}

async fn cycles(victim: &Victim, count: u64) -> Result<ExitCode> {
    let good = open(victim).await?;
    cycle(victim, count / 5).await?;
    until_alone(&good).await?;
    let before = victim.memory();
    let begin = Instant::now();
    cycle(victim, count - count / 5).await?;
    until_alone(&good).await?;
    let grown = victim.memory().saturating_sub(before);
    println!(
        "{count} connections that came and went: the server grew by {grown} bytes over the last four fifths \
         ({:?}), of {GROWTH}",
        begin.elapsed()
    );
    Ok(code(grown <= GROWTH))
}

/// Lets so many clients connect, call and leave, some at a time.
async fn cycle(victim: &Victim, count: u64) -> Result<()> {
    let mut clients = JoinSet::new();
    let url = format!("ws://{}/", victim.address());
    for number in 0..count {
        let url = url.clone();
        clients.spawn(async move {
            let client = client().connect(&url).await.map_err(|error| error.to_string())?;
            let answer = client.send(Echo(number.to_string())).await.map_err(|error| error.to_string())?;
            assert_eq!(answer, number.to_string());
            client.close();
            client.closed().await;
            Ok::<_, String>(())
        });
        if clients.len() >= 32
            && let Some(done) = clients.join_next().await
        {
            done??;
        }
    }
    while let Some(done) = clients.join_next().await {
        done??;
    }
    Ok(())
}

async fn open(victim: &Victim) -> Result<Client> {
    let limits = ConnectionLimits::client().call_timeout(Duration::from_secs(60));
    Ok(client().limits(limits).connect(&format!("ws://{}/", victim.address())).await?)
}

/// Waits until the server has no client but this one in its table.
async fn until_alone(good: &Client) -> Result<()> {
    let alone = async {
        while good.send(Count { value: 0 }).await? != 1 {
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    };
    timeout(Duration::from_secs(10), alone)
        .await
        .map_err(|_| "the server keeps sockets of clients that left")?
}

fn code(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
