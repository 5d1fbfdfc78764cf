//! A broker as a child process.

use std::fs::{create_dir_all, remove_dir_all};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

/// What an engine connects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `nats-server`.
    Nats,
    /// `redis-server`.
    Redis,
}

/// A broker of a test's own, on a free port of this machine. It ends with this.
#[derive(Debug)]
pub struct Broker {
    program: Program,
    port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl Broker {
    /// Starts one. It takes connections once this is done.
    ///
    /// # Panics
    /// If the program is not installed, or does not start.
    #[must_use]
    pub fn start(program: Program) -> Self {
        Self::start_with(program, |_, _| Vec::new())
    }

    /// Starts one with arguments beyond the usual, made of its folder and its port.
    ///
    /// # Panics
    /// If the program is not installed, or does not start.
    pub fn start_with(program: Program, arguments: impl Fn(&Path, u16) -> Vec<String>) -> Self {
        // Somebody else may take the port before the broker does.
        for _ in 0..5 {
            let folder = std::env::temp_dir().join(format!("packets-broker-{:016x}", rand::random::<u64>()));
            create_dir_all(&folder).expect("a folder of its own");
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            let port = listener.local_addr().expect("its address").port();
            let arguments = arguments(&folder, port);
            let mut broker = Self { program, port, folder, arguments, child: None };
            drop(listener);
            if broker.try_start() {
                return broker;
            }
        }
        panic!("{} does not start", program.name());
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where to connect to it.
    #[must_use]
    pub fn url(&self) -> String {
        self.program.url(self.port)
    }

    /// What it may write to.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its process id.
    ///
    /// # Panics
    /// If it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Kills it, without any warning.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may be dead already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again on the same port, after it was killed.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        assert!(self.try_start(), "{} does not start again", self.program.name());
    }

    /// Stops it: it keeps its connections, and does nothing.
    pub fn freeze(&self) {
        signal(self.pid(), Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        signal(self.pid(), Signal::CONT);
    }

    /// False if it ends before it takes connections.
    fn try_start(&mut self) -> bool {
        let name = self.program.name();
        let mut command = Command::new(name);
        command.args(self.program.arguments(self.port)).args(&self.arguments).current_dir(&self.folder);
        // One of them writes to this, and the other to that.
        let log = match self.program {
            Program::Nats => command.stdout(Stdio::null()).stderr(Stdio::piped()),
            Program::Redis => command.stdout(Stdio::piped()).stderr(Stdio::null()),
        };
        let mut child = log.spawn().unwrap_or_else(|error| {
            panic!("{name} does not run: {error}. Install it, on Debian by `apt-get install {name}`")
        });
        let log: Box<dyn Read + Send> = match self.program {
            Program::Nats => Box::new(child.stderr.take().expect("it is piped")),
            Program::Redis => Box::new(child.stdout.take().expect("it is piped")),
        };
        self.child = Some(child);
        let mut lines = BufReader::new(log).lines();
        let is_ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains(self.program.ready()));
        // It would wait for somebody who reads the rest.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        is_ready
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
        let _ = remove_dir_all(&self.folder);
    }
}

impl Program {
    const fn name(self) -> &'static str {
        match self {
            Self::Nats => "nats-server",
            Self::Redis => "redis-server",
        }
    }

    /// What it says when it takes connections.
    const fn ready(self) -> &'static str {
        match self {
            Self::Nats => "Server is ready",
            Self::Redis => "Ready to accept connections",
        }
    }

    fn arguments(self, port: u16) -> Vec<String> {
        let port = port.to_string();
        let arguments: &[&str] = match self {
            Self::Nats => &["--addr", "127.0.0.1", "--port", &port],
            Self::Redis => &["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"],
        };
        arguments.iter().map(ToString::to_string).collect()
    }

    /// Where to connect to one on this port.
    #[must_use]
    pub fn url(self, port: u16) -> String {
        match self {
            Self::Nats => format!("nats://127.0.0.1:{port}"),
            Self::Redis => format!("redis://127.0.0.1:{port}"),
        }
    }
}

/// Sends a signal to a child process.
fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, signal).expect("it runs");
}
