//! Lines of a web server's log, the shape of rust_serialization_benchmark's `log`: many short strings.

use super::random::Random;
use super::{Set, everyone};

everyone! {
    pub(crate) struct Log {
        pub(crate) entries: Vec<Entry>,
    }

    pub(crate) struct Entry {
        pub(crate) address: Address,
        pub(crate) code: u16,
        pub(crate) date: String,
        pub(crate) identity: String,
        pub(crate) request: String,
        pub(crate) size: u64,
        pub(crate) userid: String,
    }

    pub(crate) struct Address {
        pub(crate) x0: u8,
        pub(crate) x1: u8,
        pub(crate) x2: u8,
        pub(crate) x3: u8,
    }
}

impl Set for Log {
    const NAME: &'static str = "log";

    fn generate() -> Self {
        let mut random = Random::new(1);
        Self { entries: (0..10_000).map(|_| entry(&mut random)).collect() }
    }
}

fn entry(random: &mut Random) -> Entry {
    const USERS: [&str; 9] =
        ["-", "anna", "bertrand", "c.moreau", "dora", "e_lindqvist", "farid", "grace", "hoshi"];
    const METHODS: [&str; 4] = ["GET", "GET", "POST", "PUT"];
    const PATHS: [&str; 8] = [
        "/",
        "/favicon.ico",
        "/css/index.css",
        "/img/banner.webp",
        "/blog/archive",
        "/api/v2/session",
        "/api/v2/users/me",
        "/js/main.js",
    ];
    const MONTHS: [&str; 4] = ["Jan", "Apr", "Jul", "Oct"];
    let [x0, x1, x2, x3] = (random.bits() as u32).to_be_bytes();
    Entry {
        address: Address { x0, x1, x2, x3 },
        code: random.pick(&[200, 200, 200, 204, 301, 304, 403, 404, 500]),
        date: format!(
            "{:02}/{}/2026:{:02}:{:02}:{:02} +0000",
            random.int(1..29),
            random.pick(&MONTHS),
            random.int(0..24),
            random.int(0..60),
            random.int(0..60)
        ),
        identity: "-".to_owned(),
        request: format!("{} {} HTTP/1.1", random.pick(&METHODS), random.pick(&PATHS)),
        size: random.int(0..100_000_000) as u64,
        userid: random.pick(&USERS).to_owned(),
    }
}
