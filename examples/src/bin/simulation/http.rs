//! The page, on the port of the sockets.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use packets_server::Server;

/// What the pages may load and run: their own, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn app(server: Server) -> Router {
    let page = |content_type, text| get(async move || file(content_type, text));
    Router::new()
        .route("/", page("text/html", include_str!("page/index.html")))
        .route("/elsewhere", page("text/html", include_str!("page/elsewhere.html")))
        .route("/page.css", page("text/css", include_str!("page/page.css")))
        .route("/page.js", page("text/javascript", include_str!("page/page.js")))
        .route("/socket", packets_server::axum::any(server))
}

fn file(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers =
        [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-cache"), (CONTENT_SECURITY_POLICY, POLICY)];
    (headers, text)
}
