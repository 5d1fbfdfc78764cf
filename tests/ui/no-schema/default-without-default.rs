use packets_core::Packet;

#[derive(Packet)]
struct Move {
    #[packet(default)]
    level: Level,
}

#[derive(packets_core::Schema)]
struct Level(u8);

fn main() {}
