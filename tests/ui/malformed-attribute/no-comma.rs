use packets_core::Packet;

#[derive(Packet)]
#[packet(name = "slap" gather = false)]
struct Slap;

fn main() {}
