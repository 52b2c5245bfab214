//! The brake: how many wrong PINs a source may still try at a company. Each pair counts by itself, so that nobody is slowed by
//! what others do.
//!
//! The rows of `store` count across restarts and processes, but come to be known a little late; the counts here are exact in
//! this process at once, so that mails sent side by side get no extra tries.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::Timestamp;
use store::CompanyId;
use store::lookup::{Brake, BrakeRule};

/// Pairs remembered here; the rows remember more.
const MAX_PAIRS: usize = 20_000;

/// What a mail's source is called: the mailbox that authentication proved, since others behind the same server are not it;
/// else the connecting address, of IPv6 the network, since each client has 2^64 addresses.
pub fn source(peer: IpAddr, proved: Option<&str>) -> String {
    match (proved, peer.to_canonical()) {
        (Some(mailbox), _) => mailbox.to_lowercase(),
        (None, IpAddr::V4(v4)) => v4.to_string(),
        (None, IpAddr::V6(v6)) => {
            let mut parts = v6.segments();
            parts[4..].fill(0);
            std::net::Ipv6Addr::from(parts).to_string()
        }
    }
}

/// Wrong PINs by company and source in this process.
#[derive(Debug, Default)]
pub struct Brakes(HashMap<(CompanyId, String), Brake>);

impl Brakes {
    /// How many wrong PINs may still be looked at. `rows` are the counts of the database.
    pub fn left(&self, company: CompanyId, source: &str, rows: &[Brake], rule: BrakeRule, now: Timestamp) -> u32 {
        let here = self.0.get(&(company, source.to_owned()));
        let rows = rows.iter().filter(|row| row.source == source);
        here.into_iter().chain(rows).map(|brake| left(brake, rule, now)).min().unwrap_or(rule.most)
    }

    /// Counts `wrong` PINs.
    pub fn spend(&mut self, company: CompanyId, source: &str, wrong: u32, rule: BrakeRule, now: Timestamp) {
        if wrong == 0 {
            return;
        }
        if self.0.len() >= MAX_PAIRS {
            self.0.retain(|_, brake| left(brake, rule, now) < rule.most);
        }
        if self.0.len() >= MAX_PAIRS {
            self.0.clear();
        }
        let fresh = Brake { source: source.to_owned(), wrong: 0, since: now, until: None };
        let brake = self.0.entry((company, source.to_owned())).or_insert_with(|| fresh.clone());
        if brake.since + rule.window < now {
            *brake = fresh;
        }
        brake.wrong = brake.wrong.saturating_add(wrong);
        if brake.wrong >= rule.most {
            brake.until = Some(now + rule.rest);
        }
    }

    /// Takes back what was spent a moment ago: it turned out to be no guess, or somebody else's.
    pub fn refund(&mut self, company: CompanyId, source: &str, wrong: u32, rule: BrakeRule) {
        if let Some(brake) = self.0.get_mut(&(company, source.to_owned())) {
            brake.wrong = brake.wrong.saturating_sub(wrong);
            brake.until = brake.until.filter(|_| brake.wrong >= rule.most);
        }
    }
}

/// None while the brake is on; one after that until the day is over; else what is missing to the most.
fn left(brake: &Brake, rule: BrakeRule, now: Timestamp) -> u32 {
    if brake.until.is_some_and(|until| until > now) {
        0
    } else if brake.since + rule.window < now {
        rule.most
    } else {
        rule.most.saturating_sub(brake.wrong).max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use store::CompanyId;
    use store::lookup::{Brake, BrakeRule};

    use super::{Brakes, MAX_PAIRS, source};

    const RULE: BrakeRule = BrakeRule { most: 5, window: Duration::from_secs(86_400), rest: Duration::from_secs(3_600) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn counts_by_company_and_source() {
        let (mut brakes, mlyn, huta) = (Brakes::default(), CompanyId::new(), CompanyId::new());
        brakes.spend(mlyn, "192.0.2.1", 3, RULE, at(0));
        assert_eq!(brakes.left(mlyn, "192.0.2.1", &[], RULE, at(1)), 2);
        brakes.spend(mlyn, "192.0.2.1", 9, RULE, at(1));
        assert_eq!(brakes.left(mlyn, "192.0.2.1", &[], RULE, at(2)), 0);
        assert_eq!(brakes.left(mlyn, "192.0.2.2", &[], RULE, at(2)), 5);
        assert_eq!(brakes.left(huta, "192.0.2.1", &[], RULE, at(2)), 5);
        // After the rest one try, which brings the brake back; a fresh start after a day.
        assert_eq!(brakes.left(mlyn, "192.0.2.1", &[], RULE, at(3_602)), 1);
        brakes.spend(mlyn, "192.0.2.1", 1, RULE, at(3_602));
        assert_eq!(brakes.left(mlyn, "192.0.2.1", &[], RULE, at(3_603)), 0);
        assert_eq!(brakes.left(mlyn, "192.0.2.1", &[], RULE, at(86_402)), 5);
    }

    #[test]
    fn what_is_taken_back_is_not_counted() {
        let (mut brakes, mlyn) = (Brakes::default(), CompanyId::new());
        brakes.spend(mlyn, "192.0.2.1", 3, RULE, at(0));
        brakes.spend(mlyn, "192.0.2.1", 2, RULE, at(1));
        brakes.refund(mlyn, "192.0.2.1", 2, RULE);
        assert_eq!(brakes.left(mlyn, "192.0.2.1", &[], RULE, at(2)), 2);
    }

    #[test]
    fn rows_count_too() {
        let row = Brake { source: "192.0.2.1".into(), wrong: 4, since: at(0), until: None };
        let (brakes, company) = (Brakes::default(), CompanyId::new());
        assert_eq!(brakes.left(company, "192.0.2.1", std::slice::from_ref(&row), RULE, at(1)), 1);
        assert_eq!(brakes.left(company, "192.0.2.9", std::slice::from_ref(&row), RULE, at(1)), 5);
        let on = Brake { until: Some(at(9)), ..row };
        assert_eq!(brakes.left(company, "192.0.2.1", &[on], RULE, at(1)), 0);
    }

    #[test]
    fn sources_are_what_a_client_cannot_change() {
        let from = |text: &str| source(text.parse().unwrap(), None);
        assert_eq!(from("2001:db8:1:2::3"), from("2001:db8:1:2:ffff::9"));
        assert_ne!(from("2001:db8:1:2::3"), from("2001:db8:1:3::3"));
        assert_eq!(from("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(source("192.0.2.1".parse().unwrap(), Some("Anna@Mlyn.example")), "anna@mlyn.example");
    }

    #[test]
    fn memory_is_bounded() {
        let (mut brakes, company) = (Brakes::default(), CompanyId::new());
        for n in 0..MAX_PAIRS + 10 {
            brakes.spend(company, &n.to_string(), 1, RULE, at(0));
        }
        assert!(brakes.0.len() <= MAX_PAIRS);
    }
}
