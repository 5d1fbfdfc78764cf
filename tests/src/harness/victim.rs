//! A server or a client to be attacked, in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A server or a client in a process of its own, which ends with this.
#[derive(Debug)]
pub struct Victim {
    child: Child,
    address: SocketAddr,
    /// After the child, which has to leave it before it can be removed.
    _cgroup: Option<Cgroup>,
}

/// What a victim's process may take, in bytes, where the machine lets it be bounded.
pub const MEMORY: u64 = 256 << 20;

impl Victim {
    /// Starts the program `victim` or `visitor`, held to [`MEMORY`].
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(program: &str, arguments: &[&str]) -> Self {
        let command =
            Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = command.expect("the victim starts");
        let cgroup = Cgroup::new(child.id());
        if cgroup.is_none() {
            println!("skipped: memory cannot be bounded here, so it is only measured");
        }
        let input = child.stdin.as_mut().expect("its input");
        input.write_all(b"go\n").expect("it reads");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("it writes");
        Self { child, address: line.trim().parse().expect("its address"), _cgroup: cgroup }
    }

    /// Where it listens, or connects to.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How much memory it has now, in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// How much memory it had at most, in bytes.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// # Panics
    /// If it has ended.
    fn status(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it lives");
        let value = status.lines().find_map(|line| line.strip_prefix(field)).expect("it lives");
        value.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A control group that bounds the memory of a process.
#[derive(Debug)]
struct Cgroup(PathBuf);

impl Cgroup {
    /// None where there are none, or this process may not make any.
    fn new(process: u32) -> Option<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("packets-{}-{number}", std::process::id());
        let versions = [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];
        versions.into_iter().find_map(|(root, limit)| {
            let path = PathBuf::from(root).join(&name);
            fs::create_dir(&path).ok()?;
            let cgroup = Self(path);
            // Writing must not make a file where there is none.
            let set = |file: &str, value: String| {
                let file = fs::OpenOptions::new().write(true).open(cgroup.0.join(file));
                file.and_then(|mut file| file.write_all(value.as_bytes())).ok()
            };
            set(limit, MEMORY.to_string())?;
            set("cgroup.procs", process.to_string())?;
            Some(cgroup)
        })
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}
