//! What brings back to a connection what it publishes itself.

use async_nats::connection::State;
use async_nats::{Client, Message, Subject, Subscriber};
use futures_util::StreamExt;
use tokio::task::JoinHandle;

use crate::engine::EngineError;

/// A second connection, which publishes what is sent to its inbox: to the subject that is named as the one to reply to.
/// A server brings nothing back over the connection by which it came.
pub(super) struct Mirror {
    client: Client,
    inbox: Subject,
    reflecting: JoinHandle<()>,
}

impl Mirror {
    /// # Errors
    /// [`EngineError`] if the connection does not last.
    pub(super) async fn new(client: Client) -> Result<Self, EngineError> {
        let inbox = Subject::from(client.new_inbox());
        let messages = client.subscribe(inbox.clone()).await.map_err(EngineError::new)?;
        client.flush().await.map_err(EngineError::new)?;
        let reflecting = tokio::spawn(reflect(client.clone(), messages));
        Ok(Self { client, inbox, reflecting })
    }

    /// Where to send what is to come back. None while there is no connection.
    pub(super) fn inbox(&self) -> Option<Subject> {
        is_connected(&self.client).then(|| self.inbox.clone())
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.reflecting.abort();
    }
}

async fn reflect(client: Client, mut messages: Subscriber) {
    while let Some(Message { reply, payload, .. }) = messages.next().await {
        // What cannot be published now is lost: nobody waits for it later.
        if let Some(subject) = reply.filter(|_| is_connected(&client)) {
            let _ = client.publish(subject, payload).await;
        }
    }
}

/// What is given to a client that has no connection would be published when nobody waits for it any more.
pub(super) fn is_connected(client: &Client) -> bool {
    match client.connection_state() {
        State::Connected => true,
        State::Pending | State::Disconnected => false,
    }
}
