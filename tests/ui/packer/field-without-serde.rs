use packets_core::Packet;

struct Opaque;

#[derive(Packet)]
#[packer("opaque")]
struct Entry {
    opaque: Opaque,
}

fn main() {}
