//! The server: sessions, the HTTP routes that begin and change them, and sockets that know their users.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use axum::{Form, Router};
use packets_examples::Logout;
use packets_server::{
    AcceptError, Acceptor, BuildError, Packet, Redirect, Request, Server, Socket, ValidationError,
};
use serde::Deserialize;

/// Asks who is logged in.
#[derive(Packet)]
#[packet(response = Option<String>)]
pub(crate) struct WhoAmI;

/// Who is logged in, as a socket knows it.
struct User {
    name: String,
    session: String,
}

/// The name of each session's user. With more than a few, this is a database.
#[derive(Default)]
struct Sessions(Mutex<HashMap<String, String>>);

/// So many sessions there may be.
const SESSIONS: usize = 1_000;

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn user(&self, session: &str) -> Option<User> {
        let name = self.lock().get(session)?.clone();
        Some(User { name, session: session.to_owned() })
    }

    /// Tells a session's sockets who the user is now, if there is one: the next `validate` sees it.
    fn renew(&self, sockets: &[Socket], session: &str) {
        // Held to the end, so that the last change is the one that stays.
        let names = self.lock();
        for socket in sockets {
            match names.get(session).cloned() {
                Some(name) => drop(socket.extensions().insert(User { name, session: session.to_owned() })),
                None => drop(socket.extensions().remove::<User>()),
            }
        }
    }
}

// ---- the sockets ----

/// Accepts what is about the user.
struct Account(Arc<Sessions>);

impl Acceptor<Logout, Socket> for Account {
    async fn validate(&self, _: &Logout, socket: &Socket) -> Result<(), ValidationError> {
        socket.user::<User>().map(drop).ok_or_else(anonymous)
    }

    async fn respond(&self, _: Logout, socket: &Socket) -> Result<(), AcceptError> {
        let user = socket.user::<User>().ok_or_else(anonymous)?;
        self.0.lock().remove(&user.session);
        // All of the user's sockets: other tabs have the same cookie.
        let mut sockets = socket.to(&user.session).sockets();
        sockets.push(socket.clone());
        self.0.renew(&sockets, &user.session);
        for socket in sockets {
            // One that is just going needs no redirect.
            let _ = socket.emit(&Redirect::to("/"));
        }
        Ok(())
    }
}

impl Acceptor<WhoAmI, Socket> for Account {
    async fn respond(&self, _: WhoAmI, socket: &Socket) -> Result<Option<String>, AcceptError> {
        Ok(socket.user::<User>().map(|user| user.name.clone()))
    }
}

fn anonymous() -> ValidationError {
    ValidationError::new(400, "anonymous")
}

/// The sockets, and the application that they are mounted in.
pub(crate) fn app() -> Result<Router, BuildError> {
    let sessions = Arc::new(Sessions::default());
    let account = Arc::new(Account(sessions.clone()));
    let (asked, connected) = (sessions.clone(), sessions.clone());
    let server = Server::builder()
        .request(move |request: Request| {
            // Who has no session is let in, too, as nobody.
            if let Some(user) = request.cookie("session").and_then(|session| asked.user(session)) {
                request.insert(user);
            }
            async { Ok(request) }
        })
        .connect(move |socket: Socket| {
            let sessions = connected.clone();
            async move {
                // A room of the sockets of one session. It may have ended meanwhile.
                if let Some(user) = socket.user::<User>()
                    && socket.join(&user.session).is_ok()
                {
                    sessions.renew(&[socket], &user.session);
                }
            }
        })
        .accept::<Logout>(account.clone())
        .accept::<WhoAmI>(account)
        .build()?;
    Ok(Router::new()
        .route("/login", post(login))
        .route("/rename", post(rename))
        .route("/socket", packets_server::axum::any(server.clone()))
        .with_state(App { server, sessions }))
}

// ---- the HTTP routes ----

#[derive(Clone)]
struct App {
    server: Server,
    sessions: Arc<Sessions>,
}

#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

/// Begins a session, whose id the browser keeps in a cookie.
async fn login(
    State(app): State<App>,
    Form(login): Form<Login>,
) -> Result<[(header::HeaderName, String); 1], StatusCode> {
    // Ask the database instead.
    if login.password != "secret" {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let session = format!("{:032x}", u128::from_be_bytes(id));
    let mut sessions = app.sessions.lock();
    if sessions.len() >= SESSIONS {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    sessions.insert(session.clone(), login.name);
    // Over TLS, `Secure` belongs there, too.
    Ok([(header::SET_COOKIE, format!("session={session}; Path=/; HttpOnly; SameSite=Strict"))])
}

#[derive(Deserialize)]
struct Rename {
    name: String,
}

/// Changes the user's name, on the sockets that are connected, too.
async fn rename(State(app): State<App>, headers: HeaderMap, Form(rename): Form<Rename>) -> StatusCode {
    let cookies = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
    let Some(session) = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("session=")) else {
        return StatusCode::UNAUTHORIZED;
    };
    match app.sessions.lock().get_mut(session) {
        Some(name) => *name = rename.name,
        None => return StatusCode::UNAUTHORIZED,
    }
    app.sessions.renew(&app.server.to(session).sockets(), session);
    StatusCode::NO_CONTENT
}
