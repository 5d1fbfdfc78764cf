use packets_server::{Packet, Server, Socket};

#[derive(Packet)]
#[packet(response = u32)]
struct Double(u32);

fn main() {
    let _ = Server::builder().accept(|_: Double, _: Socket| async {});
}
