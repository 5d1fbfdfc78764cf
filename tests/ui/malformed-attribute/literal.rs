use packets_core::Packet;

#[derive(Packet)]
#[packet("slap")]
struct Slap;

fn main() {}
