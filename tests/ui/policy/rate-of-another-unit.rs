use packets_core::Packet;

#[derive(Packet)]
#[packet(rate = "20/sec")]
struct Slap;

fn main() {}
