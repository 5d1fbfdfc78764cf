use packets_core::Schema;

#[derive(Schema)]
#[packet(rename = "position")]
struct Position {
    x: f32,
}

fn main() {}
