//! The server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use packets_core::Redirect;
use packets_server::{Credential, Resume, Server, Socket, ValidationError};

use super::protocol::{
    AnythingField, AskMe, Blob, Cancelled, Echo, Navigate, Number, Position, PositionRequest, Profile, Rich,
    Slap, Wait, WhoAreYou, registry,
};

/// Counts when it is dropped.
struct Counted(Arc<AtomicU32>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A server of the whole protocol.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn server() -> Server {
    let cancelled = Arc::new(AtomicU32::new(0));
    let count = cancelled.clone();
    Server::builder()
        .registry(registry())
        .resume(Resume::default())
        .renew(|_: Socket, credential: Credential| async move {
            (credential.as_str() == "good").then_some(()).ok_or("another one")
        })
        .accept(|_: Slap, socket: Socket| async move { socket.emit(&Slap) })
        .accept(|packet: Number, socket: Socket| {
            // At once, so that they stay in order.
            let sent = socket.emit(&packet);
            async { sent }
        })
        .accept(|packet: Echo, _: Socket| async move { packet.0 })
        .accept(|packet: PositionRequest, _: Socket| async move {
            match packet.id {
                100.. => Err(ValidationError::new(404, "no such position")),
                id => Ok(Position { x: id as f32, y: -1.5 }),
            }
        })
        .accept(|packet: AnythingField, _: Socket| async move { u64::from(packet.id) })
        .accept(|packet: Blob, _: Socket| async move { Bytes::from(vec![7; packet.size as usize]) })
        .accept(move |_: Wait, _: Socket| {
            let counted = Counted(count.clone());
            async move {
                let _counted = counted;
                std::future::pending::<()>().await;
            }
        })
        .accept(move |_: Cancelled, _: Socket| {
            let cancelled = cancelled.load(Ordering::SeqCst);
            async move { cancelled }
        })
        .accept(|_: AskMe, socket: Socket| async move {
            Ok::<_, ValidationError>(socket.send(WhoAreYou).await.map_err(|error| error.to_string()))
        })
        .accept(|packet: Navigate, socket: Socket| async move {
            Ok::<_, ValidationError>(
                socket.send(Redirect::to(packet.0)).await.map_err(|error| error.to_string()),
            )
        })
        .accept(|packet: Rich, _: Socket| async move { packet })
        .accept(|packet: Profile, _: Socket| async move { packet })
        .build()
        .expect("a server")
}
