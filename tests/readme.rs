//! The README's programs compile: each of them stands here too, word for word.

use std::collections::HashMap;
use std::future::ready;

mod protocol {
    #![allow(missing_docs, unreachable_pub, reason = "as in the README")]

    use packets_core::{Packet, Schema};

    #[derive(Packet)]
    pub struct Slap;

    #[derive(Packet)]
    #[packet(response = Position)]
    pub struct PositionRequest {
        #[packet(varuint)]
        pub id: u32,
    }

    #[derive(Schema, Clone, Copy)]
    pub struct Position {
        pub x: f32,
        pub y: f32,
        pub z: f32,
    }

    #[derive(Packet)]
    #[packer("document")]
    pub struct AnythingField {
        pub id: u32,
        pub document: serde_json::Value,
    }
}

use protocol::{Position, PositionRequest, Slap};

async fn serve(positions: HashMap<u32, Position>) -> Result<(), Box<dyn std::error::Error>> {
    let signal = ready(());

    use packets_server::{Server, Socket, ValidationError};

    let server = Server::builder()
        .accept(|_: Slap, socket: Socket| async move { socket.emit(&Slap) })
        .accept(move |ask: PositionRequest, _: Socket| {
            let position = positions.get(&ask.id).copied();
            async move { position.ok_or_else(|| ValidationError::new(404, "no such position")) }
        })
        .build()?;
    server.serve("0.0.0.0:3000").with_graceful_shutdown(signal).await?;

    Ok(())
}

async fn connect() -> Result<Position, Box<dyn std::error::Error>> {
    use packets_client::{Client, bundle};
    use serde_json::json;

    let client = Client::connect("ws://127.0.0.1:3000/").await?;
    client.emit(&Slap)?;
    let position = client.send(PositionRequest { id: 7 }).await?;
    client.send(("AnythingField", json!({"id": 1, "document": {}}))).await?;
    client.send(bundle![Slap, bundle![Slap, ("Slap",)]]).await?;

    Ok(position)
}

/// What is left of code when comments and layout are not looked at.
fn bare(code: &str) -> String {
    let lines = code.lines().map(|line| line.split_once("// ").map_or(line, |(code, _)| code));
    let code: String = lines.flat_map(str::split_whitespace).collect();
    code.replace(",}", "}")
}

#[test]
fn the_readme_shows_what_is_compiled_here() {
    let (here, readme) = (bare(include_str!("readme.rs")), include_str!("../README.md"));
    let blocks: Vec<_> =
        readme.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        assert!(here.contains(&bare(block)), "not here: {block}");
    }
    // They are compiled, and not run: the ports are the reader's.
    drop((serve(HashMap::new()), connect()));
}
