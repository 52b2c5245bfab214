//! What inboxes are entered with and that ends soon, certificates for KSeF and what ANAF granted for SPV: who is told of it, and when.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::Result;
use crate::id::{CompanyId, OfficeId};
use crate::ksef::KsefAccess;
use crate::notice::{self, NoticeKind};
use crate::outgoing::Mail;
use crate::spv::SpvAccess;
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word::words;

/// A day in seconds.
const DAY: i64 = 86_400;
/// Nothing is told of earlier than this many days before.
const SOONEST: i64 = 30;
/// Nobody wants to be told of one that ended long ago.
const LONG_AGO: i64 = 14;

words! {
    /// What ends.
    pub enum Ends {
        /// A certificate for KSeF.
        Certificate = "certificate",
        /// What ANAF granted for SPV; told of only where it was not renewed in time, as every look into an inbox does.
        Grant = "grant",
    }
}

impl Ends {
    /// So many days before it ends it is told of, 0 when it has ended; once each.
    fn steps(self) -> &'static [i64] {
        match self {
            Ends::Certificate => &[0, 1, 7, SOONEST],
            Ends::Grant => &[14],
        }
    }
}

/// A certificate or grant that ends soon, and one who is to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What it is.
    pub what: Ends,
    /// The office.
    pub office: OfficeId,
    /// Its language.
    pub language: String,
    /// The company whose inbox is entered with it, and its name; none where it is the office's own.
    pub company: Option<(CompanyId, String)>,
    /// Whom the certificate names; empty for a grant.
    pub subject: String,
    /// The day on which it ends, there.
    pub day: Date,
    /// It has ended.
    pub ended: bool,
    /// Who is to know.
    pub recipient: String,
    /// The same for the same certificate or grant, and step.
    step: String,
}

/// Warnings that are due in offices where it is `hour` or later: of companies' certificates to those who decide about their mails, of the office's
/// and of grants to those who manage the office. Those that were sent are among them; [`warn`] knows.
pub async fn endings(store: &Store, hour: i8, now: Timestamp) -> Result<Vec<Ending>> {
    let mut tx = store.read_internal().await?;
    let sql =
        "SELECT 'certificate', o.id, o.language, o.time_zone, d.subject, d.valid_until, d.company_id, c.name FROM ksef_door d
               JOIN office o ON o.id = d.office_id JOIN company c ON c.office_id = d.office_id AND c.id = d.company_id
               WHERE d.access = $3 AND c.closed_at IS NULL AND d.valid_until <= $1 AND d.valid_until > $2
               UNION ALL
               SELECT 'certificate', o.id, o.language, o.time_zone, k.subject, k.valid_until, NULL, NULL FROM ksef_certificate k
               JOIN office o ON o.id = k.office_id WHERE k.valid_until <= $1 AND k.valid_until > $2
               UNION ALL
               SELECT 'grant', o.id, o.language, o.time_zone, '', g.refresh_until, g.company_id, n.name FROM spv_grant g
               JOIN office o ON o.id = g.office_id LEFT JOIN company n ON n.office_id = g.office_id AND n.id = g.company_id
               WHERE g.refresh_until <= $1 AND g.refresh_until > $2 AND EXISTS (
                   SELECT 1 FROM spv_door d JOIN company c ON c.office_id = d.office_id AND c.id = d.company_id
                   WHERE d.office_id = g.office_id AND c.closed_at IS NULL
                   AND ((d.access = $4 AND g.company_id IS NULL) OR (d.access = $5 AND d.company_id = g.company_id)))";
    let days = |n: i64| Duration::from_secs(n.unsigned_abs() * DAY.unsigned_abs());
    let (soon, old) = (now + days(SOONEST), now - days(LONG_AGO));
    let params = params![soon, old, KsefAccess::Certificate, SpvAccess::Office, SpvAccess::Own];
    let rows = tx.fetch_all(sql, params).await?;
    let mut endings = Vec::new();
    for row in rows {
        if let Some(ending) = one(row, hour, now)? {
            for recipient in recipients(&mut tx, &ending, now).await? {
                endings.push(Ending { recipient, ..ending.clone() });
            }
        }
    }
    Ok(endings)
}

/// Without its recipient. None: it is too early, in the year or in the day there.
fn one(row: Row, hour: i8, now: Timestamp) -> Result<Option<Ending>> {
    let mut c = row.columns();
    let what: Ends = c.parse()?;
    let (office, language, zone, subject, until) = (c.parse()?, c.text()?, c.text()?, c.text()?, c.time()?);
    let company = c.opt_parse::<CompanyId>()?.zip(c.opt_text()?);
    let zone = jiff::tz::TimeZone::get(&zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let left = until.duration_since(now).as_secs();
    let step = what.steps().iter().find(|days| left <= **days * DAY);
    let (true, Some(step)) = (now.to_zoned(zone.clone()).hour() >= hour, step) else { return Ok(None) };
    let whose = company.as_ref().map_or_else(|| "office".to_owned(), |(id, _)| id.to_string());
    let step = format!("{} {whose} {} {step}", what.as_str(), until.as_second());
    let (day, ended) = (until.to_zoned(zone).date(), left <= 0);
    Ok(Some(Ending { what, office, language, company, subject, day, ended, recipient: String::new(), step }))
}

async fn recipients(tx: &mut Tx, ending: &Ending, now: Timestamp) -> Result<Vec<String>> {
    if let (Ends::Certificate, Some((company, _))) = (ending.what, &ending.company) {
        return notice::deciders_of(tx, ending.office, *company, now).await;
    }
    let sql = "SELECT DISTINCT u.email FROM membership m JOIN users u ON u.id = m.user_id
               WHERE m.office_id = $1 AND u.disabled_at IS NULL AND m.role IN ('owner', 'admin') ORDER BY 1";
    let rows = tx.fetch_all(sql, params![ending.office]).await?;
    rows.into_iter().map(|row| row.columns().text()).collect()
}

/// Queues the mail of a warning, once.
pub async fn warn(store: &Store, ending: &Ending, mail: Mail, now: Timestamp) -> Result<()> {
    let about = (NoticeKind::Certificate, ending.step.clone());
    notice::send_once(store, ending.office, about, &ending.recipient, mail, now).await
}
