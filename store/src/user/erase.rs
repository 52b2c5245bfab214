//! What the law calls erasure of a person: everything that says who they are, once they have no place in any office. What they did
//! stays, under an id that means nothing any more; the audit never held more than that.

use jiff::Timestamp;

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId, UserId};
use crate::scope::{Actor, Scope};
use crate::sql::{Reach, Tx, params};
use crate::store::Store;

/// Rows that are theirs alone.
const OWN: &[&str] = &["session", "passkey", "user_setting", "talk_thread", "restricted_type", "pin"];

/// What an office keeps of a person beside its papers: whom it gave work to, who wrote, who sits at what.
const IN_OFFICE: &[&str] = &[
    "UPDATE company SET bookkeeper = NULL WHERE office_id = $1 AND bookkeeper = $2",
    "UPDATE document SET assignee = NULL WHERE office_id = $1 AND assignee = $2",
    "UPDATE comment SET author = '' WHERE office_id = $1 AND user_id = $2",
    "DELETE FROM desk WHERE office_id = $1 AND user_id = $2",
    "DELETE FROM saved_view WHERE office_id = $1 AND user_id = $2",
];

/// Erases a person. Only whoever runs the installation may: a person belongs to no single office. A conflict while they have a
/// place somewhere.
pub async fn erase(store: &Store, scope: &Scope, user: UserId) -> Result<()> {
    erase_with(store, scope, user, None).await
}

/// The same, with the place they have in a company that is erased.
pub(crate) async fn erase_with(store: &Store, scope: &Scope, user: UserId, place: Option<CompanyId>) -> Result<()> {
    if scope.actor() != Actor::Operator {
        return Err(Error::Forbidden);
    }
    let rows = store.read_internal().await?.fetch_all("SELECT id FROM office", vec![]).await?;
    let offices = rows.into_iter().map(|row| row.columns().parse()).collect::<Result<Vec<OfficeId>>>()?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                // Papers are no business of the internal role: each office first, then what belongs to none.
                for office in offices {
                    tx.enter(&Reach::Office { office, companies: None }).await?;
                    for sql in IN_OFFICE {
                        tx.execute(*sql, params![office, user]).await?;
                    }
                }
                tx.enter(&Reach::Internal).await?;
                if let Some(company) = place {
                    let sql = "DELETE FROM membership WHERE user_id = $1 AND office_id = $2 AND company_id = $3";
                    tx.execute(sql, params![user, scope_.office(), company]).await?;
                }
                erase_account(tx, &scope_, user).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

async fn erase_account(tx: &mut Tx, scope: &Scope, user: UserId) -> Result<()> {
    let email = tx.fetch_one("SELECT email FROM users WHERE id = $1", params![user]).await?.columns().text()?;
    let place = tx.fetch_optional("SELECT 1 FROM membership WHERE user_id = $1", params![user]).await?;
    if place.is_some() {
        return Err(Error::conflict("member", "This person has a place in an office: take it away first."));
    }
    for table in OWN {
        tx.execute(format!("DELETE FROM {table} WHERE user_id = $1"), params![user]).await?;
    }
    tx.execute("DELETE FROM cover WHERE from_user = $1 OR to_user = $1", params![user]).await?;
    for sql in ["DELETE FROM invitation WHERE email = $1", "DELETE FROM notice WHERE recipient = $1"] {
        tx.execute(sql, params![&email]).await?;
    }
    let sql = "UPDATE users SET email = $2, name = '', password_hash = NULL, disabled_at = $3 WHERE id = $1";
    tx.execute(sql, params![user, format!("erased {user}"), Timestamp::now()]).await?;
    let (office, actor, subject) = (scope.office(), scope.actor(), user.to_string());
    audit::note(tx, Note { office, company: None, actor, action: "user.erased", subject, values: "" }).await
}
