use packets_core::{Packet, Schema};

#[derive(Packet, Schema)]
struct Slap;

fn main() {}
