use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(varuint)]
    #[packet(varuint)]
    id: u32,
}

fn main() {}
