struct Three(u8, #[packet(varint)] i32, #[packet(skip)] bool, String);
