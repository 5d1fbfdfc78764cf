//! Logging in and out: a session cookie that an HTTP route sets, sockets that know their user by it, and a
//! packet that is not for everybody.
//!
//! Run with `cargo run --bin login`. It is a server and its clients in one program, tells each step, and ends.

mod server;

use axum::http::{HeaderMap, Request, StatusCode, header};
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use packets_client::{Client, Redirect};
use packets_examples::Logout;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::server::WhoAmI;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = server::app()?;
    tokio::spawn(async { axum::serve(listener, app).await });
    let socket = format!("ws://{address}/socket");

    println!("\n1  A socket without a cookie is nobody's. Logout is refused before anything acts on it.");
    let client = Client::connect(&socket).await?;
    println!("   WhoAmI -> {:?}", client.send(WhoAmI).await?);
    println!("   Logout -> {:?}", client.send(Logout).await);

    println!("\n2  A route of the same server logs in, and sets a cookie that scripts cannot read.");
    let login = format!("http://{address}/login");
    let (status, _) = post(&login, "", "name=Ada&password=guessed").await?;
    println!("   POST /login, wrong password -> {status}");
    let (status, headers) = post(&login, "", "name=Ada&password=secret").await?;
    let cookie = headers.get(header::SET_COOKIE).ok_or("a cookie")?.to_str()?;
    let (cookie, attributes) = cookie.split_once("; ").ok_or("a cookie with attributes")?;
    println!("   POST /login, right password -> {status}, Set-Cookie: session=...; {attributes}");

    println!("\n3  The request hook finds the user by the cookie, and puts it into the socket's extensions.");
    let (redirected, mut redirects) = mpsc::channel(1);
    let client = Client::builder()
        .header("Cookie", cookie)
        .accept(move |to: Redirect, _: Client| {
            let redirected = redirected.clone();
            async move { redirected.send(to).await }
        })
        .connect(&socket)
        .await?;
    println!("   WhoAmI -> {:?}", client.send(WhoAmI).await?);

    println!("\n4  When the user changes, so does the socket that is connected: its extension is replaced.");
    let (status, _) = post(&format!("http://{address}/rename"), cookie, "name=Grace").await?;
    println!("   POST /rename -> {status}");
    println!("   WhoAmI -> {:?}", client.send(WhoAmI).await?);

    println!("\n5  Logout ends the session, and leads away from pages that are for users only.");
    println!("   Logout -> {:?}", client.send(Logout).await);
    println!("   {:?}", redirects.recv().await.ok_or("a redirect")?);

    println!("\n6  The same socket is nobody's now, and so is the cookie.");
    println!("   Logout -> {:?}", client.send(Logout).await);
    let client = Client::builder().header("Cookie", cookie).connect(&socket).await?;
    println!("   WhoAmI on another socket -> {:?}\n", client.send(WhoAmI).await?);
    Ok(())
}

/// Sends a form, as a page does.
async fn post(url: &str, cookie: &str, form: &str) -> Result<(StatusCode, HeaderMap)> {
    let request = Request::post(url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookie)
        .body(form.to_owned())?;
    let answer = Http::builder(TokioExecutor::new()).build_http().request(request).await?;
    Ok((answer.status(), answer.headers().clone()))
}
