//! PINs: a company's own, and personal ones of the office's people. Kept as a keyed hash to compare with and as a sealed value to
//! show to those who may see it.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{CompanyId, PinId, UserId};
use crate::keys::{Purpose, random};
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;

/// Whose PIN it is decides the role of who used it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PinOwner {
    /// Anyone of the company.
    Company(CompanyId),
    /// A person of the office, for all companies that they may see.
    User(UserId),
}

/// A PIN as it is shown to those who manage it.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pin {
    /// Its id.
    pub id: PinId,
    /// The PIN itself.
    pub value: String,
    /// End of the rotation, for an older one; none while it is in use.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub valid_until: Option<Timestamp>,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pin").field("id", &self.id).field("valid_until", &self.valid_until).finish_non_exhaustive()
    }
}

/// Gives a PIN: the one `chosen`, or six digits made here. The one in use so far stays valid for `overlap` (a rotation); an
/// older one ends at once, so that two are valid at most. Answers the PIN.
pub async fn set(store: &Store, scope: &Scope, owner: PinOwner, chosen: Option<&str>, overlap: SignedDuration) -> Result<Pin> {
    let company = match owner {
        PinOwner::Company(company) => {
            scope.allow(|role| role.may_manage() || role == crate::Role::CompanyAdmin)?;
            scope.require(company)?;
            Some(company)
        }
        PinOwner::User(_) => {
            scope.allow_manage()?;
            None
        }
    };
    let length = crate::office::get(store, scope).await?.facts.pin_length;
    let chosen = chosen.map(|pin| check(pin, length)).transpose()?;
    // A generated one may be taken: it is made again. A chosen one that is taken is told.
    for _ in 0..20 {
        let value = chosen.clone().map_or_else(|| generate(length), Ok)?;
        match insert(store, scope, owner, company, value, overlap).await {
            Err(Error::Conflict { code: "exists", .. }) if chosen.is_none() => {}
            Err(Error::Conflict { code: "exists", .. }) => {
                return Err(Error::conflict("pin_taken", "This PIN cannot be used here. Choose another one."));
            }
            other => {
                store.cache().forget();
                return other;
            }
        }
    }
    Err(Error::conflict("pin_space", "No free PIN was found: use longer ones."))
}

async fn insert(
    store: &Store,
    scope: &Scope,
    owner: PinOwner,
    company: Option<CompanyId>,
    value: String,
    overlap: SignedDuration,
) -> Result<Pin> {
    let secret = Secret::of(store, scope, value)?;
    let (scope_, now) = (scope.clone(), Timestamp::now());
    let user = if let PinOwner::User(user) = owner { Some(user) } else { None };
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                if let Some(company) = company {
                    crate::company::own_settings(tx, &scope_, company).await?;
                }
                end_older(tx, &scope_, company, user, now, now + overlap).await?;
                insert_in(tx, &scope_, company, user, secret, now).await
            })
        })
        .await
}

/// A PIN ready to be kept.
pub(crate) struct Secret {
    value: String,
    hash: Vec<u8>,
    sealed: Vec<u8>,
}

impl Secret {
    pub fn of(store: &Store, scope: &Scope, value: String) -> Result<Secret> {
        let hash = hash(store, scope, &value);
        let sealed = store.keys().seal("pin", &value)?;
        Ok(Secret { value, hash, sealed })
    }
}

/// What a PIN is compared by in this office.
pub(crate) fn hash(store: &Store, scope: &Scope, value: &str) -> Vec<u8> {
    store.keys().hash(Purpose::Pin, Some(scope.office()), &normal(value))
}

/// Adds a PIN beside those that are there.
pub(crate) async fn insert_in(
    tx: &mut Tx,
    scope: &Scope,
    company: Option<CompanyId>,
    user: Option<UserId>,
    secret: Secret,
    now: Timestamp,
) -> Result<Pin> {
    let id = PinId::new();
    tx.execute(
        "INSERT INTO pin (id, office_id, company_id, user_id, hash, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![id, scope.office(), company, user, secret.hash, secret.sealed, now],
    )
    .await?;
    let (office, actor, subject) = (scope.office(), scope.actor(), id.to_string());
    audit::note(tx, Note { office, company, actor, action: "pin.set", subject, values: "" }).await?;
    Ok(Pin { id, value: secret.value, valid_until: None, created_at: now })
}

/// Ends those in rotation at once and puts the one in use into rotation until `until`.
async fn end_older(
    tx: &mut Tx,
    scope: &Scope,
    company: Option<CompanyId>,
    user: Option<UserId>,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    let owner = "office_id = $1 AND COALESCE(company_id, '') = COALESCE($2, '') AND COALESCE(user_id, '') = COALESCE($3, '')";
    let whose = || params![scope.office(), company, user];
    // What ended is deleted, so that the PIN may be given again.
    let ended = if until <= now { "" } else { " AND valid_until IS NOT NULL" };
    tx.execute(format!("DELETE FROM pin WHERE {owner}{ended}"), whose()).await?;
    let mut params = whose();
    params.push(until.into());
    tx.execute(format!("UPDATE pin SET valid_until = $4 WHERE {owner}"), params).await?;
    Ok(())
}

/// PINs of a company or a person that are valid now, newest first.
pub async fn list(store: &Store, scope: &Scope, owner: PinOwner) -> Result<Vec<Pin>> {
    let (column, id) = match owner {
        PinOwner::Company(company) => {
            scope.allow(|role| role.may_manage() || role == crate::Role::Bookkeeper || role == crate::Role::CompanyAdmin)?;
            scope.require(company)?;
            ("company_id", company.to_string())
        }
        PinOwner::User(user) => {
            if scope.actor() != crate::Actor::User(user) {
                scope.allow_manage()?;
            }
            ("user_id", user.to_string())
        }
    };
    let sql = format!(
        "SELECT id, sealed, valid_until, created_at FROM pin
         WHERE office_id = $1 AND {column} = $2 AND (valid_until IS NULL OR valid_until > $3) ORDER BY id DESC"
    );
    let rows = store.read(scope).await?.fetch_all(sql, params![scope.office(), id, Timestamp::now()]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            let (id, value) = (c.parse()?, store.keys().unseal("pin", &c.blob()?)?);
            Ok(Pin { id, value, valid_until: c.opt_time()?, created_at: c.time()? })
        })
        .collect()
}

/// Notes in the audit that someone looks at a company's PIN; not allowed to those who may not see it.
pub async fn looked_up(store: &Store, scope: &Scope, company: CompanyId) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == crate::Role::Bookkeeper || role == crate::Role::CompanyAdmin)?;
    scope.require(company)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| Box::pin(async move { crate::company::changed(tx, &scope_, company, "pin.looked_up", "").await }))
        .await
}

/// The form in which PINs are compared: letters of either case are the same.
pub(crate) fn normal(pin: &str) -> String {
    pin.trim().to_uppercase()
}

/// Checks a chosen PIN and gives it as it is kept: letters and digits, long enough, and nothing that a subject may hold by chance,
/// such as a year or date.
pub fn check(pin: &str, shortest: u32) -> Result<String> {
    let pin = normal(pin);
    if !(shortest as usize..=10).contains(&pin.len()) || !pin.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Error::invalid("pin", format!("A PIN has {shortest} to 10 letters or digits, without accents.")));
    }
    if !pin.bytes().any(|b| b.is_ascii_digit()) {
        return Err(Error::invalid("pin", "A PIN has at least one digit: a mere word may stand in any subject."));
    }
    if looks_like_date(&pin) {
        return Err(Error::invalid("pin", "A PIN must not look like a year or a date."));
    }
    Ok(pin)
}

/// `2026`, `202611`, `112026`, `20261122`, `22112026`, `221126`: any order of day, month and year.
pub fn looks_like_date(pin: &str) -> bool {
    if !pin.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let number = |from: usize, len: usize| pin.get(from..from + len).and_then(|t| t.parse::<u32>().ok()).unwrap_or(0);
    let year = |from| (1900..=2099).contains(&number(from, 4));
    let (month, day) = (|from| (1..=12).contains(&number(from, 2)), |from| (1..=31).contains(&number(from, 2)));
    match pin.len() {
        4 => year(0),
        6 => {
            (year(0) && month(4))
                || (month(0) && year(2))
                || (day(0) && month(2) && recent(number(4, 2)))
                || (recent(number(0, 2)) && month(2) && day(4))
                || (month(0) && day(2) && recent(number(4, 2)))
        }
        8 => (year(0) && month(4) && day(6)) || (day(0) && month(2) && year(4)) || (month(0) && day(2) && year(4)),
        _ => false,
    }
}

/// Two-digit years that papers carry.
fn recent(year: u32) -> bool {
    (15..=45).contains(&year)
}

/// Random digits: six, or as many as the office wants.
pub(crate) fn generate(shortest: u32) -> Result<String> {
    let length = shortest.max(6) as usize;
    loop {
        // 250 is the greatest multiple of ten that fits a byte: those above would make small digits more frequent.
        let digits: String =
            random::<32>()?.iter().filter(|b| **b < 250).take(length).map(|b| char::from(b'0' + b % 10)).collect();
        if digits.len() == length && !looks_like_date(&digits) {
            return Ok(digits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_no_pins() {
        for pin in ["2026", "1999", "202611", "112026", "221126", "261122", "112226", "20261122", "22112026"] {
            assert!(looks_like_date(pin), "{pin}");
        }
        for pin in ["4839", "483920", "999999", "ABC123", "12345678", "3000", "483920123"] {
            assert!(!looks_like_date(pin), "{pin}");
        }
    }

    #[test]
    fn chosen_pins_are_checked() {
        assert_eq!(check(" ab12cd ", 6).unwrap(), "AB12CD");
        for pin in ["123", "48392", "faktura", "2026", "4839 20", "ąćę123", "12345678901"] {
            assert!(check(pin, 6).is_err(), "{pin}");
        }
    }

    #[test]
    fn generated_pins_have_their_length_and_are_no_dates() {
        for _ in 0..500 {
            let pin = generate(4).unwrap();
            assert_eq!(pin.len(), 6);
            assert!(!looks_like_date(&pin));
        }
        assert_eq!(generate(8).unwrap().len(), 8);
    }
}
