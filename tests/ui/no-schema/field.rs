use packets_core::Packet;

struct Opaque;

#[derive(Packet)]
struct Move {
    id: u32,
    opaque: Opaque,
}

fn main() {}
