//! Tells what happens, step by step.

use std::net::SocketAddr;

use packets_server::{CloseReason, Packet, Registry, ValidationError, schema};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::flecks;

/// What the server has to say.
#[derive(Clone)]
pub(crate) struct Says(mpsc::Sender<String>);

impl Says {
    pub(crate) fn say(&self, line: impl Into<String>) {
        // One line an acceptor; the narrator listens after every step.
        let _ = self.0.try_send(line.into());
    }
}

/// Tells what happens on stdout.
pub(crate) struct Narrator {
    hears: mpsc::Receiver<String>,
    steps: usize,
    packets: Vec<String>,
}

impl Narrator {
    pub(crate) fn new() -> (Self, Says) {
        let (says, hears) = mpsc::channel(16);
        (Self { hears, steps: 0, packets: Vec::new() }, Says(says))
    }

    pub(crate) fn opening(&mut self, registry: &Registry, address: &SocketAddr) {
        println!("\n  packets: a server and a client in one program, on ws://{address}/");
        self.packets = registry.iter().map(|(_, packet)| packet.name().to_owned()).collect();
        println!(
            "  {} packets were gathered, without a list: {}.",
            self.packets.len(),
            self.packets.join(", ")
        );
        println!("  «wire» is what really passed on TCP; «flecks» is what flecks takes over Socket.IO.");
    }

    pub(crate) fn step(&mut self, title: &str, code: &str) {
        self.steps += 1;
        let code = code.replace('\n', "\n   ");
        println!("\n{:3}  {title}\n\n       {code}\n", self.steps);
    }

    /// Waits for what the server says, and repeats it.
    pub(crate) async fn heard(&mut self) {
        if let Some(line) = self.hears.recv().await {
            println!("       server   {line}");
        }
    }

    pub(crate) fn client(&self, line: impl AsRef<str>) {
        println!("       client   {}", line.as_ref());
    }

    /// A packet went up.
    pub(crate) fn up<P: Packet>(&self, (up, down): (usize, usize), packet: &P) {
        let body = schema::encode(packet).unwrap_or_default();
        self.body(&body);
        self.wire(up + down, flecks::packet_up(self.steps, self.id(P::NAME), body.len()));
    }

    /// A packet came down.
    pub(crate) fn down<P: Packet>(&self, (up, down): (usize, usize), packet: &P) {
        let body = schema::encode(packet).unwrap_or_default();
        self.body(&body);
        self.wire(up + down, flecks::packet_down(self.steps, self.id(P::NAME), body.len()));
    }

    /// A call went up, and its answer came down.
    pub(crate) fn call(&self, (up, down): (usize, usize), name: &str, body: usize, result: Option<Value>) {
        let answer = result.map_or(0, |result| flecks::result_down(self.steps, &result));
        self.wire(up + down, flecks::packet_up(self.steps, self.id(name), body) + answer);
    }

    pub(crate) fn refused(&self, (up, down): (usize, usize), name: &str, error: &ValidationError) {
        let error = json!({"code": error.code, "reason": error.reason});
        let flecks = flecks::packet_up(self.steps, self.id(name), 0) + flecks::error_down(self.steps, &error);
        self.wire(up + down, flecks);
    }

    pub(crate) fn nothing(&self, (up, down): (usize, usize)) {
        println!("       wire     {} bytes", up + down);
    }

    pub(crate) fn closing(&self, reason: &CloseReason) {
        println!("\n  The connection ended: {reason}.\n");
    }

    fn body(&self, body: &[u8]) {
        let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("       body     {}", if hex.is_empty() { "-".to_owned() } else { hex });
    }

    fn wire(&self, ours: usize, flecks: usize) {
        println!("       wire     {ours} bytes    flecks {flecks}");
    }

    fn id(&self, name: &str) -> u16 {
        let place = self.packets.iter().position(|packet| packet == name);
        place.and_then(|place| u16::try_from(place + 1).ok()).unwrap_or_default()
    }
}
