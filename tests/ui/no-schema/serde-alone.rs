use packets_core::Packet;

#[derive(serde::Serialize, serde::Deserialize)]
struct Document;

#[derive(Packet)]
struct Entry {
    document: Document,
}

fn main() {}
