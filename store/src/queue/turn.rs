//! The fair order, by virtual time: a job's turn is now, or a second after the turn of the company's last one. A company that
//! sends a thousand papers fills the seconds to come; one that sends its first paper meanwhile stands before the rest of them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::id::CompanyId;

/// Virtual time between two jobs of a company, in microseconds.
const STEP: i64 = 1_000_000;

/// Companies remembered at most; those whose last turn has passed need no memory.
const MOST: usize = 10_000;

/// Last turn of each company with jobs of late. Of this process: several processes are each fair by themselves, and after a
/// restart a busy company starts again at now, which harms nobody but itself.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<CompanyId, i64>>);

impl Turns {
    /// The turn of a company's next job.
    pub fn next(&self, company: CompanyId, now: Timestamp) -> i64 {
        let now = now.as_microsecond();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= MOST {
            last.retain(|_, turn| *turn >= now);
        }
        let turn = last.get(&company).map_or(now, |turn| now.max(turn.saturating_add(STEP)));
        last.insert(company, turn);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_company_queues_behind_itself_only() {
        let (turns, busy, quiet) = (Turns::default(), CompanyId::new(), CompanyId::new());
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let first: Vec<i64> = (0..100).map(|_| turns.next(busy, now)).collect();
        let other = turns.next(quiet, now + std::time::Duration::from_millis(500));
        assert_eq!(first.iter().filter(|turn| **turn < other).count(), 1);
        assert!(first.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
