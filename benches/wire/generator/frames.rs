//! Messages as bytes, to be written and as they are read.

/// What delimits messages on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    WebSocket,
    /// A length of four bytes, big-endian, and the message.
    Length,
}

/// A message as received.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Message<'a> {
    Text(&'a [u8]),
    Binary(&'a [u8]),
}

/// Messages to be written at once.
pub(crate) struct Frames {
    framing: Framing,
    bytes: Vec<u8>,
}

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;

impl Frames {
    pub(crate) const fn new(framing: Framing) -> Self {
        Self { framing, bytes: Vec::new() }
    }

    pub(crate) fn text(&mut self, message: &[u8]) {
        self.put(TEXT, &[message]);
    }

    /// A binary message of several parts.
    pub(crate) fn binary(&mut self, parts: &[&[u8]]) {
        self.put(BINARY, parts);
    }

    fn put(&mut self, opcode: u8, parts: &[&[u8]]) {
        let size = parts.iter().map(|part| part.len()).sum::<usize>();
        match self.framing {
            Framing::WebSocket => {
                self.bytes.push(0x80 | opcode);
                match size {
                    0..=125 => self.bytes.push(0x80 | size as u8),
                    126..=0xffff => {
                        self.bytes.push(0x80 | 126);
                        self.bytes.extend((size as u16).to_be_bytes());
                    }
                    _ => {
                        self.bytes.push(0x80 | 127);
                        self.bytes.extend((size as u64).to_be_bytes());
                    }
                }
                // The mask. By zeros a message is masked as it is; to the server they are as any others.
                self.bytes.extend([0; 4]);
            }
            Framing::Length => self.bytes.extend((size as u32).to_be_bytes()),
        }
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }
}

impl Framing {
    /// The first message of what was read, and how many bytes it takes; none if it is not complete. Pings and
    /// pongs are none.
    pub(crate) fn next(self, input: &[u8]) -> Option<(Option<Message<'_>>, usize)> {
        let (opcode, head, size) = match self {
            Self::Length => (BINARY, 4, u32::from_be_bytes(*input.first_chunk()?) as usize),
            Self::WebSocket => {
                let [first, size] = *input.first_chunk()?;
                let opcode = first & 15;
                match size {
                    126 => (opcode, 4, u16::from_be_bytes(*input[2..].first_chunk()?) as usize),
                    127 => (opcode, 10, u64::from_be_bytes(*input[2..].first_chunk()?) as usize),
                    size => (opcode, 2, size as usize),
                }
            }
        };
        let content = input.get(head..head + size)?;
        let message = match opcode {
            TEXT => Some(Message::Text(content)),
            BINARY => Some(Message::Binary(content)),
            CLOSE => panic!("the server closes the connection: {content:?}"),
            _ => None,
        };
        Some((message, head + size))
    }
}
