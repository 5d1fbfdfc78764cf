use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(skip, rename = "key")]
    id: u32,
}

fn main() {}
