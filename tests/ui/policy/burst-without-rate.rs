use packets_core::Packet;

#[derive(Packet)]
#[packet(burst = 40)]
struct Slap;

fn main() {}
