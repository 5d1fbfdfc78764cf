//! fastwebsockets, as in its examples.

use fastwebsockets::upgrade::{UpgradeFut, upgrade};
use fastwebsockets::{FragmentCollector, OpCode, WebSocketError};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::protocol::ECHO;

pub(crate) async fn serve(listener: TcpListener) {
    super::accept(listener, connection).await;
}

async fn connection(stream: TcpStream) {
    let http =
        http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).with_upgrades();
    // Clients that go hang up.
    let _ = http.await;
}

async fn answer(mut request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, socket) = upgrade(&mut request)?;
    tokio::spawn(async move {
        let _ = echo(socket).await;
    });
    Ok(response)
}

async fn echo(socket: UpgradeFut) -> Result<(), WebSocketError> {
    let mut socket = FragmentCollector::new(socket.await?);
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Binary if frame.payload.first() == Some(&ECHO) => socket.write_frame(frame).await?,
            _ => {}
        }
    }
}
