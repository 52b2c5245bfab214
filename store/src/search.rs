//! "Where is my invoice?": every word that was read, every subject, sender, file name, note and number, of documents and of mails whose
//! parts did not become any. The words live in the index that each database has for it (`sql`); what a row is, and who may see it, in
//! `search_entry`. An entry is written in the transaction that changes what it says.

mod similar;
mod snippet;
mod terms;

pub use snippet::Stretch;

use jiff::Timestamp;
use ocr::reading::{FieldName, Reading};
use serde::Serialize;

use crate::document::{self, Document};
use crate::error::Result;
use crate::id::{CompanyId, DocumentId, OfficeId, SubmissionId};
use crate::part::{self, Part, PartState};
use crate::reading;
use crate::scope::{Companies, Rows, Scope};
use crate::sql::{Tx, marks, params};
use crate::store::Store;
use crate::submission::{self, Submission, SubmissionState};
pub(crate) use terms::Term;
pub(crate) use terms::page_terms;
use terms::{Bag, Wanted, loose, strict};

/// What was found.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchHit))]
pub enum Hit {
    /// A paper.
    Document {
        /// It.
        document: Box<Document>,
        /// Who sent the mail it came with.
        from: Option<String>,
        /// The line of the paper, or of what was said about it, that answers the question.
        snippet: Vec<Stretch>,
    },
    /// A mail, or an upload, with parts that became no paper.
    Mail {
        /// It, with its fate.
        submission: Box<Submission>,
        /// Its parts, each with its fate.
        parts: Vec<Part>,
    },
}

/// What was found for a question.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Found {
    /// What says exactly this first, then what has the words anywhere, then what has words like them; of each kind the newest first.
    pub hits: Vec<Hit>,
    /// Words taken for ones that were mistyped.
    pub instead: Vec<String>,
    /// There is more than was asked for.
    pub more: bool,
}

/// Looks for words of papers and mails within the scope, of one company if given; at most `limit` (50 at most).
pub async fn find(store: &Store, scope: &Scope, text: &str, company: Option<CompanyId>, limit: usize) -> Result<Found> {
    scope.allow(|role| role.may_see())?;
    if let Some(company) = company {
        scope.require(company)?;
    }
    let text: String = text.chars().take(200).collect();
    let text = terms::typed(&text);
    let of_office = |wanted| if scope.role().is_office() { terms::noted_too(wanted) } else { wanted };
    let (exactly, anywhere) = (of_office(strict(&text)), of_office(loose(&text)));
    let mut found = Found::default();
    if anywhere.is_empty() {
        return Ok(found);
    }
    let limit = limit.clamp(1, 50);
    let mut tx = store.read(scope).await?;
    let mut search = Search { company, entries: Vec::new(), wanted: exactly.clone(), limit };
    search.pass(&mut tx, scope, &exactly).await?;
    if search.entries.len() <= limit && anywhere != exactly {
        search.pass(&mut tx, scope, &anywhere).await?;
        search.mark(&anywhere);
    }
    if search.entries.len() < limit.min(5) {
        let (forgiving, instead) = forgive(&mut tx, scope, &exactly).await?;
        if !instead.is_empty() {
            let before = search.entries.len();
            search.pass(&mut tx, scope, &forgiving).await?;
            search.mark(&forgiving);
            if search.entries.len() > before {
                found.instead = search.own(&mut tx, scope, instead).await?;
            }
        }
    }
    found.more = search.entries.len() > limit;
    search.entries.truncate(limit);
    for entry in &search.entries {
        found.hits.extend(hit(&mut tx, scope, entry, &search.wanted).await?);
    }
    if let Some(room) = limit.checked_sub(found.hits.len()).filter(|room| *room > 0) {
        found.hits.extend(refused(&mut tx, scope, company, &anywhere, room).await?);
    }
    Ok(found)
}

/// An entry of the index.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    mail: bool,
    subject: String,
}

struct Search {
    company: Option<CompanyId>,
    entries: Vec<Entry>,
    /// All terms asked for, for snippets.
    wanted: Wanted,
    limit: usize,
}

impl Search {
    async fn pass(&mut self, tx: &mut Tx, scope: &Scope, wanted: &Wanted) -> Result<()> {
        let mut all: Wanted = Vec::new();
        match (self.company, scope.companies()) {
            (Some(company), _) => all.push(vec![place('c', &company.to_string())]),
            (None, Companies::All) => all.push(vec![place('o', &scope.office().to_string())]),
            (None, Companies::Set(set)) => all.push(set.iter().map(|company| place('c', &company.to_string())).collect()),
        }
        all.extend(wanted.iter().cloned());
        if all.iter().any(Vec::is_empty) {
            return Ok(());
        }
        let mut params = params![tx.text_query(&all)];
        let condition = scope.papers(Rows::Subjects, "e.", &mut params);
        let (from, seq, fits) = tx.text_index();
        let sql = format!(
            "SELECT e.kind, e.subject_id FROM {from} JOIN search_entry e ON e.seq = {seq} WHERE {fits} AND {condition}
             ORDER BY {seq} DESC LIMIT {}",
            self.limit + 1
        );
        for row in tx.fetch_all(sql, params).await? {
            let mut c = row.columns();
            let entry = Entry { mail: c.text()? == "mail", subject: c.text()? };
            if !self.entries.contains(&entry) {
                self.entries.push(entry);
            }
        }
        Ok(())
    }

    /// Those of the words that are in what may be seen: the list they come from is the whole office's, and a company must not read
    /// in it what others have.
    async fn own(&self, tx: &mut Tx, scope: &Scope, words: Vec<String>) -> Result<Vec<String>> {
        if *scope.companies() == Companies::All && !scope.sees_a_part() {
            return Ok(words);
        }
        let mut own = Vec::new();
        for word in words {
            let wanted = vec![vec![Term { text: word.clone(), prefix: false }]];
            let mut alone = Search { company: self.company, entries: Vec::new(), wanted: Vec::new(), limit: 0 };
            alone.pass(tx, scope, &wanted).await?;
            if !alone.entries.is_empty() {
                own.push(word);
            }
        }
        Ok(own)
    }

    fn mark(&mut self, wanted: &Wanted) {
        let alike = wanted.len() == self.wanted.len();
        for (n, forms) in wanted.iter().enumerate() {
            match self.wanted.get_mut(n).filter(|_| alike) {
                Some(known) => known.extend(forms.iter().cloned()),
                None => self.wanted.push(forms.clone()),
            }
        }
    }
}

fn place(kind: char, id: &str) -> Term {
    Term { text: terms::place(kind, id), prefix: false }
}

/// The question with words that may have been meant, and those words.
async fn forgive(tx: &mut Tx, scope: &Scope, wanted: &Wanted) -> Result<(Wanted, Vec<String>)> {
    let (mut forgiving, mut instead) = (wanted.clone(), Vec::new());
    for forms in &mut forgiving {
        // The word, and perhaps its form in the office's notes.
        let [one, ..] = forms.as_slice() else { continue };
        if forms.len() > 2 {
            continue;
        }
        let others = similar::similar(tx, scope, &one.text.clone()).await?;
        forms.extend(others.iter().map(|word| Term { text: word.clone(), prefix: false }));
        instead.extend(others);
    }
    Ok((forgiving, instead))
}

async fn hit(tx: &mut Tx, scope: &Scope, entry: &Entry, wanted: &Wanted) -> Result<Option<Hit>> {
    if entry.mail {
        let submission = submission::fetch(tx, scope, entry.subject.parse()?).await?;
        let parts = part::fetch_all(tx, scope, submission.id).await?;
        // Where every part became a paper, the papers are found themselves.
        let told = submission.state == SubmissionState::Admitted && parts.iter().all(|part| !left(part));
        let papers = parts.iter().any(|part| part.state == PartState::Document);
        return Ok((!told || !papers).then(|| Hit::Mail { submission: Box::new(submission), parts }));
    }
    let id: DocumentId = entry.subject.parse()?;
    let document = document::fetch(tx, scope, id).await?;
    let pages = reading::tokens_in(tx, scope, id, reading::MOST).await?.unwrap_or_default();
    // The paper may be shown where the rest of its mail is not.
    let from = submission::fetch(tx, &scope.all_papers(), document.submission).await?.mail_from.filter(|from| !from.is_empty());
    let mut snippet = snippet::of_pages(&pages, wanted);
    if !snippet.iter().any(|stretch| stretch.hit) {
        let said = notes(tx, scope, id).await?.join(" · ");
        let other = [document.subject.as_deref(), Some(&document.name), from.as_deref(), Some(&said)];
        snippet =
            other.into_iter().flatten().map(|text| snippet::of_text(text, wanted)).find(|s| !s.is_empty()).unwrap_or_default();
    }
    Ok(Some(Hit::Document { document: Box::new(document), from, snippet }))
}

/// Why parts are set aside that nobody misses: the text around the papers, and what is no file of anybody.
const AROUND: [&str; 9] = [
    "text_body",
    "html_body",
    "html_invoice",
    "mail_signature",
    "signature_picture",
    "empty",
    "detached_signature",
    "ksef_metadata",
    "signed_wrapper",
];

/// A part that a person may miss.
fn left(part: &Part) -> bool {
    let around = part.reason.as_deref().is_some_and(|reason| AROUND.contains(&reason));
    part.state == PartState::Refused || (part.state == PartState::SetAside && !around)
}

/// How far back mails are looked through that were not taken at all: no word of them is kept but who sent them and their subject.
const REFUSED_SINCE: std::time::Duration = std::time::Duration::from_secs(90 * 24 * 3600);

async fn refused(tx: &mut Tx, scope: &Scope, company: Option<CompanyId>, wanted: &Wanted, room: usize) -> Result<Vec<Hit>> {
    let mut params = params![Timestamp::now() - REFUSED_SINCE];
    let mut condition = scope.papers(Rows::Submissions, "", &mut params);
    if let Some(company) = company {
        params.push(company.into());
        condition.push_str(&format!(" AND company_id = ${}", params.len()));
    }
    let mails = submission::some(tx, &format!("{condition} AND state = 'refused' AND received_at > $1"), params, 1_000).await?;
    let fits = |mail: &Submission| {
        let mut said = Bag::default();
        said.text(mail.mail_from.as_deref().unwrap_or_default())
            .text(&mail.reverse_path)
            .text(mail.subject.as_deref().unwrap_or_default());
        let joined = said.joined();
        let has = |term: &Term| joined.split(' ').any(|t| if term.prefix { t.starts_with(&term.text) } else { t == term.text });
        wanted.iter().all(|forms| forms.iter().any(has))
    };
    let hits = mails.into_iter().filter(fits).take(room);
    Ok(hits.map(|mail| Hit::Mail { submission: Box::new(mail), parts: Vec::new() }).collect())
}

/// Takes out what documents or mails are found by.
pub(crate) async fn forget(tx: &mut Tx, office: OfficeId, subjects: &[String]) -> Result<()> {
    if subjects.is_empty() {
        return Ok(());
    }
    let mut params = params![office];
    let list = marks(&mut params, subjects);
    let sql = format!("DELETE FROM search_entry WHERE office_id = $1 AND subject_id IN ({list}) RETURNING seq");
    for row in tx.fetch_all(sql, params).await? {
        tx.drop_text(row.columns().int()?).await?;
    }
    Ok(())
}

/// Forgets words of the office that nothing says any more, and has the index written anew without what was taken out of it.
pub(crate) async fn settle(store: &Store, scope: &Scope) -> Result<()> {
    similar::unlearn(store, scope).await?;
    let mut first = true;
    for _ in 0..MOST_STEPS {
        let begin = std::mem::take(&mut first);
        if !store.write(scope, move |tx| Box::pin(async move { tx.merge_text(begin).await })).await? {
            break;
        }
    }
    Ok(())
}

/// Steps of it at most: others write in between.
const MOST_STEPS: u32 = 10_000;

/// Writes what a document is found by. `reading`: what holds of it; `pages`: terms of its pages, if they changed.
pub(crate) async fn index_document(
    tx: &mut Tx,
    scope: &Scope,
    id: DocumentId,
    reading: Option<&Reading>,
    pages: Option<&str>,
) -> Result<()> {
    let scope = &scope.all_papers();
    let document = document::fetch(tx, scope, id).await?;
    let mail = submission::fetch(tx, scope, document.submission).await?;
    let mut bag = Bag::default();
    bag.text(&document.name).text(document.subject.as_deref().unwrap_or_default());
    bag.text(mail.mail_from.as_deref().unwrap_or_default()).text(&mail.reverse_path);
    bag.noted(document.booking.note.as_deref().unwrap_or_default());
    for note in notes(tx, scope, id).await? {
        bag.text(&note);
    }
    if let Some(reading) = reading {
        fields(&mut bag, reading);
    }
    bag.month(document.period.as_deref().unwrap_or_default());
    let seq = entry(tx, scope, document.company, "document", &id.to_string(), document.created_at, pages).await?;
    let kept = tx.fetch_one("SELECT page_terms FROM search_entry WHERE seq = $1", params![seq]).await?.columns().text()?;
    bag.again(&kept);
    put(tx, scope, document.company, seq, bag).await
}

/// The same for a document whose reading is not at hand.
pub(crate) async fn index_again(tx: &mut Tx, scope: &Scope, id: DocumentId) -> Result<()> {
    let scope = &scope.all_papers();
    let document = document::fetch(tx, scope, id).await?;
    let reading = crate::review::effective_in(tx, scope, &document).await?;
    index_document(tx, scope, id, reading.as_ref(), None).await
}

/// Writes all entries of the scope anew, a hundred a transaction; gives their number. What is written meanwhile is not lost.
pub async fn rebuild(store: &Store, scope: &Scope) -> Result<u64> {
    scope.allow_manage()?;
    let mut count = 0;
    for table in ["document", "submission"] {
        let mut after = String::new();
        loop {
            let mut params = params![&after];
            let condition = scope.condition("", &mut params);
            let sql = format!("SELECT id FROM {table} WHERE {condition} AND id > $1 ORDER BY id LIMIT 100");
            let rows = store.read(scope).await?.fetch_all(sql, params).await?;
            let ids = rows.into_iter().map(|row| row.columns().text()).collect::<Result<Vec<_>>>()?;
            let Some(last) = ids.last().cloned() else { break };
            (after, count) = (last, count + ids.len() as u64);
            let (scope_, papers) = (scope.clone(), table == "document");
            store.write(scope, move |tx| Box::pin(async move { rebuild_these(tx, &scope_, &ids, papers).await })).await?;
        }
    }
    Ok(count)
}

async fn rebuild_these(tx: &mut Tx, scope: &Scope, ids: &[String], papers: bool) -> Result<()> {
    for id in ids {
        if !papers {
            index_mail(tx, scope, id.parse()?).await?;
            continue;
        }
        let document = document::fetch(tx, scope, id.parse()?).await?;
        let reading = crate::review::effective_in(tx, scope, &document).await?;
        let pages = reading::tokens_in(tx, scope, document.id, reading::MOST).await?.map(|pages| page_terms(pages.iter()));
        index_document(tx, scope, document.id, reading.as_ref(), pages.as_deref()).await?;
    }
    Ok(())
}

/// Writes what a mail is found by.
pub(crate) async fn index_mail(tx: &mut Tx, scope: &Scope, id: SubmissionId) -> Result<()> {
    let scope = &scope.all_papers();
    let mail = submission::fetch(tx, scope, id).await?;
    let mut bag = Bag::default();
    for text in [&mail.mail_from, &mail.subject, &mail.file_name].into_iter().flatten().chain([&mail.reverse_path]) {
        bag.text(text);
    }
    for part in part::fetch_all(tx, scope, id).await? {
        bag.text(part.name.as_deref().unwrap_or_default());
    }
    let seq = entry(tx, scope, mail.company, "mail", &id.to_string(), mail.received_at, None).await?;
    put(tx, scope, mail.company, seq, bag).await
}

const AMOUNTS: [FieldName; 5] =
    [FieldName::TotalNet, FieldName::TotalVat, FieldName::TotalGross, FieldName::AmountPayable, FieldName::AmountPaid];

fn fields(bag: &mut Bag, reading: &Reading) {
    for (name, field) in &reading.fields {
        bag.text(&field.value);
        if AMOUNTS.contains(name) {
            bag.amount(&field.value);
        }
        if let Some(month) = field.value.get(..7).filter(|_| matches!(name, FieldName::IssueDate | FieldName::SaleDate)) {
            bag.month(month);
        }
    }
    for row in &reading.vat_breakdown {
        for amount in [&row.net, &row.vat, &row.gross].into_iter().flatten() {
            bag.amount(amount);
        }
    }
    for line in &reading.lines {
        bag.text(line.name.as_deref().unwrap_or_default());
        if let Some(net) = &line.net {
            bag.amount(net);
        }
    }
}

async fn notes(tx: &mut Tx, scope: &Scope, id: DocumentId) -> Result<Vec<String>> {
    let sql = "SELECT content FROM comment WHERE office_id = $1 AND document_id = $2 ORDER BY id DESC LIMIT 50";
    let rows = tx.fetch_all(sql, params![scope.office(), id]).await?;
    rows.into_iter().map(|row| row.columns().text()).collect()
}

/// The place of an entry: the time of arrival in milliseconds and 15 bits to keep those of one moment apart.
async fn entry(
    tx: &mut Tx,
    scope: &Scope,
    company: CompanyId,
    kind: &'static str,
    subject: &str,
    at: Timestamp,
    pages: Option<&str>,
) -> Result<i64> {
    let known = "SELECT seq FROM search_entry WHERE office_id = $1 AND subject_id = $2";
    if let Some(row) = tx.fetch_optional(known, params![scope.office(), subject]).await? {
        let seq = row.columns().int()?;
        if let Some(pages) = pages {
            tx.execute("UPDATE search_entry SET page_terms = $2 WHERE seq = $1", params![seq, pages]).await?;
        }
        return Ok(seq);
    }
    // The last digits of an id are random: two of one millisecond seldom meet, and then the next free place is taken.
    let random = i64::from_str_radix(&subject[subject.len() - 4..], 16).unwrap_or(0) & 0x7fff;
    let mut seq = (at.as_millisecond().max(0) << 15) | random;
    loop {
        let sql =
            "INSERT INTO search_entry (seq, office_id, company_id, kind, subject_id, page_terms) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (seq) DO NOTHING";
        if tx.execute(sql, params![seq, scope.office(), company, kind, subject, pages.unwrap_or_default()]).await? == 1 {
            return Ok(seq);
        }
        seq += 1;
    }
}

async fn put(tx: &mut Tx, scope: &Scope, company: CompanyId, seq: i64, mut bag: Bag) -> Result<()> {
    similar::learn(tx, scope, bag.words()).await?;
    bag.place(&scope.office().to_string(), &company.to_string());
    tx.put_text(seq, &bag.joined()).await
}
