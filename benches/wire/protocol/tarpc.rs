//! tarpc over TCP, by bincode.

use std::pin::pin;

use tarpc::tokio_serde::Serializer;
use tarpc::tokio_serde::formats::Bincode;
use tarpc::{ClientMessage, Request, context};

use super::{LARGE, MANY, Operation, Protocol};
use crate::generator::{Frames, Framing, Message};
use crate::peer::packets::Position;
use crate::peer::tarpc::BenchRequest;

pub(crate) struct Tarpc;

impl Protocol for Tarpc {
    fn framing(&self) -> Framing {
        Framing::Length
    }

    fn supports(&self, operation: Operation) -> bool {
        matches!(operation, Operation::Call | Operation::Large | Operation::Bundle)
    }

    fn request(&self, operation: Operation, number: &mut u32, frames: &mut Frames) -> u32 {
        let mut call = |number: u32, message: BenchRequest| {
            let request = Request { context: context::current(), id: number.into(), message };
            let codec = pin!(Bincode::<(), ClientMessage<BenchRequest>>::default());
            frames.binary(&[&codec.serialize(&ClientMessage::Request(request)).expect("bincode takes it")]);
        };
        let packet = || BenchRequest::Walk { position: Position::default() };
        match operation {
            Operation::Large => call(*number, BenchRequest::Large { text: "x".repeat(LARGE) }),
            Operation::Bundle => {
                for _ in 0..MANY {
                    *number += 1;
                    call(*number, packet());
                }
                return MANY as u32;
            }
            Operation::Call | Operation::Emit | Operation::Broadcast | Operation::Each => {
                call(*number, packet());
            }
        }
        1
    }

    fn is_answer(&self, _: Message<'_>) -> bool {
        true
    }
}
