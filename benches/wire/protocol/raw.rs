//! Messages of a bare WebSocket. What becomes of one its first byte says.

use super::{LARGE, MANY, Operation, Protocol};
use crate::generator::{Frames, Message};

/// The first byte of a message that goes back as it is.
pub(crate) const ECHO: u8 = 0;
/// Of one that is taken.
const TAKE: u8 = 1;
/// Of one that goes to everybody.
pub(crate) const BROADCAST: u8 = 2;

pub(crate) struct Raw {
    /// Whether it takes part in more than broadcasts.
    pub(crate) echoes: bool,
    /// Whether the server knows of its other connections.
    pub(crate) broadcasts: bool,
}

impl Protocol for Raw {
    fn supports(&self, operation: Operation) -> bool {
        match operation {
            Operation::Broadcast => self.broadcasts,
            Operation::Each => false,
            _ => self.echoes,
        }
    }

    fn request(&self, operation: Operation, _: &mut u32, frames: &mut Frames) -> u32 {
        let message = |kind: u8| [kind; 32];
        match operation {
            Operation::Call | Operation::Each => frames.binary(&[&message(ECHO)]),
            Operation::Large => frames.binary(&[&[ECHO; LARGE]]),
            Operation::Broadcast => frames.binary(&[&message(BROADCAST)]),
            Operation::Emit => {
                (0..MANY).for_each(|_| frames.binary(&[&message(TAKE)]));
                frames.binary(&[&message(ECHO)]);
            }
            Operation::Bundle => {
                (0..MANY).for_each(|_| frames.binary(&[&message(ECHO)]));
                return MANY as u32;
            }
        }
        1
    }

    fn is_answer(&self, _: Message<'_>) -> bool {
        true
    }
}
