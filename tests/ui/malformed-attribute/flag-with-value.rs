use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(varuint = true)]
    id: u32,
}

fn main() {}
