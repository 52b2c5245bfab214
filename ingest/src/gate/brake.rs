//! The brake: how many wrong PINs a source may still try at a company. Each pair is counted by itself, so that nobody is
//! slowed by what others do.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// A wrong PIN counts for this long.
const WINDOW: Duration = Duration::from_secs(24 * 3600);
/// Pairs remembered; beyond, those that began first are forgotten.
const MAX_PAIRS: usize = 50_000;

/// Where a mail comes from, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A mailbox that authentication proved: others behind the same server are not it.
    Mailbox(String),
    /// The connecting address; of IPv6 the network, since each client has 2^64 addresses.
    Address(IpAddr),
}

impl Source {
    /// The source of a mail that came from `address`.
    pub fn address(address: IpAddr) -> Source {
        match address.to_canonical() {
            IpAddr::V4(v4) => Source::Address(v4.into()),
            IpAddr::V6(v6) => {
                let mut parts = v6.segments();
                parts[4..].fill(0);
                Source::Address(IpAddr::V6(parts.into()))
            }
        }
    }
}

/// Wrong PINs by company and source. `C` is the company's key.
#[derive(Debug)]
pub struct Brake<C> {
    spent: HashMap<(C, Source), (u32, Instant)>,
}

impl<C: Hash + Eq + Clone> Default for Brake<C> {
    fn default() -> Self {
        Brake { spent: HashMap::new() }
    }
}

impl<C: Hash + Eq + Clone> Brake<C> {
    /// How many of `limit` wrong PINs are left.
    pub fn left(&self, company: &C, source: &Source, limit: u32, now: Instant) -> u32 {
        match self.spent.get(&(company.clone(), source.clone())) {
            Some((spent, since)) if now.duration_since(*since) < WINDOW => limit.saturating_sub(*spent),
            _ => limit,
        }
    }

    /// Counts `wrong` PINs.
    pub fn spend(&mut self, company: &C, source: &Source, wrong: u32, now: Instant) {
        if wrong == 0 {
            return;
        }
        if self.spent.len() >= MAX_PAIRS {
            self.forget(now);
        }
        let entry = self.spent.entry((company.clone(), source.clone())).or_insert((0, now));
        if now.duration_since(entry.1) >= WINDOW {
            *entry = (0, now);
        }
        entry.0 = entry.0.saturating_add(wrong);
    }

    fn forget(&mut self, now: Instant) {
        self.spent.retain(|_, (_, since)| now.duration_since(*since) < WINDOW);
        if self.spent.len() < MAX_PAIRS {
            return;
        }
        let mut times: Vec<Instant> = self.spent.values().map(|(_, since)| *since).collect();
        times.sort();
        let oldest = times[times.len() / 4];
        self.spent.retain(|_, (_, since)| *since > oldest);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Brake, Source, WINDOW};

    #[test]
    fn counts_by_company_and_source_for_a_day() {
        let (mut brake, start) = (Brake::default(), Instant::now());
        let (here, there) = (Source::address([192, 0, 2, 1].into()), Source::address([192, 0, 2, 2].into()));
        brake.spend(&"mlyn", &here, 3, start);
        brake.spend(&"mlyn", &here, 9, start);
        assert_eq!(brake.left(&"mlyn", &here, 10, start), 0);
        assert_eq!(brake.left(&"mlyn", &there, 10, start), 10);
        assert_eq!(brake.left(&"huta", &here, 10, start), 10);
        assert_eq!(brake.left(&"mlyn", &here, 10, start + WINDOW - Duration::from_secs(1)), 0);
        assert_eq!(brake.left(&"mlyn", &here, 10, start + WINDOW), 10);
        brake.spend(&"mlyn", &here, 1, start + WINDOW);
        assert_eq!(brake.left(&"mlyn", &here, 10, start + WINDOW), 9);
    }

    #[test]
    fn ipv6_counts_by_network() {
        let source = |text: &str| Source::address(text.parse().unwrap());
        assert_eq!(source("2001:db8:1:2::3"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::3"), source("2001:db8:1:3::3"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
    }

    #[test]
    fn memory_is_bounded() {
        let (mut brake, start) = (Brake::default(), Instant::now());
        for n in 0..super::MAX_PAIRS as u32 + 10 {
            let at = start + Duration::from_millis(n.into());
            brake.spend(&(), &Source::address(n.to_be_bytes().into()), 1, at);
        }
        assert!(brake.spent.len() <= super::MAX_PAIRS);
    }
}
