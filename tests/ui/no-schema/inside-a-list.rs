use packets_core::Packet;

struct Opaque;

#[derive(Packet)]
struct Move {
    opaque: Vec<Option<Opaque>>,
}

fn main() {}
