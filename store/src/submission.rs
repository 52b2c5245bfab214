//! Submissions: one arrival each, and what became of it. All of them together are the mail log.

use crate::error::Result;
use crate::queue::{JobKind, Lease};
use crate::sql::{Tx, params};

/// A job of a submission or document was given up: what it was about says so.
pub(crate) async fn job_died(tx: &mut Tx, lease: &Lease, problem: &str) -> Result<()> {
    let sql = match lease.kind {
        JobKind::Unpack => "UPDATE submission SET reason = $3 WHERE office_id = $1 AND id = $2",
        JobKind::Read | JobKind::Extract => {
            "UPDATE document SET problem = $3, version = version + 1, state = CASE WHEN state = 'reading' THEN 'to_review' ELSE state END
             WHERE office_id = $1 AND id = $2"
        }
    };
    tx.execute(sql, params![lease.office, &lease.subject, problem]).await.map(drop)
}
