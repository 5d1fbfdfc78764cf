use packets_core::Packet;

struct Opaque;

#[derive(Packet)]
struct Move {
    #[packet(skip)]
    opaque: Opaque,
}

fn main() {}
