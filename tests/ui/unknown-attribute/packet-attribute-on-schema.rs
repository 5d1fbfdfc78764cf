use packets_core::Schema;

#[derive(Schema)]
#[packet(response = u32)]
struct Position {
    x: f32,
}

fn main() {}
