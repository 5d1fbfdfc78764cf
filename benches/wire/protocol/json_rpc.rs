//! JSON-RPC 2 over WebSockets.

use std::fmt::Write;

use super::socket_io::MOVE;
use super::{LARGE, MANY, Operation, Protocol};
use crate::generator::{Frames, Message};

pub(crate) struct JsonRpc;

impl Protocol for JsonRpc {
    fn supports(&self, operation: Operation) -> bool {
        matches!(operation, Operation::Call | Operation::Large | Operation::Bundle)
    }

    fn request(&self, operation: Operation, number: &mut u32, frames: &mut Frames) -> u32 {
        let mut text = String::new();
        let mut call = |number: u32, method: &str, param: &str| {
            let call =
                format_args!(r#"{{"jsonrpc":"2.0","id":{number},"method":"{method}","params":[{param}]}}"#);
            write!(text, "{call}").expect("a string has room");
        };
        match operation {
            Operation::Large => call(*number, "large", &format!(r#""{}""#, "x".repeat(LARGE))),
            Operation::Bundle => {
                // A batch.
                for item in 0..MANY {
                    call(*number, "move", MOVE);
                    *number += u32::from(item + 1 < MANY);
                }
                text = format!("[{}]", text.replace("}{", "},{"));
            }
            Operation::Call | Operation::Emit | Operation::Broadcast | Operation::Each => {
                call(*number, "move", MOVE);
            }
        }
        frames.text(text.as_bytes());
        1
    }

    fn is_answer(&self, message: Message<'_>) -> bool {
        let Message::Text(message) = message else { panic!("no JSON") };
        assert!(!message.windows(8).take(64).any(|part| part == b"\"error\":"), "{}", message.escape_ascii());
        true
    }
}
