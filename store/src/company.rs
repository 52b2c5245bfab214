//! Companies: the office's clients, and what the office decided about their mail.

mod erase;
mod tidy;

use jiff::Timestamp;
use ocr::reading::Direction;
use ocr::split::Split;
use serde::{Deserialize, Serialize};

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{CompanyId, UserId};
use crate::scope::Scope;
use crate::sql::{Columns, Row, Tx, Value, params};
use crate::store::Store;
use crate::word::{self, words};
pub use erase::{Outlook, erase, outlook};
pub(crate) use tidy::{none_has, tidy};

words! {
    /// What becomes of a mail without a right PIN that nothing else admits.
    pub enum WithoutPin {
        /// Answered 250 and kept until someone decides.
        Hold = "hold",
        /// Answered 550.
        Refuse = "refuse",
    }
}

words! {
    /// By what the period of a paper is chosen, where the subject names none.
    pub enum PeriodRule {
        /// The day it arrived.
        Receipt = "receipt",
        /// Its issue date.
        IssueDate = "issue_date",
        /// Its sale date.
        SaleDate = "sale_date",
    }
}

/// What is said of a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CompanyFacts {
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Its tax ids, normalised: country code and characters.
    pub tax_ids: Vec<String>,
    /// What becomes of a mail without a right PIN.
    pub without_pin: WithoutPin,
    /// Papers of these directions are read as soon as they arrive; `none` stands for papers whose direction nobody said.
    pub auto_read: Vec<Direction>,
    /// The period of purchases.
    pub purchase_period: PeriodRule,
    /// The period of sales.
    pub sale_period: PeriodRule,
    /// How a file that holds several papers is divided.
    pub split: Split,
    /// Language of what is written to it, ISO 639-1; none: the office's.
    pub language: Option<String>,
    /// Mail address for what the office asks; none: that of its administrators.
    pub contact: Option<String>,
    /// Its own bank accounts: IBANs without blanks.
    pub bank_accounts: Vec<String>,
    /// Who of the office looks after it.
    pub bookkeeper: Option<UserId>,
    /// The HTML text of a mail without files is a paper, if it may be an invoice.
    pub body_papers: bool,
}

impl Default for CompanyFacts {
    fn default() -> Self {
        CompanyFacts {
            name: String::new(),
            country: "PL".to_owned(),
            tax_ids: Vec::new(),
            without_pin: WithoutPin::Hold,
            auto_read: Vec::new(),
            purchase_period: PeriodRule::Receipt,
            sale_period: PeriodRule::IssueDate,
            split: Split::default(),
            language: None,
            contact: None,
            bank_accounts: Vec::new(),
            bookkeeper: None,
            body_papers: false,
        }
    }
}

/// A company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// What was said of it.
    #[serde(flatten)]
    pub facts: CompanyFacts,
    /// Set when the office no longer works for it: it takes no mail.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub closed_at: Option<Timestamp>,
    /// Until when the people of a closed company can look at its papers.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub read_only_until: Option<Timestamp>,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

words! {
    /// Whether the office works for a company.
    pub enum CompanyState {
        /// It does.
        Active = "active",
        /// Not any more; its people can look at what is there.
        ReadOnly = "read_only",
        /// Not any more, and its people see nothing.
        Closed = "closed",
    }
}

impl Company {
    /// Whether the office works for it now.
    pub fn state(&self, now: Timestamp) -> CompanyState {
        match (self.closed_at, self.read_only_until) {
            (None, _) => CompanyState::Active,
            (Some(_), Some(until)) if until > now => CompanyState::ReadOnly,
            _ => CompanyState::Closed,
        }
    }
}

/// Makes a company. One whose tax id another open company of the office has is a conflict.
pub async fn create(store: &Store, scope: &Scope, facts: CompanyFacts) -> Result<CompanyId> {
    scope.allow_manage()?;
    let facts = tidy(facts)?;
    let (id, scope_) = (CompanyId::new(), scope.clone());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                none_has(tx, &scope_, &facts).await?;
                insert(tx, &scope_, id, &facts).await.map(|()| id)
            })
        })
        .await
}

/// Inserts a company whose facts are tidy.
pub(crate) async fn insert(tx: &mut Tx, scope: &Scope, id: CompanyId, facts: &CompanyFacts) -> Result<()> {
    let mut params = params![scope.office(), id, Timestamp::now()];
    params.extend(values(facts)?);
    let sql = format!(
        "INSERT INTO company (office_id, id, created_at, search, {FACTS})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
    );
    tx.execute(sql, params).await?;
    changed(tx, scope, id, "company.created", &json(facts)?).await
}

/// Says something else of a company.
pub async fn change(store: &Store, scope: &Scope, id: CompanyId, facts: CompanyFacts) -> Result<()> {
    scope.allow_manage()?;
    let facts = tidy(facts)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let mut params = params![scope_.office(), id];
                params.extend(values(&facts)?);
                let sql =
                    "UPDATE company SET search = $3, name = $4, country = $5, tax_ids = $6, without_pin = $7, auto_read = $8,
                               purchase_period = $9, sale_period = $10, split = $11, language = $12, contact = $13,
                               bank_accounts = $14, bookkeeper = $15, body_papers = $16 WHERE office_id = $1 AND id = $2";
                let rows = tx.execute(sql, params).await?;
                if rows == 0 {
                    return Err(Error::NotFound);
                }
                changed(tx, &scope_, id, "company.changed", &json(&facts)?).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

/// Closes a company: it takes no papers by any door. Its people can look at what is there until `until`; then it is closed to them,
/// while the office keeps its papers.
pub async fn close(store: &Store, scope: &Scope, id: CompanyId, until: Timestamp) -> Result<()> {
    set_closed(store, scope, id, Some((Timestamp::now(), until)), "company.closed").await
}

/// Opens a company again.
pub async fn open(store: &Store, scope: &Scope, id: CompanyId) -> Result<()> {
    set_closed(store, scope, id, None, "company.opened").await
}

async fn set_closed(
    store: &Store,
    scope: &Scope,
    id: CompanyId,
    closed: Option<(Timestamp, Timestamp)>,
    action: &'static str,
) -> Result<()> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "UPDATE company SET closed_at = $3, read_only_until = $4 WHERE office_id = $1 AND id = $2";
                let params = params![scope_.office(), id, closed.map(|(at, _)| at), closed.map(|(_, until)| until)];
                if tx.execute(sql, params).await? == 0 {
                    return Err(Error::NotFound);
                }
                changed(tx, &scope_, id, action, "").await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

/// A conflict where the company takes no papers any more.
pub async fn takes_papers(store: &Store, scope: &Scope, id: CompanyId) -> Result<()> {
    let mut tx = store.read(scope).await?;
    writable(&mut tx, scope, id).await
}

/// The same within a transaction: nothing new comes to a company that is closed.
pub(crate) async fn writable(tx: &mut Tx, scope: &Scope, id: CompanyId) -> Result<()> {
    let sql = "SELECT closed_at FROM company WHERE office_id = $1 AND id = $2";
    match tx.fetch_one(sql, params![scope.office(), id]).await?.columns().opt_time()? {
        None => Ok(()),
        Some(_) => {
            Err(Error::conflict("closed", "The office does not work for this company any more: it can be looked at only."))
        }
    }
}

/// The same for what a company's own people change in its settings. The office may still put them right.
pub(crate) async fn own_settings(tx: &mut Tx, scope: &Scope, id: CompanyId) -> Result<()> {
    if scope.role().is_office() { Ok(()) } else { writable(tx, scope, id).await }
}

/// Roles of a company's people, for SQL.
const CLIENTS: &str = "('company_admin', 'company_member', 'scanner')";

/// Condition on a place or token with its company joined as `c`, if it has one: a company's people see nothing at the time `$n` when it
/// is closed to them. `role` is the column.
pub(crate) fn seen_by(role: &str, at: &str) -> String {
    format!("({role} NOT IN {CLIENTS} OR c.closed_at IS NULL OR c.read_only_until > {at})")
}

/// Columns of [`CompanyFacts`], in the order of [`facts`].
pub(crate) const FACTS: &str =
    "name, country, tax_ids, without_pin, auto_read, purchase_period, sale_period, split, language, contact,
    bank_accounts, bookkeeper, body_papers";

/// The companies of the scope, by name.
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Company>> {
    scope.allow(|role| role.may_see())?;
    let (condition, params) = condition(scope);
    let sql =
        format!("SELECT id, closed_at, read_only_until, created_at, {FACTS} FROM company WHERE {condition} ORDER BY search, id");
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(company).collect()
}

/// One company.
pub async fn get(store: &Store, scope: &Scope, id: CompanyId) -> Result<Company> {
    scope.require(id)?;
    let mut tx = store.read(scope).await?;
    fetch(&mut tx, scope, id).await
}

pub(crate) async fn fetch(tx: &mut Tx, scope: &Scope, id: CompanyId) -> Result<Company> {
    let sql = format!("SELECT id, closed_at, read_only_until, created_at, {FACTS} FROM company WHERE office_id = $1 AND id = $2");
    company(tx.fetch_one(sql, params![scope.office(), id]).await?)
}

/// Companies of the scope from which nothing has come yet by any door, by name; closed ones are not among them.
pub async fn silent(store: &Store, scope: &Scope) -> Result<Vec<Company>> {
    scope.allow(|role| role.is_office())?;
    let (condition, params) = condition(scope);
    let sql = format!(
        "SELECT id, closed_at, read_only_until, created_at, {FACTS} FROM company WHERE {condition} AND closed_at IS NULL AND NOT EXISTS (
             SELECT 1 FROM submission s WHERE s.office_id = company.office_id AND s.company_id = company.id) ORDER BY search, id"
    );
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(company).collect()
}

/// The scope's condition on the table of companies, where the company's column is `id`.
fn condition(scope: &Scope) -> (String, Vec<Value>) {
    let mut params = Vec::new();
    let condition = scope.condition("", &mut params).replace("company_id IN", "id IN");
    (condition, params)
}

fn company(row: Row) -> Result<Company> {
    let mut c = row.columns();
    Ok(Company {
        id: c.parse()?,
        closed_at: c.opt_time()?,
        read_only_until: c.opt_time()?,
        created_at: c.time()?,
        facts: facts(&mut c)?,
    })
}

/// What the columns [`FACTS`] hold.
pub(crate) fn facts(c: &mut Columns) -> Result<CompanyFacts> {
    Ok(CompanyFacts {
        name: c.text()?,
        country: c.text()?,
        tax_ids: c.json()?,
        without_pin: c.parse()?,
        auto_read: c.json()?,
        purchase_period: c.parse()?,
        sale_period: c.parse()?,
        split: word::parse(&c.text()?)?,
        language: c.opt_text()?,
        contact: c.opt_text()?,
        bank_accounts: c.json()?,
        bookkeeper: c.opt_parse()?,
        body_papers: c.bool()?,
    })
}

/// The folded name, and the values of [`FACTS`].
fn values(facts: &CompanyFacts) -> Result<Vec<Value>> {
    Ok(params![
        ocr::fold::fold(&facts.name),
        &facts.name,
        &facts.country,
        json(&facts.tax_ids)?,
        facts.without_pin,
        json(&facts.auto_read)?,
        facts.purchase_period,
        facts.sale_period,
        word::split(facts.split),
        facts.language.as_deref(),
        facts.contact.as_deref(),
        json(&facts.bank_accounts)?,
        facts.bookkeeper,
        facts.body_papers
    ])
}

/// Audit of a change to a company or what belongs to it.
pub(crate) async fn changed(tx: &mut Tx, scope: &Scope, id: CompanyId, action: &'static str, values: &str) -> Result<()> {
    let note = Note { office: scope.office(), company: Some(id), actor: scope.actor(), action, subject: id.to_string(), values };
    audit::note(tx, note).await
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
