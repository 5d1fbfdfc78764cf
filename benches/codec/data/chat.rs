//! A line of chat: 201 bytes, nearly all of them text, some of it not ASCII.

use super::{Set, everyone};

everyone! {
    pub(crate) struct Chat {
        pub(crate) author: String,
        #[packet(varuint)]
        pub(crate) channel: u32,
        pub(crate) sent: u64,
        pub(crate) text: String,
    }
}

impl Set for Chat {
    const NAME: &'static str = "chat";

    fn generate() -> Self {
        Self {
            author: "ismene-of-thebes".to_owned(),
            channel: 12,
            sent: 1_772_000_000_000,
            text: "Meet at the east gate once the moon is up – bring rope, two lamps and whatever bread is left; \
                   the ferryman won't wait past midnight, and he asks for three coins now. Hm…"
                .to_owned(),
        }
    }
}
