//! A client's store: it follows the server's.

use std::time::Duration;

use packets_client::{Client, ClientBuilder, ConnectError, Connector, Offline, SendError};
use tokio::sync::watch;

use crate::protocol::{Action, Counter};

/// A client, and the counter as it knows it. Cheap to clone.
///
/// It changes as the server says, in the server's order, and not before: so all are in step.
#[derive(Clone)]
pub(crate) struct Replica {
    pub(crate) client: Client,
    counter: watch::Receiver<Counter>,
}

impl Replica {
    pub(crate) async fn connect<C: Connector>(
        builder: ClientBuilder<C>,
        url: &str,
    ) -> Result<Self, ConnectError> {
        let (store, counter) = watch::channel(Counter::default());
        let reduces = store.clone();
        let client = builder
            // What is done while there is no connection waits for one.
            .offline(Offline::Wait {
                max_packets: 1_000,
                max_bytes: 64 << 10,
                max_age: Duration::from_secs(60),
            })
            .accept(move |counter: Counter, _: Client| {
                store.send_replace(counter);
                async {}
            })
            .accept(move |action: Action, _: Client| {
                reduces.send_modify(|counter| *counter = counter.reduce(action));
                async {}
            })
            .connect(url)
            .await?;
        Ok(Self { client, counter })
    }

    /// Asks the server to do this. It is done for good when this resolves to `Ok`. Whether it was done is unknown
    /// after [`SendError::Disconnected`]: so it may be when a server was killed, not when a cable was cut.
    pub(crate) async fn dispatch(&self, action: Action) -> Result<(), SendError> {
        self.client.send(action).await
    }

    pub(crate) fn counter(&self) -> Counter {
        *self.counter.borrow()
    }

    /// Waits until the counter is this one.
    pub(crate) async fn reaches(&self, counter: Counter) {
        // It has a sender as long as there is the client.
        let _ = self.counter.clone().wait_for(|now| *now == counter).await;
    }
}
