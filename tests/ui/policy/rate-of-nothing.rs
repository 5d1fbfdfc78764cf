use packets_core::Packet;

#[derive(Packet)]
#[packet(rate = "0/s")]
struct Slap;

fn main() {}
