use packets_core::Packet;

#[derive(Packet)]
#[packet(rename_all = "camelCase")]
struct Pair(u8, u8);

fn main() {}
