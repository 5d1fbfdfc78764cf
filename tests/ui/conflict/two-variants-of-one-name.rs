use packets_core::Packet;

#[derive(Packet)]
#[packet(rename_all = "lowercase")]
enum Action {
    #[packet(rename = "add")]
    Set,
    Add,
}

fn main() {}
