//! What is asked of all nodes.

use std::collections::{BTreeMap, BTreeSet};
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use packets_server::{Local, Node, Server};
use packets_tests::harness::{Count, client, connect, node, paused_time, polled, socket_of, together};
use tokio::task::yield_now;

/// How often each node was asked for each value.
type Asked = Arc<Mutex<BTreeMap<(usize, u32), usize>>>;

/// Three nodes that know each other. Each has all values, and looks for a while.
async fn nodes() -> (Vec<Server>, Asked) {
    let (local, asked) = (Local::default(), Asked::default());
    let build = |number| {
        let asked = asked.clone();
        let here = move |ask: Count, _: Node| {
            *asked.lock().expect("no panic").entry((number, ask.value)).or_default() += 1;
            async move {
                yield_now().await;
                Some(ask.value)
            }
        };
        node(local.clone()).intercom(here).build().expect("a server")
    };
    let servers: Vec<_> = (0..3).map(build).collect();
    together(&servers.iter().collect::<Vec<_>>()).await;
    (servers, asked)
}

/// All nodes were asked for this value, once.
fn all_were_asked(asked: &Asked, value: u32) {
    let asked = asked.lock().expect("no panic");
    for number in 0..3 {
        assert_eq!(asked.get(&(number, value)), Some(&1), "node {number} for {value}");
    }
}

#[test]
fn intercom() {
    paused_time(async {
        for turns in 1..5 {
            let (servers, asked) = nodes().await;
            let mut done = 0;
            for times in 0..100 {
                let value = times as u32;
                let gathering = servers[0].intercom(Count { value }).into_future();
                if let Some(gathered) = polled(times, turns, gathering).await {
                    let answers = gathered.expect("asked").answers;
                    assert!(answers.iter().all(|(_, answer)| *answer == Ok(Some(value))), "{answers:?}");
                    assert_eq!(answers.len(), 3);
                    all_were_asked(&asked, value);
                    done += 1;
                }
                if done == 2 {
                    break;
                }
            }
            assert_eq!(done, 2);
            // Those that were dropped were asked for once, too, or not at all.
            assert!(asked.lock().expect("no panic").values().all(|count| *count == 1));
            let gathered = servers[0].intercom(Count { value: 100 }).await.expect("asked");
            assert_eq!((gathered.tally.answered, gathered.answers.len()), (3, 3));
            assert_eq!(servers[0].inspect().cluster.map(|cluster| cluster.waiting), Some(0));
        }
    });
}

#[test]
fn first() {
    paused_time(async {
        let (servers, _) = nodes().await;
        let mut done = 0;
        for times in 0..100 {
            let value = times as u32;
            if let Some(first) = polled(times, 1, servers[0].intercom(Count { value }).first()).await {
                assert_eq!(first, Ok(Some(value)));
                done += 1;
            }
            if done == 2 {
                break;
            }
        }
        assert_eq!(done, 2);
        let gathered = servers[0].intercom(Count { value: 100 }).await.expect("asked");
        assert_eq!(gathered.tally.answered, 3);
    });
}

#[test]
fn next() {
    paused_time(async {
        for times in 1..10 {
            let (servers, asked) = nodes().await;
            let mut answers = servers[0].intercom(Count { value: 7 }).answers().expect("a packet");
            let mut settled = Vec::new();
            // Whatever is dropped in between, each answer comes once.
            loop {
                match polled(times, 1, answers.next()).await {
                    Some(Some(answer)) => settled.push(answer),
                    Some(None) => break,
                    None => yield_now().await,
                }
            }
            assert!(settled.iter().all(|(_, answer)| *answer == Ok(Some(7))), "{settled:?}");
            let ids: BTreeSet<_> = settled.iter().map(|(id, _)| *id).collect();
            assert_eq!((settled.len(), ids), (3, servers.iter().map(Server::node_id).collect()));
            all_were_asked(&asked, 7);
        }
    });
}

#[test]
fn sockets_everywhere() {
    paused_time(async {
        let (servers, _) = nodes().await;
        let mut ids = BTreeSet::new();
        let mut clients = Vec::new();
        for server in &servers {
            let (client, _) = connect(server, client()).await;
            ids.insert(socket_of(&client, server).await.id());
            clients.push(client);
        }
        let mut done = 0;
        for times in 0..100 {
            let room = format!("room {times}");
            let everywhere = servers[0].all().everywhere();
            let joined = polled(times, 1, everywhere.join(&room)).await;
            if let Some(joined) = joined {
                assert_eq!(joined.expect("a room").sockets, 3);
                done += 1;
            }
            // Whoever is in it, is in it once; and from now on all are.
            let room = servers[0].to(&*room).everywhere();
            assert!(polled(times, 1, room.sockets()).await.is_none_or(|found| found.sockets.len() <= 3));
            let found: BTreeSet<_> = everywhere.sockets().await.sockets.into_iter().map(|it| it.1).collect();
            assert_eq!(found, ids);
            if done == 2 {
                break;
            }
        }
        assert_eq!(done, 2);
    });
}
