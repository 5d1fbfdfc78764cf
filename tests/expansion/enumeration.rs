enum Shape {
    Empty,
    Circle(f32),
    Line(u8, u8),
    Box { width: u8, height: u8 },
}
