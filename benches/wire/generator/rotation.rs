//! Calls by one connection after the other.

use std::time::Instant;

use super::{Measured, SPAN, WARM_UP, open_all};
use crate::protocol::Operation;
use crate::scenario::Server;

/// Makes so many calls at once, waits for the answers, and goes on with the next connection: whatever the number of
/// connections, a server reads as much at a time, and has as much to do.
pub(crate) async fn rotate(server: &Server<'_>, connections: usize, calls: u32) -> Measured {
    let mut connections = open_all(server.process.address, server.peer.protocol, connections).await;
    let mut measured = Measured::default();
    let (mut since, mut cpu) = (Instant::now(), server.process.cpu());
    let mut is_warm = false;
    loop {
        // Each connection is as often used as the others.
        for connection in &mut connections {
            let sent = Instant::now();
            let mut left: u32 = (0..calls).map(|_| connection.request(Operation::Call)).sum();
            connection.write().await;
            while left > 0 {
                left -= connection.answers().await;
            }
            if is_warm {
                measured.times.push(sent.elapsed().as_nanos() as u32);
            }
            connection.rest();
        }
        if is_warm && since.elapsed() >= SPAN {
            break;
        }
        if !is_warm && since.elapsed() >= WARM_UP {
            is_warm = true;
            (since, cpu) = (Instant::now(), server.process.cpu());
        }
    }
    measured.count = measured.times.len() as u64 * u64::from(calls);
    measured.time = since.elapsed();
    measured.cpu = server.process.cpu() - cpu;
    measured
}
