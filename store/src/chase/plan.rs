//! When an office asks, and what is to be done about a company today. Pure but for keeping the plan.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::ChaseState;
use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::period::PeriodState;
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;

/// One mail of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// Day of the month after the one that is asked about; past its end: its last day.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 31))]
    pub day: i8,
    /// What the mail begins with; empty: our own words, in the company's language.
    #[serde(default)]
    pub text: String,
}

/// What the office decided about asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plan {
    /// Mails go out by themselves; else only when somebody sends them.
    pub active: bool,
    /// The mails, in their order.
    pub steps: Vec<Step>,
}

impl Default for Plan {
    fn default() -> Self {
        let step = |day| Step { day, text: String::new() };
        Plan { active: false, steps: vec![step(5), step(12), step(18)] }
    }
}

/// What is to be done about a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Next {
    /// A mail is due.
    Now,
    /// A mail will be due that day.
    Later {
        /// That day.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        on: Date,
    },
    /// All mails were sent: call them.
    Call,
    /// They answered: read it.
    Answered,
    /// Somebody stopped it.
    Stopped,
    /// They said that it is all, or the month is closed.
    Complete,
    /// Nobody knows where to write to.
    NoAddress,
    /// What was asked for came.
    Came,
}

/// Days between two mails, whatever the plan says: one that is switched on late does not send all at once.
const PAUSE: i64 = 3;

/// What is known of a company when it is decided.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// `YYYY-MM`.
    pub period: &'a str,
    /// Today in the office.
    pub today: Date,
    /// Something is missing.
    pub missing: bool,
    /// Where its asking is, mails sent, and the day of the last one.
    pub chase: Option<(ChaseState, u32, Option<Date>)>,
    /// What was said of the month.
    pub month: Option<PeriodState>,
    /// Somebody can be written to.
    pub address: bool,
}

impl Plan {
    /// What is to be done about a company today.
    pub fn next(&self, facts: Facts<'_>) -> Next {
        let (state, sent, last) = facts.chase.unwrap_or((ChaseState::Open, 0, None));
        match state {
            ChaseState::Stopped => return Next::Stopped,
            _ if !facts.missing => return Next::Came,
            ChaseState::Answered => return Next::Answered,
            _ => {}
        }
        if matches!(facts.month, Some(PeriodState::Closing | PeriodState::Closed)) {
            return Next::Complete;
        }
        if !facts.address {
            return Next::NoAddress;
        }
        let Some(step) = usize::try_from(sent).ok().and_then(|sent| self.steps.get(sent)) else { return Next::Call };
        let planned = on_day(facts.period, step.day);
        let rested = last.and_then(|last| last.checked_add(Span::new().days(PAUSE)).ok());
        match planned.into_iter().chain(rested).max() {
            Some(on) if on > facts.today => Next::Later { on },
            _ => Next::Now,
        }
    }
}

/// That day of the month after a period.
fn on_day(period: &str, day: i8) -> Option<Date> {
    let first: Date = format!("{period}-01").parse().ok()?;
    let next = first.last_of_month().tomorrow().ok()?;
    Some(next.with().day(day.clamp(1, next.days_in_month())).build().unwrap_or(next))
}

/// The office's plan; the usual one, not active, where it has none.
pub async fn get(store: &Store, scope: &Scope) -> Result<Plan> {
    scope.allow(|role| role.is_office())?;
    let mut tx = store.read(scope).await?;
    fetch(&mut tx, scope).await
}

pub(super) async fn fetch(tx: &mut Tx, scope: &Scope) -> Result<Plan> {
    let sql = "SELECT active, steps FROM chase_plan WHERE office_id = $1";
    let Some(row) = tx.fetch_optional(sql, params![scope.office()]).await? else { return Ok(Plan::default()) };
    let mut c = row.columns();
    Ok(Plan { active: c.bool()?, steps: c.json()? })
}

/// Sets the plan.
pub async fn set(store: &Store, scope: &Scope, plan: Plan) -> Result<()> {
    scope.allow_manage()?;
    let rising = plan.steps.windows(2).all(|two| two[0].day < two[1].day);
    if plan.steps.iter().any(|step| step.text.chars().count() > 4_000) {
        return Err(Error::invalid("steps", "The words of a mail have 4,000 characters at most."));
    }
    if plan.steps.len() > 6 || !rising || plan.steps.iter().any(|step| !(1..=31).contains(&step.day)) {
        return Err(Error::invalid("steps", "At most six mails, each on a later day (1 to 31) than the one before."));
    }
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let steps = crate::company::json(&plan.steps)?;
                let sql = "INSERT INTO chase_plan (office_id, active, steps, changed_at) VALUES ($1, $2, $3, $4)
                           ON CONFLICT (office_id) DO UPDATE SET active = excluded.active, steps = excluded.steps,
                                                                 changed_at = excluded.changed_at";
                let office = scope_.office();
                tx.execute(sql, params![office, plan.active, &steps, Timestamp::now()]).await?;
                let (actor, subject) = (scope_.actor(), office.to_string());
                audit::note(tx, Note { office, company: None, actor, action: "chase.planned", subject, values: &steps }).await
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_done() {
        use ChaseState::{Answered, Open, Stopped};
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let usual = Facts { period: "2026-07", today: day("2026-08-06"), missing: true, chase: None, month: None, address: true };
        let sent = |state, count, last: &str| Some((state, count, Some(day(last))));
        for (facts, want, why) in [
            (usual, Next::Now, "the fifth has come"),
            (Facts { today: day("2026-08-04"), ..usual }, Next::Later { on: day("2026-08-05") }, "the fifth has not come"),
            (
                Facts { chase: sent(Open, 1, "2026-08-05"), ..usual },
                Next::Later { on: day("2026-08-12") },
                "the second is on the twelfth",
            ),
            (Facts { chase: sent(Open, 1, "2026-08-05"), today: day("2026-08-12"), ..usual }, Next::Now, "it has come"),
            (
                Facts { chase: sent(Open, 1, "2026-08-19"), today: day("2026-08-20"), ..usual },
                Next::Later { on: day("2026-08-22") },
                "never two at once",
            ),
            (Facts { chase: sent(Open, 3, "2026-08-18"), today: day("2026-08-30"), ..usual }, Next::Call, "all were sent"),
            (Facts { chase: sent(Answered, 1, "2026-08-05"), ..usual }, Next::Answered, "an answer stops it"),
            (Facts { chase: sent(Stopped, 1, "2026-08-05"), ..usual }, Next::Stopped, "a hand stops it"),
            (Facts { chase: sent(Open, 1, "2026-08-05"), missing: false, ..usual }, Next::Came, "the paper stops it"),
            (Facts { month: Some(PeriodState::Closing), ..usual }, Next::Complete, "they said that it is all"),
            (Facts { month: Some(PeriodState::Closed), ..usual }, Next::Complete, "the month is closed"),
            (Facts { month: Some(PeriodState::Open), ..usual }, Next::Now, "an open month is no answer"),
            (Facts { address: false, ..usual }, Next::NoAddress, "nobody to write to"),
            (Facts { today: day("2027-03-01"), ..usual }, Next::Now, "long after"),
        ] {
            assert_eq!(Plan::default().next(facts), want, "{why}");
        }
        let late = Plan { active: true, steps: vec![Step { day: 31, text: String::new() }] };
        assert_eq!(
            late.next(Facts { period: "2026-01", today: day("2026-02-10"), ..usual }),
            Next::Later { on: day("2026-02-28") }
        );
        assert_eq!(Plan { active: true, steps: vec![] }.next(usual), Next::Call);
    }
}
