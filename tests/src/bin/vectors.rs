//! Checks files of golden vectors: `cargo run -q -p packets-tests --bin vectors -- FILE.json…`

use std::path::PathBuf;
use std::process::ExitCode;

use packets_tests::vectors::{self, Report};

fn main() -> ExitCode {
    let files: Vec<_> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if files.is_empty() {
        eprintln!("usage: vectors FILE.json…");
        return ExitCode::FAILURE;
    }
    let mut total = Report::default();
    for file in &files {
        let report = vectors::check(file);
        for failure in &report.failures {
            println!("{}: {failure}", file.display());
        }
        total.add(report);
    }
    println!("{total}");
    if total.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
