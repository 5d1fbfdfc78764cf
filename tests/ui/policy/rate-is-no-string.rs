use packets_core::Packet;

#[derive(Packet)]
#[packet(rate = 20)]
struct Slap;

fn main() {}
