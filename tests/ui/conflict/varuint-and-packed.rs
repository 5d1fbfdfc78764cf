use packets_core::Packet;

#[derive(Packet)]
#[packer("id")]
struct Move {
    #[packet(varuint)]
    id: u32,
}

fn main() {}
