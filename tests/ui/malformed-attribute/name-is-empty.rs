use packets_core::Packet;

#[derive(Packet)]
#[packet(name = "")]
struct Slap;

fn main() {}
