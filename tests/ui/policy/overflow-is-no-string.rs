use packets_core::Packet;

#[derive(Packet)]
#[packet(overflow = DropOldest)]
struct Slap;

fn main() {}
