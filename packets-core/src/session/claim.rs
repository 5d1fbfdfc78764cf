//! What a client knows of the session it may go on with.

use bytes::Bytes;

use crate::agreement::Agreement;
use crate::control::{Offer, Position, Resume};

/// A token has so many bytes.
pub(crate) const TOKEN: usize = 32;

/// So many tokens are tried at most.
const MAX_TOKENS: usize = 8;

/// What a client knows of the session it may go on with: empty before the first one.
///
/// With each connection the session gets another token. A client that was cut off while it greeted does not
/// know whether the server had its greeting, and so which of the tokens counts: it names them all. The first one is
/// always that by which it last heard of the session: all others may be those of a session that it has not heard of.
#[derive(Clone, Default)]
pub struct Claim {
    /// That of the session as the client knows it, then those of greetings that came to nothing, the newest last.
    tokens: Vec<Bytes>,
    lost: Option<Lost>,
}

/// A session that has lost its transport.
#[derive(Clone, Debug)]
pub(crate) struct Lost {
    pub(crate) position: Position,
    pub(crate) agreement: Agreement,
}

impl Claim {
    /// The session's transport is lost, and the client would go on.
    pub(crate) fn lose(&mut self, position: Position, agreement: Agreement) {
        self.lost = Some(Lost { position, agreement });
    }

    /// There is nothing any more to go on with.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// There is a session, by this offer.
    pub(crate) fn keep(&mut self, offer: Option<&Offer>) {
        self.forget();
        self.add(offer);
    }

    /// There may be a connection, by this offer, that has not come about.
    pub(crate) fn add(&mut self, offer: Option<&Offer>) {
        self.tokens.extend(offer.map(|offer| offer.token.clone()));
        if self.tokens.len() > MAX_TOKENS {
            self.tokens.remove(1);
        }
    }

    pub(crate) const fn lost(&self) -> Option<&Lost> {
        self.lost.as_ref()
    }

    /// What HELLO says of it.
    pub(crate) fn resume(&self) -> Resume {
        match &self.lost {
            Some(lost) => Resume { tokens: self.tokens.concat().into(), position: lost.position },
            None => Resume { tokens: Bytes::new(), position: Position::default() },
        }
    }
}

/// The tokens are secrets.
impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claim").field("tokens", &self.tokens.len()).finish_non_exhaustive()
    }
}

impl Resume {
    /// Whether the client wants to go on with a session that there was.
    pub(crate) fn wants_one(&self) -> bool {
        self.tokens().next().is_some()
    }

    /// The tokens, the newest last; those beyond what a client names, and what is no token, are left out.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &[u8; TOKEN]> {
        self.tokens.as_chunks().0.iter().take(MAX_TOKENS)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::registry::Registry;

    #[test]
    fn a_client_names_the_token_it_knows_and_its_7_newest() {
        let offer = |number| Offer { token: vec![number; TOKEN].into(), keep: 0 };
        let mut claim = Claim::default();
        claim.keep(Some(&offer(0)));
        assert!(!claim.resume().wants_one(), "nothing is lost yet");
        claim.lose(Position::default(), Agreement::identical(Arc::new(Registry::defaults_only())));
        (1..10).for_each(|number| claim.add(Some(&offer(number))));
        assert_eq!(format!("{claim:?}"), "Claim { tokens: 8, .. }", "and nothing of them");
        let named = |resume: &Resume| resume.tokens().map(|token| token[0]).collect::<Vec<_>>();
        assert_eq!(named(&claim.resume()), [0, 3, 4, 5, 6, 7, 8, 9]);
        let tokens = Bytes::from(vec![7; 9 * TOKEN + 1]);
        assert_eq!(
            named(&Resume { tokens, position: Position::default() }),
            [7; 8],
            "a server looks at no more"
        );
        claim.forget();
        assert!(!claim.resume().wants_one());
    }
}
