use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(varuint, varint)]
    id: u32,
}

fn main() {}
