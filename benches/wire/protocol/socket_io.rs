//! Socket.IO 5 over Engine.IO 4, by its WebSocket alone.

use super::{LARGE, MANY, Operation, Protocol};
use crate::generator::{Frames, Message};

/// Packets as JSON objects.
pub(crate) struct SocketIo;

/// Packets as binary attachments.
pub(crate) struct BinarySocketIo;

const PATH: &str = "/socket.io/?EIO=4&transport=websocket";

/// A packet as text.
pub(crate) const MOVE: &str = r#"{"id":1234567,"x":12.25,"y":-7.5,"z":100.125}"#;

/// Connects to the default namespace once Engine.IO is open.
fn greet(message: Message<'_>, frames: &mut Frames) -> bool {
    let Message::Text(message) = message else { panic!("no greeting") };
    match message {
        [b'0', b'{', ..] => frames.text(b"40"),
        [b'4', b'0', ..] => {}
        // A ping. There is time for the answer until the connection has long gone.
        b"2" => return false,
        _ => panic!("no greeting: {}", message.escape_ascii()),
    }
    true
}

impl Protocol for SocketIo {
    fn path(&self) -> &'static str {
        PATH
    }

    fn greetings(&self) -> usize {
        2
    }

    fn greet(&self, message: Message<'_>, frames: &mut Frames) -> bool {
        greet(message, frames)
    }

    fn supports(&self, operation: Operation) -> bool {
        operation != Operation::Each
    }

    fn request(&self, operation: Operation, number: &mut u32, frames: &mut Frames) -> u32 {
        let call = |number: u32| format!(r#"42{number}["move",{MOVE}]"#);
        match operation {
            Operation::Call | Operation::Each => frames.text(call(*number).as_bytes()),
            Operation::Large => {
                frames.text(format!(r#"42{number}["large","{}"]"#, "x".repeat(LARGE)).as_bytes());
            }
            Operation::Broadcast => frames.text(format!(r#"42["shout",{MOVE}]"#).as_bytes()),
            Operation::Emit => {
                (0..MANY).for_each(|_| frames.text(format!(r#"42["moved",{MOVE}]"#).as_bytes()));
                frames.text(call(*number).as_bytes());
            }
            Operation::Bundle => {
                for _ in 0..MANY {
                    *number += 1;
                    frames.text(call(*number).as_bytes());
                }
                return MANY as u32;
            }
        }
        1
    }

    fn is_answer(&self, message: Message<'_>) -> bool {
        // An acknowledgement, or an event that was sent to all.
        matches!(message, Message::Text([b'4', b'2' | b'3', ..]))
    }
}

impl Protocol for BinarySocketIo {
    fn path(&self) -> &'static str {
        PATH
    }

    fn greetings(&self) -> usize {
        2
    }

    fn greet(&self, message: Message<'_>, frames: &mut Frames) -> bool {
        greet(message, frames)
    }

    fn supports(&self, operation: Operation) -> bool {
        operation != Operation::Each
    }

    fn request(&self, operation: Operation, number: &mut u32, frames: &mut Frames) -> u32 {
        let mut event = |number: &dyn std::fmt::Display, name: &str, attachment: &[u8]| {
            frames.text(format!(r#"451-{number}["{name}",{{"_placeholder":true,"num":0}}]"#).as_bytes());
            frames.binary(&[attachment]);
        };
        let packet = [0; 32];
        match operation {
            Operation::Call | Operation::Each => event(number, "move", &packet),
            Operation::Large => event(number, "large", &[0; LARGE]),
            Operation::Broadcast => event(&"", "shout", &packet),
            Operation::Emit => {
                (0..MANY).for_each(|_| event(&"", "moved", &packet));
                event(number, "move", &packet);
            }
            Operation::Bundle => {
                for _ in 0..MANY {
                    *number += 1;
                    event(number, "move", &packet);
                }
                return MANY as u32;
            }
        }
        1
    }

    fn is_answer(&self, message: Message<'_>) -> bool {
        // The attachment, which comes after the text.
        matches!(message, Message::Binary(_))
    }
}
