//! Who runs the example sees who answers, and what becomes of a node that is gone. With an engine's feature, its
//! server has to be installed.

use std::process::Command;

#[test]
fn the_cluster_tells_who_answers_and_who_is_gone() {
    let output = Command::new(env!("CARGO_BIN_EXE_cluster")).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Vec<_>> = text
        .lines()
        .filter_map(|line| line.strip_prefix("     client of "))
        .map(|row| row.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).collect())
        .map(|row: Vec<_>| row.into_iter().filter(|word| !matches!(*word, "µs" | "ms")).collect())
        .collect();
    assert_eq!(rows, ["A", "B", "C"].map(|of| vec![of, "A", "B", "C", "nobody"]), "{text}");
    let tallies: Vec<_> = text.lines().filter(|line| line.contains(" answered, ")).map(str::trim).collect();
    let all = "3 answered, 0 without acceptor, 0 failed, 0 silent, 0 left";
    let rest = "2 answered, 0 without acceptor, 0 failed, 0 silent, 0 left";
    let silent = "2 answered, 0 without acceptor, 0 failed, 1 silent, 0 left";
    let left = "2 answered, 0 without acceptor, 0 failed, 0 silent, 1 left";
    if cfg!(any(feature = "nats", feature = "redis")) {
        assert!(text.contains("Three processes"), "the engine's server is not installed: {text}");
        assert_eq!(tallies, [all, silent, left, rest], "{text}");
    } else {
        assert_eq!(tallies, [all, rest], "{text}");
    }
}
