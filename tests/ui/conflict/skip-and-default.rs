use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(skip, default)]
    id: u32,
}

fn main() {}
