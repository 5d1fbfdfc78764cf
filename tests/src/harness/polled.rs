//! Futures that are dropped at one of their awaits, and what may come of it.

use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::task::Poll;

use bytes::Bytes;
use packets_core::frame::Frame;

/// Polls a future so often, lets the others go on so far in between, and drops it if it is not done by then.
pub async fn polled<F: Future>(times: usize, turns: usize, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    for _ in 0..times {
        let poll = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        if let Poll::Ready(output) = poll {
            return Some(output);
        }
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    }
    None
}

/// The first bytes of the calls that one end made, in order, of all that it sent and received.
///
/// # Panics
/// Unless all frames are whole, no call is answered or cancelled twice, and who was not answered was cancelled.
#[must_use]
pub fn calls_made(sent: &[Bytes], received: &[Bytes]) -> Vec<u8> {
    let mut answered = HashSet::new();
    for frame in received {
        if let Frame::Reply { call, .. } = Frame::decode(frame.clone()).expect("a whole frame") {
            assert!(answered.insert(call), "{call} is answered twice");
        }
    }
    let (mut values, mut open, mut cancelled) = (Vec::new(), HashSet::new(), HashSet::new());
    for frame in sent {
        match Frame::decode(frame.clone()).expect("a whole frame") {
            Frame::Call { call, body, .. } => {
                values.push(body[0]);
                assert!(open.insert(call), "{call} is made twice");
            }
            Frame::Cancel { call } => assert!(cancelled.insert(call), "{call} is cancelled twice"),
            Frame::Control(_) => {}
            other => panic!("nobody sent {other:?}"),
        }
    }
    assert!(answered.is_subset(&open), "{answered:?} of {open:?} were answered");
    let unsettled: Vec<_> = open.difference(&answered).filter(|call| !cancelled.contains(call)).collect();
    assert!(unsettled.is_empty(), "{unsettled:?} were neither answered nor cancelled");
    values
}
