//! Servers that shut down, and clients that come back to the next one.

use std::time::Duration;

use packets_client::{Event, RejectKind, SendError};
use packets_core::CloseReason;
use packets_server::{Drain, Server, Socket};
use packets_tests::harness::{Count, Echo, only_socket, paused_time};
use tokio::time::sleep;

use super::{Network, Scissors, client, registry};

/// A server on which a [`Count`] takes a second.
fn server() -> Server {
    Server::builder()
        .registry(registry())
        .accept(|packet: Count, _: Socket| async move {
            sleep(Duration::from_secs(1)).await;
            packet.value
        })
        .accept(|packet: Echo, _: Socket| async move { packet.0 })
        .drain(Drain::default().grace(Duration::from_secs(10)))
        .build()
        .expect("a server")
}

#[test]
fn a_client_is_told_that_its_server_shuts_down_and_comes_back_to_the_next_one() {
    paused_time(async {
        let servers = [server(), server()];
        let (scissors, served) = (Scissors::default(), servers.clone());
        let network = Network::new(move |attempt, there| {
            scissors.serve(&served[attempt], there);
            Ok(())
        });
        let client = network.connect(client()).await;
        let mut events = client.events();
        only_socket(&servers[0]).await;
        let running = tokio::spawn(client.send(Count { value: 7 }));
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
        assert!(!client.is_leaving());
        let stopped = servers[0].clone();
        let stopped = tokio::spawn(async move { stopped.shut_down().await });
        let Some(Event::Leaving) = events.next().await else { panic!("it leaves") };
        assert!(client.is_leaving());
        let Err(SendError::Rejected(reject)) = client.send(Echo("late".to_owned())).await else { panic!() };
        assert_eq!(reject.kind, RejectKind::GoingAway);
        assert_eq!(running.await.expect("no panic"), Ok(7), "what runs may finish");
        let Some(Event::Disconnected(reason)) = events.next().await else { panic!("the end") };
        assert!(matches!(reason, CloseReason::Remote { code: 1001, .. }), "{reason:?}");
        let Some(Event::ReconnectingIn(_)) = events.next().await else { panic!("a wait") };
        let Some(Event::Connecting { attempt: 1 }) = events.next().await else { panic!("an attempt") };
        let Some(Event::Connected { .. }) = events.next().await else { panic!("a connection") };
        assert!(!client.is_leaving());
        assert_eq!(client.send(Echo("back".to_owned())).await, Ok("back".to_owned()));
        stopped.await.expect("no panic");
        assert_eq!(network.times().len(), 2);
    });
}
