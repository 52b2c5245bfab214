//! What the listener remembers of clients: how many connections each has, and who asks for recipients that do not exist.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::limits::Limits;
use crate::rate::{Rate, Spent};

/// Unknown recipients and wrong logins an address may try before it is slowed, and how fast that is forgiven.
const UNKNOWN: Rate = Rate { most: 15.0, per_second: 1.0 / 3.0 };
/// How long each answer to RCPT then takes, whether the recipient is known or not: slowness must not tell.
pub const SLOW: Duration = Duration::from_secs(1);
/// Counts of all clients.
#[derive(Debug, Default)]
pub struct Guard(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    connections: usize,
    by_address: HashMap<IpAddr, usize>,
    unknown: Spent<IpAddr>,
    entered: Spent<IpAddr>,
}

/// A counted connection; dropping it gives the place back.
#[derive(Debug)]
pub struct Place {
    guard: Arc<Guard>,
    address: IpAddr,
}

impl Guard {
    /// A place for a connection from `address`, unless all or its own are taken, or it comes too often.
    pub fn enter(self: &Arc<Self>, address: IpAddr, limits: &Limits, now: Instant) -> Option<Place> {
        let address = address.to_canonical();
        let mut counts = self.lock();
        let own = counts.by_address.get(&address).copied().unwrap_or_default();
        if counts.connections >= limits.connections {
            return None;
        }
        if !address.is_loopback() {
            let rate = Rate::per_minute(limits.connections_per_minute);
            if own >= limits.connections_per_address || counts.entered.is_over(&address, rate, now) {
                return None;
            }
            counts.entered.spend(address, 1.0, rate, now);
        }
        counts.connections += 1;
        *counts.by_address.entry(address).or_default() += 1;
        Some(Place { guard: self.clone(), address })
    }

    /// Whether places are getting scarce: then clients get less time.
    pub fn is_busy(&self, limits: &Limits) -> bool {
        self.lock().connections > limits.connections / 5 * 4
    }

    /// An unknown recipient was asked for, or a wrong login tried.
    pub fn unknown(&self, address: IpAddr, now: Instant) {
        self.lock().unknown.spend(address.to_canonical(), 1.0, UNKNOWN, now);
    }

    /// Whether the answers to `address` are slowed.
    pub fn is_slowed(&self, address: IpAddr, now: Instant) -> bool {
        self.lock().unknown.is_over(&address.to_canonical(), UNKNOWN, now)
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        let now = Instant::now();
        let first = guard.enter(one, &limits, now).unwrap();
        assert!(guard.enter(one, &limits, now).is_none());
        let _second = guard.enter(two, &limits, now).unwrap();
        let _third = guard.enter([127, 0, 0, 1].into(), &limits, now).unwrap();
        assert!(guard.enter([127, 0, 0, 1].into(), &limits, now).is_none());
        drop(first);
        assert!(guard.enter(one, &limits, now).is_some());
    }

    #[test]
    fn who_comes_too_often_waits() {
        let guard = Arc::new(Guard::default());
        let limits = Limits { connections_per_minute: 60, ..Limits::default() };
        let (often, other, now) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into(), Instant::now());
        assert_eq!((0..100).filter(|_| guard.enter(often, &limits, now).is_some()).count(), 60);
        assert!(guard.enter(other, &limits, now).is_some());
        assert!(guard.enter(often, &limits, now + Duration::from_secs(2)).is_some());
        assert_eq!((0..100).filter(|_| guard.enter([127, 0, 0, 1].into(), &limits, now).is_some()).count(), 100);
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
