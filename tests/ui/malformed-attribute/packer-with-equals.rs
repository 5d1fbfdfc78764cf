use packets_core::Packet;

#[derive(Packet)]
#[packer = "document"]
struct Entry {
    document: String,
}

fn main() {}
