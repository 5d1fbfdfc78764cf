//! The client's address behind proxies.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use packets_server::{BuildError, ProxyHeader, Refusal, Request, Server, ServerBuilder};
use packets_tests::harness::{real_time, server};
use proptest::prelude::*;

use super::{knock, upgrade};

/// A server that remembers the client's address, and lets nobody in.
fn witness(builder: ServerBuilder) -> (Server, Arc<Mutex<Option<IpAddr>>>) {
    let seen = Arc::new(Mutex::new(None));
    let see = seen.clone();
    let hook = move |request: Request| {
        *see.lock().expect("not poisoned") = request.ip();
        async { Err(Refusal::new(403, "seen")) }
    };
    (builder.request(hook).build().expect("a server"), seen)
}

async fn client(builder: ServerBuilder, peer: &str, headers: &str) -> String {
    let (server, seen) = witness(builder);
    let peer: SocketAddr = peer.parse().expect("an address");
    let answer = knock(&server, peer, &upgrade("/", &format!("Host: here\r\n{headers}"))).await;
    assert_eq!(answer.body, "seen\n", "{headers}");
    let seen = *seen.lock().expect("not poisoned");
    seen.expect("an address").to_string()
}

const PROXIES: [&str; 3] = ["10.0.0.0/8", "192.0.2.1", "fd00::/8"];

/// Who connects, the `X-Forwarded-For` there is, and who the client is.
const X_FORWARDED_FOR: [(&str, &str, &str); 24] = [
    // From nobody who is trusted.
    ("203.0.113.7:1", "X-Forwarded-For: 1.1.1.1", "203.0.113.7"),
    ("192.0.2.2:1", "X-Forwarded-For: 1.1.1.1", "192.0.2.2"),
    ("[2001:db8::1]:1", "X-Forwarded-For: 1.1.1.1", "2001:db8::1"),
    // From a proxy.
    ("10.0.0.1:1", "", "10.0.0.1"),
    ("10.0.0.1:1", "X-Forwarded-For: 1.1.1.1", "1.1.1.1"),
    ("192.0.2.1:1", "x-forwarded-for: 1.1.1.1", "1.1.1.1"),
    ("[fd00::1]:1", "X-Forwarded-For: 2001:db8::1", "2001:db8::1"),
    ("[::ffff:10.0.0.1]:1", "X-Forwarded-For: 1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "X-Forwarded-For: ::ffff:1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "X-Forwarded-For: [2001:db8::1]", "2001:db8::1"),
    ("10.0.0.1:1", "X-Forwarded-For: [2001:db8::1]:443", "2001:db8::1"),
    ("10.0.0.1:1", "X-Forwarded-For: 1.1.1.1:443", "1.1.1.1"),
    // What the client itself has written is not looked at.
    ("10.0.0.1:1", "X-Forwarded-For: 9.9.9.9, 1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "X-Forwarded-For: 10.9.9.9, 1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "X-Forwarded-For: rubbish, 1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "Forwarded: for=9.9.9.9\r\nX-Forwarded-For: 1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "Forwarded: for=9.9.9.9", "10.0.0.1"),
    // Several proxies, and several lines.
    ("10.0.0.1:1", "X-Forwarded-For: 9.9.9.9, 1.1.1.1, 10.0.0.2, 192.0.2.1", "1.1.1.1"),
    ("10.0.0.1:1", "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 1.1.1.1,10.0.0.2", "1.1.1.1"),
    ("10.0.0.1:1", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 10.0.0.2", "1.1.1.1"),
    ("10.0.0.1:1", "X-Forwarded-For: 10.0.0.3, 10.0.0.2", "10.0.0.3"),
    // The last proxy that can be told.
    ("10.0.0.1:1", "X-Forwarded-For: unknown", "10.0.0.1"),
    ("10.0.0.1:1", "X-Forwarded-For: 1.1.1.1, 1.1.1.300, 10.0.0.2", "10.0.0.2"),
    ("10.0.0.1:1", "X-Forwarded-For: 1.1.1.1,", "10.0.0.1"),
];

const FORWARDED: [(&str, &str, &str); 22] = [
    ("203.0.113.7:1", "Forwarded: for=1.1.1.1", "203.0.113.7"),
    ("10.0.0.1:1", "Forwarded: for=1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "Forwarded: For=\"1.1.1.1:443\";proto=https;by=10.0.0.1", "1.1.1.1"),
    ("10.0.0.1:1", "Forwarded: proto=https; for=1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "Forwarded: for=\"[2001:db8::1]\"", "2001:db8::1"),
    ("10.0.0.1:1", "Forwarded: for=\"[2001:db8::1]:443\"", "2001:db8::1"),
    ("10.0.0.1:1", "Forwarded: for=9.9.9.9, for=1.1.1.1, for=10.0.0.2", "1.1.1.1"),
    ("10.0.0.1:1", "Forwarded: for=1.1.1.1\r\nForwarded: for=10.0.0.2", "1.1.1.1"),
    ("10.0.0.1:1", "X-Forwarded-For: 9.9.9.9\r\nForwarded: for=1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "X-Forwarded-For: 9.9.9.9", "10.0.0.1"),
    // No addresses.
    ("10.0.0.1:1", "Forwarded: for=unknown", "10.0.0.1"),
    ("10.0.0.1:1", "Forwarded: for=_hidden", "10.0.0.1"),
    ("10.0.0.1:1", "Forwarded: for=\"unix:/run/socket\"", "10.0.0.1"),
    ("10.0.0.1:1", "Forwarded: for=9.9.9.9, for=_hidden, for=10.0.0.2", "10.0.0.2"),
    ("10.0.0.1:1", "Forwarded: proto=https", "10.0.0.1"),
    ("10.0.0.1:1", "Forwarded: for=1.1.1.1;for=2.2.2.2", "10.0.0.1"),
    ("10.0.0.1:1", "Forwarded: rubbish", "10.0.0.1"),
    // What a proxy quotes of the client is no address either.
    ("10.0.0.1:1", "Forwarded: for=1.1.1.1;host=\"a, for=9.9.9.9\"", "1.1.1.1"),
    ("10.0.0.1:1", "Forwarded: for=1.1.1.1;host=\"a,for=9.9.9.9;b\"", "1.1.1.1"),
    ("10.0.0.1:1", "Forwarded: host=\"a;for=9.9.9.9;b\";for=1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "Forwarded: host=\"a\\\";for=9.9.9.9;\\\"\";for=1.1.1.1", "1.1.1.1"),
    ("10.0.0.1:1", "Forwarded: for=9.9.9.9;x=\", for=\"[2001:db8::1]\"", "10.0.0.1"),
];

#[test]
fn the_client_is_whom_the_last_trusted_proxy_stands_for() {
    real_time(async {
        for (peer, header, expected) in X_FORWARDED_FOR {
            let headers = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
            let client = client(server().trusted_proxies(PROXIES), peer, &headers).await;
            assert_eq!(client, expected, "{header} from {peer}");
        }
        for (peer, header, expected) in FORWARDED {
            let builder = server().trusted_proxies(PROXIES).proxy_header(ProxyHeader::Forwarded);
            let client = client(builder, peer, &format!("{header}\r\n")).await;
            assert_eq!(client, expected, "{header} from {peer}");
        }
    });
}

#[test]
fn without_trusted_proxies_no_header_says_who_the_client_is() {
    real_time(async {
        for header in ["X-Forwarded-For: 1.1.1.1", "Forwarded: for=1.1.1.1", "X-Real-IP: 1.1.1.1"] {
            for peer in ["127.0.0.1", "10.0.0.1", "203.0.113.7"] {
                let seen = client(server(), &format!("{peer}:1"), &format!("{header}\r\n")).await;
                assert_eq!(seen, peer, "{header}");
            }
        }
    });
}

#[test]
fn settings_that_are_no_ranges_are_errors_that_say_so() {
    for wrong in ["", "10.0.0.0/33", "10.0.0", "proxy.example.com", "10.0.0.1:80"] {
        let error = server().trusted_proxies([wrong]).build().expect_err("no range");
        assert_eq!(error, BuildError::Proxy(wrong.to_owned()));
        assert!(error.to_string().contains("such as `10.0.0.0/8`"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn no_header_changes_who_an_untrusted_client_is(value in "[ -~]{0,80}", forwarded: bool) {
        real_time(async move {
            let (header, name) = match forwarded {
                true => (ProxyHeader::Forwarded, "Forwarded"),
                false => (ProxyHeader::XForwardedFor, "X-Forwarded-For"),
            };
            let builder = server().trusted_proxies(PROXIES).proxy_header(header);
            let seen = client(builder, "203.0.113.7:1", &format!("{name}: {value}\r\n")).await;
            assert_eq!(seen, "203.0.113.7");
        });
    }

    #[test]
    fn what_stands_before_the_client_s_own_address_changes_nothing(value in "[ -~]{0,80}") {
        real_time(async move {
            let headers = format!("X-Forwarded-For: {value}, 1.1.1.1, 10.0.0.2\r\n");
            let seen = client(server().trusted_proxies(PROXIES), "10.0.0.1:1", &headers).await;
            assert_eq!(seen, "1.1.1.1");
        });
    }
}
