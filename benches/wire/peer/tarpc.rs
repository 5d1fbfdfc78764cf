//! tarpc over TCP.

use futures_util::StreamExt;
use tarpc::context::Context;
use tarpc::serde_transport;
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::tokio_util::codec::LengthDelimitedCodec;
use tokio::net::{TcpListener, TcpStream};

use super::packets::Position;

#[tarpc::service]
pub(crate) trait Bench {
    async fn walk(position: Position) -> Position;
    async fn large(text: String) -> String;
}

#[derive(Clone)]
struct Here;

impl Bench for Here {
    async fn walk(self, _: Context, position: Position) -> Position {
        position
    }

    async fn large(self, _: Context, text: String) -> String {
        text
    }
}

pub(crate) async fn serve(listener: TcpListener) {
    super::accept(listener, connection).await;
}

async fn connection(stream: TcpStream) {
    let framed = LengthDelimitedCodec::builder().new_framed(stream);
    let channel = BaseChannel::with_defaults(serde_transport::new(framed, Bincode::default()));
    let requests = channel.execute(Here.serve());
    requests.for_each(async |request| drop(tokio::spawn(request))).await;
}
