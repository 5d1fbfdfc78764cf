use packets_core::Packet;

#[derive(Packet, serde::Serialize, serde::Deserialize)]
#[packer]
struct Move {
    #[packet(varuint)]
    id: u32,
}

fn main() {}
