use packets_core::Packet;

#[derive(Packet)]
#[packet(title = "Slap")]
struct Slap;

fn main() {}
