use packets_server::{Schema, Server, Socket};

#[derive(Schema)]
struct Position(f32);

fn main() {
    let _ = Server::builder().accept(|_: Position, _: Socket| async {});
}
