#[packet(nane = "move", response = Position)]
struct Move {
    x: f32,
}
