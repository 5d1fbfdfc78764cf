//! Clients that have come and not greeted yet.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

/// Who takes longer than this makes room for others where there is none.
const SLOW: Duration = Duration::from_secs(1);

/// Clients that have come and not greeted yet: so many and no more.
#[derive(Clone, Debug)]
pub(crate) struct Handshakes {
    most: usize,
    entered: Arc<Mutex<Entered>>,
}

#[derive(Debug, Default)]
struct Entered {
    last: u64,
    by_age: BTreeMap<u64, (Instant, oneshot::Sender<()>)>,
}

impl Handshakes {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, entered: Arc::default() }
    }

    /// A place for a client that has come. If there is none, it takes that of the oldest, if that is slow; so
    /// clients that never get on keep nobody out.
    pub(crate) fn enter(&self) -> Option<Handshake> {
        let mut entered = self.lock();
        let now = Instant::now();
        if entered.by_age.len() >= self.most {
            let (since, _) = *entered.by_age.first_entry()?.get();
            if now - since < SLOW {
                return None;
            }
            entered.by_age.pop_first();
        }
        entered.last += 1;
        let number = entered.last;
        let (place, displaced) = oneshot::channel();
        entered.by_age.insert(number, (now, place));
        Some(Handshake { of: self.clone(), number, displaced })
    }

    /// How many they are.
    pub(crate) fn count(&self) -> usize {
        self.lock().by_age.len()
    }

    fn lock(&self) -> MutexGuard<'_, Entered> {
        self.entered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those who come by the listeners of one server, as long as these listen.
#[derive(Debug, Default)]
pub(crate) struct Listeners(Mutex<Vec<Weak<Mutex<Entered>>>>);

impl Listeners {
    pub(crate) fn add(&self, handshakes: &Handshakes) {
        let mut listeners = self.lock();
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(&handshakes.entered));
    }

    /// How many they are.
    pub(crate) fn count(&self) -> usize {
        let entered = self.lock().iter().filter_map(Weak::upgrade).collect::<Vec<_>>();
        entered
            .iter()
            .map(|entered| entered.lock().unwrap_or_else(PoisonError::into_inner).by_age.len())
            .sum()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Mutex<Entered>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client's place among them, until this is dropped.
#[derive(Debug)]
pub(crate) struct Handshake {
    of: Handshakes,
    number: u64,
    displaced: oneshot::Receiver<()>,
}

impl Handshake {
    /// Goes on with the client; nothing comes of it if its place is taken.
    pub(crate) async fn run<T>(&mut self, handshake: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = handshake => Some(done),
            _ = &mut self.displaced => {
                tracing::debug!("a client was too slow to connect while others wait");
                None
            }
        }
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.of.lock().by_age.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_oldest_makes_room_once_it_is_slow() {
        let handshakes = Handshakes::new(2);
        let mut first = handshakes.enter().expect("a place");
        tokio::time::advance(SLOW / 2).await;
        let mut second = handshakes.enter().expect("a place");
        assert!(handshakes.enter().is_none());
        tokio::time::advance(SLOW / 2).await;
        let third = handshakes.enter().expect("the place of the first");
        assert_eq!(first.run(pending::<()>()).await, None);
        assert_eq!(second.run(ready(2)).await, Some(2));
        assert!(handshakes.enter().is_none());
        drop(second);
        let fourth = handshakes.enter().expect("the place of the second");
        drop((first, third, fourth));
        assert!(handshakes.lock().by_age.is_empty());
    }

    #[test]
    fn where_there_is_no_place_at_all_nobody_enters() {
        assert!(Handshakes::new(0).enter().is_none());
    }
}
