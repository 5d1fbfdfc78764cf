//! Several servers as nodes of one cluster.

mod engine;
mod intercom;
mod subject;

use packets_server::{Engine, Node, Server};
use packets_tests::harness::{Count, node};

fn count(value: u32) -> Count {
    Count { value }
}

/// A node that has this value, and no other.
fn holder(engine: impl Engine, value: u32) -> Server {
    let here = move |ask: Count, _: Node| async move { (ask.value == value).then_some(value) };
    node(engine).intercom(here).build().expect("a server")
}

/// A node that never answers.
fn mute(engine: impl Engine) -> Server {
    node(engine)
        .intercom(|_: Count, _: Node| std::future::pending::<Option<u32>>())
        .build()
        .expect("a server")
}
