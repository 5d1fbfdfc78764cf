use packets_core::Packet;

struct Opaque;

#[derive(Packet)]
enum Action {
    Set(Opaque),
    Add { value: u32 },
}

fn main() {}
