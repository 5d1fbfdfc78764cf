//! What other nodes want of this one's sockets.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use packets_core::net::{Encoded, Raw, SharedLogLimit, Term};
use packets_core::{CloseReason, Reject, RejectKind, SessionId};

use super::elsewhere::tell;
use super::link::Link;
use super::message::{Act, Carried, Choice, Emit, Reply, SocketAnswer, Who};
use super::work::Key;
use crate::answers::Answers;
use crate::recipient::Recipient;
use crate::target::Target;

/// So many bytes of answers, or of ids of sockets, go in one message, if it may have as many and one answer alone has
/// no more.
const BATCH: usize = 64 * 1024;

impl Target<'_> {
    /// The sockets of this node that another one has chosen.
    fn of_choice(link: &Link, choice: &Choice) -> Option<Target<'static>> {
        let rooms = link.server()?.shared_rooms().clone();
        let recipients = |who: &[Who]| who.iter().map(Recipient::from).collect();
        let to = choice.to.as_deref().map(recipients);
        Some(Target::chosen(rooms, to, recipients(&choice.except)))
    }
}

impl From<&Who> for Recipient<'static> {
    fn from(who: &Who) -> Self {
        match who {
            Who::Room(name) => Self::Room(Cow::Owned(name.as_str().to_owned())),
            Who::Socket(id) => Self::Id(SessionId::from(*id)),
        }
    }
}

impl From<&Recipient<'_>> for Who {
    fn from(recipient: &Recipient<'_>) -> Self {
        match recipient {
            Recipient::Room(name) => Self::Room(name.clone().into_owned().into()),
            Recipient::Id(id) => Self::Socket((*id).into()),
        }
    }
}

/// A packet of another node, for sockets of this one.
fn encoded(link: &Link, packet: &Carried) -> Result<Encoded<Raw>, Reject> {
    let id = link.find(packet)?;
    Encoded::of_body(id, &packet.body, link.agreement())
        .map_err(|error| Reject::new(RejectKind::Failed, error.to_string()))
}

/// Emits a packet of another node to sockets of this one.
pub(crate) fn emit(link: &Link, Emit { choice, packet }: &Emit) {
    static LOG: SharedLogLimit = SharedLogLimit::new();
    match encoded(link, packet) {
        Ok(encoded) => {
            if let Some(target) = Target::of_choice(link, choice) {
                target.emit_here(&encoded);
            }
        }
        Err(reject) => {
            link.count_unreadable();
            if LOG.passes() {
                tracing::warn!(%reject, "a packet of another node is dropped");
            }
        }
    }
}

/// Asks sockets of this node, for another one.
pub(crate) fn send(
    link: &Arc<Link>,
    (asker, number): Key,
    choice: &Choice,
    packet: &Carried,
    timeout: Option<Duration>,
) -> Result<impl Future<Output = ()> + Send + use<>, Reply> {
    let packet = encoded(link, packet).map_err(|reject| Reply::reject(&reject))?;
    let target = Target::of_choice(link, choice).ok_or(Reply::Done(0))?;
    let answers = Answers::new(packet, target.sockets(), Term::default());
    let answers = match timeout {
        Some(timeout) => answers.timeout(timeout),
        None => answers,
    };
    let (link, limit) = (link.clone(), link.largest_answer());
    let most = BATCH.min(limit);
    Ok(async move {
        let mut answers = answers.ready_chunks(64);
        let mut count: u32 = 0;
        while let Some(chunk) = answers.next().await {
            let (mut batch, mut size) = (Vec::with_capacity(chunk.len()), 0);
            for (id, answer) in chunk {
                let answer = SocketAnswer { answered: tell(answer, limit), id: id.into() };
                count += 1;
                if size > 0 && size + answer.weight() > most {
                    link.reply(asker, number, Reply::Answers(std::mem::take(&mut batch)));
                    size = 0;
                }
                size += answer.weight();
                batch.push(answer);
            }
            link.reply(asker, number, Reply::Answers(batch));
        }
        link.reply(asker, number, Reply::Done(count));
    })
}

/// Does something with sockets of this node that another one wants.
pub(crate) fn act_for(link: &Link, (asker, number): Key, choice: &Choice, what: &Act) {
    let Some(target) = Target::of_choice(link, choice) else {
        return link.reply(asker, number, Reply::Done(0));
    };
    let count = match what {
        Act::List => {
            let ids: Vec<[u8; 16]> = target.sockets().iter().map(|socket| socket.id().into()).collect();
            let most = BATCH.min(link.largest_answer()) / size_of::<[u8; 16]>();
            for ids in ids.chunks(most.max(1)) {
                link.reply(asker, number, Reply::Sockets(ids.to_vec()));
            }
            // No more and no less than were listed.
            ids.len()
        }
        _ => act(&target, what),
    };
    link.reply(asker, number, Reply::Done(u32::try_from(count).unwrap_or(u32::MAX)));
}

/// Does something with sockets of this node; with how many.
pub(crate) fn act(target: &Target<'_>, what: &Act) -> usize {
    match what {
        Act::List => target.sockets().len(),
        // Who has asked knows what a name may be.
        Act::Join(room) => target.join(room.as_str()).unwrap_or(0),
        Act::Leave(room) => target.leave(room.as_str()),
        Act::Close(closing) => {
            let reason = match closing {
                None => CloseReason::Local,
                Some(closing) => match CloseReason::application(closing.code, &closing.reason) {
                    Ok(reason) => reason,
                    Err(_) => return 0,
                },
            };
            let sockets = target.sockets();
            sockets.iter().for_each(|socket| socket.close_with(reason.clone(), None));
            sockets.len()
        }
    }
}
