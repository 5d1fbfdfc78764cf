use packets_core::Packet;

#[derive(Packet)]
struct Pair(u8, #[packet(default)] u8);

fn main() {}
