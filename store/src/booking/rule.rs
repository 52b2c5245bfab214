//! Rules of booking, as data: papers of a seller, with a line like this, are booked so.

use jiff::Timestamp;
use ocr::fold::fold;
use ocr::reading::Reading;
use serde::{Deserialize, Serialize};

use super::Booking;
use super::choice::{company, may_change, may_see, noted, own};
use crate::company::json;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::id::{CompanyId, RuleId};
use crate::scope::Scope;
use crate::sql::{Row, Tx, params};
use crate::store::Store;

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The company it is for; none: every company of the office.
    pub company: Option<CompanyId>,
    /// A tax id, or words of the seller's name; none: any seller.
    pub seller: Option<String>,
    /// Words that one line of the paper has; none: any paper.
    pub line: Option<String>,
    /// What is set.
    pub booking: Booking,
    /// It is set when a paper has been read, without being asked for.
    pub at_once: bool,
}

/// A new rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRule {
    /// The company it is for; none: every company of the office.
    #[serde(default)]
    pub company: Option<CompanyId>,
    /// A tax id, or words of the seller's name; none: any seller.
    #[serde(default)]
    pub seller: Option<String>,
    /// Words that one line of the paper has; none: any paper.
    #[serde(default)]
    pub line: Option<String>,
    /// What is set.
    pub booking: Booking,
    /// Set it when a paper has been read, without being asked for: only what nobody has said.
    #[serde(default)]
    pub at_once: bool,
}

/// Rules of an office at most: each paper is held against all of them.
const MOST: i64 = 2_000;

/// Adds a rule behind the others. The first that fits says a part of the booking.
pub async fn add_rule(store: &Store, scope: &Scope, new: NewRule) -> Result<RuleId> {
    may_change(scope, new.company)?;
    let text = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !fold(text).trim().is_empty());
    let (seller, line, booking) = (text(new.seller), text(new.line), new.booking.checked()?);
    if seller.is_none() && line.is_none() {
        return Err(Error::invalid("seller", "A rule names a seller, or words of a line, or both."));
    }
    if booking == Booking::default() {
        return Err(Error::invalid("booking", "A rule sets something."));
    }
    if [&seller, &line].into_iter().flatten().any(|text| text.chars().count() > 200) {
        return Err(Error::invalid("seller", "200 characters at most."));
    }
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let office = scope_.office();
                let sql = "SELECT COUNT(*), COALESCE(MAX(position), 0) FROM booking_rule
                           WHERE office_id = $1 AND removed_at IS NULL";
                let mut c = tx.fetch_one(sql, params![office]).await?.columns();
                if c.int()? >= MOST {
                    return Err(Error::conflict("too_many", format!("An office has {MOST} rules at most.")));
                }
                let (id, position) = (RuleId::new(), c.int()? + 1);
                let sql =
                    "INSERT INTO booking_rule (id, office_id, of_company, position, seller, line, booking, at_once, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
                let (booking, company, now) = (json(&booking)?, own(new.company), Timestamp::now());
                let values = params![id, office, company, position, seller, line, &booking, new.at_once, now];
                tx.execute(sql, values).await?;
                noted(tx, &scope_, new.company, "rule.added", id, &booking).await?;
                Ok(id)
            })
        })
        .await
}

/// Takes a rule away.
pub async fn remove_rule(store: &Store, scope: &Scope, id: RuleId) -> Result<()> {
    scope.allow(|role| role.may_work())?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "SELECT of_company FROM booking_rule WHERE office_id = $1 AND id = $2";
                let company = company(&tx.fetch_one(sql, params![scope_.office(), id]).await?.columns().text()?)?;
                may_see(&scope_, company)?;
                may_change(&scope_, company)?;
                let sql = "UPDATE booking_rule SET removed_at = $3 WHERE office_id = $1 AND id = $2";
                tx.execute(sql, params![scope_.office(), id, Timestamp::now()]).await?;
                noted(tx, &scope_, company, "rule.removed", id, "").await
            })
        })
        .await
}

/// The rules within the scope, in their order.
pub async fn rules(store: &Store, scope: &Scope) -> Result<Vec<Rule>> {
    scope.allow(|role| role.is_office())?;
    fetch(&mut store.read(scope).await?, scope).await
}

pub(super) async fn fetch(tx: &mut Tx, scope: &Scope) -> Result<Vec<Rule>> {
    let sql = "SELECT id, of_company, seller, line, booking, at_once FROM booking_rule
               WHERE office_id = $1 AND removed_at IS NULL ORDER BY position";
    let rows = tx.fetch_all(sql, params![scope.office()]).await?;
    let all = rows.into_iter().map(rule).collect::<Result<Vec<_>>>()?;
    Ok(all.into_iter().filter(|rule| rule.company.is_none_or(|company| scope.includes(company))).collect())
}

impl Rule {
    /// Whether it may speak of this paper, whose lines are not known yet.
    pub(super) fn may_fit(&self, document: &Document) -> bool {
        let of = self.company.is_none_or(|company| company == document.company);
        of && self.seller.as_deref().is_none_or(|seller| is_seller(seller, document))
    }

    /// Whether it speaks of this paper.
    pub(super) fn fits(&self, document: &Document, reading: Option<&Reading>) -> bool {
        self.may_fit(document)
            && self.line.as_deref().is_none_or(|line| {
                let lines = reading.map(|reading| reading.lines.as_slice()).unwrap_or_default();
                lines.iter().filter_map(|one| one.name.as_deref()).any(|name| has_words(name, line))
            })
    }
}

/// A tax id with or without its country, or words of the name.
fn is_seller(seller: &str, document: &Document) -> bool {
    let bare = |text: &str| fold(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let (wanted, id) = (bare(seller), bare(document.seller_tax_id.as_deref().unwrap_or_default()));
    let same_id = !id.is_empty() && (wanted == id || (wanted.len() >= 6 && id.get(2..) == Some(wanted.as_str())));
    same_id || has_words(document.seller_name.as_deref().unwrap_or_default(), seller)
}

/// All words of `wanted` are in the text, each perhaps cut.
fn has_words(text: &str, wanted: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        fold(text).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (words, wanted) = (split(text), split(wanted));
    !wanted.is_empty() && wanted.iter().all(|word| words.iter().any(|one| one.starts_with(word.as_str())))
}

fn rule(row: Row) -> Result<Rule> {
    let mut c = row.columns();
    Ok(Rule {
        id: c.parse()?,
        company: company(&c.text()?)?,
        seller: c.opt_text()?,
        line: c.opt_text()?,
        booking: c.json()?,
        at_once: c.bool()?,
    })
}

#[cfg(test)]
mod tests {
    use super::has_words;

    #[test]
    fn words_are_found_folded_and_cut() {
        assert!(has_words("Usługi telekomunikacyjne, abonament", "USLUGI telekom"));
        assert!(!has_words("Paliwo ON", "paliwo pb"));
        assert!(!has_words("Paliwo ON", " ,"));
    }
}
