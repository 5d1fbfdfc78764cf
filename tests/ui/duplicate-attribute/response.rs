use packets_core::Packet;

#[derive(Packet)]
#[packet(response = Vec<u8>, name = "a", response = u8)]
struct Ask;

fn main() {}
