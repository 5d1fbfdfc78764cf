//! Clients of `wss` URLs.

use std::net::SocketAddr;
use std::sync::Arc;

use packets_client::rustls::crypto::ring;
use packets_client::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use packets_client::rustls::{ClientConfig, RootCertStore, ServerConfig};
use packets_client::{ConnectError, Event};
use packets_server::{Server, Socket};
use packets_tests::harness::{Echo, real_time};

use super::{client, registry};

/// A server behind TLS, known as `localhost`, and its certificate.
async fn listen() -> (SocketAddr, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("a configuration");
    let accept = |packet: Echo, _: Socket| async move { packet.0 };
    let server = Server::builder().registry(registry()).accept(accept).build().expect("a server");
    let listening = server.serve("127.0.0.1:0").with_tls(config).listen().await.expect("a free port");
    let address = listening.address();
    tokio::spawn(listening.into_future());
    (address, certificate)
}

fn trusting(certificate: Option<CertificateDer<'static>>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificate);
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[test]
fn packets_travel_through_tls_and_over_reconnects() {
    real_time(async {
        let (address, certificate) = listen().await;
        let url = format!("wss://localhost:{}/", address.port());
        let client = client().tls(trusting(Some(certificate))).connect(&url).await.expect("a connection");
        let mut events = client.events();
        let long = "x".repeat(50_000);
        assert_eq!(client.send(Echo(long.clone())).await, Ok(long));
        client.reconnect();
        packets_tests::harness::connected(&mut events).await;
        assert_eq!(client.send(Echo("again".to_owned())).await, Ok("again".to_owned()));
        client.close();
        while let Some(event) = events.next().await {
            assert!(matches!(event, Event::Disconnected(_)), "{event:?}");
        }
    });
}

#[test]
fn a_server_that_is_not_trusted_is_not_spoken_to() {
    real_time(async {
        let (address, certificate) = listen().await;
        let here = format!("wss://localhost:{}/", address.port());
        let by_address = format!("wss://{address}/");
        for (trusted, url) in [(None, here), (Some(certificate), by_address)] {
            let error = client().tls(trusting(trusted)).connect(&url).await.expect_err("not trusted");
            assert!(matches!(error, ConnectError::Tls(_)), "{error:?}");
        }
    });
}

#[test]
fn a_server_without_tls_is_not_spoken_to() {
    real_time(async {
        let address = packets_tests::harness::listen(&packets_tests::harness::echo_server()).await;
        let error =
            client().tls(trusting(None)).connect(&format!("wss://{address}/")).await.expect_err("no TLS");
        assert!(matches!(error, ConnectError::Tls(_) | ConnectError::Timeout), "{error:?}");
    });
}
