use packets_core::Packet;

#[derive(Packet)]
#[packet]
struct Slap;

fn main() {}
