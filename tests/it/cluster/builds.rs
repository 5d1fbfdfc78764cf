//! Nodes of different builds.

use packets_core::packet::Descriptor;
use packets_core::schema::Type;
use packets_core::{Packet, Registry};
use packets_server::{Local, NodeError, RejectKind, SendError, Server, bundle};
use packets_tests::harness::{Count, Echo, Slap, client, connect, paused_time, socket_of, together};

use super::{count, guest, holder};

/// A build that has these packets.
fn build(local: &Local, packets: Vec<Descriptor>) -> Server {
    let registry = Registry::of(packets).expect("a registry");
    Server::builder().registry(registry).engine(local.clone()).build().expect("a server")
}

fn kind(answer: &Result<Option<u32>, NodeError>) -> RejectKind {
    match answer {
        Err(NodeError::Failed(SendError::Rejected(reject))) => reject.kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn packets_that_builds_have_in_common_travel_whatever_their_ids() {
    paused_time(async {
        let local = Local::default();
        let a = holder(local.clone(), 1);
        let more = Descriptor::dynamic("Aaa", Type::UNIT, Type::UNIT);
        let mut packets = vec![more, Descriptor::of::<Count>()];
        let b = build(&local, packets.clone());
        packets.pop();
        together(&[&a, &b]).await;
        assert_eq!(b.intercom(count(1)).first().await, Ok(Some(1)));
        let mut here = guest(&a, &["room"]).await;
        b.to("room").emit(&count(3)).expect("encoded");
        assert_eq!(here.next().await, 3);
        assert_eq!(a.inspect().cluster.expect("a node").unreadable, 0);
    });
}

#[test]
fn a_packet_that_another_build_has_differently_or_not_at_all_fails_there_alone() {
    paused_time(async {
        let local = Local::default();
        let a = holder(local.clone(), 1);
        let other = Descriptor::dynamic("Count", "{value:string}".parse().expect("a schema"), Type::UNIT);
        let (different, without) =
            (build(&local, vec![other]), build(&local, vec![Descriptor::of::<Echo>()]));
        together(&[&a, &different, &without]).await;
        let gathered = a.intercom(count(1)).await.expect("asked");
        assert_eq!(gathered.tally.failed, 2);
        let answer = |server: &Server| {
            let id = server.node_id();
            &gathered.answers.iter().find(|(node, _)| *node == id).expect("asked").1
        };
        assert_eq!(kind(answer(&different)), RejectKind::Incompatible);
        assert_eq!(kind(answer(&without)), RejectKind::UnknownPacket);
        // A room, too: who understands it has it, and the others count it.
        let (client, _) = connect(&without, client().registry(registry::<Echo>())).await;
        let mut texts = client.packets::<Echo>();
        socket_of(&client, &without).await.join("room").expect("joined");
        a.to("room").emit(&count(1)).expect("encoded");
        a.to("room").emit(&Echo("next".into())).expect("encoded");
        assert_eq!(texts.next().await, Some(Echo("next".into())));
        let unreadable = |server: &Server| server.inspect().cluster.expect("a node").unreadable;
        assert_eq!((unreadable(&without), unreadable(&a)), (1, 0));
        while unreadable(&different) < 2 {
            tokio::task::yield_now().await;
        }
        let mut answers = a.to("room").send(count(1)).expect("encoded");
        assert_eq!(answers.next().await, None);
        assert_eq!(answers.tally().failed, 2);
    });
}

fn registry<P: Packet>() -> Registry {
    Registry::of([Descriptor::of::<P>()]).expect("a registry")
}

#[test]
fn a_bundle_travels_between_equal_builds_alone_as_it_holds_ids() {
    paused_time(async {
        let local = Local::default();
        let (a, b) = (holder(local.clone(), 1), holder(local.clone(), 2));
        let more = Descriptor::dynamic("Aaa", Type::UNIT, Type::UNIT);
        let c = build(&local, vec![more, Descriptor::of::<Count>(), Descriptor::of::<Slap>()]);
        together(&[&a, &b, &c]).await;
        let mut there = guest(&b, &["room"]).await;
        let bundle = bundle![count(1), Slap, count(2)];
        a.to("room").emit(&bundle).expect("encoded");
        assert_eq!((there.next().await, there.next().await), (1, 2));
        while c.inspect().cluster.expect("a node").unreadable < 1 {
            tokio::task::yield_now().await;
        }
    });
}
