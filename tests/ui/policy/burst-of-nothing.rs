use packets_core::Packet;

#[derive(Packet)]
#[packet(rate = "20/s", burst = 0)]
struct Slap;

fn main() {}
