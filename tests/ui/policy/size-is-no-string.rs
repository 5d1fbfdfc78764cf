use packets_core::Packet;

#[derive(Packet)]
#[packet(max_size = 4096)]
struct Slap;

fn main() {}
