use packets_core::Packet;

#[derive(Packet)]
struct Message {
    text: &'static str,
}

fn main() {}
