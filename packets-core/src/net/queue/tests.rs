use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll, Wake};

use bytes::Bytes;

use super::*;
use crate::frame::CallId;
use crate::net::backlog::{Emitted, Load};
use crate::net::line::Place;
use crate::net::row::Row;
use crate::overflow::Overflow;
use crate::registry::{PacketId, Registry};

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn queue(limits: &ConnectionLimits) -> Queue {
    Queue::new(limits, Figures::client(&Registry::defaults_only()))
}

/// A task that wants to call, and how often it was woken.
struct Caller {
    place: Option<Place>,
    woken: Arc<Woken>,
}

impl Caller {
    fn new() -> Self {
        Self { place: None, woken: Arc::default() }
    }

    fn start(&mut self, queue: &Queue) -> Option<CallId> {
        let waker = self.woken.clone().into();
        match queue.poll_start_call(Instant::now(), &mut self.place, &Context::from_waker(&waker)) {
            Poll::Ready(Ok(call)) => Some(call),
            Poll::Ready(Err(reason)) => panic!("{reason}"),
            Poll::Pending => None,
        }
    }

    fn woken(&self) -> usize {
        self.woken.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_call_that_is_taken_back_wakes_who_waits_for_its_place() {
    let queue = queue(&ConnectionLimits::client().calls(1));
    let call = Caller::new().start(&queue).expect("room");
    let mut next = Caller::new();
    assert!(next.start(&queue).is_none());
    queue.forget_call(call);
    assert_eq!(next.woken(), 1);
    assert!(next.start(&queue).is_some());
}

#[test]
fn room_for_one_call_wakes_one_of_many() {
    let queue = queue(&ConnectionLimits::client().calls(1));
    let call = Caller::new().start(&queue).expect("room");
    let mut waiting = [(); 100].map(|()| Caller::new());
    assert!(waiting.iter_mut().all(|caller| caller.start(&queue).is_none()));
    queue.forget_call(call);
    assert_eq!(waiting.each_ref().map(Caller::woken).iter().sum::<usize>(), 1);
    assert_eq!(waiting[0].woken(), 1, "in the order they came");
}

#[test]
fn who_is_woken_and_does_not_go_wakes_the_next() {
    let queue = queue(&ConnectionLimits::client().calls(1));
    let call = Caller::new().start(&queue).expect("room");
    let mut waiting = [(); 3].map(|()| Caller::new());
    assert!(waiting.iter_mut().all(|caller| caller.start(&queue).is_none()));
    queue.forget_place(waiting[1].place.expect("a place"));
    assert_eq!(waiting.each_ref().map(Caller::woken), [0, 0, 0]);
    queue.forget_call(call);
    queue.forget_place(waiting[0].place.expect("a place"));
    assert_eq!(waiting.each_ref().map(Caller::woken), [1, 0, 1]);
    assert!(waiting[2].start(&queue).is_some());
}

#[test]
fn frames_that_are_taken_make_room_for_calls() {
    let queue = queue(&ConnectionLimits::client().queue_frames(1));
    queue.push_own(Bytes::new());
    let mut waiting = [(); 2].map(|()| Caller::new());
    assert!(waiting.iter_mut().all(|caller| caller.start(&queue).is_none()));
    let (mut hand, mut written) = (Row::new(), Load::default());
    queue.take_frames(&mut hand);
    assert_eq!(waiting.each_ref().map(Caller::woken), [0, 0], "it is not written yet");
    written.add(&hand.pop().expect("a frame"));
    queue.settle_frames(&mut hand, Load::default(), written);
    assert_eq!(waiting.each_ref().map(Caller::woken), [1, 0]);
}

#[test]
fn who_no_longer_waits_for_the_end_leaves_nothing_behind() {
    let queue = queue(&ConnectionLimits::client());
    let woken = Arc::new(Woken::default());
    let waker = woken.clone().into();
    let mut stays = None;
    for _ in 0..3 {
        assert!(queue.poll_closed(&mut stays, &Context::from_waker(&waker)).is_pending());
    }
    for _ in 0..100 {
        let mut goes = None;
        assert!(queue.poll_closed(&mut goes, &Context::from_waker(&waker)).is_pending());
        queue.forget_closed(goes.expect("a place"));
    }
    assert_eq!(queue.lock().onlookers.len(), 1);
    queue.end(&CloseReason::Local);
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
}

#[test]
fn what_has_ended_stays_so_whoever_asks_for_an_end_later() {
    let queue = queue(&ConnectionLimits::client());
    queue.end(&CloseReason::Local);
    let drain_until = Some(Instant::now());
    for request in [drain_until, None, drain_until] {
        queue.close(CloseRequest {
            reason: CloseReason::Remote { code: 1001, reason: "".into() },
            drain_until: request,
        });
        let emitted = Emitted { id: PacketId(1), overflow: Overflow::RejectNewest };
        let emitted = queue.emit(Bytes::from_static(&[1]), emitted, true);
        assert!(matches!(emitted, Err(Refused::Closed(CloseReason::Local))));
        let cx = Context::from_waker(Waker::noop());
        let started = queue.poll_start_call(Instant::now(), &mut None, &cx);
        assert!(matches!(started, Poll::Ready(Err(CloseReason::Local))));
        assert!(matches!(queue.poll_room(&mut None, &cx), Poll::Ready(Err(CloseReason::Local))));
    }
}
