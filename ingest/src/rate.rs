//! How often something may happen: a bucket that fills with each use and empties steadily.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Instant;

/// Keys remembered at most. Beyond them new ones are not counted: bounded memory comes first.
const MAX_KEYS: usize = 20_000;

/// So much at once, so much a second on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Size of the bucket.
    pub most: f64,
    /// What it loses a second.
    pub per_second: f64,
}

impl Rate {
    /// `count` a minute, all of them at once if need be.
    pub fn per_minute(count: u32) -> Rate {
        Rate { most: f64::from(count), per_second: f64::from(count) / 60.0 }
    }

    /// `count` an hour, all of them at once if need be.
    pub fn per_hour(count: u64) -> Rate {
        Rate { most: count as f64, per_second: count as f64 / 3600.0 }
    }
}

/// What each key has spent of late.
#[derive(Debug)]
pub struct Spent<K>(HashMap<K, (f64, Instant)>);

impl<K> Default for Spent<K> {
    fn default() -> Self {
        Spent(HashMap::new())
    }
}

impl<K: Eq + Hash> Spent<K> {
    /// Whether `key` has nothing left.
    pub fn is_over(&self, key: &K, rate: Rate, now: Instant) -> bool {
        self.0.get(key).is_some_and(|(spent, since)| left_over(*spent, *since, rate, now) >= rate.most)
    }

    /// `key` used `amount`. What is over the limit is forgotten beyond twice of it, so that nobody waits for ever.
    pub fn spend(&mut self, key: K, amount: f64, rate: Rate, now: Instant) {
        if self.0.len() >= MAX_KEYS {
            self.0.retain(|_, (spent, since)| left_over(*spent, *since, rate, now) > 0.0);
        }
        if self.0.len() < MAX_KEYS || self.0.contains_key(&key) {
            let entry = self.0.entry(key).or_insert((0.0, now));
            *entry = ((left_over(entry.0, entry.1, rate, now) + amount).min(rate.most * 2.0), now);
        }
    }
}

fn left_over(spent: f64, since: Instant, rate: Rate, now: Instant) -> f64 {
    (spent - now.duration_since(since).as_secs_f64() * rate.per_second).max(0.0)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Rate, Spent};

    #[test]
    fn a_bucket_fills_and_empties_for_each_by_itself() {
        let (mut spent, rate, now) = (Spent::default(), Rate::per_minute(60), Instant::now());
        for _ in 0..60 {
            assert!(!spent.is_over(&1, rate, now));
            spent.spend(1, 1.0, rate, now);
        }
        assert!(spent.is_over(&1, rate, now));
        assert!(!spent.is_over(&2, rate, now));
        assert!(!spent.is_over(&1, rate, now + Duration::from_secs(1)));
        spent.spend(1, 1e9, rate, now);
        assert!(!spent.is_over(&1, rate, now + Duration::from_secs(62)), "nobody waits for ever");
    }
}
