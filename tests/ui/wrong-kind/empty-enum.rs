use packets_core::Packet;

#[derive(Packet)]
enum Never {}

fn main() {}
