//! What the law calls erasure of a person: everything that says who they are, once they have no place in any office. What they did
//! stays, under an id that means nothing any more; the audit never held more than that.

use jiff::Timestamp;

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::UserId;
use crate::scope::{Actor, Scope};
use crate::sql::params;
use crate::store::Store;

/// Rows that are theirs alone.
const OWN: &[&str] = &["session", "passkey", "user_setting", "talk_thread", "restricted_type", "pin"];

/// Erases a person. Only whoever runs the installation may: a person belongs to no single office. A conflict while they have a
/// place somewhere.
pub async fn erase(store: &Store, scope: &Scope, user: UserId) -> Result<()> {
    if scope.actor() != Actor::Operator {
        return Err(Error::Forbidden);
    }
    let scope_ = scope.clone();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let email = tx.fetch_one("SELECT email FROM users WHERE id = $1", params![user]).await?.columns().text()?;
                let place = tx.fetch_optional("SELECT 1 FROM membership WHERE user_id = $1", params![user]).await?;
                if place.is_some() {
                    return Err(Error::conflict("member", "This person has a place in an office: take it away first."));
                }
                for table in OWN {
                    tx.execute(format!("DELETE FROM {table} WHERE user_id = $1"), params![user]).await?;
                }
                tx.execute("DELETE FROM cover WHERE from_user = $1 OR to_user = $1", params![user]).await?;
                tx.execute("DELETE FROM invitation WHERE email = $1", params![email]).await?;
                let sql = "UPDATE users SET email = $2, name = '', password_hash = NULL, disabled_at = $3 WHERE id = $1";
                tx.execute(sql, params![user, format!("erased {user}"), Timestamp::now()]).await?;
                let (office, actor, subject) = (scope_.office(), scope_.actor(), user.to_string());
                audit::note(tx, Note { office, company: None, actor, action: "user.erased", subject, values: "" }).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}
