//! What the application does when sockets come and go.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use packets_core::CloseReason;

use crate::socket::Socket;

/// What the application does when sockets come and go. A panic in it ends nothing but itself.
#[derive(Default)]
pub(crate) struct Hooks {
    connect: Option<Box<Connect>>,
    disconnect: Option<Box<Disconnect>>,
}

type Connect = dyn Fn(Socket) -> BoxFuture<'static, ()> + Send + Sync;
type Disconnect = dyn Fn(Socket, CloseReason) -> BoxFuture<'static, ()> + Send + Sync;

impl Hooks {
    pub(crate) fn on_connect<F>(&mut self, hook: impl Fn(Socket) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.connect = Some(Box::new(move |socket| Box::pin(hook(socket))));
    }

    pub(crate) fn on_disconnect<F>(&mut self, hook: impl Fn(Socket, CloseReason) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.disconnect = Some(Box::new(move |socket, reason| Box::pin(hook(socket, reason))));
    }

    pub(crate) const fn has_disconnect(&self) -> bool {
        self.disconnect.is_some()
    }

    pub(crate) async fn connect(&self, socket: Socket) {
        if let Some(hook) = &self.connect
            && AssertUnwindSafe(async { hook(socket).await }).catch_unwind().await.is_err()
        {
            tracing::error!("the connect hook panicked");
        }
    }

    pub(crate) async fn disconnect(&self, socket: Socket, reason: CloseReason) {
        if let Some(hook) = &self.disconnect
            && AssertUnwindSafe(async { hook(socket, reason).await }).catch_unwind().await.is_err()
        {
            tracing::error!("the disconnect hook panicked");
        }
    }
}
