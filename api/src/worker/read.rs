//! A document read: its files and what is known of its company go to a reader, readings and tokens come back.

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ocr::context::{Company, Context};
use ocr::extract::memory::keys;
use ocr::page::Page;
use ocr::protocol::{Role, Verb};
use ocr::reading::{Reading, Source};
use store::document::{self, Document};
use store::queue::Lease;
use store::{DocumentId, blob, company, memory, office, reading, submission};

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
            let document::Piece { role, page_range, region, part } = piece;
            Ok::<_, Problem>(Piece { role, name: part.name, declared: part.declared_type, page_range, region, bytes })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let known = context.clone();
    let job = Job {
        name: format!("read {id}"),
        verb: Verb::Read { context, tokens: true },
        pieces,
        limits: (*tools.limits).clone(),
        timeout: None,
    };
    let Outcome { readings, pages, .. } = tools.pool.run(job).await?;
    let readings = remember(tools, lease, &known, readings, &pages).await?;
    keep(tools, lease, readings, &pages).await
}

/// Does an extract job: from the kept tokens, or from the file where there are none, or where it says more than its pages do.
pub async fn again(tools: &Tools, lease: &Lease) -> Result<(), Problem> {
    let (store, scope) = (&tools.store, lease.scope());
    let id: DocumentId = lease.subject.parse()?;
    match reading::get(store, &scope, id, None).await {
        Ok(stored) if is_data(&stored.reading) => return run(tools, lease).await,
        Ok(_) | Err(store::Error::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    let pages = match reading::tokens(store, &scope, id).await {
        Ok(pages) if !pages.is_empty() => pages,
        Ok(_) | Err(store::Error::NotFound) => return run(tools, lease).await,
        Err(error) => return Err(error.into()),
    };
    let context = context(tools, lease, &document::get(store, &scope, id).await?).await?;
    let tokens = serde_json::to_vec(&pages).map_err(|e| Problem::failed("internal", e.to_string(), false))?;
    let known = context.clone();
    let mut job = Job::new(format!("extract {id}"), Verb::Extract { context, reading: None }, tokens);
    job.limits = (*tools.limits).clone();
    let readings = tools.pool.run(job).await?.readings;
    let readings = remember(tools, lease, &known, readings, &pages).await?;
    keep(tools, lease, readings, &pages).await
}

/// Lets what the office remembers of a paper's seller speak. Who the seller is, the reading says: so this comes after it.
async fn remember(
    tools: &Tools,
    lease: &Lease,
    context: &Context,
    readings: Vec<Reading>,
    pages: &[Page],
) -> Result<Vec<Reading>, Problem> {
    if pages.is_empty() || !memory::any(&tools.store, &lease.scope()).await? {
        return Ok(readings);
    }
    let mut remembered = Vec::with_capacity(readings.len());
    let alone = readings.len() == 1;
    for reading in readings {
        let own: Vec<Page> = pages.iter().filter(|page| alone || reading.has_page(page)).cloned().collect();
        remembered.push(match is_data(&reading) || own.is_empty() {
            true => reading,
            false => recall(tools, lease, context, reading, &own).await?,
        });
    }
    Ok(remembered)
}

async fn recall(tools: &Tools, lease: &Lease, context: &Context, reading: Reading, pages: &[Page]) -> Result<Reading, Problem> {
    let found = memory::find(&tools.store, &lease.scope(), &keys(pages, &reading)).await?;
    if found.is_empty() {
        return Ok(reading);
    }
    let context = Context { memory: found, ..context.clone() };
    let tokens = serde_json::to_vec(pages).map_err(|e| Problem::failed("internal", e.to_string(), false))?;
    let verb = Verb::Extract { context, reading: Some(Box::new(reading.clone())) };
    let mut job = Job::new(format!("remember {}", lease.subject), verb, tokens);
    job.limits = (*tools.limits).clone();
    Ok(tools.pool.run(job).await?.readings.pop().unwrap_or(reading))
}

/// Whether the paper's values are data: exact, and not to be guessed from its page.
fn is_data(reading: &Reading) -> bool {
    reading.fields.values().any(|field| field.source == Source::Xml)
}

async fn keep(tools: &Tools, lease: &Lease, readings: Vec<Reading>, pages: &[Page]) -> Result<(), Problem> {
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
        // Who wrote what was forwarded is the seller, most often; the client who forwarded it is not.
        sender: arrival.original.and_then(|original| original.mailbox).or(arrival.mail_from),
        split: arrival.split.unwrap_or(facts.split),
        memory: Vec::new(),
    })
}
