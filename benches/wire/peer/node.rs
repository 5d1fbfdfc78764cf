//! Servers on Node, if it is there and `benches/wire/install.sh` has installed what they need.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Peer, Program};
use crate::protocol::{Raw, SocketIo};

pub(crate) fn all() -> Vec<Peer> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("wire/peer/node");
    let node = |script: &str| Program::Node(here.join(script));
    if !is_there() {
        return Vec::new();
    }
    vec![
        Peer {
            name: "node-ws",
            protocol: &Raw { echoes: true, broadcasts: true },
            program: node("ws.js"),
            is_special: false,
        },
        Peer { name: "node-socketio", protocol: &SocketIo, program: node("socketio.js"), is_special: false },
    ]
}

/// Where the packages are.
pub(crate) fn modules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/wire/node_modules")
}

fn is_there() -> bool {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    node.is_ok_and(|status| status.success())
        && ["ws", "socket.io"].iter().all(|name| modules().join(name).is_dir())
}
