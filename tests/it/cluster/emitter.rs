//! A process that serves no sockets.

use packets_server::{Local, Node, PublishError};
use packets_tests::harness::{Count, node, paused_time, together};

use super::{count, guest, holder, numbers};

#[test]
fn an_emitter_emits_and_asks_and_nobody_waits_for_it() {
    paused_time(async {
        let local = Local::default();
        let (a, b) = (holder(local.clone(), 1), holder(local.clone(), 2));
        together(&[&a, &b]).await;
        let never = |_: Count, _: Node| std::future::pending::<Option<u32>>();
        let emitter = node(local).emitter().intercom(never).build().expect("an emitter");
        // Nobody is known yet, which does not mean that there is nobody.
        let early = emitter.to("user 7").everywhere().sockets().await;
        assert_eq!((early.sockets.len(), early.unpublished), (0, Some(PublishError::Down)));
        emitter.engine_up().await;
        assert_eq!(emitter.nodes().len(), 2);
        assert!(!a.nodes().contains(&emitter.node_id()));
        let (mut one, mut two) = (guest(&a, &["user 7"]).await, guest(&b, &["user 7"]).await);
        let delivery = emitter.to("user 7").emit(&count(5)).expect("encoded");
        assert_eq!((delivery.queued, delivery.unpublished), (0, None));
        assert_eq!((one.next().await, two.next().await), (5, 5));
        let mut answers = emitter.to("user 7").send(count(5)).expect("encoded");
        assert_eq!(answers.next().await.map(|(_, answer)| answer), Some(Ok(10)));
        assert_eq!(answers.next().await.map(|(_, answer)| answer), Some(Ok(10)));
        assert_eq!(answers.next().await, None);
        let gathered = emitter.intercom(count(2)).await.expect("asked");
        assert_eq!(numbers(gathered.tally), [2, 0, 0, 0, 0]);
        assert_eq!(gathered.found().collect::<Vec<_>>(), [(b.node_id(), 2)]);
        let asked = a.intercom(count(2)).await.expect("asked");
        assert_eq!(numbers(asked.tally), [2, 0, 0, 0, 0]);
        let closed = emitter.to("user 7").everywhere().close().await;
        assert_eq!((closed.sockets, numbers(closed.tally)), (2, [2, 0, 0, 0, 0]));
    });
}
