//! Brokers that speak TLS.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use packets_server::async_nats::ConnectOptions;
use packets_server::redis::{Client, TlsCertificates};
use packets_server::{Engine, Incoming, Nats, Redis, Subject};
use packets_tests::broker::{Broker, Program};
use tokio::time::timeout;

use crate::{Either, on_each};

on_each! {
    a_broker_that_speaks_tls_has_to_be_trusted in 20
}

async fn a_broker_that_speaks_tls_has_to_be_trusted(program: Program) {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let pem = certified.cert.pem();
    let broker = Broker::start_with(program, |folder, port| {
        let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&cert, &pem).expect("written");
        std::fs::write(&key, certified.signing_key.serialize_pem()).expect("written");
        arguments(program, port, &cert, &key)
    });
    let port = broker.port();
    let engine = match program {
        Program::Nats => {
            let url = format!("tls://localhost:{port}");
            Nats::connect(&url).await.expect_err("nobody trusts it");
            let trusted = broker.folder().join("cert.pem");
            let options = ConnectOptions::new().add_root_certificates(trusted);
            Either::Nats(Nats::connect_with(&url, options).await.expect("trusted"))
        }
        Program::Redis => {
            let url = format!("rediss://localhost:{port}");
            Redis::connect(&url).await.expect_err("nobody trusts it");
            let certificates = TlsCertificates { client_tls: None, root_cert: Some(pem.clone().into()) };
            let client = Client::build_with_tls(url, certificates).expect("a client");
            Either::Redis(Redis::connect_with(&client).await.expect("trusted"))
        }
    };
    let subject = Subject::of(["packets", "test"]);
    let mut subscription = engine.subscribe(vec![subject.clone()]).await.expect("subscribed");
    engine.publish(&subject, Bytes::from_static(b"hello")).await.expect("published");
    let incoming = timeout(Duration::from_secs(5), subscription.next()).await.expect("in time");
    assert_eq!(incoming, Some(Incoming::Message(Bytes::from_static(b"hello"))));
}

fn arguments(program: Program, port: u16, cert: &Path, key: &Path) -> Vec<String> {
    let (cert, key, port) = (cert.display().to_string(), key.display().to_string(), port.to_string());
    let arguments: &[&str] = match program {
        Program::Nats => &["--tls", "--tlscert", &cert, "--tlskey", &key],
        Program::Redis => &[
            "--port",
            "0",
            "--tls-port",
            &port,
            "--tls-auth-clients",
            "no",
            "--tls-cert-file",
            &cert,
            "--tls-key-file",
            &key,
        ],
    };
    arguments.iter().map(ToString::to_string).collect()
}
