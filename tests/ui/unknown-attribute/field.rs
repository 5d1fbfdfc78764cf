use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(varunit)]
    id: u32,
}

fn main() {}
