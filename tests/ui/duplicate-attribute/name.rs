use packets_core::Packet;

#[derive(Packet)]
#[packet(name = "a", name = "b")]
struct Slap;

fn main() {}
