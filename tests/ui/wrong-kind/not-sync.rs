use packets_core::Packet;

#[derive(Packet)]
struct Local {
    #[packet(skip)]
    cache: std::cell::Cell<u8>,
}

fn main() {}
