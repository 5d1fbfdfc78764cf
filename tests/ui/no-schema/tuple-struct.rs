use packets_core::Packet;

struct Opaque;

#[derive(Packet)]
struct Pair(Opaque, u8);

fn main() {}
