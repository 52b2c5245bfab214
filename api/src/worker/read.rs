//! A document read: its files and what is known of its company go to a reader, readings and tokens come back.

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ocr::context::{Company, Context};
use ocr::protocol::{Role, Verb};
use store::document::{self, Document};
use store::queue::Lease;
use store::{DocumentId, blob, company, office, reading, submission};

use super::Tools;
use super::turn::Problem;
use crate::pool::{Job, Outcome, Piece};

/// Files of a paper fetched side by side.
const AT_ONCE: usize = 4;

/// Does a read job.
pub async fn run(tools: &Tools, lease: &Lease) -> Result<(), Problem> {
    let (store, scope) = (&tools.store, lease.scope());
    let id: DocumentId = lease.subject.parse()?;
    let context = context(tools, lease, &document::get(store, &scope, id).await?).await?;
    let pieces: Vec<Piece> = stream::iter(document::pieces(store, &scope, id).await?)
        .filter(|piece| std::future::ready(piece.role != Role::Signature))
        .map(|piece| async move {
            let bytes = blob::get(store, lease.office, &piece.part.sha256).await?;
            Ok::<_, Problem>(Piece { role: piece.role, name: piece.part.name, page_range: piece.page_range, bytes })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let job =
        Job { name: format!("read {id}"), verb: Verb::Read { context }, pieces, limits: (*tools.limits).clone(), timeout: None };
    let Outcome { readings, pages, .. } = tools.pool.run(job).await?;
    keep(tools, lease, readings, &pages).await
}

/// Does an extract job: from the kept tokens, or from the file where there are none.
pub async fn again(tools: &Tools, lease: &Lease) -> Result<(), Problem> {
    let (store, scope) = (&tools.store, lease.scope());
    let id: DocumentId = lease.subject.parse()?;
    let pages = match reading::tokens(store, &scope, id).await {
        Ok(pages) if !pages.is_empty() => pages,
        Ok(_) | Err(store::Error::NotFound) => return run(tools, lease).await,
        Err(error) => return Err(error.into()),
    };
    let context = context(tools, lease, &document::get(store, &scope, id).await?).await?;
    let tokens = serde_json::to_vec(&pages).map_err(|e| Problem::failed("internal", e.to_string(), false))?;
    let mut job = Job::new(format!("extract {id}"), Verb::Extract { context }, tokens);
    job.limits = (*tools.limits).clone();
    let readings = tools.pool.run(job).await?.readings;
    keep(tools, lease, readings, &pages).await
}

async fn keep(
    tools: &Tools,
    lease: &Lease,
    readings: Vec<ocr::reading::Reading>,
    pages: &[ocr::page::Page],
) -> Result<(), Problem> {
    if readings.is_empty() {
        return Err(Problem::failed("empty", "Nothing was found in this file to read.", false));
    }
    reading::record(&tools.store, lease, readings, pages).await?;
    Ok(())
}

/// What is known about the paper before it is read.
async fn context(tools: &Tools, lease: &Lease, document: &Document) -> Result<Context, Problem> {
    let (store, scope) = (&tools.store, lease.scope());
    let facts = company::get(store, &scope, lease.company).await?.facts;
    let zone = office::get(store, &scope).await?.facts.time_zone;
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let arrival = submission::get(store, &scope, document.submission).await?;
    Ok(Context {
        company: Some(Company { name: facts.name, country: facts.country, tax_ids: facts.tax_ids }),
        today: Some(Timestamp::now().to_zoned(zone).date().to_string()),
        sender: arrival.mail_from,
        split: arrival.split.unwrap_or(facts.split),
    })
}
