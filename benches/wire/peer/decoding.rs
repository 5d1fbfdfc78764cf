//! tokio-tungstenite as fast as it goes, with what every server of typed packets has to do besides: it reads our
//! frames, decodes the packets in them and encodes the answers. There are no handles, limits, terms nor futures.

use std::future::poll_fn;
use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use futures_util::{SinkExt, StreamExt};
use packets_core::codec::{Reader, Writer, varuint_size};
use packets_core::{Bundle, BundleResponse, DecodeError, EncodeError, PacketId, Schema, schema};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::coalesced::{feed, upgrade};
use super::packets::{Move, Moved, Position, registry};

/// WELCOME before the digest, with no session, and behind it: the largest message, and the pings' interval.
const WELCOME: [u8; 19] = [5, 1, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const LIMITS: [u8; 5] = [0x80, 0x80, 0x80, 0x20, 0];

const PACKET: u32 = 0;
const CALL: u32 = 1;
const REPLY: u32 = 2;

/// What it knows of packets.
struct Known {
    /// The ids of the packet that is called, of the one that asks nothing, and of bundles.
    call: u32,
    emit: u32,
    bundle: u32,
    welcome: Bytes,
}

pub(crate) async fn serve(listener: TcpListener) {
    let registry = registry(10);
    let number = |id: Option<PacketId>| id.expect("it is there").number().into();
    let known = Arc::new(Known {
        call: number(registry.id_of::<Move>()),
        emit: number(registry.id_of::<Moved>()),
        bundle: number(registry.id_of::<Bundle>()),
        welcome: [&WELCOME[..], &schema::encode(&registry.digest().0).expect("a number"), &LIMITS]
            .concat()
            .into(),
    });
    super::accept(listener, |stream| connection(stream, known.clone())).await;
}

async fn connection(stream: TcpStream, known: Arc<Known>) {
    let Ok(mut socket) = upgrade(stream).await else { return };
    let _ = poll_fn(|cx| {
        feed(&mut socket, Message::Binary(known.welcome.clone()), cx)?;
        socket.poll_flush_unpin(cx)
    })
    .await;
    // HELLO.
    if socket.next().await.is_some() {
        let _ = poll_fn(|cx| turn(&mut socket, &known, cx)).await;
    }
}

/// Ready at the end.
fn turn(
    socket: &mut WebSocketStream<TcpStream>,
    known: &Known,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Error>> {
    while let Poll::Ready(message) = socket.poll_next_unpin(cx) {
        let Some(Ok(Message::Binary(message))) = message else { return Poll::Ready(Ok(())) };
        match known.answer(message) {
            Ok(Some(reply)) => feed(socket, Message::Binary(reply), cx)?,
            Ok(None) => {}
            Err(_) => return Poll::Ready(Ok(())),
        }
    }
    let _ = socket.poll_flush_unpin(cx)?;
    Poll::Pending
}

struct NoPacket;

impl From<DecodeError> for NoPacket {
    fn from(_: DecodeError) -> Self {
        Self
    }
}

impl From<EncodeError> for NoPacket {
    fn from(_: EncodeError) -> Self {
        Self
    }
}

impl Known {
    /// The answer to a frame, if it asks for one.
    fn answer(&self, mut frame: Bytes) -> Result<Option<Bytes>, NoPacket> {
        let mut reader = Reader::over(&frame);
        let head = reader.varuint()?;
        let id = head >> 3;
        match head & 7 {
            PACKET if id == self.emit => {
                let packet = Moved::decode(&mut reader)?;
                reader.finish()?;
                black_box(packet);
                Ok(None)
            }
            CALL => {
                let call = reader.varuint()?;
                black_box(reader.varuint()?);
                if id == self.call {
                    let Move(position) = Move::decode(&mut reader)?;
                    reader.finish()?;
                    reply(call, &black_box(position)).map(Some)
                } else if id == self.bundle {
                    let size = reader.remaining();
                    frame.advance(frame.len() - size);
                    reply(call, &self.unbundle(&frame)?).map(Some)
                } else {
                    Err(NoPacket)
                }
            }
            _ => Err(NoPacket),
        }
    }

    fn unbundle(&self, body: &Bytes) -> Result<BundleResponse, NoPacket> {
        let bundle: Bundle = schema::decode_shared(body)?;
        let answer = |item: &packets_core::bundle::BundleItem| {
            if u32::from(item.id) != self.call {
                return Err(NoPacket);
            }
            let position: Position = schema::decode(&item.body)?;
            Ok(Ok(schema::encode(&black_box(position))?.into()))
        };
        Ok(BundleResponse::new(bundle.received().map(answer).collect::<Result<_, _>>()?))
    }
}

fn reply<R: Schema>(call: u32, response: &R) -> Result<Bytes, NoPacket> {
    let mut writer = Writer::with_capacity(varuint_size((call << 3) as usize) + response.size());
    writer.varuint(call << 3 | REPLY);
    response.encode(&mut writer);
    Ok(writer.finish()?.into())
}
