//! A question to a server that is a node by itself, beside the call of a function.

use std::hint::black_box;
use std::time::Instant;

use packets_server::{Node, Server};

use crate::contest::quantile;
use crate::protocol::{Locate, position};

/// How many questions are measured together.
const QUESTIONS: u32 = 1_000;

pub(crate) async fn run(rounds: usize) -> Vec<String> {
    let server = Server::builder()
        .intercom(|ask: Locate, _: Node| async move { Some(position(ask.id)) })
        .build()
        .expect("a server");
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let began = Instant::now();
        for id in 0..QUESTIONS {
            let gathered = server.intercom(Locate { id }).await.expect("asked");
            assert_eq!(black_box(gathered).tally.answered, 1);
        }
        let intercom = began.elapsed().as_secs_f64() / f64::from(QUESTIONS);
        let began = Instant::now();
        for id in 0..QUESTIONS {
            black_box(call(black_box(id)));
        }
        let call = began.elapsed().as_secs_f64() / f64::from(QUESTIONS);
        ours.push(intercom);
        theirs.push(call);
        ratios.push(intercom / call);
    }
    let [ours, theirs, ratio] = [ours, theirs, ratios].map(|mut values| quantile(&mut values, 0.5));
    println!("\nwithout an engine: {:.0} ns a question, {:.1} ns a call", ours * 1e9, theirs * 1e9);
    vec![format!("local/call {ratio:.1}")]
}

#[inline(never)]
fn call(id: u32) -> Option<crate::protocol::Position> {
    Some(position(id))
}
