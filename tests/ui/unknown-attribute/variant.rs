use packets_core::Packet;

#[derive(Packet)]
enum Action {
    #[packet(rename_all = "camelCase")]
    Set { new_value: u32 },
}

fn main() {}
