use super::{Hand, Input, Output, varuint_size};
use crate::data::chat::Chat;

impl Hand for Chat {
    #[inline]
    fn encode(&self) -> Vec<u8> {
        let lengths = [self.author.len(), self.text.len()];
        let size = 8
            + varuint_size(self.channel as usize)
            + lengths.into_iter().map(|length| varuint_size(length) + length).sum::<usize>();
        let mut output = Output::with_size(size);
        // SAFETY: that is the size of what follows.
        unsafe {
            output.bytes(self.author.as_bytes());
            output.varuint(self.channel);
            output.put(self.sent.to_be_bytes());
            output.bytes(self.text.as_bytes());
            output.finish()
        }
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Input::new(bytes);
        let author = input.string()?;
        let channel = input.varuint()?;
        let sent = u64::from_be_bytes(input.take()?);
        let text = input.string()?;
        input.finish(Self { author, channel, sent, text })
    }
}
