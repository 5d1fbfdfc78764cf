use packets_core::Packet;

#[derive(Packet)]
#[packet(name = Slap)]
struct Slap;

fn main() {}
