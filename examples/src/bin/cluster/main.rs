//! Three nodes of one cluster: a client of each asks for positions that other nodes simulate. Then one is killed.
//!
//! Run with `cargo run --bin cluster --features nats`, or `redis`: the nodes are processes then, and the engine's server
//! is started, if it is installed. Without a feature or a server, all nodes are in this process, on the engine that is
//! built in.

mod engine;
mod node;
mod nodes;
mod protocol;

use std::error::Error;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::engine::Broker;
use crate::nodes::Running;
use crate::protocol::{Locate, Located, Says};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => show().await,
        [word, url, start, end] if word == "node" => nodes::serve(url, start.parse()?..end.parse()?).await,
        _ => Err("usage: cluster".into()),
    }
}

async fn show() -> Result<()> {
    let broker = Broker::start()?;
    let mut nodes = match &broker {
        Some(broker) => {
            println!("\n  Three processes are nodes of one cluster, on {}.\n", broker.url);
            nodes::processes(&broker.url).await?
        }
        None => {
            println!(
                "\n  Three servers of this process are nodes of one cluster, on the engine that is built in."
            );
            println!("  For three processes, {}.\n", engine::advice());
            nodes::servers().await?
        }
    };
    for Running { name, simulated, address, .. } in &nodes {
        let last = simulated.end - 1;
        println!("     node {name}   ws://{address}/   simulates {} to {last}", simulated.start);
    }
    for node in &nodes {
        timeout(Duration::from_secs(10), knows(node, nodes.len())).await??;
    }

    println!("\n1  A client of A asks where 4 is. A asks all nodes, itself too.\n");
    diagram(&nodes, 4, 1_000).await?;

    println!("\n2  A client of each node asks for 1, 4, 7 and 9. Who has it says so; nobody simulates 9.\n");
    println!("                    1            4            7            9");
    for node in &nodes {
        print!("     client of {}", node.name);
        for id in [1, 4, 7, 9] {
            print!("  {:>11}", who_has(&locate(node, id, 1_000).await?, &nodes));
        }
        println!();
    }

    nodes[2].end().await;
    if broker.is_some() {
        println!("\n3  C is killed. Nobody knows that yet, and A waits for it for half a second.\n");
        diagram(&nodes, 7, 500).await?;
        println!("\n4  With ten seconds to wait, A notices much sooner.\n");
        diagram(&nodes, 7, 10_000).await?;
        println!("\n5  From then on, nobody waits for C.\n");
    } else {
        timeout(Duration::from_secs(10), knows(&nodes[0], 2)).await??;
        println!("\n3  C is shut down, and says goodbye. Nobody waits for it any more.\n");
    }
    diagram(&nodes, 7, 1_000).await?;
    println!();
    Ok(())
}

/// Waits until the node asks so many.
async fn knows(node: &Running, nodes: usize) -> Result<()> {
    while locate(node, 0, 1_000).await?.answers.len() != nodes {
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Asks the first node, and shows who says what, and after how long.
async fn diagram(nodes: &[Running], id: u32, millis: u32) -> Result<()> {
    let began = Instant::now();
    let Located { position, answers, tally } = locate(&nodes[0], id, millis).await?;
    let took = u32::try_from(began.elapsed().as_micros())?;
    println!("     client → A     where is {id}?");
    for answer in &answers {
        let says = match &answer.says {
            Says::Here(position) => format!("{:?}", (position.x, position.y, position.z)),
            Says::NotHere => "not here".to_owned(),
            Says::Nothing(why) => why.clone(),
        };
        println!("          A ← {}     {says:<34}{:>9}", name(&answer.node, nodes), time(answer.micros));
    }
    let says = position.map_or_else(|| "nobody has it".to_owned(), |it| format!("{:?}", (it.x, it.y, it.z)));
    println!("     client ← A     {says:<34}{:>9}", time(took));
    println!("\n     {tally}");
    Ok(())
}

async fn locate(node: &Running, id: u32, millis: u32) -> Result<Located> {
    Ok(node.client.send(Locate { id, millis }).timeout(Duration::from_secs(15)).await?)
}

fn who_has(located: &Located, nodes: &[Running]) -> String {
    let answer = located.answers.iter().find(|answer| matches!(answer.says, Says::Here(_)));
    answer.map_or_else(
        || "nobody".to_owned(),
        |answer| format!("{} {:>7}", name(&answer.node, nodes), time(answer.micros)),
    )
}

fn name(id: &str, nodes: &[Running]) -> char {
    nodes.iter().find(|node| node.id == id).map_or('?', |node| node.name)
}

fn time(micros: u32) -> String {
    if micros < 100_000 { format!("{micros} µs") } else { format!("{} ms", micros / 1_000) }
}
