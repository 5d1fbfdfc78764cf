use packets_core::Packet;

#[derive(Packet)]
struct Page {
    items: usize,
}

fn main() {}
