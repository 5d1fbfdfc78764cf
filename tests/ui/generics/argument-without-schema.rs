use packets_core::{Packet, Schema};

#[derive(Schema)]
struct Pair<T> {
    first: T,
}

struct Opaque;

#[derive(Packet)]
struct Carry {
    pair: Pair<Opaque>,
}

fn main() {}
