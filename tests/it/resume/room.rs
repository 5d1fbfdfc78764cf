//! Rooms whose members' connections break and come back.

use std::time::Duration;

use packets_client::Recovered;
use packets_server::{Resume, Socket};
use packets_testkit::TestServer;
use packets_tests::harness::{Count, connected, paused_time};
use tokio::time::sleep;

use super::{client, server};

/// So many that few tasks write to all of them.
const MEMBERS: usize = 20;

#[test]
fn all_that_a_room_is_sent_arrives_in_order() {
    paused_time(async {
        let server = server(Resume::default())
            .connect(|socket: Socket| async move { socket.join("room").expect("the first") })
            .build()
            .expect("a server");
        let test = TestServer::new(server.clone());
        let mut members = Vec::new();
        for _ in 0..MEMBERS {
            let cable = test.cable();
            let client = client().connector(cable.clone()).connect("ws://test/").await.expect("a connection");
            test.socket_of(&client).await;
            let (events, counts) = (client.events(), client.packets::<Count>());
            members.push((cable, client, events, counts));
        }
        for value in 0..100 {
            // One after the other, in the middle of things.
            let (cable, ..) = &members[value as usize % MEMBERS];
            cable.cut();
            let delivery = server.to("room").emit(&Count { value }).expect("sent");
            assert_eq!(delivery.queued, MEMBERS);
            sleep(Duration::from_millis(20)).await;
            cable.restore();
        }
        for (_, _, events, counts) in &mut members {
            assert_eq!(connected(events).await, Recovered::Full);
            for value in 0..100 {
                assert_eq!(counts.next().await.expect("connected").value, value);
            }
        }
    });
}
