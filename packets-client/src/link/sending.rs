//! How packets and calls get to the connection of the moment, or wait for one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use packets_core::net::{Escaped, Outgoing, Peer, SendError};
use tokio::time::Instant;

use super::{Line, Link, Phase, State};
use crate::backlog::{Held, Offline};

impl Link {
    /// Emits a packet, or lets it wait for a connection if it may; how many bytes its body has, if it was encoded.
    pub(crate) fn emit<O: Outgoing>(&self, packet: &O, size: &mut usize) -> Result<(), SendError> {
        loop {
            let line = self.line().map_err(SendError::Disconnected)?;
            let mut tried = None;
            if let Some(Line { peer, epoch }) = line {
                match peer.emit_unobserved(packet, size) {
                    // It ended just now.
                    Err(SendError::Disconnected(_)) if self.offline != Offline::Fail => tried = Some(epoch),
                    result => return result,
                }
            }
            let Offline::Wait { max_packets, max_bytes, max_age } = self.offline else {
                return Err(SendError::Offline);
            };
            let held = Held::new(packet, &self.own)?;
            *size = held.size();
            let now = Instant::now();
            let mut state = self.lock();
            match state.line() {
                Err(reason) => return Err(SendError::Disconnected(reason)),
                // There is another connection meanwhile.
                Ok(Some(line)) if Some(line.epoch) != tried => continue,
                Ok(_) => {}
            }
            state.backlog.expire(now, max_age);
            if state.backlog.len() + state.waiting >= max_packets
                || state.backlog.bytes() + held.size() > max_bytes
            {
                return Err(SendError::Full);
            }
            state.backlog.push(held, now);
            return Ok(());
        }
    }

    /// Resolves when `emit` may have room.
    pub(crate) async fn ready(&self) -> Result<(), SendError> {
        let mut tried = None;
        loop {
            let line = self.until(|state| match state.line() {
                Err(reason) => Some(Err(reason)),
                Ok(Some(line)) if Some(line.epoch) != tried => Some(Ok(Some(line))),
                Ok(_) => self.has_room(state).then_some(Ok(None)),
            });
            let line = match self.stale_at() {
                None => line.await,
                // Then the oldest packet makes room.
                Some(stale) => match tokio::time::timeout_at(stale, line).await {
                    Ok(line) => line,
                    Err(_) => continue,
                },
            };
            let Some(Line { peer, epoch }) = line.map_err(SendError::Disconnected)? else {
                return Ok(());
            };
            match peer.ready().await {
                Err(SendError::Disconnected(_)) => tried = Some(epoch),
                result => return result,
            }
        }
    }

    /// When the oldest packet has waited for too long; or one may have, that comes now.
    fn stale_at(&self) -> Option<Instant> {
        let Offline::Wait { max_age, .. } = self.offline else { return None };
        let oldest = self.lock().backlog.oldest().unwrap_or_else(Instant::now);
        oldest.checked_add(max_age.max(Duration::from_millis(1)))
    }

    /// Whether a packet is taken without a connection.
    fn has_room(&self, state: &mut State) -> bool {
        match self.offline {
            Offline::Fail => false,
            Offline::Drop => true,
            Offline::Wait { max_packets, max_bytes, max_age } => {
                state.backlog.expire(Instant::now(), max_age);
                state.backlog.len() + state.waiting < max_packets && state.backlog.bytes() < max_bytes
            }
        }
    }

    /// Waits for a connection after `epoch`, until the deadline.
    pub(crate) async fn next_line(&self, epoch: Option<u64>, deadline: Instant) -> Result<Line, SendError> {
        let line = self.until(|state| match state.line() {
            Err(reason) => Some(Err(SendError::Disconnected(reason))),
            Ok(line) => line.filter(|line| Some(line.epoch) > epoch).map(Ok),
        });
        tokio::time::timeout_at(deadline, line).await.unwrap_or(Err(SendError::Timeout))
    }

    /// Why a packet is not sent that came too late for the connection of this epoch: the client is offline, or has
    /// ended.
    pub(crate) async fn why_unsent(&self, epoch: Option<u64>) -> SendError {
        self.until(|state| match state.line() {
            Err(reason) => Some(SendError::Disconnected(reason)),
            // The supervisor is about to know.
            Ok(Some(line)) if Some(line.epoch) == epoch => None,
            Ok(_) => Some(SendError::Offline),
        })
        .await
    }

    /// Lets one more call wait for a connection, until what is returned is dropped.
    pub(crate) fn wait(self: &Arc<Self>) -> Result<(Waiting, Duration), SendError> {
        let Offline::Wait { max_packets, max_age, .. } = self.offline else {
            return Err(SendError::Offline);
        };
        let mut state = self.lock();
        state.backlog.expire(Instant::now(), max_age);
        if state.backlog.len() + state.waiting >= max_packets {
            return Err(SendError::Full);
        }
        state.waiting += 1;
        drop(state);
        Ok((Waiting(self.clone()), max_age))
    }

    /// Sends what waits.
    pub(crate) async fn catch_up(&self, peer: &Peer) {
        while !self.try_catch_up(peer) {
            if peer.ready().await.is_err() {
                return;
            }
        }
        self.changed.notify_waiters();
    }

    /// Whether nothing waits any more.
    pub(super) fn try_catch_up(&self, peer: &Peer) -> bool {
        let mut state = self.lock();
        if let Offline::Wait { max_age, .. } = self.offline {
            state.backlog.expire(Instant::now(), max_age);
        }
        while let Some(packet) = state.backlog.front() {
            // These wait for room, whatever else their overflow says: it was not the server that was slow.
            if !matches!(peer.ready().now_or_never(), Some(Ok(()))) {
                return false;
            }
            match peer.emit(packet) {
                Ok(()) => {}
                Err(SendError::Full | SendError::Disconnected(_)) => return false,
                Err(error) => {
                    tracing::warn!(error = %Escaped(&error), "dropped a packet that waited for a connection");
                }
            }
            state.backlog.pop();
        }
        if state.phase == Phase::CatchingUp {
            state.phase = Phase::Online;
        }
        true
    }
}

/// A call that waits for a connection.
#[derive(Debug)]
pub(crate) struct Waiting(Arc<Link>);

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        let was_full = !self.0.has_room(&mut state);
        state.waiting -= 1;
        drop(state);
        if was_full {
            self.0.changed.notify_waiters();
        }
    }
}
