//! Typed and dehydrated packets from both ends.

use bytes::Bytes;
use packets_client::Client;
use packets_core::{Redirect, Refresh};
use packets_server::Socket;
use packets_tests::harness::{
    Blob, Count, Document, Echo, Numbers, Slap, Witness, client, connect, echo_server, listen, only_socket,
    paused_time, real_time, server,
};
use serde_json::json;

#[test]
fn what_an_acceptor_returns_is_what_send_resolves_to() {
    paused_time(async {
        let server = server()
            .accept(|packet: Document, _: Socket| async move {
                let numbers = packet.document["numbers"].as_array().map_or(0, Vec::len) as i64;
                Numbers { numbers: vec![i64::from(packet.id), numbers] }
            })
            .accept(|packet: Echo, _: Socket| async move { packet.0 })
            .accept(|packet: Blob, _: Socket| async move { Bytes::from(vec![7; packet.answer as usize]) })
            .accept(|_: Slap, _: Socket| async {})
            .build()
            .expect("a server");
        let (client, _end) = connect(&server, client()).await;
        assert_eq!(client.send(Slap).await, Ok(()));
        assert_eq!(client.send(Echo("äöü".to_owned())).await, Ok("äöü".to_owned()));
        let document = Document { id: 4, document: json!({"numbers": [1, 2, 3]}) };
        assert_eq!(client.send(document).await, Ok(Numbers { numbers: vec![4, 3] }));
        let blob = Blob { answer: 1_000, content: Bytes::new() };
        assert_eq!(client.send(blob).await, Ok(Bytes::from(vec![7; 1_000])));
    });
}

#[test]
fn a_dehydrated_packet_is_accepted_as_a_typed_one_and_its_response_is_a_value() {
    paused_time(async {
        let server = server()
            .accept(|packet: Document, _: Socket| async move {
                Numbers { numbers: vec![packet.id.into(), packet.document["x"].as_i64().unwrap_or(0)] }
            })
            .accept(|_: Slap, _: Socket| async {})
            .build()
            .expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let answer = client.send(("Document", json!({"id": 9, "document": {"x": -1}}))).await;
        let answer = serde_json::to_value(answer.expect("answered")).expect("JSON");
        assert_eq!(answer, json!({"numbers": [9, -1]}));
        let answer = client.send(("Slap",)).await.expect("answered");
        let nothing = serde_json::to_value(answer).expect("JSON");
        assert!(nothing.is_null() || nothing == json!({}), "{nothing}");
    });
}

#[test]
fn emitted_packets_arrive_typed_and_dehydrated() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let counts = witness.clone();
        let server = server()
            .accept(move |packet: Count, _: Socket| {
                counts.tell(format!("count {}", packet.value));
                async move { packet.value }
            })
            .accept(move |packet: Numbers, _: Socket| {
                witness.tell(format!("numbers {:?}", packet.numbers));
                async {}
            })
            .build()
            .expect("a server");
        let (client, _end) = connect(&server, client()).await;
        client.emit(&Count { value: 1 }).expect("room");
        client.emit(&("Count", json!({"value": 2}))).expect("room");
        client.emit(&Numbers { numbers: vec![3] }).expect("room");
        client.emit(&("Numbers", json!({"numbers": [4]}))).expect("room");
        for expected in ["count 1", "count 2", "numbers [3]", "numbers [4]"] {
            assert_eq!(seen.recv().await.as_deref(), Some(expected));
        }
    });
}

#[test]
fn a_server_sends_to_its_client_and_awaits_the_answer() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let server = echo_server();
        let client = client().accept(|packet: Count, _: Client| async move { packet.value + 1 }).accept(
            move |packet: Echo, _: Client| {
                witness.tell(packet.0.clone());
                async move { packet.0 }
            },
        );
        let (_client, _end) = connect(&server, client).await;
        let socket = only_socket(&server).await;
        assert_eq!(socket.send(Count { value: 1 }).await, Ok(2));
        let value = socket.send(("Count", json!({"value": 2}))).await.expect("answered");
        assert_eq!(serde_json::to_value(value).expect("JSON"), json!(3));
        socket.emit(&Echo("emitted".to_owned())).expect("room");
        socket.emit(&("Echo", "dehydrated")).expect("room");
        assert_eq!(seen.recv().await.as_deref(), Some("emitted"));
        assert_eq!(seen.recv().await.as_deref(), Some("dehydrated"));
    });
}

#[test]
fn an_acceptor_may_call_back_while_it_is_called() {
    paused_time(async {
        let server = server()
            .accept(|packet: Count, socket: Socket| async move {
                Ok::<_, packets_client::SendError>(socket.send(Count { value: packet.value + 1 }).await? * 10)
            })
            .build()
            .expect("a server");
        let client = client().accept(|packet: Count, client: Client| async move {
            match packet.value {
                value if value < 5 => client.send(Count { value }).await.unwrap_or(0),
                value => value,
            }
        });
        let (client, _end) = connect(&server, client).await;
        assert_eq!(client.send(Count { value: 2 }).await, Ok(5_000));
    });
}

#[test]
fn default_packets_go_to_a_client_that_streams_them() {
    paused_time(async {
        let server = echo_server();
        let (client, _end) = connect(&server, client()).await;
        let (mut redirects, mut refreshes) = (client.packets::<Redirect>(), client.packets::<Refresh>());
        let socket = only_socket(&server).await;
        socket.emit(&Redirect::to("/elsewhere")).expect("room");
        socket.emit(&Refresh).expect("room");
        assert_eq!(redirects.next().await, Some(Redirect::to("/elsewhere")));
        assert_eq!(refreshes.next().await, Some(Refresh));
    });
}

#[test]
fn both_ends_have_the_same_session_and_every_connection_another_one() {
    paused_time(async {
        let server = echo_server();
        let (first, end) = connect(&server, client()).await;
        assert_eq!(only_socket(&server).await.id(), first.id());
        let id = first.id();
        drop(first);
        end.await.expect("no panic");
        let (second, _end) = connect(&server, client()).await;
        assert_ne!(second.id(), id);
    });
}

#[test]
fn large_packets_go_both_ways_over_a_real_socket() {
    real_time(async {
        let server = server()
            .accept(|packet: Blob, _: Socket| async move {
                assert_eq!(packet.content.len(), 60_000);
                Bytes::from(vec![9; packet.answer as usize])
            })
            .build()
            .expect("a server");
        let address = listen(&server).await;
        let client = client().connect(&format!("ws://{address}/")).await.expect("a connection");
        let calls =
            (0..10).map(|_| client.send(Blob { answer: 3_000_000, content: Bytes::from(vec![1; 60_000]) }));
        for answer in futures_util::future::join_all(calls).await {
            assert_eq!(answer.map(|bytes| bytes.len()), Ok(3_000_000));
        }
    });
}
