//! One node: it simulates some positions, and its clients may ask for any.

use std::ops::Range;
use std::time::{Duration, Instant};

use packets_examples::{Position, PositionRequest};
use packets_server::{AcceptError, BuildError, Cluster, Engine, Node, Server, Socket};

use crate::protocol::{Answer, Locate, Located, Says};

/// A node on this engine, which simulates the positions of these ids.
pub(crate) fn server(engine: impl Engine, simulated: Range<u32>) -> Result<Server, BuildError> {
    Server::builder()
        .engine(engine)
        // A node that is killed is missed after 15 s by default. Nobody wants to wait for that here.
        .cluster(Cluster::default().heartbeat(Duration::from_millis(500)).dead_after(Duration::from_secs(2)))
        .intercom(move |ask: PositionRequest, _: Node| {
            let position = simulated.contains(&ask.id).then(|| position(ask.id));
            async move { position }
        })
        .accept(locate)
        .build()
}

/// Who only wants the position says `socket.intercom(ask).first().await`.
async fn locate(packet: Locate, socket: Socket) -> Result<Located, AcceptError> {
    let began = Instant::now();
    let timeout = Duration::from_millis(packet.millis.into());
    let mut asked = socket.intercom(PositionRequest { id: packet.id }).timeout(timeout).answers()?;
    let (mut found, mut answers) = (None, Vec::new());
    while let Some((node, answer)) = asked.next().await {
        let micros = u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX);
        let says = match answer {
            Ok(Some(position)) => {
                found = Some(position);
                Says::Here(position)
            }
            Ok(None) => Says::NotHere,
            Err(error) => Says::Nothing(error.to_string()),
        };
        answers.push(Answer { node: node.to_string(), says, micros });
    }
    Ok(Located { position: found, answers, tally: asked.tally().to_string() })
}

fn position(id: u32) -> Position {
    let id = id as f32;
    Position { x: id * 10.0, y: id * -2.5, z: 1.0 }
}
