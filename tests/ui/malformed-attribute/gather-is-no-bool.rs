use packets_core::Packet;

#[derive(Packet)]
#[packet(gather = "no")]
struct Slap;

fn main() {}
