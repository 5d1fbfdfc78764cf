//! Serving over TLS.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use packets_core::net::ConnectionLimits;
use packets_server::Server;
use packets_server::tls::{TlsError, from_files, rustls};
use packets_tests::harness::{Echo, echo_server, real_time, server};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{answer, is_served, tcp, upgrade};

/// A certificate for `localhost` that signs itself, and its key, in files of a test's own.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    der: CertificateDer<'static>,
}

impl Files {
    fn new(test: &str) -> Self {
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let file = |what| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}.{what}.pem"));
        let (certificate, key) = (file("certificate"), file("key"));
        fs::write(&certificate, signed.cert.pem()).expect("written");
        fs::write(&key, signed.signing_key.serialize_pem()).expect("written");
        Self { certificate, key, der: signed.cert.der().clone() }
    }

    async fn serve(&self, server: &Server) -> SocketAddr {
        let tls = from_files(&self.certificate, &self.key).expect("TLS");
        let listening = server.serve("127.0.0.1:0").with_tls(tls).listen().await.expect("a free port");
        let address = listening.address();
        tokio::spawn(listening.into_future());
        address
    }

    async fn connect(
        &self,
        address: SocketAddr,
        protocols: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("localhost").expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

fn good() -> String {
    upgrade("/", "Host: localhost\r\nOrigin: https://localhost\r\n")
}

#[test]
fn a_client_is_served_over_tls() {
    real_time(async {
        let files = Files::new("served");
        let address = files.serve(&echo_server()).await;
        for protocols in [&[][..], &["http/1.1"], &["h2", "http/1.1"]] {
            let stream = files.connect(address, protocols).await.expect("TLS");
            let spoken = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
            assert_eq!(spoken, (!protocols.is_empty()).then(|| b"http/1.1".to_vec()));
            is_served(stream, &good()).await;
        }
    });
}

#[test]
fn a_page_over_tls_is_refused_as_any() {
    real_time(async {
        let files = Files::new("refused");
        let address = files.serve(&echo_server()).await;
        let mut stream = files.connect(address, &[]).await.expect("TLS");
        let evil = upgrade("/", "Host: localhost\r\nOrigin: https://evil.com\r\n");
        assert_eq!(answer(&mut stream, &evil).await.status, 403);
    });
}

#[test]
fn who_wants_only_another_protocol_or_speaks_no_tls_is_hung_up_on() {
    real_time(async {
        let files = Files::new("others");
        let address = files.serve(&echo_server()).await;
        assert!(files.connect(address, &["h2"]).await.is_err());
        let mut plain = tcp(address).await;
        plain.write_all(good().as_bytes()).await.expect("written");
        let mut answer = Vec::new();
        let _ = plain.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
        is_served(files.connect(address, &[]).await.expect("TLS"), &good()).await;
    });
}

#[test]
fn a_tls_handshake_that_stalls_is_hung_up_on_and_holds_up_nobody() {
    real_time(async {
        let files = Files::new("stalled");
        let limits = ConnectionLimits::server().handshake_timeout(Duration::from_millis(300));
        let server = server().limits(limits).accept(|echo: Echo, _: packets_server::Socket| async { echo.0 });
        let address = files.serve(&server.build().expect("a server")).await;
        let mut stalled = Vec::new();
        for _ in 0..20 {
            let mut stream = tcp(address).await;
            // The head of a handshake message that never comes.
            stream.write_all(&[0x16, 3, 1, 2, 0]).await.expect("written");
            stalled.push(stream);
        }
        is_served(files.connect(address, &[]).await.expect("TLS"), &good()).await;
        for mut stream in stalled {
            // A reset is a way of hanging up.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
}

#[test]
fn files_that_are_no_certificate_and_key_are_errors_that_name_them() {
    let files = Files::new("right");
    let other = Files::new("wrong");
    let missing = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("missing.pem");
    for (certificate, key, wrong) in [
        (&missing, &files.key, &missing),
        (&files.certificate, &missing, &missing),
        (&files.certificate, &files.certificate, &files.certificate),
    ] {
        let error = from_files(certificate, key).expect_err("no TLS");
        assert!(matches!(&error, TlsError::File { path, .. } if path == wrong), "{error:?}");
    }
    assert!(matches!(from_files(&files.certificate, &other.key), Err(TlsError::Rustls(_))));
    // A file without any certificate.
    assert!(from_files(&files.key, &files.key).is_err());
}
