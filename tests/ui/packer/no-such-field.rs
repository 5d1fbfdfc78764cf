use packets_core::Packet;

#[derive(Packet)]
#[packer("documant")]
struct Entry {
    id: u32,
    document: String,
}

fn main() {}
