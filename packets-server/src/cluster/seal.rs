//! From contents to messages and back, known to be of one of us.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use packets_core::codec::{Reader, Writer};
use packets_core::{DecodeError, EncodeError, Schema};
use sha2::Sha256;

use super::message::{Content, HEADER, Header};

/// The version of what nodes say to each other. It is the first byte of every message.
const VERSION: u8 = 1;

/// The bytes of HMAC-SHA256.
const TAG: usize = 32;

/// Makes messages, and opens those that are of the same cluster.
pub(crate) struct Seal {
    /// Has seen the cluster's name.
    mac: Option<Hmac<Sha256>>,
}

/// Why a message is not of this cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Foreign {
    #[error("it is of another version")]
    Version,
    #[error("it is not signed with the cluster's secret")]
    Unsigned,
    #[error("{0}")]
    Malformed(#[from] DecodeError),
}

impl Seal {
    pub(crate) fn new(name: &str, secret: Option<&[u8]>) -> Self {
        let mac = secret.and_then(|secret| Hmac::<Sha256>::new_from_slice(secret).ok());
        // A name is short. With its size before it, no name goes on into what is said.
        let size = u8::try_from(name.len()).unwrap_or(u8::MAX);
        Self { mac: mac.map(|mac| mac.chain_update([size]).chain_update(name)) }
    }

    /// Where the header begins.
    const fn header(&self) -> usize {
        if self.mac.is_some() { 1 + TAG } else { 1 }
    }

    /// The size of a message with so large a content.
    pub(crate) const fn size(&self, content: usize) -> usize {
        self.header() + HEADER + content
    }

    /// A message of this content, with room for the rest of it.
    pub(crate) fn draft(&self, content: &Content) -> Result<Vec<u8>, EncodeError> {
        let size = content.size();
        let mut writer = Writer::with_capacity(self.size(size));
        writer.put(&[0; 1 + TAG + HEADER][..self.size(0)]);
        content.encode(&mut writer);
        writer.finish()
    }

    /// Finishes a draft.
    pub(crate) fn seal(&self, mut draft: Vec<u8>, header: &Header) -> Result<Bytes, EncodeError> {
        draft[0] = VERSION;
        let begin = self.header();
        draft[begin..begin + HEADER].copy_from_slice(&packets_core::schema::encode(header)?);
        if let Some(mac) = &self.mac {
            let tag = mac.clone().chain_update(&draft[begin..]).finalize().into_bytes();
            draft[1..begin].copy_from_slice(&tag);
        }
        Ok(draft.into())
    }

    pub(crate) fn open(&self, message: &Bytes) -> Result<(Header, Content), Foreign> {
        let mut reader = Reader::over(message);
        if reader.array()? != [VERSION] {
            return Err(Foreign::Version);
        }
        if let Some(mac) = &self.mac {
            let tag: [u8; TAG] = reader.array()?;
            let mac = mac.clone().chain_update(&message[self.header()..]);
            mac.verify_slice(&tag).map_err(|_| Foreign::Unsigned)?;
        }
        let header = Header::decode(&mut reader)?;
        let content = Content::decode(&mut reader)?;
        reader.finish()?;
        Ok((header, content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header { epoch: 1, flags: 0, origin: [9; 16], sequence: 2 };

    fn sealed(seal: &Seal, content: &Content) -> Bytes {
        seal.seal(seal.draft(content).expect("a draft"), &HEADER).expect("a message")
    }

    /// The bytes of a heartbeat in the protocol's row that begins so.
    fn example(row: &str) -> String {
        let protocol = include_str!("../../../PROTOCOL.md");
        let row = protocol.lines().find(|line| line.starts_with(row)).expect("an example");
        row.split('|').nth(2).expect("a cell").chars().filter(char::is_ascii_hexdigit).collect()
    }

    #[test]
    fn a_message_is_as_the_protocol_has_it() {
        let rows = [("| *Heartbeat* of node", None), ("| the same, of the cluster", Some(&b"secret"[..]))];
        for (row, secret) in rows {
            let message = sealed(&Seal::new("any", secret), &Content::Heartbeat);
            assert_eq!(example(row), message.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        }
    }

    #[test]
    fn a_name_does_not_go_on_into_the_message() {
        let secret = Some(&b"secret"[..]);
        let message = sealed(&Seal::new("any", secret), &Content::Heartbeat);
        // As if the first byte of the header were of the name.
        let mut shifted = message[..1 + TAG].to_vec();
        shifted.extend(&message[1 + TAG + 1..]);
        assert_eq!(Seal::new("any\0", secret).open(&shifted.into()), Err(Foreign::Unsigned));
    }

    #[test]
    fn what_is_sealed_is_opened_by_the_same_name_and_secret_alone() {
        let (content, secret) = (Content::Cancel(7), Some(&b"secret"[..]));
        let seal = Seal::new("name", secret);
        let message = sealed(&seal, &content);
        assert_eq!(seal.open(&message), Ok((HEADER, content.clone())));
        assert_eq!(Seal::new("name", Some(b"Secret")).open(&message), Err(Foreign::Unsigned));
        assert_eq!(Seal::new("mane", secret).open(&message), Err(Foreign::Unsigned));
        assert!(Seal::new("name", None).open(&message).is_err());
        assert!(seal.open(&sealed(&Seal::new("name", None), &content)).is_err());
        for bit in 0..message.len() * 8 {
            let mut changed = message.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(seal.open(&changed.into()).is_err(), "bit {bit}");
        }
    }
}
