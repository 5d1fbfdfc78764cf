//! Defines packets with nothing but `packets-server` among its dependencies.

use packets_server::{Packet, Schema};

/// A packet.
#[derive(Packet, Debug, PartialEq)]
#[packet(response = Position)]
pub struct PositionRequest {
    /// What is looked for.
    #[packet(varuint)]
    pub id: u32,
}

/// Its response.
#[derive(Schema, Debug, PartialEq)]
pub struct Position {
    /// From left to right.
    pub x: f32,
    /// From top to bottom.
    pub y: f32,
}

#[cfg(test)]
mod tests {
    use packets_server::{Registry, schema};

    use super::*;

    #[test]
    fn the_packet_is_gathered_and_travels() -> Result<(), Box<dyn std::error::Error>> {
        let registry = Registry::gather()?;
        assert_eq!(registry.id_of::<PositionRequest>(), registry.id_named("PositionRequest"));
        let bytes = schema::encode(&PositionRequest { id: 300 })?;
        assert_eq!(bytes, [0xac, 0x02]);
        assert_eq!(schema::decode::<PositionRequest>(&bytes)?, PositionRequest { id: 300 });
        Ok(())
    }

    #[test]
    fn a_server_is_built() -> Result<(), packets_server::BuildError> {
        let acceptor = |_: PositionRequest, _: packets_server::Socket| async { Position { x: 0.0, y: 0.0 } };
        packets_server::Server::builder().accept(acceptor).build().map(drop)
    }
}
