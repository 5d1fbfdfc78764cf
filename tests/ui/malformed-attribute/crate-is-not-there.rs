use packets_core::Packet;

#[derive(Packet)]
#[packet(crate = missing)]
struct Slap;

fn main() {}
