//! Rooms so large that few tasks write to all of their members.

use packets_client::Client;
use packets_core::frame::Frame;
use packets_core::net::ConnectionLimits;
use packets_tests::harness::{
    Count, Echo, Raw, attach, client, echo_server, id, listen, many_threads, paused_time, socket_of,
};

use super::{count, crowd_of, plain_server};

const MEMBERS: u32 = 40;

#[test]
fn it_agrees_with_drivers_that_answer_calls_meanwhile() {
    const EMITTERS: u32 = 4;
    const EACH: u32 = 100;
    many_threads(async {
        let server = echo_server();
        let url = format!("ws://{}/", listen(&server).await);
        let mut members = Vec::new();
        for _ in 0..MEMBERS {
            let limits = ConnectionLimits::client().stream((EMITTERS * EACH) as usize);
            let client: Client = client().limits(limits).connect(&url).await.expect("a connection");
            let counts = client.packets::<Count>();
            socket_of(&client, &server).await.join("room").expect("joined");
            members.push((client, counts));
        }
        let emitters = (0..EMITTERS).map(|emitter| {
            let server = server.clone();
            tokio::spawn(async move {
                for value in 0..EACH {
                    let delivery = server.to("room").emit(&count(emitter * EACH + value)).expect("sent");
                    assert_eq!(delivery.queued, MEMBERS as usize);
                    tokio::task::yield_now().await;
                }
            })
        });
        let emitters: Vec<_> = emitters.collect();
        let members = members.into_iter().map(|(client, mut counts)| {
            tokio::spawn(async move {
                let mut next = [0; EMITTERS as usize];
                for call in 0..EMITTERS * EACH {
                    let text = call.to_string();
                    assert_eq!(client.send(Echo(text.clone())).await.expect("an answer"), text);
                    let value = counts.next().await.expect("connected").value;
                    let next = &mut next[(value / EACH) as usize];
                    assert_eq!(value % EACH, *next, "each emitter's in order");
                    *next += 1;
                }
            })
        });
        for task in members.collect::<Vec<_>>().into_iter().chain(emitters) {
            task.await.expect("no panic");
        }
    });
}

#[test]
fn who_does_not_read_is_left_to_its_driver_and_gets_all_later() {
    paused_time(async {
        let server = plain_server();
        let (transport, _end) = attach(&server);
        let mut slow = Raw(transport);
        slow.greet().await;
        let mut guests = crowd_of(&server, MEMBERS as usize, &[]).await;
        // More than the transport takes.
        for value in 0..100 {
            let delivery = server.emit(&count(value)).expect("sent");
            assert_eq!(delivery.queued, MEMBERS as usize + 1);
            for guest in &mut guests {
                assert_eq!(guest.seen().await, [value]);
            }
        }
        for value in 0..100 {
            let Frame::Packet { id: packet, body } = slow.frame().await else { panic!("a packet") };
            assert_eq!((packet, &*body), (id::<Count>().into(), &[value][..]));
        }
    });
}

#[test]
fn what_is_emitted_in_a_runtime_that_nobody_drives_arrives() {
    many_threads(async {
        let server = plain_server();
        let mut guests = crowd_of(&server, MEMBERS as usize, &[]).await;
        let emitter = server.clone();
        let emits = move || {
            let runtime = || tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let ended = runtime();
            ended.block_on(async { emitter.emit(&count(0)) }).expect("sent");
            drop(ended);
            // In one that nobody drives any more, which is still there; and in none at all.
            let still = runtime();
            still.block_on(async { emitter.emit(&count(1)) }).expect("sent");
            emitter.emit(&count(2)).expect("sent");
            still
        };
        let still = std::thread::spawn(emits).join().expect("no panic");
        for guest in &mut guests {
            for value in 0..3 {
                assert_eq!(guest.counts.next().await.expect("connected"), count(value));
            }
        }
        still.shutdown_background();
    });
}
