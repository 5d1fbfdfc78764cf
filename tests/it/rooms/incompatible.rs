//! Members whose build has another schema of a packet, or lacks it.

use packets_client::{Client, SendError};
use packets_core::packet::Descriptor;
use packets_core::{Registry, RejectKind};
use packets_tests::harness::{Count, Echo, Slap, client, connect, paused_time, socket_of};

use super::{count, guest_with, plain_server};

mod other {
    use packets_core::Packet;

    #[derive(Packet, Debug)]
    #[packet(gather = false, response = u32)]
    pub(super) struct Count {
        pub(super) value: f64,
    }
}

#[test]
fn clients_of_other_builds_miss_what_they_cannot_read_and_nothing_else() {
    paused_time(async {
        let server = plain_server();
        let answering = || client().accept(|packet: Count, _: Client| async move { packet.value });
        let mut same = guest_with(&server, answering(), &["a"]).await;
        let lacking = Registry::of([Descriptor::of::<Slap>(), Descriptor::of::<Echo>()]).expect("a registry");
        let (lacking, _end) = connect(&server, Client::builder().registry(lacking)).await;
        let differs = Registry::of([Descriptor::of::<other::Count>(), Descriptor::of::<Slap>()]);
        let differs = Client::builder().registry(differs.expect("a registry"));
        let differs = differs.accept(|_: other::Count, _: Client| async { 0 });
        let (differs, _other_end) = connect(&server, differs).await;
        for client in [&lacking, &differs] {
            socket_of(client, &server).await.join("a").expect("joined");
        }
        let mut slaps = [lacking.packets::<Slap>(), differs.packets::<Slap>()];
        let mut counts = differs.packets::<other::Count>();

        // The server cannot know: it is the client that translates, and drops what it cannot.
        assert_eq!(server.to("a").emit(&count(1)).expect("sent").queued, 3);
        server.to("a").emit(&Slap).expect("sent");
        for slaps in &mut slaps {
            assert_eq!(slaps.next().await, Some(Slap));
        }
        assert_eq!(same.seen().await, [1]);

        let mut answers = server.to("a").send(count(2)).expect("encoded");
        for _ in 0..3 {
            let (id, answer) = answers.next().await.expect("settles");
            match answer {
                Ok(value) => assert_eq!((id, value), (same.id(), 2)),
                Err(SendError::Rejected(reject)) if id == lacking.id() => {
                    assert_eq!(reject.kind, RejectKind::UnknownPacket);
                }
                Err(SendError::Rejected(reject)) if id == differs.id() => {
                    assert_eq!(reject.kind, RejectKind::Incompatible);
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(answers.next().await.is_none());
        differs.close();
        assert!(counts.next().await.is_none(), "it was dropped");
    });
}
