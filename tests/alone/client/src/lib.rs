//! Defines packets with nothing but `packets-client` among its dependencies.

use packets_client::{Packet, Schema};

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
    use packets_client::{Registry, schema};

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

    #[tokio::test]
    async fn a_program_without_tls_is_told_which_feature_it_needs() {
        let error = packets_client::Client::connect("wss://127.0.0.1:1/").await.expect_err("no TLS");
        assert!(error.to_string().contains("`tls-webpki-roots` or `tls-native-roots`"), "{error}");
    }

    #[test]
    fn a_client_is_built() {
        let acceptor = |_: PositionRequest, _: packets_client::Client| async { Position { x: 0.0, y: 0.0 } };
        let _ = packets_client::Client::builder().accept(acceptor);
    }
}
