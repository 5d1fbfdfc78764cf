use packets_core::Packet;

#[derive(Packet)]
struct Move {
    id: u32,
    #[packet(rename = "id")]
    key: u32,
}

fn main() {}
