//! WebSockets beside tungstenite's own, which see to whole binary messages themselves.

use futures_util::{SinkExt, StreamExt};
use packets_core::net::{ConnectionLimits, Message, Transport, TransportError, WebSocket, Wire};
use packets_tests::harness::paused_time;
use proptest::prelude::*;
use proptest::sample::select;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{self, Error};

const LIMITS: ConnectionLimits = {
    let mut limits = ConnectionLimits::server();
    limits.max_message = 70_000;
    limits.control_frames = 1_000;
    limits
};

/// A frame as anybody may send it.
#[derive(Clone, Debug)]
struct Frame {
    first: u8,
    is_masked: bool,
    content: Vec<u8>,
}

impl Frame {
    fn bytes(&self) -> Vec<u8> {
        let masked = if self.is_masked { 0x80 } else { 0 };
        let mut bytes = vec![self.first];
        match self.content.len() {
            size @ 0..126 => bytes.push(masked | size as u8),
            size @ 126..0x1_0000 => {
                bytes.push(masked | 126);
                bytes.extend((size as u16).to_be_bytes());
            }
            size => {
                bytes.push(masked | 127);
                bytes.extend((size as u64).to_be_bytes());
            }
        }
        let mask = if self.is_masked { [3, 1, 4, 1] } else { [0; 4] };
        if self.is_masked {
            bytes.extend(mask);
        }
        bytes.extend(self.content.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }
}

/// Mostly what is right: whole messages, with a few fragments and control frames among them.
fn frame(role: Role) -> impl Strategy<Value = Frame> {
    let first = prop_oneof![
        12 => Just(0x82),
        2 => select(vec![0x81, 0x89, 0x8a]),
        2 => select(vec![0x02, 0x00, 0x80, 0x01]),
        1 => select(vec![0x88, 0x83, 0x8b, 0xc2, 0x09]),
    ];
    let size = prop_oneof![20 => 0..140_usize, 2 => 60_000..70_000_usize, 1 => 70_001..80_000_usize];
    let is_right = prop_oneof![40 => Just(true), 1 => Just(false)];
    (first, size, is_right, any::<u8>()).prop_map(move |(first, size, is_right, seed)| {
        // ASCII, so that texts are some.
        let content = (0..size).map(|place| (place as u8).wrapping_mul(seed) & 0x7f).collect();
        Frame { first, is_masked: (role == Role::Server) == is_right, content }
    })
}

/// What came of it all: the messages, and how it ended.
#[derive(PartialEq)]
struct Outcome {
    messages: Vec<Message>,
    end: &'static str,
    /// What a server has answered; a client's answers are masked by chance.
    written: Vec<u8>,
}

impl Outcome {
    /// It in short.
    fn summary(&self) -> String {
        let messages = self.messages.iter().map(|message| match message {
            Message::Binary(bytes) => format!("binary of {}", bytes.len()),
            Message::Text(text) => format!("text of {}", text.len()),
            other => format!("{other:.100?}"),
        });
        let messages: Vec<_> = messages.collect();
        format!("{messages:?}, {}, {} bytes written", self.end, self.written.len())
    }
}

async fn ours(stream: DuplexStream, role: Role) -> (Vec<Message>, &'static str) {
    let config = WebSocket::<DuplexStream>::config(&LIMITS);
    let stream = WebSocketStream::from_raw_socket(Wire::new(stream, &LIMITS), role, Some(config)).await;
    let mut socket = WebSocket::new(stream, role);
    let mut messages = Vec::new();
    let end = loop {
        match socket.next().await {
            Some(Ok(message)) => messages.push(message),
            Some(Err(TransportError::TooLarge)) => break "too large",
            Some(Err(TransportError::Protocol(_))) => break "protocol",
            Some(Err(_)) => break "lost",
            None => break "end",
        }
    };
    let _ = socket.flush().await;
    (messages, end)
}

async fn theirs(stream: DuplexStream, role: Role) -> (Vec<Message>, &'static str) {
    let config = WebSocket::<DuplexStream>::config(&LIMITS);
    let mut socket = WebSocketStream::from_raw_socket(stream, role, Some(config)).await;
    let mut messages = Vec::new();
    let end = loop {
        match socket.next().await {
            Some(Ok(message)) => messages.push(match message {
                tungstenite::Message::Binary(bytes) => Message::Binary(bytes),
                tungstenite::Message::Text(text) => Message::Text(text.to_string()),
                tungstenite::Message::Ping(content) => Message::Ping(content),
                tungstenite::Message::Pong(content) => Message::Pong(content),
                tungstenite::Message::Close(close) => {
                    Message::Close(close.map(|close| (close.code.into(), close.reason.to_string())))
                }
                tungstenite::Message::Frame(_) => unreachable!("frames are not read"),
            }),
            Some(Err(Error::Capacity(_))) => break "too large",
            Some(Err(Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake))) => {
                break "lost";
            }
            Some(Err(Error::Protocol(_) | Error::Utf8(_))) => break "protocol",
            Some(Err(_)) => break "lost",
            None => break "end",
        }
    };
    let _ = socket.flush().await;
    (messages, end)
}

/// Lets one of them read the bytes, which come in parts of this size.
async fn outcome<R>(bytes: &[u8], part: usize, role: Role, read: impl FnOnce(DuplexStream) -> R) -> Outcome
where
    R: Future<Output = (Vec<Message>, &'static str)>,
{
    let (mut there, here) = duplex(1 << 20);
    let write = async {
        for part in bytes.chunks(part) {
            if there.write_all(part).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let _ = there.shutdown().await;
        let mut written = Vec::new();
        let _ = there.read_to_end(&mut written).await;
        written
    };
    let (written, (messages, end)) = tokio::join!(write, read(here));
    Outcome { messages, end, written: if role == Role::Server { written } else { Vec::new() } }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_comes_is_what_tungstenite_makes_of_it(
        (role, frames) in select(vec![Role::Server, Role::Client])
            .prop_flat_map(|role| (Just(role), prop::collection::vec(frame(role), 1..16))),
        part in prop_oneof![1..40_usize, 1_000..100_000_usize],
        cut in prop_oneof![3 => Just(0_usize), 1 => 1..300_usize],
    ) {
        let mut bytes: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
        bytes.truncate(bytes.len().saturating_sub(cut));
        paused_time(async move {
            let expected = outcome(&bytes, part, role, |stream| theirs(stream, role)).await;
            let outcome = outcome(&bytes, part, role, |stream| ours(stream, role)).await;
            assert!(outcome == expected, "{}\ninstead of\n{}", outcome.summary(), expected.summary());
        });
    }

    #[test]
    fn what_is_sent_comes_whole_and_in_order(
        sizes in prop::collection::vec(prop_oneof![6 => 0..300_usize, 1 => 0..40_000_usize], 1..20),
        room in 500..50_000_usize,
    ) {
        paused_time(async move {
            let (here, there) = duplex(room);
            let stream = WebSocketStream::from_raw_socket(Wire::new(here, &LIMITS), Role::Server, None).await;
            let mut socket = WebSocket::new(stream, Role::Server);
            let sent: Vec<Vec<u8>> = sizes.iter().map(|size| vec![*size as u8; *size]).collect();
            let send = async {
                for (place, message) in sent.iter().enumerate() {
                    // Answers to pings go out between the messages.
                    let Some(Ok(Message::Ping(_))) = socket.next().await else { panic!("a ping") };
                    futures_util::future::poll_fn(|cx| socket.poll_ready_unpin(cx)).await.expect("open");
                    match place % 3 {
                        0 => socket.start_send_slice(message).expect("open"),
                        _ => socket.start_send_unpin(Message::Binary(message.clone().into())).expect("open"),
                    }
                    if place % 4 == 0 {
                        socket.flush().await.expect("open");
                    }
                }
                socket.close().await.expect("open");
            };
            let mut client = WebSocketStream::from_raw_socket(there, Role::Client, None).await;
            let (mut to, mut from) = (&mut client).split();
            let pings = async {
                for _ in &sizes {
                    to.send(tungstenite::Message::Ping(vec![7; 20].into())).await.expect("open");
                }
            };
            let receive = async {
                let (mut messages, mut pongs) = (Vec::new(), 0);
                while let Some(Ok(message)) = from.next().await {
                    match message {
                        tungstenite::Message::Binary(bytes) => messages.push(bytes.to_vec()),
                        tungstenite::Message::Pong(_) => pongs += 1,
                        tungstenite::Message::Close(_) => break,
                        _ => panic!("{message:?}"),
                    }
                }
                (messages, pongs)
            };
            let ((), (), (received, pongs)) = tokio::join!(send, pings, receive);
            assert!(received == sent && pongs > 0, "{} of {}, {pongs} pongs", received.len(), sent.len());
        });
    }
}
