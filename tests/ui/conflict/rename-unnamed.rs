use packets_core::Packet;

#[derive(Packet)]
struct Pair(u8, #[packet(rename = "second")] u8);

fn main() {}
