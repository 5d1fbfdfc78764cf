//! What stands in logs.

use std::future::Future;
use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use packets_client::{Client, Inbound, Next};
use packets_core::net::Message;
use packets_server::Socket;
use packets_tests::harness::{
    Count, Echo, Raw, attach, client, connect, frames, id, only_socket, paused_time, server,
};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Instrument};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use super::{SLOW, builder};

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// While there is but one subscriber, tracing asks that of the thread on which something is logged for the first
/// time whether it is wanted, for all threads; that one may have none.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));

/// The lines that are logged meanwhile.
fn lines(filter: &str, act: impl Future<Output = ()>) -> Vec<String> {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(false)
        .without_time()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(log.clone())
        .finish();
    LazyLock::force(&SECOND);
    tracing::subscriber::with_default(subscriber, || paused_time(act));
    let bytes = log.0.lock().expect("no panic").clone();
    String::from_utf8(bytes).expect("text").lines().map(str::to_owned).collect()
}

/// The only line that holds this.
fn line<'a>(lines: &'a [String], part: &str) -> &'a str {
    let found: Vec<_> = lines.iter().filter(|line| line.contains(part)).collect();
    assert_eq!(found.len(), 1, "{part} in {lines:#?}");
    found[0]
}

#[test]
fn what_an_acceptor_logs_says_of_which_packet_and_socket() {
    let mut id = None;
    let lines = lines("debug", async {
        let accept = |packet: Echo, _: Socket| async move {
            tracing::info!("at work");
            packet.0
        };
        let server = server().accept(accept).build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        id = Some(client.id());
        client.send(Echo("secret".to_owned())).await.expect("answered");
    });
    let id = id.expect("a client");
    let spans = format!("socket{{id={id}}}:accept{{packet=\"Echo\" socket={id} call=1}}: ");
    assert!(line(&lines, "at work").contains(&spans), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("secret")), "{lines:#?}");
}

#[test]
fn what_a_client_logs_stands_in_the_spans_that_a_server_has() {
    let mut id = None;
    let lines = lines("debug", async {
        let server = server().build().expect("a server");
        let builder = client()
            .layer(|_: Inbound<_>, next: Next<_>| {
                tracing::info!("in a layer");
                next.run()
            })
            .accept(|packet: Echo, _: Client| async move {
                tracing::info!("at work");
                packet.0
            });
        // Not in the span of whoever connects.
        let connecting = connect(&server, builder).instrument(tracing::info_span!("program"));
        let (client, _end) = connecting.await;
        id = Some(client.id());
        let answer = only_socket(&server).await.send(Echo("secret".to_owned())).await;
        assert_eq!(answer, Ok("secret".to_owned()));
    });
    let id = id.expect("a client");
    let spans = format!("socket{{id={id}}}:accept{{packet=\"Echo\" socket={id} call=1}}: ");
    for part in ["at work", "in a layer"] {
        assert!(line(&lines, part).starts_with(&format!(" INFO {spans}")), "{lines:#?}");
    }
    assert!(!lines.iter().any(|line| line.contains("secret")), "{lines:#?}");
}

#[test]
fn a_span_learns_what_came_of_its_packet() {
    let lines = lines("packets_core=debug", async {
        let server = builder().build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        client.send(Echo("abc".to_owned())).await.expect("answered");
        client.send(Count { value: 1 }).await.expect_err("refused");
        client.emit(&Echo("abc".to_owned())).expect("room");
        let late = client.send(Count { value: 3 }).timeout(SLOW / 2);
        late.await.expect_err("too late");
        client.send(Echo("abc".to_owned())).await.expect("answered");
    });
    let done: Vec<_> =
        lines.iter().filter(|line| line.ends_with("close") && line.contains("accept{")).collect();
    let of = |packet: &str, outcome: &str| {
        let parts = [format!("packet=\"{packet}\""), format!("outcome={outcome}")];
        done.iter().filter(|line| parts.iter().all(|part| line.contains(part))).count()
    };
    assert_eq!(of("Echo", "\"accepted\""), 3, "{done:#?}");
    assert_eq!(of("Count", "refused by validation"), 1, "{done:#?}");
    assert_eq!(of("Count", "\"dropped\""), 1, "{done:#?}");
    assert!(line(&lines, "refused by validation").contains("elapsed=2s"));
    assert_eq!(done.len(), 5, "{done:#?}");
}

#[test]
fn the_items_of_a_bundle_stand_in_its_span() {
    let lines = lines("packets_core=debug", async {
        let server = builder().build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        client.send(packets_server::bundle![Echo("abc".to_owned())]).await.expect("results");
    });
    let item = line(&lines, "packet=\"Echo\"");
    assert!(item.find("packet=\"Bundle\"") < item.find("packet=\"Echo\""), "{item}");
    assert!(item.contains("packet=\"Bundle\""), "{item}");
}

#[test]
fn at_the_level_of_info_packets_leave_no_trace() {
    let lines = lines("info", async {
        let server = builder().build().expect("a server");
        let (client, end) = connect(&server, client()).await;
        client.send(Echo("abc".to_owned())).await.expect("answered");
        client.send(Count { value: 2 }).await.expect_err("failed");
        client.close();
        end.await.expect("no panic");
    });
    let failed = line(&lines, "an acceptor failed");
    assert!(failed.contains(" WARN socket{id="), "{failed}");
    // The spans of the two ends' sockets close, too.
    assert_eq!(lines.iter().filter(|line| line.contains(" INFO socket{id=")).count(), 2, "{lines:#?}");
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("accept{")), "{lines:#?}");
}

#[test]
fn nobody_writes_lines_of_his_own() {
    let lines = lines("debug", async {
        let server = builder().build().expect("a server");
        let (transport, end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        only_socket(&server).await;
        raw.send(frames::call(id::<Count>(), 1, &[2])).await;
        raw.reject(1).await;
        let text = format!("bye\r\nERROR \u{1b}[31mroot\u{1b}[0m{}", "x".repeat(200));
        futures_util::SinkExt::send(&mut raw.0, Message::Close(Some((4_000, text)))).await.expect("sent");
        end.await.expect("no panic");
    });
    let failed = line(&lines, "an acceptor failed");
    assert!(failed.contains("broken\\r\\nERROR all is lost"), "{failed}");
    let ends = line(&lines, "connection ends");
    assert!(ends.contains("bye\\r\\nERROR \\u{1b}[31mroot"), "{ends}");
    assert!(!ends.contains(&"x".repeat(128)), "{ends}");
    assert!(ends.contains("xxx…"), "{ends}");
    assert!(lines.iter().flat_map(|line| line.chars()).all(|char| !char.is_control()), "{lines:#?}");
}
