//! The page and the JSON routes, on the port of the sockets.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use packets_server::Server;
use serde::{Deserialize, Serialize};

use crate::protocol::{Line, check_name, check_text};
use crate::room::Rooms;
use crate::server::names;

#[derive(Clone)]
struct App {
    server: Server,
    rooms: Arc<Rooms>,
}

/// A room, as the page sees it.
#[derive(Serialize)]
struct Room {
    name: String,
    users: Vec<String>,
    lines: Vec<Line>,
}

/// What somebody says on the page.
#[derive(Deserialize)]
struct Said {
    name: String,
    text: String,
}

pub(crate) fn app(server: Server, rooms: Arc<Rooms>) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/rooms", get(show))
        .route("/rooms/{room}", post(say))
        .route("/socket", packets_server::axum::any(server.clone()))
        .with_state(App { server, rooms })
}

async fn show(State(app): State<App>) -> Json<Vec<Room>> {
    let room = |(name, lines): (String, _)| {
        let users = names(&app.server.to(&name).sockets());
        Room { name, users, lines }
    };
    Json(app.rooms.all().into_iter().map(room).collect())
}

/// The server's handle works wherever it is needed: here, a line from the page reaches the sockets in a room.
async fn say(
    State(app): State<App>,
    Path(room): Path<String>,
    Json(said): Json<Said>,
) -> Result<StatusCode, (StatusCode, String)> {
    let refuse = |error: packets_server::ValidationError| (StatusCode::BAD_REQUEST, error.reason);
    check_name(&said.name).and_then(|()| check_text(&said.text)).map_err(refuse)?;
    let line = Line::said(&said.name, &said.text);
    match app.rooms.say(&room, &app.server.to(&room), &line) {
        Ok(true) => Ok(StatusCode::NO_CONTENT),
        Ok(false) => Err((StatusCode::NOT_FOUND, "there is no such room".to_owned())),
        Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
