use packets_core::Packet;

struct Opaque;

#[derive(Packet)]
#[packet(response = Opaque)]
struct Ask;

fn main() {}
