//! Holiday cover: a bookkeeper's companies are looked after by another from one day to another. Both see them meanwhile; it ends by
//! itself. Which companies that are is looked up each time: those of the absent one's places, and those they are named for.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{CoverId, OfficeId, UserId};
use crate::scope::{Actor, Role, Scope};
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::user::Place;

/// A cover that runs or is to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cover {
    /// Its id.
    pub id: CoverId,
    /// Who is away.
    pub from_user: UserId,
    /// Who looks after their companies.
    pub to_user: UserId,
    /// From this day on, in the office's zone.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub first_day: Date,
    /// Until the end of this day.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub last_day: Date,
}

/// Longest cover in days: what lasts longer is another division of work.
const LONGEST: i32 = 366;

/// Hands companies over for a time.
pub async fn create(
    store: &Store,
    scope: &Scope,
    from: UserId,
    to: UserId,
    days: (Date, Date),
    now: Timestamp,
) -> Result<CoverId> {
    scope.allow_manage()?;
    let (first, last) = days;
    if from == to {
        return Err(Error::invalid("to_user", "Nobody stands in for themselves."));
    }
    if last < first || (last - first).get_days() > LONGEST {
        return Err(Error::invalid("last_day", "The last day is the first one or a later one, at most a year on."));
    }
    let zone = crate::office::get(store, scope).await?.facts.time_zone;
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let begins = |day: Date| day.to_zoned(zone.clone()).map(|day| day.timestamp()).map_err(Error::internal);
    let (starts, ends) = (begins(first)?, begins(last.tomorrow().map_err(Error::internal)?)?);
    if ends <= now {
        return Err(Error::invalid("last_day", "This time is over already."));
    }
    let scope_ = scope.clone();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let (id, office, actor) = (CoverId::new(), scope_.office(), scope_.actor());
                for (user, field) in [(from, "from_user"), (to, "to_user")] {
                    check(tx, office, user, field).await?;
                }
                let sql =
                    "INSERT INTO cover (id, office_id, from_user, to_user, first_day, last_day, starts_at, ends_at, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
                let days = (first.to_string(), last.to_string());
                tx.execute(sql, params![id, office, from, to, &days.0, &days.1, starts, ends, now]).await?;
                let (subject, values) = (id.to_string(), format!("{from} {to} {first} {last}"));
                audit::note(tx, Note { office, company: None, actor, action: "cover.created", subject, values: &values }).await?;
                Ok(id)
            })
        })
        .await
}

async fn check(tx: &mut Tx, office: OfficeId, user: UserId, field: &'static str) -> Result<()> {
    let sql = "SELECT 1 FROM membership m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
               WHERE m.office_id = $1 AND m.user_id = $2 AND m.role IN ('owner', 'admin', 'bookkeeper')";
    match tx.fetch_optional(sql, params![office, user]).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid(field, "This person does not work on papers in this office.")),
    }
}

/// Covers of the office that run or are to come, the first one first.
pub async fn list(store: &Store, scope: &Scope, now: Timestamp) -> Result<Vec<Cover>> {
    scope.allow_manage()?;
    let sql = "SELECT id, from_user, to_user, first_day, last_day FROM cover
               WHERE office_id = $1 AND ended_at IS NULL AND ends_at > $2 ORDER BY starts_at, id";
    let rows = store.read_internal().await?.fetch_all(sql, params![scope.office(), now]).await?;
    rows.into_iter().map(cover).collect()
}

/// Ends one before its time.
pub async fn end(store: &Store, scope: &Scope, id: CoverId, now: Timestamp) -> Result<()> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE cover SET ended_at = COALESCE(ended_at, $3) WHERE office_id = $1 AND id = $2 RETURNING id";
                tx.fetch_one(sql, params![scope_.office(), id, now]).await?;
                ended(tx, scope_.office(), scope_.actor(), id).await
            })
        })
        .await
}

/// Says in the audit of those that are over that they are.
pub(crate) async fn close(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let sql = "UPDATE cover SET ended_at = $1 WHERE ended_at IS NULL AND ends_at <= $1 RETURNING office_id, id";
    let rows = tx.fetch_all(sql, params![now]).await?;
    let count = rows.len() as u64;
    for row in rows {
        let mut c = row.columns();
        let (office, id) = (c.parse()?, c.parse()?);
        ended(tx, office, Actor::Worker, id).await?;
    }
    Ok(count)
}

async fn ended(tx: &mut Tx, office: OfficeId, actor: Actor, id: CoverId) -> Result<()> {
    let note = Note { office, company: None, actor, action: "cover.ended", subject: id.to_string(), values: "" };
    audit::note(tx, note).await
}

/// Adds the companies that a person looks after for somebody else now, where they have a place in the office themselves.
pub(crate) async fn places(tx: &mut Tx, user: UserId, now: Timestamp, places: &mut Vec<Place>) -> Result<()> {
    let sql = "SELECT DISTINCT v.office_id, c.id FROM cover v
               JOIN company c ON c.office_id = v.office_id AND c.closed_at IS NULL
               WHERE v.to_user = $1 AND v.ended_at IS NULL AND v.starts_at <= $2 AND v.ends_at > $2
                     AND (c.bookkeeper = v.from_user OR EXISTS (
                         SELECT 1 FROM membership m WHERE m.user_id = v.from_user AND m.office_id = v.office_id
                         AND m.company_id = c.id AND m.role = 'bookkeeper'))
               ORDER BY c.id";
    for row in tx.fetch_all(sql, params![user, now]).await? {
        let mut c = row.columns();
        let (office, company) = (c.parse()?, c.parse()?);
        let own: Vec<&Place> = places.iter().filter(|place| place.office == office).collect();
        let works = own.iter().any(|place| place.role.may_work());
        if works && !own.iter().any(|place| place.company.is_none() || place.company == Some(company)) {
            places.push(Place { office, company: Some(company), role: Role::Bookkeeper, own_only: false });
        }
    }
    Ok(())
}

fn cover(row: Row) -> Result<Cover> {
    let mut c = row.columns();
    let day = |text: String| text.parse::<Date>().map_err(Error::internal);
    Ok(Cover {
        id: c.parse()?,
        from_user: c.parse()?,
        to_user: c.parse()?,
        first_day: day(c.text()?)?,
        last_day: day(c.text()?)?,
    })
}
