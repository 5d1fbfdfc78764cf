//! The server: it does what clients ask, and keeps them in step.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use packets_server::{BuildError, Overflow, Policy, Recovered, Resume, Server, Socket};
use tokio::net::TcpListener;

use crate::protocol::{Action, Counter};
use crate::store::Store;

/// The server of this store.
///
/// A client whose connection breaks comes back to its session: what it missed is sent again, and it never knows.
/// Whom that is too late for is told the whole counter, as a new one is.
pub(crate) fn server(store: &Arc<Store>) -> Result<Server, BuildError> {
    let (dispatches, greets, refreshes) = (store.clone(), store.clone(), store.clone());
    // To miss one of these would be to be wrong for ever. Who is disconnected comes back as a new client.
    let whole = Policy::new().overflow(Overflow::Disconnect);
    Server::builder()
        .resume(Resume::default())
        .policy::<Action>(whole)
        .policy::<Counter>(whole)
        .connect(move |socket: Socket| {
            tell(&greets, &socket);
            async {}
        })
        .resumed(move |socket: Socket, recovered| {
            if let Recovered::Gap { .. } = recovered {
                tell(&refreshes, &socket);
            }
            async {}
        })
        .accept(move |action: Action, socket: Socket| {
            let done = dispatches.dispatch(action, &socket);
            async { done }
        })
        .build()
}

fn tell(store: &Store, socket: &Socket) {
    if let Err(error) = store.tell(socket) {
        eprintln!("{} is not told: {error}", socket.id());
    }
}

/// Serves the counter until the process is killed.
pub(crate) async fn run(address: &str, journal: &Path) -> Result<(), Box<dyn Error>> {
    let server = server(&Arc::new(Store::open(journal)?))?;
    let listener = TcpListener::bind(address).await?;
    println!("listening on ws://{}/", listener.local_addr()?);
    server.serve(listener).await?;
    Ok(())
}
