use packets_core::Packet;

#[derive(Packet)]
#[packer("document")]
struct Slap;

fn main() {}
