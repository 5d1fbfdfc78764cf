//! A socket's time among the sockets of its server.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use packets_core::CloseReason;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::Instrument;

use crate::hooks::Hooks;
use crate::rooms::Rooms;
use crate::socket::Socket;

/// A socket's place among the sockets of its server and in its rooms. It is given up once, however the
/// connection ends: by [`end`](Self::end), or when this is dropped.
pub(crate) struct Presence {
    socket: Socket,
    rooms: Arc<Rooms>,
    hooks: Arc<Hooks>,
    /// How long the disconnect hook may take.
    hook_timeout: Duration,
    ended: bool,
}

impl Presence {
    pub(crate) fn new(socket: Socket, rooms: Arc<Rooms>, hooks: Arc<Hooks>, hook_timeout: Duration) -> Self {
        rooms.enter(&socket);
        Self { socket, rooms, hooks, hook_timeout, ended: false }
    }

    /// Gives the place up, and waits for the disconnect hook to have run.
    pub(crate) async fn end(mut self, reason: CloseReason) {
        if let Some(hook) = self.give_up(reason) {
            // It says itself what went wrong.
            let _ = hook.await;
        }
    }

    /// The hook has a task of its own, as nobody may be left to run it.
    fn give_up(&mut self, reason: CloseReason) -> Option<JoinHandle<()>> {
        self.ended = true;
        self.rooms.end(&self.socket);
        if !self.hooks.has_disconnect() {
            return None;
        }
        let Ok(runtime) = Handle::try_current() else {
            tracing::error!("a connection was dropped outside of a runtime: its disconnect hook cannot run");
            return None;
        };
        let (socket, hooks, limit) = (self.socket.clone(), self.hooks.clone(), self.hook_timeout);
        let hook = async move {
            if timeout(limit, hooks.disconnect(socket, reason)).await.is_err() {
                tracing::error!("the disconnect hook took too long and was dropped");
            }
        };
        Some(runtime.spawn(hook.in_current_span()))
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if !self.ended {
            // The connection is gone already, and has said why.
            let reason = self.socket.closed().now_or_never();
            self.give_up(reason.unwrap_or_else(|| CloseReason::lost("the connection was dropped")));
        }
    }
}
