use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(varuint)]
    id: i32,
}

fn main() {}
