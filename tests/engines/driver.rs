//! What each engine does when its broker does not do its part.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use packets_server::{Engine, Incoming, Redis, Subject, Subscription};
use packets_tests::broker::{Broker, Program, Proxy};
use tokio::time::{Instant, sleep, timeout};

use crate::{Either, on_each, run};

on_each! {
    a_wrong_address_is_an_error_at_once in 10
    nothing_is_published_while_the_broker_is_dead in 30
    a_connection_that_says_nothing_is_given_up in 60
    a_password_is_asked_for in 20
}

fn subject() -> Subject {
    Subject::of(["packets", "test"])
}

async fn next(subscription: &mut Subscription) -> Option<Incoming> {
    timeout(Duration::from_secs(5), subscription.next()).await.expect("in time")
}

/// What a node does: until a message comes round, it subscribes anew whenever that has come to nothing, or is of
/// no use.
async fn comes_round(engine: &Either, subscription: &mut Option<Subscription>, text: &'static str) {
    let mut subscribe_at = Instant::now() + Duration::from_secs(3);
    loop {
        if subscription.is_none() || Instant::now() >= subscribe_at {
            *subscription = engine.subscribe(vec![subject()]).await.ok();
            subscribe_at = Instant::now() + Duration::from_secs(3);
        }
        let Some(messages) = subscription else {
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        // It may be that there is no connection, or that nobody notices yet.
        let _ = engine.publish(&subject(), Bytes::from_static(text.as_bytes())).await;
        match timeout(Duration::from_millis(100), messages.next()).await {
            Ok(Some(Incoming::Message(message))) if message == text => return,
            Ok(None) => *subscription = None,
            Ok(Some(_)) | Err(_) => {}
        }
    }
}

async fn a_wrong_address_is_an_error_at_once(program: Program) {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = unused.local_addr().expect("its address").port();
    drop(unused);
    let error = Either::connect(program, port).await.expect_err("nobody is there");
    assert!(!error.to_string().is_empty());
}

/// And it is not published later, either. When the broker is back, all goes on.
async fn nothing_is_published_while_the_broker_is_dead(program: Program) {
    let mut broker = Broker::start(program);
    let engine = Either::connect(program, broker.port()).await.expect("a connection");
    let mut subscription = Some(engine.subscribe(vec![subject()]).await.expect("subscribed"));
    comes_round(&engine, &mut subscription, "before").await;
    broker.kill();
    // It takes the driver a moment to notice.
    let refused = async {
        while engine.publish(&subject(), Bytes::from_static(b"lost")).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(5), refused).await.expect("it notices");
    for _ in 0..100 {
        engine.publish(&subject(), Bytes::from_static(b"kept")).await.expect_err("nobody is there");
    }
    broker.start_again();
    let began = Instant::now();
    comes_round(&engine, &mut subscription, "after").await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let mut subscription = subscription.expect("subscribed");
    while let Ok(Some(incoming)) = timeout(Duration::from_millis(200), subscription.next()).await {
        assert_eq!(incoming, Incoming::Message(Bytes::from_static(b"after")));
    }
}

/// So that a way that is open again is of use at once, however long it was blocked.
async fn a_connection_that_says_nothing_is_given_up(program: Program) {
    let broker = Broker::start(program);
    let proxy = Proxy::to(broker.port()).await;
    let engine = Either::connect(program, proxy.port()).await.expect("a connection");
    let mut subscription = Some(engine.subscribe(vec![subject()]).await.expect("subscribed"));
    comes_round(&engine, &mut subscription, "before").await;
    proxy.block();
    let noticed = async {
        loop {
            // The node publishes a probe now and then, whatever comes of it.
            match timeout(Duration::from_secs(5), engine.publish(&subject(), Bytes::new())).await {
                Ok(Err(_)) => return,
                Ok(Ok(())) | Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    };
    timeout(Duration::from_secs(12), noticed).await.expect("it notices");
    proxy.open();
    let began = Instant::now();
    comes_round(&engine, &mut subscription, "after").await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// With a few hundred messages at a time, for a subscription that is not read loses what is too much.
async fn all_comes_in_order(engine: &Redis, rounds: usize) {
    let mut subscription = engine.subscribe(vec![subject()]).await.expect("subscribed");
    for round in 0..rounds {
        let texts: Vec<_> = (0..300).map(|number| Bytes::from(format!("{round}/{number}"))).collect();
        for text in &texts {
            engine.publish(&subject(), text.clone()).await.expect("published");
        }
        for text in texts {
            assert_eq!(next(&mut subscription).await, Some(Incoming::Message(text)));
        }
        if round % 6 == 5 {
            engine.flush().await.expect("all has left");
        }
    }
}

/// Whether it answers publications or not.
#[test]
fn all_publications_to_redis_come_in_order() {
    run(60, async {
        let client: &[&str] = &["--rename-command", "CLIENT", ""];
        for arguments in [&[], client] {
            let broker = Broker::start_with(Program::Redis, |_, _| {
                arguments.iter().map(ToString::to_string).collect()
            });
            let engine = Redis::connect(&broker.url()).await.expect("a connection");
            all_comes_in_order(&engine, 12).await;
            // Who share an engine do not take each other's answers.
            let publish = async |engine: &Redis| {
                for number in 0..3_000 {
                    engine.publish(&subject(), Bytes::new()).await.expect("published");
                    if number % 100 == 0 {
                        engine.flush().await.expect("all has left");
                    }
                }
            };
            tokio::join!(publish(&engine), publish(&engine));
            all_comes_in_order(&engine, 2).await;
        }
    });
}

/// As the contract of engines has it.
#[test]
fn who_gives_up_waiting_for_redis_loses_nothing_of_others() {
    run(60, async {
        let broker = Broker::start(Program::Redis);
        let engine = Redis::connect(&broker.url()).await.expect("a connection");
        let mut given_up = 0;
        for round in 0..50 {
            let mut subscription = engine.subscribe(vec![subject()]).await.expect("subscribed");
            let texts: Vec<_> = (0..20).map(|number| Bytes::from(format!("{round}/{number}"))).collect();
            for text in &texts {
                engine.publish(&subject(), text.clone()).await.expect("published");
            }
            given_up += usize::from(engine.flush().now_or_never().is_none());
            for text in texts {
                assert_eq!(next(&mut subscription).await, Some(Incoming::Message(text)));
            }
        }
        assert!(given_up > 0, "an answer takes a moment");
    });
}

#[test]
fn what_redis_does_not_allow_is_told() {
    run(20, async {
        let broker = Broker::start_with(Program::Redis, |_, _| {
            let arguments = ["--user", "default", "on", "nopass", "+@all", "-publish", "&*"];
            arguments.iter().map(ToString::to_string).collect()
        });
        let engine = Redis::connect(&broker.url()).await.expect("a connection");
        let error = engine.publish(&subject(), Bytes::new()).await.expect_err("it is not allowed");
        assert!(error.to_string().contains("publish"), "{error}");
    });
}

async fn a_password_is_asked_for(program: Program) {
    let broker = Broker::start_with(program, |_, _| {
        let arguments: &[&str] = match program {
            Program::Nats => &["--user", "node", "--pass", "secret"],
            Program::Redis => &["--user", "default", "off", "--user", "node", "on", ">secret", "+@all", "&*"],
        };
        arguments.iter().map(ToString::to_string).collect()
    });
    Either::connect(program, broker.port()).await.expect_err("it has no password");
    let scheme = match program {
        Program::Nats => "nats",
        Program::Redis => "redis",
    };
    let url = format!("{scheme}://node:secret@127.0.0.1:{}", broker.port());
    let engine = match program {
        Program::Nats => Either::Nats(packets_server::Nats::connect(&url).await.expect("let in")),
        Program::Redis => Either::Redis(packets_server::Redis::connect(&url).await.expect("let in")),
    };
    let mut subscription = engine.subscribe(vec![subject()]).await.expect("subscribed");
    engine.publish(&subject(), Bytes::from_static(b"hello")).await.expect("published");
    assert_eq!(next(&mut subscription).await, Some(Incoming::Message(Bytes::from_static(b"hello"))));
    assert!(!format!("{engine:?}").contains("secret"));
}
