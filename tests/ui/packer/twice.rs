use packets_core::Packet;

#[derive(Packet)]
#[packer("document", "document")]
struct Entry {
    document: String,
}

fn main() {}
