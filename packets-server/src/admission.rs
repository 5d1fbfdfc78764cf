//! How many clients a server takes.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderValue, header};
use tokio::time::Instant;

use crate::refusal::Refusal;

/// How many clients a server takes, and whom it refuses beyond that.
///
/// Who is refused is told so over HTTP, with a `Retry-After`, or hung up on.
///
/// ```
/// use packets_server::{AdmissionLimits, Server};
///
/// let limits = AdmissionLimits::default().connections_per_ip(64).new_per_ip(20);
/// let server = Server::builder().defaults_only().admission(limits).build()?;
/// # Ok::<(), packets_server::BuildError>(())
/// ```
///
/// An IPv6 client is counted by the first 64 bits of its address, as it has all the others to itself. Behind
/// a proxy, name it in [`trusted_proxies`](crate::ServerBuilder::trusted_proxies), or all clients are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdmissionLimits {
    /// How many clients may be connected. Beyond it they are refused with 503. 512 less than the files the
    /// process may have open, for those on their way and all else that is open, but at least half of them;
    /// without end on systems that do not say.
    pub connections: usize,
    /// How many clients may have come and not greeted yet. Beyond it the oldest makes room if it has taken
    /// longer than a second, otherwise the newest is refused with 503. 256.
    pub handshakes: usize,
    /// How many clients of one IP address may be connected. Beyond it they are refused with 429. No limit
    /// unless it is set; 64 is a good one where few clients share an address.
    pub connections_per_ip: usize,
    /// How many clients may come from one IP address a second. Beyond it they are refused with 429. No limit
    /// unless it is set; 20 is a good one where few clients share an address.
    pub new_per_ip: u32,
}

impl Default for AdmissionLimits {
    fn default() -> Self {
        Self {
            connections: most_files(),
            handshakes: 256,
            connections_per_ip: usize::MAX,
            new_per_ip: u32::MAX,
        }
    }
}

impl AdmissionLimits {
    /// Sets [`connections`](#structfield.connections).
    #[must_use]
    pub const fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Sets [`handshakes`](#structfield.handshakes).
    #[must_use]
    pub const fn handshakes(mut self, handshakes: usize) -> Self {
        self.handshakes = handshakes;
        self
    }

    /// Sets [`connections_per_ip`](#structfield.connections_per_ip).
    #[must_use]
    pub const fn connections_per_ip(mut self, connections: usize) -> Self {
        self.connections_per_ip = connections;
        self
    }

    /// Sets [`new_per_ip`](#structfield.new_per_ip).
    #[must_use]
    pub const fn new_per_ip(mut self, connections: u32) -> Self {
        self.new_per_ip = connections;
        self
    }
}

#[cfg(unix)]
fn most_files() -> usize {
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    most.saturating_sub(512).max(most / 2)
}

#[cfg(not(unix))]
fn most_files() -> usize {
    usize::MAX
}

/// Who is connected.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    limits: AdmissionLimits,
    admitted: Arc<Mutex<Admitted>>,
}

#[derive(Debug, Default)]
struct Admitted {
    connections: usize,
    by_ip: HashMap<IpAddr, OfIp>,
    /// Addresses that were admitted in the last second, by when that was, if it matters.
    recent: VecDeque<(Instant, IpAddr)>,
}

#[derive(Debug)]
struct OfIp {
    connections: usize,
    /// When the next one would come, if they came evenly spaced.
    next: Instant,
}

/// How long it matters that an address was admitted.
const RECENTLY: Duration = Duration::from_secs(1);

impl Admission {
    pub(crate) fn new(limits: AdmissionLimits) -> Self {
        Self { limits, admitted: Arc::default() }
    }

    pub(crate) const fn limits(&self) -> &AdmissionLimits {
        &self.limits
    }

    /// Whether there is no place for one more.
    pub(crate) fn is_full(&self) -> bool {
        self.lock().connections >= self.limits.connections
    }

    /// A place for a client.
    ///
    /// # Errors
    /// What to answer if there is none.
    pub(crate) fn admit(&self, ip: Option<IpAddr>) -> Result<Place, Refusal> {
        let mut admitted = self.lock();
        if admitted.connections >= self.limits.connections {
            return Err(retry_later(Refusal::new(503, "this server is full")));
        }
        let ip = ip.filter(|_| self.counts_by_ip()).map(network);
        if let Some(ip) = ip {
            admitted.admit(ip, &self.limits, Instant::now())?;
        }
        admitted.connections += 1;
        Ok(Place { of: self.clone(), ip })
    }

    /// How many clients have a place, and how many addresses are known for that.
    pub(crate) fn known(&self) -> (usize, usize) {
        let admitted = self.lock();
        (admitted.connections, admitted.by_ip.len())
    }

    const fn counts_by_ip(&self) -> bool {
        self.limits.connections_per_ip < usize::MAX || self.limits.new_per_ip < u32::MAX
    }

    fn lock(&self) -> MutexGuard<'_, Admitted> {
        self.admitted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted {
    fn admit(&mut self, ip: IpAddr, limits: &AdmissionLimits, now: Instant) -> Result<(), Refusal> {
        self.forget(now);
        let has = self.by_ip.get(&ip);
        if has.map_or(0, |has| has.connections) >= limits.connections_per_ip {
            return Err(retry_later(Refusal::new(429, "too many connections from this address")));
        }
        let mut next = has.map_or(now, |has| has.next.max(now));
        if limits.new_per_ip < u32::MAX {
            next += RECENTLY.checked_div(limits.new_per_ip).unwrap_or(2 * RECENTLY);
            if next > now + RECENTLY {
                return Err(retry_later(Refusal::new(429, "too many new connections from this address")));
            }
            self.recent.push_back((now + RECENTLY, ip));
        }
        let has = self.by_ip.entry(ip).or_insert(OfIp { connections: 0, next });
        has.connections += 1;
        has.next = next;
        Ok(())
    }

    /// Forgets addresses of which nothing matters any more.
    fn forget(&mut self, now: Instant) {
        while let Some((_, ip)) = self.recent.pop_front_if(|(until, _)| *until <= now) {
            self.forget_if_gone(ip, now);
        }
    }

    fn forget_if_gone(&mut self, ip: IpAddr, now: Instant) {
        if self.by_ip.get(&ip).is_some_and(|has| has.connections == 0 && has.next <= now) {
            self.by_ip.remove(&ip);
        }
    }
}

/// What a client's address is counted by.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & u128::MAX << 64).into(),
        ip @ IpAddr::V4(_) => ip,
    }
}

/// The refusal of a client that may well be admitted a little later.
pub(crate) fn retry_later(refusal: Refusal) -> Refusal {
    refusal.header(header::RETRY_AFTER, HeaderValue::from_static("1"))
}

/// A client's place, until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    of: Admission,
    ip: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut admitted = self.of.lock();
        admitted.connections -= 1;
        if let Some(ip) = self.ip
            && let Some(has) = admitted.by_ip.get_mut(&ip)
        {
            has.connections -= 1;
            admitted.forget_if_gone(ip, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(admission: &Admission, ip: &str) -> Result<Place, u16> {
        admission.admit(Some(ip.parse().expect("an address"))).map_err(|refusal| refusal.status())
    }

    /// How many connections, addresses and recent arrivals are known.
    fn known(admission: &Admission) -> (usize, usize, usize) {
        let admitted = admission.lock();
        (admitted.connections, admitted.by_ip.len(), admitted.recent.len())
    }

    #[test]
    fn an_address_has_its_connections_and_no_more_until_one_ends() {
        let admission = Admission::new(AdmissionLimits::default().connections_per_ip(2));
        let first = admitted(&admission, "192.0.2.1").expect("a place");
        let _second = admitted(&admission, "::ffff:192.0.2.1").expect("a place");
        assert_eq!(admitted(&admission, "192.0.2.1").err(), Some(429));
        let _other = admitted(&admission, "192.0.2.2").expect("a place");
        drop(first);
        let _third = admitted(&admission, "192.0.2.1").expect("a place");
    }

    #[test]
    fn an_ipv6_client_is_counted_by_its_network() {
        let admission = Admission::new(AdmissionLimits::default().connections_per_ip(1));
        let _first = admitted(&admission, "2001:db8:0:1::1").expect("a place");
        assert_eq!(admitted(&admission, "2001:db8:0:1:ffff:ffff:ffff:ffff").err(), Some(429));
        let _other = admitted(&admission, "2001:db8:0:2::1").expect("a place");
    }

    #[test]
    fn all_connections_count_whatever_their_address() {
        let admission = Admission::new(AdmissionLimits::default().connections(2));
        let _first = admitted(&admission, "192.0.2.1").expect("a place");
        assert!(!admission.is_full());
        let second = admission.admit(None).expect("a place");
        assert!(admission.is_full());
        assert_eq!(admitted(&admission, "192.0.2.2").err(), Some(503));
        drop(second);
        let _third = admitted(&admission, "192.0.2.2").expect("a place");
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_has_so_many_new_connections_a_second_and_is_forgotten() {
        let admission = Admission::new(AdmissionLimits::default().new_per_ip(10));
        for _ in 0..10 {
            admitted(&admission, "192.0.2.1").expect("a place");
        }
        assert_eq!(admitted(&admission, "192.0.2.1").err(), Some(429));
        for _ in 0..100 {
            tokio::time::advance(Duration::from_millis(100)).await;
            admitted(&admission, "192.0.2.1").expect("a place");
            assert_eq!(admitted(&admission, "192.0.2.1").err(), Some(429));
        }
        assert!(known(&admission).2 <= 11, "{:?}", known(&admission));
        for host in 0..255 {
            admitted(&admission, &format!("192.0.2.{host}")).ok();
        }
        tokio::time::advance(RECENTLY).await;
        drop(admitted(&admission, "198.51.100.1"));
        assert_eq!(known(&admission), (0, 1, 1));
    }

    #[test]
    fn nothing_is_kept_of_those_who_are_gone() {
        let admission = Admission::new(AdmissionLimits::default().connections_per_ip(2));
        for host in 0..255 {
            admitted(&admission, &format!("192.0.2.{host}")).expect("a place");
        }
        assert_eq!(known(&admission), (0, 0, 0));
    }

    #[test]
    fn no_new_connections_are_none() {
        let admission = Admission::new(AdmissionLimits::default().new_per_ip(0));
        assert_eq!(admitted(&admission, "192.0.2.1").err(), Some(429));
        assert_eq!(known(&admission), (0, 0, 0));
    }
}
