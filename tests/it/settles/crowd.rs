//! Far more tasks that send at once than there is room for calls.

use packets_tests::harness::{Echo, client, connect, echo_server, real_time};

#[test]
fn a_crowd_of_senders_is_served_one_after_the_other() {
    real_time(async {
        let server = echo_server();
        let (client, _end) = connect(&server, client()).await;
        let calls: Vec<_> = (0..10_000).map(|n| tokio::spawn(client.send(Echo(n.to_string())))).collect();
        for (n, call) in calls.into_iter().enumerate() {
            assert_eq!(call.await.expect("no panic"), Ok(n.to_string()));
        }
    });
}
