use packets_core::Packet;

#[derive(Packet)]
#[packer()]
struct Entry {
    document: String,
}

fn main() {}
