//! Whether what a node publishes comes round, by probes of its own and not by the engine's word: without I/O, and
//! without a clock of its own.

use std::time::Duration;

use tokio::time::Instant;

use super::message::Probe;

/// How often a probe is sent while none comes round.
pub(crate) const SEARCH: Duration = Duration::from_millis(500);

/// Whether an engine carries anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// Nothing has come round yet, or only the first: until the second does, others say that they are there.
    Starting,
    Up,
    /// Nothing has come round for too long.
    Down,
}

/// What a probe shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    /// The engine is up.
    Up,
    /// Nothing new.
    Same,
    /// It is another node's that has this one's id.
    Foreign,
}

#[derive(Debug)]
pub(crate) struct Probes {
    interval: Duration,
    unhealthy_after: Duration,
    health: Health,
    /// The last one that was sent.
    last: Probe,
    /// When that was.
    sent: Option<Instant>,
    /// When the last one came round, or when they began.
    came: Instant,
}

impl Probes {
    pub(crate) const fn new(interval: Duration, unhealthy_after: Duration, now: Instant) -> Self {
        let last = Probe { nonce: 0, number: 0 };
        Self { interval, unhealthy_after, health: Health::Starting, last, sent: None, came: now }
    }

    pub(crate) const fn health(&self) -> Health {
        self.health
    }

    /// The probe that is to be sent, if it is time for one.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Probe> {
        let interval = if self.health == Health::Up { self.interval } else { self.interval.min(SEARCH) };
        if self.sent.is_some_and(|sent| now.saturating_duration_since(sent) < interval) {
            return None;
        }
        // Copies of a running machine have all in common but what the system draws.
        let nonce = getrandom::u64().unwrap_or_else(|_| rand::random());
        self.last = Probe { nonce, number: self.last.number + 1 };
        self.sent = Some(now);
        Some(self.last)
    }

    /// A probe has come that names this node.
    pub(crate) fn came(&mut self, probe: Probe, now: Instant) -> Round {
        if probe.number > self.last.number || (probe.number == self.last.number && probe != self.last) {
            return Round::Foreign;
        }
        self.came = now;
        if self.health == Health::Up || (self.health == Health::Starting && probe.number < 2) {
            return Round::Same;
        }
        self.health = Health::Up;
        Round::Up
    }

    /// Whether none has come round for too long, and that is news.
    pub(crate) fn is_lost(&mut self, now: Instant) -> bool {
        now.saturating_duration_since(self.came) >= self.unhealthy_after && self.lose()
    }

    /// Nothing can come round any more. True if that is news.
    pub(crate) fn lose(&mut self) -> bool {
        self.sent = None;
        std::mem::replace(&mut self.health, Health::Down) != Health::Down
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probes(now: Instant) -> Probes {
        Probes::new(Duration::from_secs(2), Duration::from_secs(6), now)
    }

    #[test]
    fn the_second_that_comes_round_shows_that_the_engine_is_up() {
        let (begin, second) = (Instant::now(), Duration::from_secs(1));
        let mut probes = probes(begin);
        let first = probes.due(begin).expect("due");
        assert_eq!(probes.due(begin), None);
        assert_eq!((probes.came(first, begin), probes.health()), (Round::Same, Health::Starting));
        let next = probes.due(begin + SEARCH).expect("due");
        assert_eq!((probes.came(next, begin + SEARCH), probes.health()), (Round::Up, Health::Up));
        assert_eq!(probes.came(next, begin + SEARCH), Round::Same);
        assert!(!probes.is_lost(begin + second * 6));
        assert!(probes.is_lost(begin + second * 7) && !probes.is_lost(begin + second * 8));
        // From then on, one is enough, however late it is.
        assert_eq!((probes.came(first, begin + second * 9), probes.health()), (Round::Up, Health::Up));
    }

    #[test]
    fn copies_see_that_there_are_two_of_them() {
        let begin = Instant::now();
        let (mut one, mut other) = (probes(begin), probes(begin));
        let (mine, yours) = (one.due(begin).expect("due"), other.due(begin).expect("due"));
        assert_eq!(mine.number, yours.number);
        assert_eq!((one.came(mine, begin), one.came(yours, begin)), (Round::Same, Round::Foreign));
        // The one that is behind sees it of the other.
        let mine = one.due(begin + SEARCH).expect("due");
        assert_eq!(
            (other.came(mine, begin + SEARCH), one.came(yours, begin + SEARCH)),
            (Round::Foreign, Round::Same)
        );
    }
}
