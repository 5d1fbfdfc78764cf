use packets_core::Packet;

#[derive(Packet)]
#[packer("document")]
enum Action {
    Set { document: String },
}

fn main() {}
