//! The first thing that a new user runs has to work, and to keep its word about sizes.

use std::process::Command;

#[test]
fn quickstart_walks_through_every_kind_of_packet() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}");
    for line in [
        // A Slap is a message of one byte, behind the six that a WebSocket frame takes to a server.
        "wire     7 bytes    flecks 51",
        "body     1482a87768617465766572a3796f75a477616e742a0012d687",
        "client   the totals were [20, 43, 69]",
        "client   Position { x: 1.5, y: -2.25, z: 64.0 }",
        r#"client   ValidationError { code: 400, reason: "anonymous" }"#,
        r#"client   Move.x: expected float32, found string "left""#,
        r#"client   Redirect("/")"#,
        "client   Refresh",
        "The connection ended: closed by this end.",
    ] {
        assert!(text.contains(line), "no line `{line}` in:\n{text}");
    }
}
