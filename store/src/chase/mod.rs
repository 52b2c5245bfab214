//! Asking companies for papers that a month lacks: what is missing, when the office asks, and what stops it.

mod missing;
pub mod plan;
mod rhythm;

pub use missing::{Expected, Missing, missing};
pub use plan::{Facts, Next, Plan, Step};
pub use rhythm::{LOOK_BACK, Months, Rhythm, due};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::address;
use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{ChaseId, CompanyId, SubmissionId};
use crate::outgoing::{self, Mail, OutgoingKind};
use crate::period::{PeriodState, check};
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// Where asking a company for a month is.
    pub enum ChaseState {
        /// It goes on.
        Open = "open",
        /// They answered.
        Answered = "answered",
        /// Somebody of the office stopped it.
        Stopped = "stopped",
    }
}

/// A company that is asked, or could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MissingLine))]
pub struct Line {
    /// The company.
    pub company: CompanyId,
    /// What its month lacks.
    pub missing: Missing,
    /// Who would be written to.
    pub recipient: Option<String>,
    /// Mails sent for this month.
    pub sent: u32,
    /// When the last one was.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_at: Option<Timestamp>,
    /// The answer that came.
    pub answer: Option<SubmissionId>,
    /// What is to be done.
    pub next: Next,
}

/// A chase as it is kept.
struct Kept {
    state: ChaseState,
    steps: u32,
    since: SubmissionId,
    last_at: Option<Timestamp>,
}

/// Companies that lack something for a month, or were asked: what would be done today, and why. Nothing is sent.
pub async fn board(store: &Store, scope: &Scope, period: &str, today: Date) -> Result<Vec<Line>> {
    scope.allow(|role| role.is_office())?;
    let period = check(period)?;
    let recipients = recipients(store, scope).await?;
    let mut tx = store.read(scope).await?;
    let zone = TimeZone::get(&crate::document::time_zone(&mut tx, scope).await?).unwrap_or(TimeZone::UTC);
    let mut missing = missing::missing_in(&mut tx, scope, &period, None).await?;
    let plan = plan::fetch(&mut tx, scope).await?;
    let mut kept = chases(&mut tx, scope, &period, None).await?;
    let months = months(&mut tx, scope, &period).await?;
    let companies: BTreeSet<CompanyId> = missing.keys().chain(kept.keys()).copied().collect();
    let mut lines = Vec::with_capacity(companies.len());
    for company in companies {
        let kept = kept.remove(&company);
        let answer = match &kept {
            Some(kept) if kept.state != ChaseState::Stopped => answer(&mut tx, scope, company, kept.since).await?,
            _ => None,
        };
        let state = |kept: &Kept| if answer.is_some() { ChaseState::Answered } else { kept.state };
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        let missing = missing.remove(&company).unwrap_or_default();
        let recipient = recipients.get(&company).cloned();
        let next = plan.next(Facts {
            period: &period,
            today,
            missing: !missing.is_empty(),
            chase: kept.as_ref().map(|kept| (state(kept), kept.steps, kept.last_at.map(day))),
            month: months.get(&company).copied(),
            address: recipient.is_some(),
        });
        let (sent, last_at) = kept.map_or((0, None), |kept| (kept.steps, kept.last_at));
        lines.push(Line { company, missing, recipient, sent, last_at, answer, next });
    }
    Ok(lines)
}

/// What a mail is made from.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What is missing now.
    pub missing: Missing,
    /// The how manieth mail this is for the month, from 0.
    pub step: u32,
    /// The step's own words.
    pub text: String,
    /// Who gets it.
    pub to: String,
    /// Where an answer needs no PIN.
    pub answer_to: Option<String>,
}

/// Asks a company for what its month lacks now: puts the mail that `compose` makes on its way. False where there is nothing to ask for
/// any more, nobody to ask, or where `sent` mails are not what was sent so far: somebody else asked meanwhile.
pub async fn ask<F>(store: &Store, scope: &Scope, company: CompanyId, period: &str, sent: u32, compose: F) -> Result<bool>
where
    F: FnOnce(&Ask) -> Mail + Send + 'static,
{
    scope.allow(|role| role.may_work())?;
    scope.require(company)?;
    let period = check(period)?;
    let Some(to) = recipients(store, scope).await?.remove(&company) else { return Ok(false) };
    let (scope_, keys, fresh) = (scope.clone(), store.keys().clone(), address::generate_local()?);
    let asked = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let missing =
                    missing::missing_in(tx, &scope_, &period, Some(company)).await?.remove(&company).unwrap_or_default();
                let kept = chases(tx, &scope_, &period, Some(company)).await?.remove(&company);
                let stopped = kept.as_ref().is_some_and(|kept| kept.state == ChaseState::Stopped);
                if missing.is_empty() || stopped || kept.as_ref().map_or(0, |kept| kept.steps) != sent {
                    return Ok(false);
                }
                let answer_to = address::answer_path(tx, &keys, &scope_, company, &fresh).await?;
                let steps = plan::fetch(tx, &scope_).await?.steps;
                let text =
                    usize::try_from(sent).ok().and_then(|sent| steps.into_iter().nth(sent)).map_or(String::new(), |s| s.text);
                let ask = Ask { missing, step: sent, text, to, answer_to };
                let id = keep(tx, &scope_, company, &period, &ask).await?;
                let whose = (scope_.office(), Some(company));
                outgoing::put(tx, &keys, whose, (OutgoingKind::Chase, &id.to_string()), &compose(&ask), Timestamp::now()).await?;
                told(tx, &scope_, company, "chase.asked", &format!("{period} {}", ask.to)).await?;
                Ok(true)
            })
        })
        .await?;
    store.cache().forget();
    Ok(asked)
}

/// Stops asking a company for a month, or goes on.
pub async fn stop(store: &Store, scope: &Scope, company: CompanyId, period: &str, stopped: bool) -> Result<()> {
    scope.allow(|role| role.may_work())?;
    scope.require(company)?;
    let (period, scope_) = (check(period)?, scope.clone());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let state = if stopped { ChaseState::Stopped } else { ChaseState::Open };
                tx.execute(
                    "INSERT INTO chase (id, office_id, company_id, period, state, steps, asked, since_id, created_at)
                     VALUES ($1, $2, $3, $4, $5, 0, '{}', $6, $7)
                     ON CONFLICT (company_id, period) DO UPDATE SET state = excluded.state, since_id = excluded.since_id",
                    params![ChaseId::new(), scope_.office(), company, &period, state, SubmissionId::new(), Timestamp::now()],
                )
                .await?;
                told(tx, &scope_, company, if stopped { "chase.stopped" } else { "chase.resumed" }, &period).await
            })
        })
        .await
}

async fn keep(tx: &mut Tx, scope: &Scope, company: CompanyId, period: &str, ask: &Ask) -> Result<ChaseId> {
    let now = Timestamp::now();
    let row = tx
        .fetch_one(
            "INSERT INTO chase (id, office_id, company_id, period, state, steps, asked, since_id, last_at, created_at)
             VALUES ($1, $2, $3, $4, 'open', 1, $5, $6, $7, $7)
             ON CONFLICT (company_id, period) DO UPDATE SET steps = chase.steps + 1, state = 'open', asked = excluded.asked,
                 since_id = excluded.since_id, last_at = excluded.last_at RETURNING id",
            params![
                ChaseId::new(),
                scope.office(),
                company,
                period,
                crate::company::json(&ask.missing)?,
                SubmissionId::new(),
                now
            ],
        )
        .await?;
    row.columns().parse()
}

async fn told(tx: &mut Tx, scope: &Scope, company: CompanyId, action: &'static str, values: &str) -> Result<()> {
    let (office, actor, subject) = (scope.office(), scope.actor(), company.to_string());
    audit::note(tx, Note { office, company: Some(company), actor, action, subject, values }).await
}

async fn chases(tx: &mut Tx, scope: &Scope, period: &str, only: Option<CompanyId>) -> Result<BTreeMap<CompanyId, Kept>> {
    let mut params = params![period, only];
    let condition = scope.condition("", &mut params);
    let sql = format!(
        "SELECT company_id, state, steps, since_id, last_at FROM chase
         WHERE {condition} AND period = $1 AND ($2 IS NULL OR company_id = $2)"
    );
    let rows = tx.fetch_all(sql, params).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            let (company, state, steps) = (c.parse()?, c.parse()?, u32::try_from(c.int()?).map_err(Error::internal)?);
            Ok((company, Kept { state, steps, since: c.parse()?, last_at: c.opt_time()? }))
        })
        .collect()
}

/// The first arrival by the alias for answers since the last mail.
async fn answer(tx: &mut Tx, scope: &Scope, company: CompanyId, since: SubmissionId) -> Result<Option<SubmissionId>> {
    let sql = "SELECT id FROM submission WHERE office_id = $1 AND company_id = $2 AND id > $3 AND forward_path LIKE $4
               AND state <> 'refused' ORDER BY id LIMIT 1";
    let params = params![scope.office(), company, since, format!("%+{}%", address::ANSWER)];
    tx.fetch_optional(sql, params).await?.map(|row| row.columns().parse()).transpose()
}

async fn months(tx: &mut Tx, scope: &Scope, period: &str) -> Result<BTreeMap<CompanyId, PeriodState>> {
    let mut params = params![period];
    let condition = scope.condition("", &mut params);
    let rows = tx.fetch_all(format!("SELECT company_id, state FROM period WHERE {condition} AND period = $1"), params).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok((c.parse()?, c.parse()?))
        })
        .collect()
}

/// Who is written to: the address the office noted; else the company's first administrator, or who was invited as one.
async fn recipients(store: &Store, scope: &Scope) -> Result<BTreeMap<CompanyId, String>> {
    let mut tx = store.read_internal().await?;
    let mut all = BTreeMap::new();
    for sql in [
        "SELECT id, contact FROM company WHERE office_id = $1 AND contact IS NOT NULL",
        "SELECT m.company_id, u.email FROM membership m JOIN users u ON u.id = m.user_id
         WHERE m.office_id = $1 AND m.role = 'company_admin' AND m.company_id IS NOT NULL AND u.disabled_at IS NULL ORDER BY m.id",
        "SELECT company_id, email FROM invitation
         WHERE office_id = $1 AND role = 'company_admin' AND company_id IS NOT NULL AND accepted_at IS NULL ORDER BY id",
    ] {
        for row in tx.fetch_all(sql, params![scope.office()]).await? {
            let mut c = row.columns();
            all.entry(c.parse()?).or_insert(c.text()?);
        }
    }
    Ok(all)
}
