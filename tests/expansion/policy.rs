#[packet(rate = "20/min", burst = 40, max_size = "4KiB", overflow = "keep-latest")]
struct Move(f32);
