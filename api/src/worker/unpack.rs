//! A submission taken apart: its parts kept, its papers made documents.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use ocr::protocol::Verb;
use store::part::{self, NewPart};
use store::queue::Lease;
use store::submission::{self, Learnt, Original, Submission};
use store::{SubmissionId, blob, company, lookup, talk};

use super::turn::Problem;
use super::{Tools, papers};
use crate::pool::Job;

/// Blobs staged side by side: large ones go to the object store, one round trip each.
const AT_ONCE: usize = 4;

/// Does an unpack job.
pub async fn run(tools: &Tools, lease: &Lease) -> Result<(), Problem> {
    let (store, scope) = (&tools.store, lease.scope());
    let id: SubmissionId = lease.subject.parse()?;
    let arrival = submission::get(store, &scope, id).await?;
    let raw = submission::raw(store, &scope, id).await?;
    let learnt = learnt(tools, lease, &arrival, &raw).await?;
    let mut job = Job::new(format!("unpack {id}"), Verb::Unpack, raw);
    job.pieces[0].name = Some(file_name(&arrival));
    job.limits = (*tools.limits).clone();
    let mut found = tools.pool.run(job).await?.parts;
    if arrival.channel.is_mail() && company::get(store, &scope, lease.company).await?.facts.body_papers {
        papers::take_body(found.iter_mut().map(|(part, _)| part).collect());
    }
    let parts = found.iter().map(|(part, _)| part);
    let documents = match arrival.together {
        true => papers::together(parts, arrival.file_name.as_deref()),
        false => papers::documents(parts, arrival.subject.as_deref()),
    };
    let parts: Vec<NewPart> =
        stream::iter(found).map(|(part, bytes)| stage(tools, lease, part, bytes)).buffered(AT_ONCE).try_collect().await?;
    part::record_unpacked(store, lease, parts, documents, learnt).await?;
    Ok(())
}

/// What a mail says beside its papers.
async fn learnt(tools: &Tools, lease: &Lease, arrival: &Submission, raw: &Bytes) -> Result<Learnt, Problem> {
    if !arrival.channel.is_mail() {
        return Ok(Learnt::default());
    }
    let known = lookup::by_company(&tools.store, lease.office, lease.company, Timestamp::now()).await?;
    let is_pin = |word: &str| known.as_ref().is_some_and(|known| known.whose_pin(tools.store.keys(), word).is_some());
    let found = ingest::understood::understand(raw, &is_pin);
    let original =
        found.original.map(|one| Original { name: one.name, mailbox: one.mailbox, subject: one.subject, date: one.date });
    let said = match arrival.thread() {
        Some(thread) => {
            let from = arrival.mail_from.as_deref().unwrap_or(&arrival.reverse_path);
            talk::said(&tools.store, lease.office, arrival.company, thread, from, &ingest::gate::answer(raw)).await?
        }
        None => None,
    };
    Ok(Learnt { note: found.note, original, links: found.links, said })
}

/// A mail is a mail whatever its first bytes look like; of a file the name is a hint.
fn file_name(arrival: &Submission) -> String {
    if arrival.channel.is_mail() { "mail.eml".to_owned() } else { arrival.file_name.clone().unwrap_or_default() }
}

async fn stage(tools: &Tools, lease: &Lease, part: ocr::protocol::Part, bytes: Bytes) -> Result<NewPart, Problem> {
    let blob = blob::stage(&tools.store, lease.office, bytes).await?;
    Ok(NewPart {
        path: part.path,
        name: part.name,
        media_type: part.media_type,
        declared_type: part.declared_type,
        verdict: part.verdict,
        reason: part.reason,
        message: part.message,
        blob,
    })
}
