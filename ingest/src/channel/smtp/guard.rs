//! What the listener remembers of clients: how many connections each has, and who asks for recipients that do not exist.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::limits::Limits;

/// Unknown recipients an address may ask for before it is slowed, and how fast that is forgiven.
const UNKNOWN: f64 = 15.0;
const FORGIVEN_PER_SECOND: f64 = 1.0 / 3.0;
/// How long each answer to RCPT then takes, whether the recipient is known or not: slowness must not tell.
pub const SLOW: Duration = Duration::from_secs(1);
/// Addresses remembered for slowing.
const MAX_ADDRESSES: usize = 20_000;

/// Counts of all clients.
#[derive(Debug, Default)]
pub struct Guard(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    connections: usize,
    by_address: HashMap<IpAddr, usize>,
    unknown: HashMap<IpAddr, (f64, Instant)>,
}

/// A counted connection; dropping it gives the place back.
#[derive(Debug)]
pub struct Place {
    guard: Arc<Guard>,
    address: IpAddr,
}

impl Guard {
    /// A place for a connection from `address`, unless all or its own are taken.
    pub fn enter(self: &Arc<Self>, address: IpAddr, limits: &Limits) -> Option<Place> {
        let address = address.to_canonical();
        let mut counts = self.lock();
        let own = counts.by_address.get(&address).copied().unwrap_or_default();
        if counts.connections >= limits.connections || (own >= limits.connections_per_address && !address.is_loopback()) {
            return None;
        }
        counts.connections += 1;
        *counts.by_address.entry(address).or_default() += 1;
        Some(Place { guard: self.clone(), address })
    }

    /// Whether places are getting scarce: then clients get less time.
    pub fn is_busy(&self, limits: &Limits) -> bool {
        self.lock().connections > limits.connections / 5 * 4
    }

    /// An unknown recipient was asked for.
    pub fn unknown(&self, address: IpAddr, now: Instant) {
        let mut counts = self.lock();
        if counts.unknown.len() >= MAX_ADDRESSES {
            counts.unknown.retain(|_, (spent, since)| forgiven(*spent, *since, now) > 0.0);
        }
        if counts.unknown.len() < MAX_ADDRESSES {
            let entry = counts.unknown.entry(address.to_canonical()).or_insert((0.0, now));
            *entry = (forgiven(entry.0, entry.1, now) + 1.0, now);
        }
    }

    /// Whether the answers to `address` are slowed.
    pub fn is_slowed(&self, address: IpAddr, now: Instant) -> bool {
        let counts = self.lock();
        counts.unknown.get(&address.to_canonical()).is_some_and(|(spent, since)| forgiven(*spent, *since, now) >= UNKNOWN)
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forgiven(spent: f64, since: Instant, now: Instant) -> f64 {
    (spent.min(UNKNOWN * 2.0) - now.duration_since(since).as_secs_f64() * FORGIVEN_PER_SECOND).max(0.0)
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.guard.lock();
        counts.connections = counts.connections.saturating_sub(1);
        if let Some(own) = counts.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{Guard, Limits};

    #[test]
    fn places_are_counted_and_given_back() {
        let guard = Arc::new(Guard::default());
        let limits = Limits { connections: 3, connections_per_address: 1, ..Limits::default() };
        let (one, two) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let first = guard.enter(one, &limits).unwrap();
        assert!(guard.enter(one, &limits).is_none());
        let _second = guard.enter(two, &limits).unwrap();
        let _third = guard.enter([127, 0, 0, 1].into(), &limits).unwrap();
        assert!(guard.enter([127, 0, 0, 1].into(), &limits).is_none());
        drop(first);
        assert!(guard.enter(one, &limits).is_some());
    }

    #[test]
    fn asking_around_slows_one_address_for_a_while() {
        let (guard, now) = (Guard::default(), Instant::now());
        let (asker, other) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        (0..20).for_each(|_| guard.unknown(asker, now));
        assert!(guard.is_slowed(asker, now));
        assert!(!guard.is_slowed(other, now));
        assert!(!guard.is_slowed(asker, now + Duration::from_secs(16)));
    }
}
