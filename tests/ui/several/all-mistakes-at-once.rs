use packets_core::Packet;

#[derive(Packet)]
#[packet(nane = "move", response = u32)]
#[packer("documant")]
struct Move {
    #[packet(varuint, varint)]
    id: u32,
    #[packet(rename)]
    document: String,
}

fn main() {}
