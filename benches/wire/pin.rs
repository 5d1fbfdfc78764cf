//! On which cores servers and the generator run: on one each, if there are two.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Keeps this thread, and the threads it starts, to the generator's core.
pub(crate) fn generator() {
    pin(1);
}

/// Runs this with the thread on the servers' core, where the processes that it starts stay.
pub(crate) fn as_server<R>(run: impl FnOnce() -> R) -> R {
    let before = sched_getaffinity(None);
    // From the generator's core there is no way back to the other one but by its number.
    pin(0);
    let result = run();
    if let Ok(before) = before {
        let _ = sched_setaffinity(None, &before);
    }
    result
}

/// Does nothing where there is no such core.
fn pin(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    if sched_setaffinity(None, &cores).is_err() {
        eprintln!("there is no core {core} for this process: servers and generator share what there is");
    }
}
