use packets_core::Packet;

#[derive(Packet)]
#[packet(rate = "20/s", burst = "40")]
struct Slap;

fn main() {}
