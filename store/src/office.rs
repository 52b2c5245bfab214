//! Offices: the accountants.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{OfficeId, UserId};
use crate::scope::{Actor, Scope};
use crate::sql::{Row, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// What an office asks of the passwords of its people and its companies' people.
    pub enum PasswordRule {
        /// Twelve characters or more, and none that many people have.
        Long = "long",
        /// Eight characters or more, with a digit, a capital, a small letter and a sign.
        Classic = "classic",
    }
}

/// What is said of a new office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewOffice {
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// IANA name, such as `Europe/Warsaw`: periods and dates are of this zone.
    pub time_zone: String,
    /// ISO 639-1: language of mails and panels where a person has not chosen one.
    pub language: String,
    /// Shortest PIN a company may choose, 4 to 10.
    pub pin_length: u32,
}

impl Default for NewOffice {
    fn default() -> Self {
        NewOffice {
            name: String::new(),
            country: "PL".to_owned(),
            time_zone: "Europe/Warsaw".to_owned(),
            language: "pl".to_owned(),
            pin_length: 6,
        }
    }
}

/// An office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Office {
    /// Its id.
    pub id: OfficeId,
    /// What was said of it.
    #[serde(flatten)]
    pub facts: NewOffice,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// Makes an office.
pub async fn create(store: &Store, new: NewOffice) -> Result<OfficeId> {
    check(&new)?;
    let id = OfficeId::new();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                tx.execute(
                    "INSERT INTO office (id, name, country, time_zone, language, pin_length, created_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    params![id, &new.name, new.country, new.time_zone, new.language, new.pin_length, Timestamp::now()],
                )
                .await?;
                let values = &new.name;
                let subject = id.to_string();
                audit::note(
                    tx,
                    Note { office: id, company: None, actor: Actor::Operator, action: "office.created", subject, values },
                )
                .await?;
                Ok(id)
            })
        })
        .await
}

/// All offices of the installation: for the command line and the service itself, not for users.
pub async fn list(store: &Store) -> Result<Vec<Office>> {
    let mut tx = store.read_internal().await?;
    let sql = "SELECT id, name, country, time_zone, language, pin_length, created_at FROM office ORDER BY id";
    tx.fetch_all(sql, vec![]).await?.into_iter().map(office).collect()
}

/// The scope's office.
pub async fn get(store: &Store, scope: &Scope) -> Result<Office> {
    let mut tx = store.read(scope).await?;
    let sql = "SELECT id, name, country, time_zone, language, pin_length, created_at FROM office WHERE id = $1";
    office(tx.fetch_one(sql, params![scope.office()]).await?)
}

/// What the scope's office asks of passwords.
pub async fn password_rule(store: &Store, scope: &Scope) -> Result<PasswordRule> {
    let sql = "SELECT password_rule FROM office WHERE id = $1";
    store.read(scope).await?.fetch_one(sql, params![scope.office()]).await?.columns().parse()
}

/// What the offices ask of a person's password in which they have a place, and the one they are about to have a place in: all of it
/// holds for the one password they have.
pub async fn password_rules(store: &Store, user: Option<UserId>, with: Option<OfficeId>) -> Result<Vec<PasswordRule>> {
    let sql = "SELECT DISTINCT password_rule FROM office
               WHERE id = $2 OR id IN (SELECT office_id FROM membership WHERE user_id = $1) ORDER BY password_rule";
    let rows = store.read_internal().await?.fetch_all(sql, params![user, with]).await?;
    rows.into_iter().map(|row| row.columns().parse()).collect()
}

/// Chooses what is asked of passwords that are set from now on.
pub async fn set_password_rule(store: &Store, scope: &Scope, rule: PasswordRule) -> Result<()> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let (office, actor, subject) = (scope_.office(), scope_.actor(), scope_.office().to_string());
                tx.execute("UPDATE office SET password_rule = $2 WHERE id = $1", params![office, rule]).await?;
                let (action, values) = ("office.password_rule", rule.as_str());
                audit::note(tx, Note { office, company: None, actor, action, subject, values }).await
            })
        })
        .await
}

fn office(row: Row) -> Result<Office> {
    let mut c = row.columns();
    Ok(Office {
        id: c.parse()?,
        facts: NewOffice {
            name: c.text()?,
            country: c.text()?,
            time_zone: c.text()?,
            language: c.text()?,
            pin_length: u32::try_from(c.int()?).map_err(Error::internal)?,
        },
        created_at: c.time()?,
    })
}

fn check(new: &NewOffice) -> Result<()> {
    if new.name.trim().is_empty() {
        return Err(Error::invalid("name", "An office needs a name."));
    }
    if !(4..=10).contains(&new.pin_length) {
        return Err(Error::invalid("pin_length", "The shortest PIN has 4 to 10 characters."));
    }
    check_country(&new.country)?;
    check_language(&new.language)?;
    jiff::tz::TimeZone::get(&new.time_zone)
        .map(drop)
        .map_err(|_| Error::invalid("time_zone", format!("There is no time zone {:?}.", new.time_zone)))
}

/// One of the languages that pages and mails are written in; `pt` stands for `pt-BR`.
pub(crate) fn check_language(language: &str) -> Result<()> {
    const KNOWN: [&str; 7] = ["pl", "ro", "pt-BR", "pt", "tr", "de", "en"];
    match KNOWN.contains(&language) {
        true => Ok(()),
        false => {
            Err(Error::invalid("language", format!("There is no language {language:?}; there are pl, ro, pt-BR, tr, de, en.")))
        }
    }
}

/// ISO 3166-1 alpha-2 by its form.
pub(crate) fn check_country(country: &str) -> Result<()> {
    if country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(());
    }
    Err(Error::invalid("country", format!("{country:?} is no two-letter country code.")))
}
