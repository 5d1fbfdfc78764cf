use packets_core::Packet;

#[derive(Packet)]
struct Entry {
    #[packer]
    document: String,
}

fn main() {}
