//! The order in which things arrive.

use packets_client::Client;
use packets_server::Socket;
use packets_tests::harness::{
    Count, Echo, Slap, Witness, client, connect, listen, only_socket, paused_time, real_time, server,
};

#[test]
fn packets_arrive_in_the_order_in_which_they_were_sent() {
    real_time(async {
        let (witness, mut seen) = Witness::new();
        let accept = move |packet: Count, _: Socket| {
            witness.tell(packet.value);
            async move {
                tokio::task::yield_now().await;
                packet.value
            }
        };
        let server = server().accept(accept).build().expect("a server");
        let address = listen(&server).await;
        let client = client().connect(&format!("ws://{address}/")).await.expect("a connection");
        for value in 0..5_000 {
            let packet = Count { value };
            if value.is_multiple_of(100) {
                assert_eq!(client.send(packet).await, Ok(value));
            } else {
                client.emit(&packet).expect("room");
            }
        }
        assert_eq!(client.send(Count { value: 5_000 }).await, Ok(5_000));
        for value in 0..=5_000 {
            assert_eq!(seen.recv().await, Some(value));
        }
    });
}

#[test]
fn what_an_acceptor_emits_arrives_before_its_answer() {
    paused_time(async {
        let server = server()
            .accept(|packet: Count, socket: Socket| async move {
                if packet.value.is_multiple_of(2) {
                    tokio::task::yield_now().await;
                }
                socket.emit(&Echo(packet.value.to_string())).expect("room");
                packet.value
            })
            .build()
            .expect("a server");
        let (witness, mut seen) = Witness::new();
        let client = client().accept(move |packet: Echo, _: Client| {
            witness.tell(packet.0.clone());
            async { packet.0 }
        });
        let (client, _end) = connect(&server, client).await;
        for value in 0..10 {
            assert_eq!(client.send(Count { value }).await, Ok(value));
            assert_eq!(seen.try_recv(), Ok(value.to_string()));
        }
    });
}

#[test]
fn each_of_several_senders_keeps_its_order() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let (witness, mut seen) = Witness::new();
    let client = runtime.block_on(async {
        let accept = move |packet: Count, _: Socket| {
            witness.tell(packet.value);
            async move { packet.value }
        };
        connect(&server().accept(accept).build().expect("a server"), client()).await.0
    });
    for sender in 0..4 {
        let client = client.clone();
        runtime.spawn(async move {
            for number in 0..1_000 {
                client.ready().await.expect("it lives");
                while client.emit(&Count { value: sender * 10_000 + number }).is_err() {
                    client.ready().await.expect("it lives");
                }
            }
        });
    }
    real_time(async {
        let mut next = [0; 4];
        for _ in 0..4_000 {
            let value = seen.recv().await.expect("more");
            let sender = &mut next[value as usize / 10_000];
            assert_eq!(value % 10_000, *sender);
            *sender += 1;
        }
    });
}

#[test]
fn a_server_that_emits_to_a_client_keeps_the_order_beside_calls() {
    paused_time(async {
        let server = server().build().expect("a server");
        let (witness, mut seen) = Witness::new();
        let slaps = witness.clone();
        let client = client()
            .accept(move |packet: Count, _: Client| {
                witness.tell(packet.value);
                async move { packet.value }
            })
            .accept(move |_: Slap, _: Client| {
                slaps.tell(0);
                async {}
            });
        let (_client, _end) = connect(&server, client).await;
        let socket = only_socket(&server).await;
        for round in 1..50 {
            socket.emit(&Count { value: round }).expect("room");
            socket.send(Slap).await.expect("answered");
            assert_eq!((seen.recv().await, seen.recv().await), (Some(round), Some(0)));
        }
    });
}
