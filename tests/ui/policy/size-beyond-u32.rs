use packets_core::Packet;

#[derive(Packet)]
#[packet(max_size = "4096MiB")]
struct Slap;

fn main() {}
