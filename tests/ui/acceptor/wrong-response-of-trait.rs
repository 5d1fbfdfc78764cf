use packets_server::{AcceptError, Acceptor, Packet, Socket};

#[derive(Packet)]
#[packet(response = u32)]
struct Double(u32);

struct Arithmetic;

impl Acceptor<Double, Socket> for Arithmetic {
    async fn respond(&self, packet: Double, _: &Socket) -> Result<String, AcceptError> {
        Ok(packet.0.to_string())
    }
}

fn main() {}
