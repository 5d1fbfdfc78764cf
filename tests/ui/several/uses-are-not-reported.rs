use packets_core::{Packet, schema};

#[derive(Packet)]
#[packet(nane = "move", response = u32)]
struct Move {
    id: u32,
}

fn main() {
    let bytes = schema::encode(&Move { id: 1 });
    let _: <Move as Packet>::Response = 7;
    drop(bytes);
}
