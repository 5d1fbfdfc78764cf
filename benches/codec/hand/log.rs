use super::{Hand, Input, Output, varuint_size};
use crate::data::log::{Address, Entry, Log};

/// An entry with empty strings.
const LEAST: usize = 18;

impl Hand for Log {
    #[inline]
    fn encode(&self) -> Vec<u8> {
        let entries = self.entries.iter().map(size).sum::<usize>();
        let mut output = Output::with_size(varuint_size(self.entries.len()) + entries);
        // SAFETY: that is the size of what follows.
        unsafe {
            output.varuint(self.entries.len() as u32);
            for entry in &self.entries {
                put(entry, &mut output);
            }
            output.finish()
        }
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Input::new(bytes);
        let entries = input.list(LEAST, get)?;
        input.finish(Self { entries })
    }
}

#[inline(always)]
fn size(entry: &Entry) -> usize {
    let strings = [&entry.date, &entry.identity, &entry.request, &entry.userid];
    LEAST - 4 + strings.into_iter().map(|string| varuint_size(string.len()) + string.len()).sum::<usize>()
}

#[inline(always)]
unsafe fn put(entry: &Entry, output: &mut Output) {
    let Address { x0, x1, x2, x3 } = entry.address;
    let [c0, c1] = entry.code.to_be_bytes();
    // SAFETY: the caller has the room.
    unsafe {
        output.put([x0, x1, x2, x3, c0, c1]);
        output.bytes(entry.date.as_bytes());
        output.bytes(entry.identity.as_bytes());
        output.bytes(entry.request.as_bytes());
        output.put(entry.size.to_be_bytes());
        output.bytes(entry.userid.as_bytes());
    }
}

#[inline(always)]
fn get(input: &mut Input<'_>) -> Option<Entry> {
    let [x0, x1, x2, x3, c0, c1] = input.take()?;
    Some(Entry {
        address: Address { x0, x1, x2, x3 },
        code: u16::from_be_bytes([c0, c1]),
        date: input.string()?,
        identity: input.string()?,
        request: input.string()?,
        size: u64::from_be_bytes(input.take()?),
        userid: input.string()?,
    })
}
