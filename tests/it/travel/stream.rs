//! Received packets as streams.

use futures_util::StreamExt;
use packets_client::SendError;
use packets_core::net::ConnectionLimits;
use packets_core::{RejectKind, bundle};
use packets_server::Socket;
use packets_tests::harness::{
    Count, Echo, Slap, Witness, client, connect, echo_server, frames, greeted, id, only_socket, paused_time,
    server,
};

#[test]
fn a_stream_has_the_packets_in_order_and_ends_with_the_connection() {
    paused_time(async {
        let server = echo_server();
        let (client, _end) = connect(&server, client()).await;
        let counts = client.packets::<Count>();
        let socket = only_socket(&server).await;
        for value in 0..10 {
            socket.emit(&Count { value }).expect("room");
        }
        socket.emit(&bundle![Count { value: 10 }, Slap, Count { value: 11 }]).expect("room");
        socket.close();
        let values: Vec<_> = counts.map(|count| count.value).collect().await;
        assert_eq!(values, (0..12).collect::<Vec<_>>());
        assert_eq!(client.packets::<Count>().next().await, None, "a stream after the end");
    });
}

#[test]
fn a_stream_that_is_not_read_loses_the_oldest_packets_and_counts_them() {
    paused_time(async {
        let server = echo_server();
        let limits = ConnectionLimits::client().stream(3);
        let (client, _end) = connect(&server, client().limits(limits)).await;
        let mut counts = client.packets::<Count>();
        let socket = only_socket(&server).await;
        for value in 0..10 {
            socket.emit(&Count { value }).expect("room");
        }
        // Its answer comes behind them all.
        let Err(SendError::Rejected(_)) = socket.send(Echo("x".to_owned())).await else { panic!("a reject") };
        assert_eq!(counts.lost(), 7);
        for value in 7..10 {
            assert_eq!(counts.next().await, Some(Count { value }));
        }
        assert_eq!(counts.lost(), 7);
    });
}

#[test]
fn several_streams_and_an_acceptor_all_have_the_packet() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let accept = move |packet: Count, _: Socket| {
            witness.tell(packet.value);
            async move { packet.value + 1 }
        };
        let server = server().accept(accept).build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let socket = only_socket(&server).await;
        let (mut first, mut second) = (socket.packets::<Count>(), socket.packets::<Count>());
        drop(socket.packets::<Count>());
        assert_eq!(client.send(Count { value: 5 }).await, Ok(6));
        assert_eq!(first.next().await, Some(Count { value: 5 }));
        assert_eq!(second.next().await, Some(Count { value: 5 }));
        assert_eq!(seen.recv().await, Some(5));
    });
}

#[test]
fn a_call_that_only_a_stream_takes_is_answered_if_there_is_nothing_to_say() {
    paused_time(async {
        let server = echo_server();
        let (client, _end) = connect(&server, client()).await;
        let mut slaps = client.packets::<Slap>();
        let counts = client.packets::<Count>();
        let socket = only_socket(&server).await;
        assert_eq!(socket.send(Slap).await, Ok(()));
        assert_eq!(slaps.next().await, Some(Slap));
        let Err(SendError::Rejected(reject)) = socket.send(Count { value: 1 }).await else {
            panic!("a reject")
        };
        assert_eq!(reject.kind, RejectKind::NotAccepted);
        drop((slaps, counts));
        let Err(SendError::Rejected(reject)) = socket.send(Slap).await else { panic!("a reject") };
        assert_eq!(reject.kind, RejectKind::NotAccepted);
    });
}

#[test]
fn a_malformed_packet_is_no_item_of_a_stream_and_a_malformed_call_is_rejected() {
    paused_time(async {
        let server = server().build().expect("a server");
        let (mut raw, socket, _end) = greeted(&server).await;
        let (slaps, counts) = (socket.packets::<Slap>(), socket.packets::<Count>());
        raw.send(frames::packet(id::<Count>(), &[0x80])).await;
        raw.send(frames::packet(id::<Count>(), &[3])).await;
        raw.send(frames::call(id::<Slap>(), 1, &[1])).await;
        assert_eq!(raw.reject(1).await.0, RejectKind::Malformed);
        raw.send(frames::call(id::<Slap>(), 1, &[])).await;
        raw.reply(1).await;
        drop(raw);
        assert_eq!(counts.collect::<Vec<_>>().await, [Count { value: 3 }]);
        assert_eq!(slaps.collect::<Vec<_>>().await, [Slap]);
    });
}
