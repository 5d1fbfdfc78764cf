use packets_server::{Packet, Server};

#[derive(Packet)]
struct Slap;

struct Simulation;

fn main() {
    let _ = Server::builder().accept::<Slap>(Simulation);
}
