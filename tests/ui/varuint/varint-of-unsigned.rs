use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(varint)]
    id: u32,
}

fn main() {}
