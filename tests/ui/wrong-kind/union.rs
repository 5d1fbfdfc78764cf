use packets_core::Packet;

#[derive(Packet)]
union Word {
    signed: i32,
    unsigned: u32,
}

fn main() {}
