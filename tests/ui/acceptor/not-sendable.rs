use packets_client::{Client, Schema};

#[derive(Schema)]
struct Position(f32);

fn send(client: &Client) {
    let _ = client.emit(&Position(0.5));
}

fn main() {}
