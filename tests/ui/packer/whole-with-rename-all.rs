use packets_core::Packet;

#[derive(Packet, serde::Serialize, serde::Deserialize)]
#[packer]
#[packet(rename_all = "camelCase")]
struct Move {
    player_id: u32,
}

fn main() {}
