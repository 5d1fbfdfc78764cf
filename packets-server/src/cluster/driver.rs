//! The task of a node: its [`Reader`], and its [`Writer`].

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::link::{Link, Remote};
use super::message::Content;
use super::outbox::Destination;
use super::reader::Reader;
use super::writer::Writer;
use crate::engine::Engine;

/// How long the last messages of a node may take, and its goodbye.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);

/// So many messages are looked at, or written, in a row.
pub(crate) const TURN: usize = 64;

/// A node's part in the cluster, to the end of its server.
pub(crate) async fn drive(link: Arc<Link>, engine: Arc<dyn Engine>) {
    let Some(remote) = link.remote() else { return };
    let _ended = Ended(remote);
    let mut writer = Writer::new(&link, remote, &*engine);
    let mut reader = Reader::new(&link, remote, &*engine);
    {
        let mut writing = pin!(writer.run());
        let mut overdue = pin!(overdue(remote));
        poll_fn(|cx| {
            // Somebody may wait for what is to go out.
            if writing.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            // What the reader has to say goes out after it: nobody has to be woken for that.
            remote.outbox.attend();
            reader.poll(cx);
            if writing.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            overdue.as_mut().poll(cx)
        })
        .await;
    }
    // What is being read is read no more: whoever asks now hears that this node has left.
    drop(reader);
    let goodbye = async {
        writer.write(Destination::All, false, &Content::Goodbye).await;
        let _ = engine.flush().await;
    };
    if timeout(GOODBYE_TIMEOUT, goodbye).await.is_err() {
        tracing::warn!("the engine takes no goodbye");
    }
}

/// Resolves when what still waits has had its time.
async fn overdue(remote: &Remote) {
    remote.outbox.ending().await;
    sleep(GOODBYE_TIMEOUT).await;
    tracing::warn!("the engine does not take all that waits for it");
}

/// Whatever happens to the driver, everybody hears of its end.
struct Ended<'a>(&'a Remote);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
