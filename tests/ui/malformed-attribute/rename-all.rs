use packets_core::Packet;

#[derive(Packet)]
#[packet(rename_all = "camel")]
struct Move {
    player_id: u32,
}

fn main() {}
