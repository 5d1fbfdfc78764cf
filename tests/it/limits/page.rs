//! The pages of limits say what the code does.

use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use packets_client::{Backoff, Offline};
use packets_core::codec::Limits;
use packets_server::{AdmissionLimits, Cluster, ConnectionLimits, Drain, Policy, Resume};

/// All limits, but those that only a client has.
const SERVER: &str = include_str!("../../../packets-server/LIMITS.md");

/// Those.
const CLIENT: &str = include_str!("../../../packets-client/LIMITS.md");

/// The tables' rows below a heading of a page, as cells.
fn rows(page: &'static str, heading: &str) -> Vec<Vec<&'static str>> {
    let section = page.split("\n## ").find(|section| section.lines().next() == Some(heading));
    let section = section.unwrap_or_else(|| panic!("no section `{heading}`"));
    let rows = section.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The names of fields and their values.
fn fields(limits: &impl Debug) -> Vec<(String, String)> {
    let text = format!("{limits:#?}");
    let fields = text.lines().filter_map(|line| line.trim().trim_end_matches(',').split_once(": "));
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A cell as a program would print it.
fn value(cell: &str) -> String {
    let time = |count: &str, seconds| {
        format!("{:?}", Duration::from_secs(seconds).mul_f64(count.parse().expect("a number")))
    };
    let bytes = |count: &str, shift: u32| (count.parse::<u32>().expect("a number") << shift).to_string();
    match cell.split_once(' ').unwrap_or((cell, "")) {
        ("off" | "none", "") => "None".to_owned(),
        ("for", "ever") => format!("{:?}", Duration::MAX),
        (count, "s") => time(count, 1),
        (count, "min") => time(count, 60),
        (count, "KiB") => bytes(count, 10),
        (count, "MiB") => bytes(count, 20),
        _ => cell.replace([',', '`'], ""),
    }
}

/// Each field has a row, whose cell in a column is its value; but for those that the machine decides on, or that
/// are no limits.
#[track_caller]
fn has(page: &'static str, heading: &str, column: usize, limits: &impl Debug, but: &[&str]) {
    let rows = rows(page, heading);
    let fields = fields(limits);
    assert!(!fields.is_empty(), "{limits:?}");
    for (name, shown) in fields {
        let row = rows.iter().find(|row| row[0].starts_with(&format!("`{name}`")));
        let Some(row) = row else {
            assert!(but.contains(&&*name), "no row of `{name}` below `{heading}`");
            continue;
        };
        let is_off = row[column] == "off" && [usize::MAX.to_string(), u32::MAX.to_string()].contains(&shown);
        assert!(
            is_off || but.contains(&&*name) || value(row[column]) == shown,
            "{name} is {shown}, not {}",
            row[column]
        );
    }
}

#[test]
fn the_pages_have_each_field_with_its_default() {
    has(SERVER, "A connection", 1, &ConnectionLimits::server(), &[]);
    has(SERVER, "A connection", 2, &ConnectionLimits::client(), &[]);
    has(SERVER, "A type of packets", 1, &Policy::new(), &[]);
    has(SERVER, "The clients of a server", 1, &AdmissionLimits::default(), &["connections"]);
    has(SERVER, "A session that is resumed", 1, &Resume::default(), &[]);
    has(SERVER, "Shutting down", 1, &Drain::default(), &[]);
    has(SERVER, "Nodes of a cluster", 1, &Cluster::default(), &["name", "has_secret"]);
    has(SERVER, "Values", 1, &Limits::DEFAULT, &[]);
    has(CLIENT, "Coming back", 1, &Backoff::default(), &["seed"]);
    has(CLIENT, "A session that is resumed", 1, &packets_client::Resume::default(), &[]);
    let wait = Offline::Wait { max_packets: 1, max_bytes: 1, max_age: Duration::ZERO };
    has(CLIENT, "Without a connection", 1, &wait, &["max_packets", "max_bytes", "max_age"]);
}

/// All Rust below a folder.
fn code(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            code(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&std::fs::read_to_string(path).expect("a file"));
        }
    }
}

#[test]
fn each_limit_on_the_pages_has_a_test() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = String::new();
    for folder in ["tests", "packets-core", "packets-server/src", "packets-client/src"] {
        code(&workspace.join(folder), &mut all);
    }
    for (page, least) in [(SERVER, 50), (CLIENT, 20)] {
        let mut count = 0;
        for heading in page.lines().filter_map(|line| line.strip_prefix("## ")) {
            // The first one names the columns.
            for row in rows(page, heading).iter().filter(|row| row[0] != "limit") {
                let names: Vec<_> =
                    row[row.len() - 1].split(", ").map(|name| name.trim_matches('`')).collect();
                for name in names {
                    // Those that several engines have to pass are told which.
                    let is_there = ["(", "<"].iter().any(|rest| all.contains(&format!("fn {name}{rest}")));
                    assert!(is_there, "no test `{name}` of {}", row[0]);
                }
                count += 1;
            }
        }
        assert!(count >= least, "{count} rows");
    }
}
