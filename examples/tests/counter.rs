//! The show goes on to its end, and all are equal there.

use std::process::Command;

#[test]
fn clients_are_in_step_after_a_cut_cable_and_a_killed_server() {
    let output = Command::new(env!("CARGO_BIN_EXE_counter")).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "Bob’s cable is cut",
        "Bob is offline",
        "Bob is back in the same session: what was missed arrives, in order",
        "the server is killed",
        "Ada is offline",
        "Ada is back in a new session: here is the whole counter",
        "Bob is back in a new session: here is the whole counter",
        "Eve is back in a new session: here is the whole counter",
        "All are equal.",
    ] {
        assert_eq!(
            text.matches(line).count(),
            if line == "Bob is offline" { 2 } else { 1 },
            "`{line}` in:\n{text}"
        );
    }
}
