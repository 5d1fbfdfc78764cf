use packets_core::Packet;

#[derive(Packet)]
#[packer("a")]
#[packer("b")]
struct Entry {
    a: String,
    b: String,
}

fn main() {}
