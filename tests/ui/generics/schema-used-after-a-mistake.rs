use packets_core::{Packet, Schema};

#[derive(Schema)]
struct Pair<T> {
    #[packet(varunit)]
    first: T,
}

#[derive(Packet)]
struct Carry {
    pair: Pair<u8>,
}

fn main() {}
