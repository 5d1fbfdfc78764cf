//! The chat as its users have it: programs of its own, that talk over a port.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// A running chat program, which ends with the test.
struct Chat {
    process: Child,
    keyboard: Option<ChildStdin>,
    screen: Receiver<String>,
}

impl Chat {
    fn run(arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_chat"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let (lines, screen) = channel();
        let output = BufReader::new(process.stdout.take().expect("an output"));
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        Self { keyboard: process.stdin.take(), process, screen }
    }

    /// A server, and its address.
    fn server() -> (Self, String) {
        let server = Self::run(&["serve", "127.0.0.1:0"]);
        let line = server.next();
        let address = line.strip_prefix("listening on http://").and_then(|rest| rest.strip_suffix('/'));
        (server, address.unwrap_or_else(|| panic!("no address in `{line}`")).to_owned())
    }

    fn client(address: &str, name: &str) -> Self {
        let client = Self::run(&["join", name, &format!("ws://{address}/socket")]);
        assert!(client.next().starts_with(&format!("Hello, {name}.")));
        client
    }

    fn next(&self) -> String {
        self.screen.recv_timeout(PATIENCE).expect("a line")
    }

    fn shows(&self, line: &str) {
        assert_eq!(self.next(), line);
    }

    fn types(&mut self, line: &str) {
        writeln!(self.keyboard.as_mut().expect("a keyboard"), "{line}").expect("it reads");
    }

    /// Waits for the program's end, and whether it was a good one.
    fn ends_well(&mut self) -> bool {
        assert!(self.screen.recv_timeout(PATIENCE).is_err(), "nothing more to be shown");
        self.process.wait().expect("an end").success()
    }
}

impl Drop for Chat {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The answer to a request: its status and its body.
fn http(address: &str, request: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}

#[test]
fn people_talk_in_rooms_from_terminals_and_pages() {
    let (mut server, address) = Chat::server();
    let mut ada = Chat::client(&address, "Ada");
    ada.shows("You are in lobby, with Ada.");
    let mut bob = Chat::client(&address, "Bob");
    bob.shows("You are in lobby, with Ada, Bob.");
    ada.shows("Bob enters");
    bob.types("hello");
    ada.shows("Bob: hello");

    // What is said in another room stays there.
    ada.types("/join den");
    ada.shows("You are in den, with Ada.");
    bob.shows("Ada leaves");
    ada.types("anybody here?");
    ada.types("/who");
    ada.shows("Here are Ada.");
    let said = r#"{"name": "Eve", "text": "from the page"}"#;
    assert_eq!(http(&address, "POST /rooms/lobby", said), (204, String::new()));
    bob.shows("Eve: from the page");

    // Who enters finds what was said.
    bob.types("/join den");
    bob.shows("Ada: anybody here?");
    bob.shows("You are in den, with Ada, Bob.");
    ada.shows("Bob enters");
    let (status, rooms) = http(&address, "GET /rooms", "");
    let rooms: serde_json::Value = serde_json::from_str(&rooms).expect("JSON");
    assert_eq!(status, 200);
    assert_eq!(rooms[0]["name"], "den");
    assert_eq!(rooms[0]["users"], serde_json::json!(["Ada", "Bob"]));
    assert_eq!(rooms[0]["lines"][0]["text"], "anybody here?");
    assert_eq!(rooms[1]["name"], "lobby");
    assert_eq!(rooms[1]["users"], serde_json::json!([]));
    assert_eq!(rooms[1]["lines"].as_array().map(Vec::len), Some(2));

    // However somebody goes, the others are told.
    bob.types("/quit");
    assert!(bob.ends_well());
    ada.shows("Bob leaves");

    let interrupted = Command::new("kill").args(["-INT", &server.process.id().to_string()]).status();
    assert!(interrupted.expect("a signal").success());
    ada.shows("You are offline: closed by the other end: 1001 the server shuts down.");
    server.shows("bye");
    assert!(server.ends_well());

    // When the server is back, so are they.
    let server = Chat::run(&["serve", &address]);
    server.shows(&format!("listening on http://{address}/"));
    ada.shows("You are in den, with Ada.");
    ada.types("/quit");
    assert!(ada.ends_well());
}

#[test]
fn what_is_wrong_is_refused_kindly() {
    let (_server, address) = Chat::server();
    let mut ada = Chat::client(&address, "Ada");
    ada.shows("You are in lobby, with Ada.");
    ada.types("/dance");
    ada.shows("There is no such command; see /help.");
    ada.types(&format!("/join {}", "x".repeat(21)));
    ada.shows("No: a name has 1 to 20 characters, none of them a control character.");
    ada.types(&"x".repeat(501));
    ada.shows("No: a line has 1 to 500 characters, none of them a control character.");
    ada.types("\x1b[2J");
    ada.shows("No: a line has 1 to 500 characters, none of them a control character.");
    ada.types(&"x".repeat(2_100));
    assert!(ada.next().starts_with("That did not work: too large"));

    // Ten are taken at once and then five a second.
    (0..300).for_each(|count| ada.types(&count.to_string()));
    ada.shows("Not so fast, please.");

    // By the client, and by the server, which takes the first name in the URL.
    for (name, query) in [("", ""), ("Ada", "?name=%1B&other=")] {
        let mut nameless = Chat::run(&["join", name, &format!("ws://{address}/socket{query}")]);
        assert!(!nameless.ends_well());
    }

    for (room, body, status) in [
        ("lobby", r#"{"name": "Eve", "text": ""}"#, 400),
        ("lobby", r#"{"name": "", "text": "hello"}"#, 400),
        ("lobby", r#"{"name": "Eve"}"#, 422),
        ("nowhere", r#"{"name": "Eve", "text": "hello"}"#, 404),
    ] {
        assert_eq!(http(&address, &format!("POST /rooms/{room}"), body).0, status, "{room} {body}");
    }
    let (status, page) = http(&address, "GET /", "");
    assert!(status == 200 && page.contains("<title>Chat</title>"), "{status} {page}");
}
