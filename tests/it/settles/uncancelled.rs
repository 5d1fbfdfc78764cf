//! Acceptors that run to their end although nobody waits for them.

use std::sync::Arc;
use std::time::Duration;

use packets_client::SendError;
use packets_core::net::ConnectionLimits;
use packets_server::{AcceptError, Acceptor, RejectKind, Server, ServerBuilder, Socket, Uncancelled, bundle};
use packets_tests::harness::{
    Count, Echo, Raw, Slap, Witness, attach, client, connect, frames, id, paused_time, server,
};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// Takes three seconds for a [`Slap`], whoever waits, and as long for an [`Echo`], if somebody waits.
fn slow(builder: ServerBuilder) -> (Server, UnboundedReceiver<&'static str>) {
    let (witness, seen) = Witness::new();
    let echo = witness.clone();
    let slap = Uncancelled(move |_: Slap, _: Socket| {
        witness.tell("slap begins");
        let guard = witness.on_drop("slap is dropped");
        let witness = witness.clone();
        async move {
            let _guard = guard;
            sleep(3 * SECOND).await;
            witness.tell("slap ends");
        }
    });
    let echo = move |packet: Echo, _: Socket| {
        echo.tell("echo begins");
        let guard = echo.on_drop("echo is dropped");
        async move {
            let _guard = guard;
            sleep(3 * SECOND).await;
            packet.0
        }
    };
    let builder =
        builder.accept(slap).accept(echo).accept(|count: Count, _: Socket| async move { count.value });
    (builder.build().expect("a server"), seen)
}

async fn saw<const N: usize>(seen: &mut UnboundedReceiver<&'static str>, all: [&str; N]) {
    for one in all {
        assert_eq!(seen.recv().await, Some(one));
    }
}

#[test]
fn an_uncancelled_acceptor_runs_to_its_end_although_its_caller_gives_up() {
    paused_time(async {
        let (server, mut seen) = slow(server());
        let (client, _end) = connect(&server, client()).await;
        let begin = Instant::now();
        assert_eq!(client.send(Slap).timeout(SECOND).await, Err(SendError::Timeout));
        saw(&mut seen, ["slap begins", "slap ends", "slap is dropped"]).await;
        assert_eq!(begin.elapsed(), 3 * SECOND);
        assert_eq!(client.send(Slap).await, Ok(()), "who waits is answered");
    });
}

#[test]
fn an_uncancelled_acceptor_runs_to_its_end_although_the_connection_ends() {
    paused_time(async {
        let (server, mut seen) = slow(server());
        let (client, end) = connect(&server, client()).await;
        let (slap, echo) = (tokio::spawn(client.send(Slap)), client.send(Echo(String::new())));
        saw(&mut seen, ["slap begins"]).await;
        let echo = tokio::spawn(echo);
        saw(&mut seen, ["echo begins"]).await;
        drop(client);
        end.await.expect("no panic");
        saw(&mut seen, ["echo is dropped", "slap ends", "slap is dropped"]).await;
        assert!(matches!(slap.await.expect("no panic"), Err(SendError::Disconnected(_))));
        assert!(matches!(echo.await.expect("no panic"), Err(SendError::Disconnected(_))));
    });
}

#[test]
fn an_uncancelled_acceptor_has_the_acceptor_timeout_and_no_more() {
    paused_time(async {
        let limits = ConnectionLimits::server().acceptor_timeout(2 * SECOND);
        let (server, mut seen) = slow(server().limits(limits));
        let (client, end) = connect(&server, client()).await;
        let begin = Instant::now();
        assert_eq!(client.send(Slap).timeout(SECOND).await, Err(SendError::Timeout));
        saw(&mut seen, ["slap begins", "slap is dropped"]).await;
        assert_eq!(begin.elapsed(), 2 * SECOND);

        let call = tokio::spawn(client.send(Slap));
        saw(&mut seen, ["slap begins"]).await;
        drop(client);
        end.await.expect("no panic");
        saw(&mut seen, ["slap is dropped"]).await;
        assert_eq!(begin.elapsed(), 4 * SECOND);
        call.await.expect("no panic").expect_err("disconnected");
    });
}

#[test]
fn uncancelled_acceptors_count_among_the_acceptors_without_their_callers_too() {
    paused_time(async {
        let limits = ConnectionLimits::server().acceptors(1);
        let (server, mut seen) = slow(server().limits(limits));
        let (client, _end) = connect(&server, client()).await;
        client.send(Slap).timeout(SECOND).await.expect_err("given up");
        let Err(SendError::Rejected(reject)) = client.send(Count { value: 1 }).await else {
            panic!("there is no room")
        };
        assert_eq!(reject.kind, RejectKind::Overloaded);
        saw(&mut seen, ["slap begins", "slap ends", "slap is dropped"]).await;
        assert_eq!(client.send(Count { value: 1 }).await, Ok(1));
    });
}

#[test]
fn the_id_of_a_call_that_was_cancelled_may_be_used_again() {
    paused_time(async {
        let (server, mut seen) = slow(server());
        let (transport, _end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        raw.send(frames::call(id::<Slap>(), 1, &[])).await;
        saw(&mut seen, ["slap begins"]).await;
        raw.send(frames::cancel(1)).await;
        raw.send(frames::call(id::<Echo>(), 1, &frames::string("second"))).await;
        saw(&mut seen, ["echo begins", "slap ends", "slap is dropped", "echo is dropped"]).await;
        assert_eq!(raw.reply(1).await, frames::string("second"));
        raw.send(frames::call(id::<Count>(), 1, &[7])).await;
        assert_eq!(raw.reply(1).await.as_ref(), [0, 0, 0, 7]);
    });
}

#[test]
fn a_bundle_goes_on_for_the_sake_of_one_of_its_packets() {
    paused_time(async {
        let (server, mut seen) = slow(server());
        let (client, _end) = connect(&server, client()).await;
        let call = client.send(bundle![bundle![Slap], Count { value: 1 }]);
        assert_eq!(call.timeout(SECOND).await.map(drop), Err(SendError::Timeout));
        saw(&mut seen, ["slap begins", "slap ends", "slap is dropped"]).await;
        let call = client.send(bundle![Echo(String::new())]);
        assert_eq!(call.timeout(SECOND).await.map(drop), Err(SendError::Timeout));
        saw(&mut seen, ["echo begins", "echo is dropped"]).await;
    });
}

/// Says by itself that it is uncancelled.
struct Shop(Witness<&'static str>);

impl Acceptor<Slap, Socket> for Shop {
    const UNCANCELLED: bool = true;

    async fn respond(&self, _: Slap, _: &Socket) -> Result<(), AcceptError> {
        sleep(3 * SECOND).await;
        self.0.tell("sold");
        Ok(())
    }
}

#[test]
fn a_type_says_itself_that_it_is_uncancelled() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let server = server().accept::<Slap>(Arc::new(Shop(witness))).build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        client.send(Slap).timeout(SECOND).await.expect_err("given up");
        saw(&mut seen, ["sold"]).await;
    });
}
