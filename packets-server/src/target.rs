//! Several sockets at once: the members of rooms, or all.

use std::collections::HashSet;
use std::sync::Arc;

use packets_core::net::{Encoded, Flush, Outgoing, SendError, Term};
use packets_core::{CloseReason, InvalidCloseCode};

use crate::answers::Answers;
use crate::cluster::{Choice, Content, Destination, Elsewhere, Emit, Everywhere, Link};
use crate::delivery::Delivery;
use crate::id_hash::IdHash;
use crate::recipient::Recipient;
use crate::rooms::{JoinError, Rooms};
use crate::socket::Socket;

/// Several sockets at once: of rooms, or all but some. Who is in it shows when something is done with it.
///
/// A socket that is in several of the rooms is in it once.
///
/// ```
/// # use packets_server::{Packet, SendError, Server, Socket};
/// #[derive(Packet)]
/// struct Slap;
///
/// # fn example(server: Server, socket: Socket) -> Result<(), SendError> {
/// server.to("lobby").to("kitchen").except(socket.id()).emit(&Slap)?;
/// server.all().except("asleep").emit(&("Slap",))?;
/// socket.to("lobby").emit(&Slap)?; // to the others in it
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is but a choice of sockets, until `emit` or `send`"]
pub struct Target<'a> {
    rooms: Arc<Rooms>,
    /// All if absent.
    to: Option<Vec<Recipient<'a>>>,
    except: Vec<Recipient<'a>>,
    /// The call that it is chosen for.
    term: Term,
    /// Those of this node alone.
    is_here: bool,
}

impl<'a> Target<'a> {
    pub(crate) fn all(rooms: Arc<Rooms>) -> Self {
        Self { rooms, to: None, except: Vec::new(), term: Term::default(), is_here: false }
    }

    pub(crate) fn one(rooms: Arc<Rooms>, recipient: Recipient<'a>) -> Self {
        Self { to: Some(vec![recipient]), ..Self::all(rooms) }
    }

    /// Those of this node, whoever has chosen them.
    pub(crate) fn chosen(
        rooms: Arc<Rooms>,
        to: Option<Vec<Recipient<'a>>>,
        except: Vec<Recipient<'a>>,
    ) -> Self {
        Self { to, except, is_here: true, ..Self::all(rooms) }
    }

    /// Those who are asked get no more time than is left of the term.
    pub(crate) fn within(self, term: &Term) -> Self {
        Self { term: term.clone(), ..self }
    }

    /// These sockets, too. All stay all.
    pub fn to(mut self, recipient: impl Into<Recipient<'a>>) -> Self {
        if let Some(to) = &mut self.to {
            to.push(recipient.into());
        }
        self
    }

    /// Not these sockets, whatever brings them in.
    pub fn except(mut self, recipient: impl Into<Recipient<'a>>) -> Self {
        self.except.push(recipient.into());
        self
    }

    /// Those of this node alone, whatever [engine](crate::ServerBuilder::engine) it has.
    pub fn here(mut self) -> Self {
        self.is_here = true;
        self
    }

    /// Those of all nodes, to list them, or to do something with them. What this type does itself with sockets
    /// concerns this node, but for [`emit`](Self::emit) and [`send`](Self::send).
    pub fn everywhere(self) -> Everywhere<'a> {
        Everywhere::new(self)
    }

    /// Sends a packet, typed or dehydrated, to each of them, without asking for an answer. It is encoded
    /// once, and all share the bytes. It never waits: a client that reads slowly holds up nobody, and has
    /// the packet dropped as its connection's limits say. What one task emits reaches each socket in order.
    ///
    /// With an [engine](crate::ServerBuilder::engine), it reaches the sockets of all nodes, at most once: what
    /// is lost on the way is [told](crate::ClusterEvent::Gap) there.
    ///
    /// # Errors
    /// [`SendError`] if the packet cannot be sent to anybody: it is not in the server's registry, or cannot
    /// be encoded. What becomes of it at each socket is counted in the [`Delivery`].
    pub fn emit<O: Outgoing>(&self, packet: &O) -> Result<Delivery, SendError> {
        let encoded = Encoded::new(packet, self.rooms.agreement());
        let packet = encoded.inspect_err(|error| self.tell(packet, 0, 0, Err(error)))?;
        let mut delivery = self.emit_here(&packet);
        if self.reaches_others() {
            let link = self.link();
            let emit = Emit { choice: self.choice(), packet: link.carry(&packet) };
            delivery.unpublished = link.publish(Destination::All, &Content::Emit(emit)).err();
        }
        Ok(delivery)
    }

    pub(crate) fn emit_here<O: Outgoing>(&self, packet: &Encoded<O>) -> Delivery {
        let mut delivery = Delivery::default();
        let mut flush = Flush::default();
        self.each(|socket| {
            delivery.count(&flush.emit(packet, socket));
        });
        self.tell(packet, packet.size(), delivery.queued, Ok(()));
        delivery
    }

    /// Tells those who look on what became of a packet that was emitted.
    fn tell<O: Outgoing>(&self, packet: &O, size: usize, receivers: usize, result: Result<(), &SendError>) {
        let observers = self.rooms.observers();
        if observers.any() {
            observers.emitted(packet, self.rooms.agreement(), size, receivers, None, result);
        }
    }

    /// Sends a packet, typed or dehydrated, to each of them, and hands out their answers as they arrive. It is
    /// encoded once. Who is asked is settled now; who joins later is not. Chosen by the socket of an acceptor, they
    /// have no more time than [is left](packets_core::net::Peer::time_left) of the call that is accepted.
    ///
    /// With an [engine](crate::ServerBuilder::engine), those of all nodes are asked, each node's as soon as it
    /// hears of it.
    ///
    /// ```
    /// # use packets_server::{Packet, SendError, Server};
    /// use std::time::Duration;
    ///
    /// #[derive(Packet)]
    /// #[packet(response = bool)]
    /// struct Ready;
    ///
    /// # async fn example(server: Server) -> Result<(), SendError> {
    /// let mut answers = server.to("game").send(Ready)?.timeout(Duration::from_secs(3));
    /// while let Some((id, answer)) = answers.next().await {
    ///     println!("{id}: {answer:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SendError`] if the packet cannot be sent to anybody, as with [`emit`](Self::emit).
    #[expect(clippy::needless_pass_by_value, reason = "one sends alike to one socket and to several")]
    pub fn send<O: Outgoing>(&self, packet: O) -> Result<Answers<O>, SendError> {
        let packet = Encoded::new(&packet, self.rooms.agreement())?;
        let elsewhere = self.reaches_others().then(|| {
            let link = self.link().clone();
            let carried = link.carry(&packet);
            Elsewhere::new(link, carried, self.choice())
        });
        Ok(Answers::new(packet, self.sockets(), self.term.clone()).and(elsewhere))
    }

    /// The sockets of this node themselves, in no particular order.
    #[must_use]
    pub fn sockets(&self) -> Vec<Socket> {
        let mut sockets = Vec::new();
        self.each(|socket| sockets.push(socket.clone()));
        sockets
    }

    /// Lets all of them [join](Socket::join) a room; how many are in it now. Those that cannot (they have
    /// ended, or are in too many rooms) are not counted.
    ///
    /// # Errors
    /// [`JoinError::NameTooLong`].
    pub fn join(&self, room: impl AsRef<str>) -> Result<usize, JoinError> {
        let room = room.as_ref();
        JoinError::check_name(room)?;
        let mut joined = 0;
        self.each(|socket| joined += usize::from(socket.join(room).is_ok()));
        Ok(joined)
    }

    /// Lets all of them [leave](Socket::leave) a room; how many were in it.
    pub fn leave(&self, room: impl AsRef<str>) -> usize {
        let room = room.as_ref();
        let mut left = 0;
        self.each(|socket| left += usize::from(socket.leave(room)));
        left
    }

    /// Ends the connections of all of them, once what is queued has been written.
    pub fn close(&self) {
        self.each(|socket| socket.close());
    }

    /// Ends the connections of all of them, as [`close_as`](packets_core::net::Peer::close_as) does.
    ///
    /// # Errors
    /// [`InvalidCloseCode`] at a code that is not the application's; then nothing is closed.
    pub fn close_as(&self, code: u16, reason: &str) -> Result<(), InvalidCloseCode> {
        let reason = CloseReason::application(code, reason)?;
        self.each(|socket| socket.close_with(reason.clone(), None));
        Ok(())
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        self.rooms.link()
    }

    /// Whom it names, for other nodes.
    pub(crate) fn choice(&self) -> Choice {
        let who = |recipients: &[Recipient<'_>]| recipients.iter().map(Into::into).collect();
        Choice { except: who(&self.except), to: self.to.as_deref().map(who) }
    }

    /// Whether sockets of other nodes may be among them.
    fn reaches_others(&self) -> bool {
        let is_known =
            |recipient: &Recipient<'_>| recipient.id().is_some_and(|id| self.rooms.get(id).is_some());
        !self.is_here
            && self.link().remote().is_some()
            && !self.to.as_ref().is_some_and(|to| to.iter().all(is_known))
    }

    /// Goes through the sockets, with no lock held.
    fn each(&self, mut act: impl FnMut(&Socket)) {
        let (chosen, excepted) = self.rooms.select(self.to.as_deref(), &self.except);
        let most = excepted.len() + if chosen.may_repeat { chosen.len() } else { 0 };
        let mut done = HashSet::with_capacity_and_hasher(most, IdHash::default());
        done.extend(excepted.sockets().map(Socket::id));
        chosen.each(|socket| {
            let is_new = if chosen.may_repeat {
                done.insert(socket.id())
            } else {
                // The id is far from what else is touched.
                done.is_empty() || !done.contains(&socket.id())
            };
            if is_new {
                act(socket);
            }
        });
    }
}
