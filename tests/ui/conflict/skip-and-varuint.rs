use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(skip, varuint)]
    id: u32,
}

fn main() {}
