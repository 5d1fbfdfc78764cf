use packets_core::Packet;

#[derive(Packet)]
#[packet(max_size = "4KB")]
struct Slap;

fn main() {}
