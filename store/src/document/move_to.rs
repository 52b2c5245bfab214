//! A paper that came to the wrong company: the right one gets a document of its own, made of the same bytes, and the one that came goes
//! to the trash of the company it came to. The mail it came with stays where it is: other papers of that company may be in it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{
    Document, Fresh, Piece, Set, divide, fetch, fetch_version, insert, pieces_in, start_reading, time_zone, told, update,
};
use crate::accept::Channel;
use crate::company;
use crate::error::{Error, Result};
use crate::id::{CompanyId, DocumentId, PartId, SubmissionId};
use crate::part;
use crate::queue::{JobKind, Urgency};
use crate::scope::{Actor, Scope};
use crate::search;
use crate::sql::{Tx, params};
use crate::store::Store;
use crate::submission;
use crate::word;

/// Gives a document to another company. Gives the one that company has now; what was read is read again, by that company's rules.
pub async fn move_to(store: &Store, scope: &Scope, id: DocumentId, version: Option<u64>, company: CompanyId) -> Result<Document> {
    scope.allow(|role| role.may_work())?;
    let (scope_, store_) = (scope.clone(), store.clone());
    let document = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let document = fetch_version(tx, &scope_, id, version).await?;
                // Whether that company exists is not told to whom it is not shown.
                scope_.require(company)?;
                divide::open(&document)?;
                let new = move_in(tx, &store_, &scope_, &document, company).await?;
                fetch(tx, &scope_.all_papers(), new).await
            })
        })
        .await?;
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(document)
}

async fn move_in(tx: &mut Tx, store: &Store, scope: &Scope, document: &Document, company: CompanyId) -> Result<DocumentId> {
    if company == document.company {
        return Err(Error::conflict("same_company", "It is a document of this company already."));
    }
    let facts = company::fetch(tx, scope, company).await?.facts;
    company::writable(tx, scope, company).await?;
    let now = Timestamp::now();
    let arrival = arrive(tx, scope, document, company, now).await?;
    let pieces = pieces_in(tx, scope, document.id).await?;
    let paths = copy_parts(tx, scope, &pieces, arrival, company).await?;
    let submission = submission::fetch(tx, &scope.all_papers(), arrival).await?;
    let parts = part::fetch_all(tx, &scope.all_papers(), arrival).await?;
    let same = |piece: &Piece| {
        let path = paths.iter().find(|(id, _)| *id == piece.part.id).map(|(_, path)| path);
        let part = parts.iter().find(|part| Some(&part.path) == path);
        part.map(|part| (part, piece.role, piece.page_range, piece.region))
            .ok_or_else(|| Error::internal("a part was not copied"))
    };
    let same = pieces.iter().map(same).collect::<Result<Vec<_>>>()?;
    let zone = TimeZone::get(&time_zone(tx, scope).await?).unwrap_or(TimeZone::UTC);
    let received_on = now.to_zoned(zone).date();
    let fresh = Fresh { name: &document.name, pieces: &same, submission: &submission, facts: &facts, received_on };
    let new = insert(tx, scope, &fresh).await?;
    search::index_mail(tx, scope, arrival).await?;
    told(tx, scope, company, new, "document.created", &document.id.to_string()).await?;
    let mut set = Set { action: "document.moved", columns: vec![("trashed_at", now.into())] };
    set.add("problem", "moved");
    update(tx, scope, document, set).await?;
    if document.reading_version.is_some() {
        let turn = store.turns().next(company, now);
        start_reading(tx, &scope.all_papers(), company, new, JobKind::Read, Urgency::Person, turn).await?;
    }
    Ok(new)
}

/// The arrival at the other company: brought by whoever moved it. Who mailed it, and what else was in the mail, is not that company's.
async fn arrive(tx: &mut Tx, scope: &Scope, document: &Document, company: CompanyId, now: Timestamp) -> Result<SubmissionId> {
    let id = SubmissionId::new();
    let person = if let Actor::User(user) = scope.actor() { Some(user) } else { None };
    let said = matches!(document.period_reason.as_deref(), Some("subject" | "human"));
    let sql =
        "INSERT INTO submission (id, office_id, company_id, channel, state, reverse_path, forward_path, file_name, size, again,
                   user_id, period, direction, document_type, received_at)
               VALUES ($1, $2, $3, $4, 'admitted', '', '', $5, $6, $1, $7, $8, $9, $10, $11)";
    let params = params![
        id,
        scope.office(),
        company,
        Channel::Upload,
        &document.name,
        i64::try_from(document.size).unwrap_or(i64::MAX),
        person,
        document.period.as_deref().filter(|_| said),
        word::direction(document.direction),
        word::document_type(document.document_type),
        now
    ];
    tx.execute(sql, params).await?;
    Ok(id)
}

/// The parts that the document is made of, in the other company: the same bytes. Gives the path of each.
async fn copy_parts(
    tx: &mut Tx,
    scope: &Scope,
    pieces: &[Piece],
    arrival: SubmissionId,
    company: CompanyId,
) -> Result<Vec<(PartId, String)>> {
    let mut paths: Vec<(PartId, String)> = Vec::new();
    for piece in pieces {
        if paths.iter().any(|(id, _)| *id == piece.part.id) {
            continue;
        }
        let path = (paths.len() + 1).to_string();
        let sql = "INSERT INTO part (id, office_id, company_id, submission_id, path, name, media_type, declared_type, state, size, sha256)
                   SELECT $3, office_id, $4, $5, $6, name, media_type, declared_type, 'document', size, sha256
                   FROM part WHERE office_id = $1 AND id = $2";
        tx.execute(sql, params![scope.office(), piece.part.id, PartId::new(), company, arrival, &path]).await?;
        paths.push((piece.part.id, path));
    }
    Ok(paths)
}
