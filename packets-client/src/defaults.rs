//! What a client does about the default packets.

use std::any::TypeId;

use packets_core::net::Acceptors;
use packets_core::{Packet, Redirect, Refresh};

use crate::client::Client;
use crate::location::RedirectPolicy;

/// What a client does about [`Refresh`] and [`Redirect`], unless the application accepts them itself.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) policy: RedirectPolicy,
    own_refresh: bool,
    own_redirect: bool,
}

impl Defaults {
    /// The application accepts packets of type `P` itself.
    pub(crate) fn leave<P: Packet>(&mut self) {
        self.own_refresh |= TypeId::of::<P>() == TypeId::of::<Refresh>();
        self.own_redirect |= TypeId::of::<P>() == TypeId::of::<Redirect>();
    }

    /// Accepts what is left to the client.
    pub(crate) fn add_to(self, acceptors: &mut Acceptors<Client>) {
        let Self { policy, own_refresh, own_redirect } = self;
        if !own_refresh {
            acceptors.add(|_: Refresh, client: Client| async move { client.reconnect() });
        }
        if !own_redirect {
            acceptors.add(move |to: Redirect, client: Client| async move { client.follow(&to.0, policy) });
        }
    }
}
