use packets_core::Packet;

#[derive(Packet)]
#[packet(overflow = "drop-newest")]
struct Slap;

fn main() {}
