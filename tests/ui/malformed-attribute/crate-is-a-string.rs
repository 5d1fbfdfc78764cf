use packets_core::Packet;

#[derive(Packet)]
#[packet(crate = "packets_core")]
struct Slap;

fn main() {}
