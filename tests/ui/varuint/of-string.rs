use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(varuint)]
    id: String,
}

fn main() {}
