//! Rooms that are told by a process without sockets.

use packets_tests::broker::{Broker, Program};
use packets_tests::engine::{Guest, Member};
use packets_tests::harness::{server, together};

use crate::node::Process;
use crate::{Either, on_each};

on_each! {
    an_emitter_in_a_process_of_its_own_reaches_rooms_of_all_nodes in 30
}

/// Nobody asks it, or waits for it.
async fn an_emitter_in_a_process_of_its_own_reaches_rooms_of_all_nodes(program: Program) {
    let broker = Broker::start(program);
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let engine = Either::connect(program, broker.port()).await.expect("a connection");
        nodes.push(server().engine(engine).cluster(Member::settings("cluster")).build().expect("a node"));
    }
    together(&[&nodes[0], &nodes[1]]).await;
    let mut guests = [Guest::of(&nodes[0]).await, Guest::of(&nodes[1]).await, Guest::of(&nodes[1]).await];
    let mut emitter = Process::emitter(program, broker.port()).await;
    for value in 0..100 {
        assert!(emitter.emit(value).await);
    }
    for guest in &mut guests {
        for value in 0..100 {
            assert_eq!(guest.next().await, value);
        }
    }
    for node in &nodes {
        assert_eq!(node.nodes().len(), 1);
        let found = node.to("room").everywhere().sockets().await;
        assert_eq!((found.sockets.len(), found.tally.answered, found.tally.is_incomplete()), (3, 2, false));
    }
}
