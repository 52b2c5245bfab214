//! Asking companies for missing papers: the mails, and the clock that sends them where the office wants that.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use store::chase::{self, Ask, Line, Next};
use store::outgoing::Mail;
use store::{CompanyId, Scope, Store, address, company, office};
use tokio_util::sync::CancellationToken;

use crate::pages::lang::{self, Lang};

/// What the mails of an office are made with.
pub struct Words {
    office: String,
    usual: &'static Lang,
    companies: BTreeMap<CompanyId, (String, &'static Lang)>,
    addresses: BTreeMap<CompanyId, String>,
}

impl Words {
    /// Of the scope's office.
    pub async fn of(store: &Store, scope: &Scope) -> store::Result<Words> {
        let office = office::get(store, scope).await?.facts;
        let usual = lang::of(&office.language).unwrap_or_else(lang::english);
        let companies = company::list(store, scope).await?.into_iter().map(|one| {
            let own = one.facts.language.as_deref().and_then(lang::of);
            (one.id, (one.facts.name, own.unwrap_or(usual)))
        });
        let companies = companies.collect();
        Ok(Words { office: office.name, usual, companies, addresses: address::main_ones(store, scope).await? })
    }

    /// Name of a company.
    pub fn name(&self, company: CompanyId) -> String {
        self.companies.get(&company).map(|(name, _)| name.clone()).unwrap_or_default()
    }

    /// The one mail that asks for all that is missing, in the company's language.
    pub fn mail(&self, company: CompanyId, period: &str, ask: &Ask) -> Mail {
        let usual = (String::new(), self.usual);
        let (name, l) = self.companies.get(&company).unwrap_or(&usual);
        let month = l.month(period);
        let begin = match (ask.text.trim(), ask.step) {
            ("", 0) => l.fill("chase.first", &[("month", &month), ("company", name)]),
            ("", _) => l.fill("chase.again", &[("month", &month), ("company", name)]),
            (own, _) => own.to_owned(),
        };
        let address = self.addresses.get(&company).map_or("", String::as_str);
        let how = l.fill("chase.how", &[("address", address)]);
        Mail {
            to: ask.to.clone(),
            reply_to: ask.answer_to.clone(),
            answers: None,
            subject: l.fill("chase.subject", &[("month", &month), ("company", name)]),
            text: format!("{begin}\n\n{}\n{how}\n\n{}\n", self.list(l, period, ask), self.office),
        }
    }

    fn list(&self, l: &Lang, period: &str, ask: &Ask) -> String {
        let mut text = String::new();
        if ask.missing.nothing {
            text.push_str(&format!("- {}\n", l.with("chase.nothing", l.month(period))));
        }
        for one in &ask.missing.sellers {
            text.push_str(&format!("- {}\n", expected(l, one)));
        }
        text
    }
}

/// `Orange Polska (monthly, last for June 2026)`
pub fn expected(l: &Lang, one: &chase::Expected) -> String {
    let (rhythm, last) = (l.word("rhythm", one.rhythm.as_str()), l.month(&one.last));
    l.fill("chase.seller", &[("seller", &one.seller), ("rhythm", &rhythm), ("last", &last)])
}

/// Asks these companies, as far as something is missing and they were asked `sent` times before; gives how many mails are on their way.
pub async fn ask(store: &Store, scope: &Scope, period: &str, lines: &[&Line]) -> store::Result<u64> {
    let words = std::sync::Arc::new(Words::of(store, scope).await?);
    let mut count = 0;
    for line in lines {
        let (words, month, company) = (words.clone(), period.to_owned(), line.company);
        let compose = move |ask: &Ask| words.mail(company, &month, ask);
        count += u64::from(chase::ask(store, scope, company, period, line.sent, compose).await?);
    }
    Ok(count)
}

/// The clock looks this often.
const LOOK: Duration = Duration::from_secs(600);
/// Hours of the office's day, from Monday to Friday, in which mails go out.
const HOURS: std::ops::Range<i8> = 8..18;

/// Asks by itself, for the month before the present one, where the office's plan is active. Several processes may do the same.
pub async fn run(store: Store, can_send: bool, stop: CancellationToken) {
    if !can_send {
        return;
    }
    loop {
        let offices =
            office::list(&store).await.inspect_err(|error| tracing::warn!(%error, "asking for papers failed; it comes again"));
        for office in offices.unwrap_or_default() {
            let zone = TimeZone::get(&office.facts.time_zone).unwrap_or(TimeZone::UTC);
            let now = Timestamp::now().to_zoned(zone);
            match by_itself(&store, &Scope::service(office.id), &now).await {
                Ok(0) => {}
                Ok(mails) => tracing::info!(office = %office.id, mails, "companies were asked for missing papers"),
                Err(error) => tracing::warn!(%error, "asking for papers failed; it comes again"),
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn by_itself(store: &Store, scope: &Scope, now: &Zoned) -> store::Result<u64> {
    let weekend = matches!(now.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
    if weekend || !HOURS.contains(&now.hour()) || !chase::plan::get(store, scope).await?.active {
        return Ok(0);
    }
    let Some(period) = month_before(now.date()) else { return Ok(0) };
    let board = chase::board(store, scope, &period, now.date()).await?;
    let due: Vec<&Line> = board.iter().filter(|line| line.next == Next::Now).collect();
    if due.is_empty() { Ok(0) } else { ask(store, scope, &period, &due).await }
}

/// The month that is being booked: the one before today's.
pub fn month_before(today: Date) -> Option<String> {
    Some(today.first_of_month().yesterday().ok()?.strftime("%Y-%m").to_string())
}

#[cfg(test)]
mod tests {
    use store::chase::{Expected, Missing, Rhythm};

    use super::*;

    #[test]
    fn one_mail_says_all_that_is_missing_in_every_language() {
        let company = CompanyId::new();
        for l in lang::all() {
            let words = Words {
                office: "Biuro Lipa".to_owned(),
                usual: lang::english(),
                companies: [(company, ("Młyn".to_owned(), l))].into(),
                addresses: [(company, "mlyn@post.example".to_owned())].into(),
            };
            let seller =
                Expected { seller: "Orange".to_owned(), tax_id: None, rhythm: Rhythm::Monthly, last: "2026-06".to_owned() };
            let mut ask = Ask {
                missing: Missing { nothing: true, sellers: vec![seller] },
                step: 0,
                text: String::new(),
                to: "jan@mlyn.example".to_owned(),
                answer_to: Some("mlyn+re-x@post.example".to_owned()),
            };
            let first = words.mail(company, "2026-07", &ask);
            for part in ["Orange", "mlyn@post.example", "Biuro Lipa", &l.month("2026-06"), &l.month("2026-07")] {
                assert!(first.text.contains(part), "{} {part}: {}", l.code, first.text);
            }
            assert!(!first.text.contains('{') && first.subject.contains("Młyn"), "{}: {first:?}", l.code);
            assert!(!first.text.contains("re-x"), "the secret stands in Reply-To alone");
            ask.step = 1;
            assert_ne!(words.mail(company, "2026-07", &ask).text, first.text);
            ask.text = "Own words".to_owned();
            assert!(words.mail(company, "2026-07", &ask).text.starts_with("Own words"));
        }
    }

    #[test]
    fn january_asks_for_december() {
        assert_eq!(month_before("2026-01-05".parse().unwrap()).as_deref(), Some("2025-12"));
    }
}
