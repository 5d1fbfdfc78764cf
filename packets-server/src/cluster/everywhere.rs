//! Sockets of all nodes: who they are, and what becomes of them.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use packets_core::{CloseReason, InvalidCloseCode, SessionId};

use super::gather::Outcome;
use super::intercom::Tally;
use super::link::Link;
use super::message::{Act, Ask, Closing, Reply};
use super::node::NodeId;
use super::others::{Deadline, Others};
use super::outbox::PublishError;
use super::relay::act;
use crate::rooms::JoinError;
use crate::target::Target;

/// Sockets of all nodes of the cluster, for what sockets are not asked themselves: [`Target::everywhere`].
///
/// Each of its methods asks all nodes, this one included, and waits for their answers, no longer than the cluster's
/// [`timeout`](crate::Cluster::timeout).
///
/// ```
/// # async fn example(server: packets_server::Server) -> Result<(), packets_server::InvalidCloseCode> {
/// const BANNED: u16 = 4001;
/// let closed = server.to("user 7").everywhere().close_as(BANNED, "no shouting").await?;
/// println!("{} sockets on {} nodes", closed.sockets, closed.tally.answered);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is but a choice of sockets"]
pub struct Everywhere<'a> {
    target: Target<'a>,
}

/// Sockets of the whole cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Each with the node that it is connected to, in no particular order.
    pub sockets: Vec<(NodeId, SessionId)>,
    /// What the nodes have answered. Of those that have not, the sockets are missing.
    pub tally: Tally,
    /// Why no other node was asked, if that is so. Those that are known count as silent then.
    pub unpublished: Option<PublishError>,
}

/// With how many sockets of the whole cluster something was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reached {
    /// How many they were.
    pub sockets: usize,
    /// What the nodes have answered. With those of the others it may be done, or not.
    pub tally: Tally,
    /// Why no other node was asked, if that is so. Those that are known count as silent then.
    pub unpublished: Option<PublishError>,
}

impl<'a> Everywhere<'a> {
    pub(crate) const fn new(target: Target<'a>) -> Self {
        Self { target }
    }

    /// The sockets, as they are now.
    pub async fn sockets(&self) -> Found {
        let mut found = Found::default();
        let me = self.link().identity().id;
        let mut asked = self.ask(Act::List);
        if self.takes_part() {
            found.sockets.extend(self.target.sockets().iter().map(|socket| (me, socket.id())));
        }
        let mut counts = std::collections::HashMap::new();
        while let Some((node, outcome)) = next(&mut asked).await {
            let outcome = match outcome {
                Outcome::Reply(Reply::Sockets(ids)) => {
                    *counts.entry(node).or_insert(0) += ids.len();
                    found.sockets.extend(ids.into_iter().map(|id| (node, SessionId::from(id))));
                    continue;
                }
                // Some have been lost on their way.
                Outcome::Reply(Reply::Done(count))
                    if counts.remove(&node).unwrap_or(0) != usize::try_from(count).unwrap_or(usize::MAX) =>
                {
                    Outcome::TooMuch
                }
                outcome => outcome,
            };
            count(&mut found.tally, &outcome);
        }
        found.tally.answered += usize::from(self.takes_part());
        found.unpublished = unpublished(asked.as_ref());
        found
    }

    /// Lets all of them [join](crate::Socket::join) a room; how many are in it now.
    ///
    /// # Errors
    /// [`JoinError::NameTooLong`].
    pub async fn join(&self, room: impl AsRef<str>) -> Result<Reached, JoinError> {
        JoinError::check_name(room.as_ref())?;
        Ok(self.act(Act::Join(room.as_ref().to_owned().into())).await)
    }

    /// Lets all of them [leave](crate::Socket::leave) a room; how many were in it.
    pub async fn leave(&self, room: impl AsRef<str>) -> Reached {
        self.act(Act::Leave(room.as_ref().to_owned().into())).await
    }

    /// Ends the connections of all of them, once what is queued has been written.
    pub async fn close(&self) -> Reached {
        self.act(Act::Close(None)).await
    }

    /// Ends the connections of all of them, as [`close_as`](packets_core::net::Peer::close_as) does.
    ///
    /// # Errors
    /// [`InvalidCloseCode`] at a code that is not the application's; then nothing is closed.
    pub async fn close_as(&self, code: u16, reason: &str) -> Result<Reached, InvalidCloseCode> {
        CloseReason::application(code, reason)?;
        Ok(self.act(Act::Close(Some(Closing { code, reason: reason.to_owned().into() }))).await)
    }

    async fn act(&self, what: Act) -> Reached {
        let mut reached = Reached::default();
        let mut asked = self.ask(what.clone());
        if self.takes_part() {
            reached.sockets = act(&self.target, &what);
            reached.tally.answered = 1;
        }
        while let Some((_, outcome)) = next(&mut asked).await {
            if let Outcome::Reply(Reply::Done(count)) = outcome {
                reached.sockets += usize::try_from(count).unwrap_or(usize::MAX);
            }
            count(&mut reached.tally, &outcome);
        }
        reached.unpublished = unpublished(asked.as_ref());
        reached
    }

    fn ask(&self, act: Act) -> Option<(Others, Deadline)> {
        let link = self.link();
        let timeout = link.remote()?.settings.timeout;
        let others = Others::ask(link, || Ask::Act { act, choice: self.target.choice() }, timeout)?;
        Some((others, Deadline::after(timeout)))
    }

    fn link(&self) -> &Arc<Link> {
        self.target.link()
    }

    fn takes_part(&self) -> bool {
        self.link().remote().is_none_or(|remote| !remote.is_emitter)
    }
}

fn unpublished(asked: Option<&(Others, Deadline)>) -> Option<PublishError> {
    asked.and_then(|(others, _)| others.unpublished())
}

/// What came of it at the next node.
async fn next(asked: &mut Option<(Others, Deadline)>) -> Option<(NodeId, Outcome)> {
    let (others, deadline) = asked.as_mut()?;
    poll_fn(|cx| {
        loop {
            match others.poll_next(cx) {
                Poll::Pending => std::task::ready!(deadline.poll(cx)),
                settled @ Poll::Ready(_) => return settled,
            }
            others.expire();
        }
    })
    .await
}

fn count(tally: &mut Tally, outcome: &Outcome) {
    let counter = match outcome {
        Outcome::Reply(Reply::Done(_)) => &mut tally.answered,
        Outcome::Reply(_) | Outcome::TooMuch => &mut tally.failed,
        Outcome::Left => &mut tally.left,
        Outcome::Silent => &mut tally.silent,
    };
    *counter += 1;
}
