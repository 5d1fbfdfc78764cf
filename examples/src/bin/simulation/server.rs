//! The server: who sees what, and who hears whom.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use packets_server::{
    AcceptError, Acceptor, BuildError, Redirect, Refresh, Resume, Server, Socket, ValidationError,
};
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval};

use crate::http;
use crate::protocol::{
    Audience, Line, Look, PositionRequest, Positions, RedirectMe, RefreshMe, Say, WorldRequest,
};
use crate::world::{Simulation, TICK};

/// How many look on is told so often.
const AUDIENCE_TICKS: u64 = 10;

/// The simulation, which its task moves and acceptors look into.
#[derive(Clone)]
struct Shared(Arc<Mutex<Simulation>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Simulation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of the visitor at the other end of a socket.
struct Visitor(u32);

/// A room for each region: its positions go to the sockets in it.
fn room(region: usize) -> String {
    format!("region {region}")
}

fn server(simulation: &Shared) -> Result<Server, BuildError> {
    let simulation = simulation.clone();
    let visitors = Arc::new(AtomicU32::new(0));
    let regions = usize::from(Simulation::world().columns) * usize::from(Simulation::world().rows);
    Server::builder()
        .rooms_per_socket(regions)
        // A page that was cut off is the same visitor, and looks at the same regions.
        .resume(Resume::default())
        .connect(move |socket: Socket| {
            socket.extensions().insert(Visitor(visitors.fetch_add(1, Ordering::Relaxed) + 1));
            async {}
        })
        .accept(|_: WorldRequest, _: Socket| async { Simulation::world() })
        .accept(move |look: Look, socket: Socket| async move {
            for region in 0..regions {
                if look.regions.contains(&(region as u8)) {
                    socket.join(room(region))?;
                } else {
                    socket.leave(room(region));
                }
            }
            Ok::<_, packets_server::JoinError>(())
        })
        .accept(move |ask: PositionRequest, _: Socket| {
            let position = simulation.lock().position(ask.id);
            async move { position.ok_or_else(|| ValidationError::new(404, "no such position")) }
        })
        .accept::<Say>(Chat)
        .accept(|_: RefreshMe, socket: Socket| async move { socket.emit(&Refresh) })
        .accept(|to: RedirectMe, socket: Socket| async move {
            // The page answers, too: that it goes there, or why it does not.
            let answer = socket.send(Redirect::to(to.0)).await;
            answer.map_err(|refusal| ValidationError::new(403, format!("the page stays: {refusal}")))
        })
        .build()
}

/// Accepts what is said.
struct Chat;

impl Acceptor<Say, Socket> for Chat {
    async fn validate(&self, Say(text): &Say, _: &Socket) -> Result<(), ValidationError> {
        let is_fit = !text.trim().is_empty() && text.chars().count() <= 200;
        is_fit.then_some(()).ok_or_else(|| ValidationError::new(400, "a line has 1 to 200 characters"))
    }

    async fn respond(&self, Say(text): Say, socket: &Socket) -> Result<(), AcceptError> {
        let visitor = socket.user::<Visitor>().map_or(0, |visitor| visitor.0);
        let line = Line { visitor, text };
        socket.emit(&line)?;
        socket.others().emit(&line)?;
        Ok(())
    }
}

/// Moves the world, and shows each region to those who look at it.
async fn simulate(simulation: Shared, server: Server) {
    let mut ticks = interval(Duration::from_millis(TICK.into()));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for tick in 0_u64.. {
        ticks.tick().await;
        let regions = {
            let mut simulation = simulation.lock();
            simulation.step();
            simulation.regions()
        };
        let mut audience = Audience { visitors: server.sockets().len() as u32, regions: Vec::new() };
        for (region, places) in regions.into_iter().enumerate() {
            // Encoded once, and sent to all in the room.
            let delivery = server.to(room(region)).emit(&Positions { region: region as u8, places });
            audience.regions.push(delivery.map_or(0, |delivery| delivery.queued as u32));
        }
        if tick % AUDIENCE_TICKS == 0
            && let Err(error) = server.emit(&audience)
        {
            eprintln!("nobody is told who looks on: {error}");
        }
    }
}

/// Serves the simulation until Ctrl-C.
pub(crate) async fn run(address: &str) -> Result<(), Box<dyn Error>> {
    let simulation = Shared(Arc::new(Mutex::new(Simulation::new())));
    let server = server(&simulation)?;
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}/", listener.local_addr()?);
    tokio::spawn(simulate(simulation, server.clone()));
    let app = http::app(server.clone()).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(ctrl_c()).await?;
    server.shut_down().await;
    println!("bye");
    Ok(())
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without signals, the only way to end is the hard one.
        std::future::pending().await
    }
}
