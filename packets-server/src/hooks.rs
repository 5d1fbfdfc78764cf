//! What the application does when sockets come and go.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use packets_core::CloseReason;
use packets_core::control::Credential;
use packets_core::net::Recovered;
use tokio::time::timeout;

use crate::socket::Socket;

/// What the application does when sockets come and go. A panic in it ends nothing but itself.
#[derive(Default)]
pub(crate) struct Hooks {
    connect: Option<Box<Connect>>,
    resumed: Option<Box<Resumed>>,
    renew: Option<Box<Renew>>,
    disconnect: Option<Box<Disconnect>>,
}

type Connect = dyn Fn(Socket) -> BoxFuture<'static, ()> + Send + Sync;
type Resumed = dyn Fn(Socket, Recovered) -> BoxFuture<'static, ()> + Send + Sync;
type Renew = dyn Fn(Socket, Credential) -> BoxFuture<'static, bool> + Send + Sync;
type Disconnect = dyn Fn(Socket, CloseReason) -> BoxFuture<'static, ()> + Send + Sync;

impl Hooks {
    pub(crate) fn on_connect<F>(&mut self, hook: impl Fn(Socket) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.connect = Some(Box::new(move |socket| Box::pin(hook(socket))));
    }

    pub(crate) fn on_resumed<F>(&mut self, hook: impl Fn(Socket, Recovered) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.resumed = Some(Box::new(move |socket, recovered| Box::pin(hook(socket, recovered))));
    }

    pub(crate) fn on_renew<F, E>(&mut self, hook: impl Fn(Socket, Credential) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        self.renew = Some(Box::new(move |socket, credential| {
            let judged = hook(socket, credential);
            Box::pin(async { judged.await.is_ok() })
        }));
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

    pub(crate) fn connect(self: &Arc<Self>, socket: Socket) -> Option<BoxFuture<'static, ()>> {
        self.connect.as_ref()?;
        let hooks = self.clone();
        Some(Box::pin(async move {
            if let Some(hook) = &hooks.connect
                && AssertUnwindSafe(async { hook(socket).await }).catch_unwind().await.is_err()
            {
                tracing::error!("the connect hook panicked");
            }
        }))
    }

    pub(crate) fn resumed(
        self: &Arc<Self>,
        socket: Socket,
        recovered: Recovered,
    ) -> Option<BoxFuture<'static, ()>> {
        self.resumed.as_ref()?;
        let hooks = self.clone();
        Some(Box::pin(async move {
            if let Some(hook) = &hooks.resumed
                && AssertUnwindSafe(async { hook(socket, recovered).await }).catch_unwind().await.is_err()
            {
                tracing::error!("the resumed hook panicked");
            }
        }))
    }

    /// Judges a credential, in so much time. One that does not pass ends the connection.
    pub(crate) fn renew(
        self: &Arc<Self>,
        socket: Socket,
        credential: Credential,
        limit: Duration,
    ) -> Option<BoxFuture<'static, ()>> {
        self.renew.as_ref()?;
        let hooks = self.clone();
        Some(Box::pin(async move {
            let Some(hook) = &hooks.renew else { return };
            let judge = AssertUnwindSafe(async { hook(socket.clone(), credential).await });
            let judged = timeout(limit, judge.catch_unwind()).await;
            match judged {
                Ok(Ok(true)) => return,
                Ok(Ok(false)) => tracing::debug!("a renewed credential was refused"),
                Ok(Err(_)) => tracing::error!("the renew hook panicked"),
                Err(_) => tracing::error!("the renew hook took too long and was dropped"),
            }
            socket.close_with(CloseReason::Unauthorized, None);
        }))
    }

    pub(crate) async fn disconnect(&self, socket: Socket, reason: CloseReason) {
        if let Some(hook) = &self.disconnect
            && AssertUnwindSafe(async { hook(socket, reason).await }).catch_unwind().await.is_err()
        {
            tracing::error!("the disconnect hook panicked");
        }
    }
}
