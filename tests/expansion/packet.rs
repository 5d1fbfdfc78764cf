#[packet(name = "position-request", response = Position)]
struct PositionRequest {
    #[packet(varuint)]
    id: u32,
    #[packet(default)]
    at: Option<f64>,
    #[packet(skip)]
    asked: bool,
}
