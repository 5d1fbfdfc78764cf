use packets_core::Packet;

#[derive(Packet)]
struct Carry<T> {
    value: T,
}

fn main() {}
