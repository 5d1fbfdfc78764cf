//! socketioxide on hyper, as its documentation has it.

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde::Serialize;
use serde::de::DeserializeOwned;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use tokio::net::TcpListener;

use super::packets::Position;

/// Packets as JSON objects.
pub(crate) async fn serve_text(listener: TcpListener) {
    serve::<Position, String>(listener).await;
}

/// Packets as binary attachments.
pub(crate) async fn serve_binary(listener: TcpListener) {
    serve::<Bytes, Bytes>(listener).await;
}

trait Content: Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Content for T {}

async fn serve<P: Content, L: Content>(listener: TcpListener) {
    // Room for all that is in flight, or it would drop some.
    let (service, io) = SocketIo::builder().max_buffer_size(4096).build_svc();
    io.ns("/", async |socket: SocketRef, io: SocketIo| {
        socket.join("room");
        socket.on("move", async |Data(packet): Data<P>, ack: AckSender| {
            let _ = ack.send(&packet);
        });
        socket.on("large", async |Data(packet): Data<L>, ack: AckSender| {
            let _ = ack.send(&packet);
        });
        socket.on("moved", async |Data(_): Data<P>| {});
        socket.on("shout", async move |Data(packet): Data<P>| {
            let _ = io.to("room").emit("moved", &packet).await;
        });
    });
    let service = TowerToHyperService::new(service);
    super::accept(listener, |stream| {
        let service = service.clone();
        async move {
            let http = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
            // Clients that go hang up.
            let _ = http.await;
        }
    })
    .await;
}
