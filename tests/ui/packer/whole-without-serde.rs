use packets_core::Packet;

#[derive(Packet)]
#[packer]
struct Entry {
    id: u32,
}

fn main() {}
