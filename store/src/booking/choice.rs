//! The office's own lists: categories, registers, descriptions, means of payment; and one company's own words over them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{ChoiceId, CompanyId};
use crate::scope::{Companies, Scope};
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// Which list.
    pub enum ChoiceKind {
        /// Cost categories and accounts.
        Category = "category",
        /// VAT registers and journals.
        Register = "register",
        /// Descriptions of events.
        Description = "description",
        /// Means of payment.
        PaymentMeans = "payment_means",
        /// What accounting programs call the company itself: their client number, their accounts of partners. The code is the
        /// setting, the name its value.
        Target = "target",
    }
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// Its id.
    pub id: ChoiceId,
    /// Which list.
    pub kind: ChoiceKind,
    /// The company it is for; none: every company of the office.
    pub company: Option<CompanyId>,
    /// What is written into the booking.
    pub code: String,
    /// What people read.
    pub name: String,
    /// The account that accounting programs know it by.
    pub account: Option<String>,
    /// The tax code that accounting programs know it by.
    pub vat_code: Option<String>,
    /// The company does not have the office's entry of this code.
    pub hidden: bool,
}

/// A new entry. One that is there is said anew.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewChoice {
    /// Which list.
    pub kind: ChoiceKind,
    /// The company it is for; none: every company of the office.
    #[serde(default)]
    pub company: Option<CompanyId>,
    /// What is written into the booking.
    pub code: String,
    /// What people read; the code, if it is left out.
    #[serde(default)]
    pub name: String,
    /// The account that accounting programs know it by.
    #[serde(default)]
    pub account: Option<String>,
    /// The tax code that accounting programs know it by.
    #[serde(default)]
    pub vat_code: Option<String>,
    /// The company does not have the office's entry of this code.
    #[serde(default)]
    pub hidden: bool,
}

const COLUMNS: &str = "id, kind, of_company, code, name, account, vat_code, hidden";

/// Adds an entry, or says the one of this list, company and code anew. A list of the office is the office's managers' to change, a
/// company's own also its bookkeepers'.
pub async fn add_choice(store: &Store, scope: &Scope, new: NewChoice) -> Result<ChoiceId> {
    may_change(scope, new.company)?;
    let code = new.code.trim().to_owned();
    let name = Some(new.name.trim()).filter(|name| !name.is_empty()).unwrap_or(&code).to_owned();
    if code.is_empty() || code.chars().count() > 60 || name.chars().count() > 200 {
        return Err(Error::invalid("code", "A code has 1 to 60 characters, a name 200 at most."));
    }
    let short = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (account, vat_code) = (short(new.account), short(new.vat_code));
    if [&account, &vat_code].into_iter().flatten().any(|text| text.chars().count() > 60) {
        return Err(Error::invalid("account", "An account or tax code has 60 characters at most."));
    }
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let of = own(new.company);
                let sql =
                    "INSERT INTO choice (id, office_id, of_company, kind, code, name, account, vat_code, hidden, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                           ON CONFLICT (office_id, kind, of_company, code) DO UPDATE SET name = excluded.name,
                               account = excluded.account, vat_code = excluded.vat_code, hidden = excluded.hidden,
                               removed_at = NULL
                           RETURNING id";
                let id = ChoiceId::new();
                let values =
                    params![id, scope_.office(), of, new.kind, &code, &name, account, vat_code, new.hidden, Timestamp::now()];
                let id = tx.fetch_one(sql, values).await?.columns().parse()?;
                noted(tx, &scope_, new.company, "choice.set", id, &code).await?;
                Ok(id)
            })
        })
        .await
}

/// Takes an entry away. What was booked with it stays so.
pub async fn remove_choice(store: &Store, scope: &Scope, id: ChoiceId) -> Result<()> {
    scope.allow(|role| role.may_work())?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "SELECT of_company FROM choice WHERE office_id = $1 AND id = $2";
                let company = company(&tx.fetch_one(sql, params![scope_.office(), id]).await?.columns().text()?)?;
                may_see(&scope_, company)?;
                may_change(&scope_, company)?;
                let sql = "UPDATE choice SET removed_at = $3 WHERE office_id = $1 AND id = $2";
                tx.execute(sql, params![scope_.office(), id, Timestamp::now()]).await?;
                noted(tx, &scope_, company, "choice.removed", id, "").await
            })
        })
        .await
}

/// Every entry within the scope, by list and code: the office's and the companies' own.
pub async fn choices(store: &Store, scope: &Scope) -> Result<Vec<Choice>> {
    scope.allow(|role| role.is_office())?;
    let mut tx = store.read(scope).await?;
    let sql = format!("SELECT {COLUMNS} FROM choice WHERE office_id = $1 AND removed_at IS NULL ORDER BY kind, code, of_company");
    let rows = tx.fetch_all(sql, params![scope.office()]).await?;
    let all = rows.into_iter().map(choice).collect::<Result<Vec<_>>>()?;
    Ok(all.into_iter().filter(|choice| choice.company.is_none_or(|company| scope.includes(company))).collect())
}

/// What one company can choose from: its own entries, and those of the office that it does not say otherwise.
pub fn of_company(all: &[Choice], kind: ChoiceKind, company: CompanyId) -> Vec<&Choice> {
    let own: Vec<&Choice> = all.iter().filter(|choice| choice.kind == kind && choice.company == Some(company)).collect();
    let mut list: Vec<&Choice> = all
        .iter()
        .filter(|choice| choice.kind == kind && choice.company.is_none() && !own.iter().any(|one| one.code == choice.code))
        .chain(own.iter().copied())
        .filter(|choice| !choice.hidden)
        .collect();
    list.sort_by(|a, b| a.code.cmp(&b.code));
    list
}

/// The column of whose an entry is.
pub(super) fn own(company: Option<CompanyId>) -> String {
    company.map(|company| company.to_string()).unwrap_or_default()
}

/// Back from the column.
pub(super) fn company(of: &str) -> Result<Option<CompanyId>> {
    if of.is_empty() { Ok(None) } else { of.parse().map(Some) }
}

pub(super) fn may_see(scope: &Scope, company: Option<CompanyId>) -> Result<()> {
    company.map_or(Ok(()), |company| scope.require(company))
}

/// The office's own lists change what all its companies see.
pub(super) fn may_change(scope: &Scope, company: Option<CompanyId>) -> Result<()> {
    scope.allow(|role| role.may_work())?;
    match company {
        Some(company) => scope.require(company),
        None if *scope.companies() == Companies::All => Ok(()),
        None => Err(Error::Forbidden),
    }
}

pub(super) async fn noted(
    tx: &mut Tx,
    scope: &Scope,
    company: Option<CompanyId>,
    action: &'static str,
    id: impl std::fmt::Display,
    values: &str,
) -> Result<()> {
    let note = Note { office: scope.office(), company, actor: scope.actor(), action, subject: id.to_string(), values };
    audit::note(tx, note).await
}

fn choice(row: Row) -> Result<Choice> {
    let mut c = row.columns();
    Ok(Choice {
        id: c.parse()?,
        kind: c.parse()?,
        company: company(&c.text()?)?,
        code: c.text()?,
        name: c.text()?,
        account: c.opt_text()?,
        vat_code: c.opt_text()?,
        hidden: c.bool()?,
    })
}
