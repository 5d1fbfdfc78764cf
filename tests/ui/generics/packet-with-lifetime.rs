use packets_core::Packet;

#[derive(Packet)]
struct Message<'a> {
    text: &'a str,
}

fn main() {}
