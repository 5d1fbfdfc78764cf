//! From which pages, and by which hosts, a server may be asked for.

use std::net::SocketAddr;

use packets_server::{BuildError, Origins, Server};
use packets_tests::harness::{echo_server, real_time, server};

use super::{knock, upgrade};

/// A client somewhere else.
fn afar() -> SocketAddr {
    "203.0.113.7:4711".parse().expect("an address")
}

/// A program on the server's machine.
fn near() -> SocketAddr {
    "127.0.0.1:4711".parse().expect("an address")
}

async fn status(server: &Server, peer: SocketAddr, host: &str, origin: Option<&str>) -> u16 {
    let origin = origin.map(|origin| format!("Origin: {origin}\r\n")).unwrap_or_default();
    knock(server, peer, &upgrade("/", &format!("Host: {host}\r\n{origin}"))).await.status
}

/// Hosts, origins, and whether pages of the one may ask by the other unless something else is said.
const SAME_HOST: [(&str, &str, bool); 48] = [
    ("example.com", "http://example.com", true),
    ("example.com", "https://example.com", true),
    ("EXAMPLE.com", "https://example.COM", true),
    ("example.com", "HTTPS://example.com", true),
    ("example.com", "https://example.com:443", true),
    ("example.com:443", "https://example.com", true),
    ("example.com:80", "http://example.com", true),
    ("example.com", "http://example.com:80", true),
    ("example.com:3000", "http://example.com:3000", true),
    ("example.com:3000", "https://example.com:3000", true),
    ("sub.example.com", "https://sub.example.com", true),
    ("127.0.0.1:3000", "http://127.0.0.1:3000", true),
    ("[2001:db8::1]:3000", "http://[2001:db8::1]:3000", true),
    ("[2001:db8::1]", "http://[2001:0DB8:0::1]", true),
    ("xn--bcher-kva.example", "https://xn--bcher-kva.example", true),
    ("example.com.", "https://example.com.", true),
    // Another port.
    ("example.com", "http://example.com:3000", false),
    ("example.com:3000", "http://example.com", false),
    ("example.com:443", "http://example.com", false),
    ("example.com", "https://example.com:80", false),
    ("example.com:3000", "http://example.com:30000", false),
    // Another host, however much alike.
    ("example.com", "https://evil.com", false),
    ("example.com", "https://evil-example.com", false),
    ("example.com", "https://evilexample.com", false),
    ("example.com", "https://example.com.evil", false),
    ("example.com", "https://sub.example.com", false),
    ("sub.example.com", "https://example.com", false),
    ("example.com", "https://example.co", false),
    ("example.com", "https://example.com.", false),
    ("127.0.0.1", "http://localhost", false),
    ("127.0.0.1", "http://127.1", false),
    ("[::1]", "http://[::2]", false),
    ("xn--bcher-kva.example", "https://bücher.example", false),
    // No origin as browsers write it.
    ("example.com", "null", false),
    ("example.com", "", false),
    ("example.com", "*", false),
    ("example.com", "example.com", false),
    ("example.com", "//example.com", false),
    ("example.com", "https://", false),
    ("example.com", "https://example.com/", false),
    ("example.com", "https://example.com/path", false),
    ("example.com", "https://user@example.com", false),
    ("example.com", "https://example.com@evil.com", false),
    ("example.com", "https://example.com https://evil.com", false),
    ("example.com", "https://example.com:+443", false),
    ("example.com", "https://example.com:65979", false),
    // No page of a server.
    ("example.com", "file://", false),
    ("example.com", "chrome-extension://example.com", false),
];

#[test]
fn browsers_may_connect_from_pages_of_the_same_host_and_from_no_others() {
    real_time(async {
        let server = echo_server();
        for (host, origin, may) in SAME_HOST {
            let expected = if may { 101 } else { 403 };
            assert_eq!(status(&server, afar(), host, Some(origin)).await, expected, "{origin} at {host}");
        }
    });
}

#[test]
fn who_is_refused_is_told_why_and_who_is_no_browser_is_not_asked() {
    real_time(async {
        let server = echo_server();
        let refused = upgrade("/", "Host: example.com\r\nOrigin: https://evil.com\r\n");
        let answer = knock(&server, afar(), &refused).await;
        assert_eq!((answer.status, answer.body.as_str()), (403, "pages of this origin may not connect\n"));
        assert_eq!(status(&server, afar(), "example.com", None).await, 101);
    });
}

#[test]
fn two_origins_are_none() {
    real_time(async {
        let twice = "Host: a\r\nOrigin: http://a\r\nOrigin: http://a\r\n";
        assert_eq!(knock(&echo_server(), afar(), &upgrade("/", twice)).await.status, 403);
    });
}

#[test]
fn listed_origins_are_compared_as_a_whole() {
    real_time(async {
        let listed = Origins::only(["https://app.example.com", "HTTP://localhost:8080", "tauri://localhost"]);
        let server = server().origins(listed).build().expect("a server");
        for (origin, may) in [
            ("https://app.example.com", true),
            ("https://app.example.com:443", true),
            ("https://APP.example.com", true),
            ("http://localhost:8080", true),
            ("tauri://localhost", true),
            ("http://app.example.com", false),
            ("https://app.example.com:8443", false),
            ("https://example.com", false),
            ("https://app.example.com.evil", false),
            ("http://localhost", false),
            ("tauri://localhost:1", false),
            ("null", false),
            ("https://example.net", false),
        ] {
            let expected = if may { 101 } else { 403 };
            assert_eq!(status(&server, afar(), "example.net", Some(origin)).await, expected, "{origin}");
        }
    });
}

#[test]
fn origins_may_be_added_to_the_same_host_and_any_are_any() {
    real_time(async {
        let both = server().origins(Origins::same_host().and(["https://app.example.com"]));
        let both = both.build().expect("a server");
        assert_eq!(status(&both, afar(), "example.net", Some("https://app.example.com")).await, 101);
        assert_eq!(status(&both, afar(), "example.net", Some("https://example.net")).await, 101);
        assert_eq!(status(&both, afar(), "example.net", Some("https://evil.com")).await, 403);
        let any = server().origins(Origins::any()).build().expect("a server");
        for origin in ["https://evil.com", "null", "", "rubbish"] {
            assert_eq!(status(&any, afar(), "example.net", Some(origin)).await, 101, "{origin}");
        }
    });
}

/// Any page can give its own host this machine's address, and then is of the same host.
#[test]
fn on_this_machine_a_page_has_to_be_of_this_machine() {
    real_time(async {
        let plain = echo_server();
        for (host, may) in [
            ("localhost:3000", true),
            ("app.localhost:3000", true),
            ("127.0.0.1:3000", true),
            ("127.8.8.8:3000", true),
            ("[::1]:3000", true),
            ("evil.com:3000", false),
            ("localhost.evil.com:3000", false),
            ("evillocalhost:3000", false),
            ("127.0.0.1.evil.com:3000", false),
            ("10.0.0.1:3000", false),
        ] {
            let expected = if may { 101 } else { 403 };
            let origin = format!("http://{host}");
            assert_eq!(status(&plain, near(), host, Some(&origin)).await, expected, "{host}");
            assert_eq!(status(&plain, near(), host, None).await, 101, "{host}");
        }
        // A proxy on this machine, or a name that is known to be the server's.
        let proxied = server().trusted_proxies(["127.0.0.1"]).build().expect("a server");
        assert_eq!(status(&proxied, near(), "example.com", Some("https://example.com")).await, 101);
        let named = server().hosts(["example.com"]).build().expect("a server");
        assert_eq!(status(&named, near(), "example.com", Some("https://example.com")).await, 101);
        let listed = server().origins(Origins::only(["https://example.com"])).build().expect("a server");
        assert_eq!(status(&listed, near(), "anything", Some("https://example.com")).await, 101);
    });
}

#[test]
fn a_server_with_hosts_is_asked_for_by_no_other() {
    real_time(async {
        let server = server().hosts(["example.com", "10.0.0.1:3000", "[::1]"]).build().expect("a server");
        for (host, may) in [
            ("example.com", true),
            ("Example.com:8080", true),
            ("10.0.0.1:3000", true),
            ("[0:0::1]:1", true),
            ("10.0.0.1", false),
            ("10.0.0.1:3001", false),
            ("www.example.com", false),
            ("evil.com", false),
        ] {
            let expected = if may { 101 } else { 421 };
            assert_eq!(status(&server, afar(), host, None).await, expected, "{host}");
        }
    });
}

#[test]
fn settings_that_are_no_origins_and_no_hosts_are_errors_that_say_so() {
    for wrong in ["example.com", "https://example.com/", "*", "null", "https://bücher.example"] {
        let built = server().origins(Origins::only([wrong])).build();
        assert_eq!(built.err(), Some(BuildError::Origin(wrong.to_owned())));
    }
    for wrong in ["", "https://example.com", "::1", "*.example.com", "example.com:http"] {
        let error = server().hosts([wrong]).build().expect_err("no host");
        assert_eq!(error, BuildError::Host(wrong.to_owned()));
        assert!(error.to_string().contains("such as `example.com`"), "{error}");
    }
}
