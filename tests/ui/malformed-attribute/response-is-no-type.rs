use packets_core::Packet;

#[derive(Packet)]
#[packet(response = "u32")]
struct Ask;

fn main() {}
