//! Types of papers that only named people of the office see, beside its owners and admins: payroll, medical papers, or any other type
//! that an office chooses. Of a company its admin sees them; everyone else sees of them what they sent. Which rows that leaves is said in
//! one place, [`Scope::papers`](crate::Scope).

use std::collections::{BTreeMap, BTreeSet};

use ocr::reading::DocumentType;

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{OfficeId, UserId};
use crate::scope::{Role, Scope};
use crate::sql::insert::insert_all;
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word;

/// The restricted types of an office, each with those who see its papers.
pub type Restrictions = BTreeMap<DocumentType, BTreeSet<UserId>>;

/// Those of the scope's office.
pub async fn list(store: &Store, scope: &Scope) -> Result<Restrictions> {
    scope.allow_manage()?;
    let sql = "SELECT document_type, user_id FROM restricted_type WHERE office_id = $1";
    let rows = store.read_internal().await?.fetch_all(sql, params![scope.office()]).await?;
    let mut found = Restrictions::new();
    for row in rows {
        let mut c = row.columns();
        let (kind, user) = (word::parse(&c.text()?)?, c.text()?);
        let named = found.entry(kind).or_default();
        if !user.is_empty() {
            named.insert(user.parse()?);
        }
    }
    Ok(found)
}

/// Names who sees the papers of a type from now on; none takes the restriction away.
pub async fn set(store: &Store, scope: &Scope, kind: DocumentType, named: Option<BTreeSet<UserId>>) -> Result<()> {
    scope.allow_manage()?;
    let (scope_, kind) = (scope.clone(), word::document_type(kind));
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let office = scope_.office();
                let sql = "DELETE FROM restricted_type WHERE office_id = $1 AND document_type = $2";
                tx.execute(sql, params![office, kind]).await?;
                let values = named.as_ref().map(|named| named.iter().map(UserId::to_string).collect::<Vec<_>>().join(" "));
                if let Some(named) = named {
                    check(tx, office, &named).await?;
                    let mut rows = vec![params![office, kind, ""]];
                    rows.extend(named.into_iter().map(|user| params![office, kind, user]));
                    let head = "INSERT INTO restricted_type (office_id, document_type, user_id)";
                    insert_all(tx, head, rows, "RETURNING 1").await?;
                }
                let values = format!("{kind} {}", values.as_deref().unwrap_or("everyone"));
                let (actor, subject) = (scope_.actor(), office.to_string());
                let action = "office.restricted_type";
                audit::note(tx, Note { office, company: None, actor, action, subject, values: &values }).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

/// Those named work in the office.
async fn check(tx: &mut Tx, office: OfficeId, named: &BTreeSet<UserId>) -> Result<()> {
    let sql =
        "SELECT DISTINCT user_id FROM membership WHERE office_id = $1 AND role IN ('owner', 'admin', 'bookkeeper', 'read_only')";
    let rows = tx.fetch_all(sql, params![office]).await?;
    let people = rows.into_iter().map(|row: Row| row.columns().parse()).collect::<Result<BTreeSet<UserId>>>()?;
    match named.is_subset(&people) {
        true => Ok(()),
        false => Err(Error::invalid("users", "Name people who work in this office.")),
    }
}

/// Whether restrictions hold for a role at all.
pub(crate) fn applies(role: Role) -> bool {
    matches!(role, Role::Bookkeeper | Role::ReadOnly | Role::CompanyMember)
}

/// Types that a person is not named for, by office.
pub(crate) async fn hidden_from(tx: &mut Tx, user: UserId) -> Result<BTreeMap<OfficeId, BTreeSet<DocumentType>>> {
    let sql = "SELECT office_id, document_type FROM restricted_type
               WHERE office_id IN (SELECT office_id FROM membership WHERE user_id = $1)
               GROUP BY office_id, document_type HAVING MAX(CASE WHEN user_id = $1 THEN 1 ELSE 0 END) = 0";
    let mut hidden: BTreeMap<OfficeId, BTreeSet<DocumentType>> = BTreeMap::new();
    for row in tx.fetch_all(sql, params![user]).await? {
        let mut c = row.columns();
        hidden.entry(c.parse()?).or_default().insert(word::parse(&c.text()?)?);
    }
    Ok(hidden)
}

/// The restricted types by their names, each with those who see its papers.
pub(crate) async fn all(tx: &mut Tx, office: OfficeId) -> Result<BTreeMap<String, BTreeSet<UserId>>> {
    let sql = "SELECT document_type, user_id FROM restricted_type WHERE office_id = $1";
    let mut all: BTreeMap<String, BTreeSet<UserId>> = BTreeMap::new();
    for row in tx.fetch_all(sql, params![office]).await? {
        let mut c = row.columns();
        let (kind, user) = (c.text()?, c.text()?);
        let named = all.entry(kind).or_default();
        if !user.is_empty() {
            named.insert(user.parse()?);
        }
    }
    Ok(all)
}

/// Who sees the papers of a type; none where everyone does.
pub(crate) async fn named(tx: &mut Tx, office: OfficeId, kind: DocumentType) -> Result<Option<BTreeSet<UserId>>> {
    let sql = "SELECT user_id FROM restricted_type WHERE office_id = $1 AND document_type = $2";
    let rows = tx.fetch_all(sql, params![office, word::document_type(kind)]).await?;
    let users = rows.iter().map(|row| row.clone().columns().text()).collect::<Result<Vec<_>>>()?;
    let named = users.iter().filter(|user| !user.is_empty()).map(|user| user.parse()).collect::<Result<_>>()?;
    Ok((!users.is_empty()).then_some(named))
}

/// Types that are hidden from whom nobody named: a program with a token.
pub(crate) async fn hidden_in(tx: &mut Tx, office: OfficeId) -> Result<BTreeSet<DocumentType>> {
    let sql = "SELECT document_type FROM restricted_type WHERE office_id = $1 AND user_id = ''";
    tx.fetch_all(sql, params![office]).await?.into_iter().map(|row| word::parse(&row.columns().text()?)).collect()
}
