//! Files for accounting programs. A profile says what a target program takes (`profiles/<name>.toml`: what a document must have, and
//! the tables from our words to the program's); a writer makes its file. What lacks something is a reason in a list, never a file
//! that fails. docs/export.md says which value of a paper stands where.

mod books;
mod check;
mod digest;
mod facts;
mod format;
mod profile;
mod text;

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::batch::{self, Batch, Entry, Fate, Made, MadeFile, Paper, Reason, Wanted};
use store::booking::{self, Choice, ChoiceKind};
use store::company::Company;
use store::queue::Lease;
use store::{BatchId, CompanyId, DocumentId, Scope, Store, blob, company, office};

pub use books::books_rows;
pub use digest::Since;
pub use format::Xml;
pub use profile::{Need, Profile, of, profiles};
pub use text::cell;

use facts::Facts;

/// Why no file was made.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// There is no profile of that name.
    #[error("There is no export profile of that name.")]
    NoProfile,
    /// A file of one month was asked for without its month.
    #[error("The file of this profile is of one month: choose it.")]
    NoMonth,
    /// The originals are more than one file holds.
    #[error("The originals of these documents are more than {0} MB: choose fewer.")]
    TooLarge(u64),
    /// Our own fault.
    #[error("{0}")]
    Internal(String),
}

impl Problem {
    /// From anything that says what went wrong.
    pub fn internal(cause: impl std::fmt::Display) -> Problem {
        Problem::Internal(cause.to_string())
    }
}

/// What a writer needs to know beside the papers.
pub struct Ground<'a> {
    /// The profile.
    pub profile: &'static Profile,
    /// The company.
    pub company: &'a Company,
    /// Its lists for booking.
    pub choices: &'a [Choice],
    /// The office's name.
    pub office: &'a str,
    /// `YYYY-MM`, where one was chosen.
    pub period: Option<&'a str>,
    /// When the batch was asked for, in the office's zone: a file made again says the same.
    pub asked: jiff::Zoned,
    /// ISO 4217 of the company's books.
    pub home: &'a str,
}

impl Ground<'_> {
    /// The company's entry of a list.
    pub fn choice(&self, kind: ChoiceKind, code: Option<&str>) -> Option<&Choice> {
        let list = booking::of_company(self.choices, kind, self.company.id);
        list.into_iter().find(|choice| Some(choice.code.as_str()) == code)
    }

    /// What a target program calls something of the company: an entry of the list `target`. The mail address for the tax office is that
    /// for questions, unless the list says another.
    pub fn target(&self, name: &str) -> Option<&str> {
        let said = self.choice(ChoiceKind::Target, Some(name)).map(|choice| choice.name.as_str());
        let contact = || self.company.facts.contact.as_deref().filter(|_| name == "jpk_email");
        said.or_else(contact)
    }

    /// First and last day of the month.
    pub fn days(&self) -> (Option<Date>, Option<Date>) {
        let first = self.period.and_then(|period| format!("{period}-01").parse::<Date>().ok());
        (first, first.map(Date::last_of_month))
    }

    /// The zone of the office.
    pub fn zone(&self) -> &TimeZone {
        self.asked.time_zone()
    }

    /// What the target program calls the means of payment: said in the booking, else on the paper, else the usual one.
    pub fn means(&self, facts: &Facts<'_>) -> &str {
        let printed = facts.value(ocr::reading::FieldName::PaymentMeans);
        let said = facts.booking.payment_means.as_deref().unwrap_or(printed);
        let known = self.profile.means.get(said.to_lowercase().as_str()).map(String::as_str);
        let own = self.choice(ChoiceKind::PaymentMeans, Some(said)).and_then(|choice| choice.account.as_deref());
        own.or(known).or(self.profile.words.get("means").map(String::as_str)).unwrap_or_default()
    }

    /// Whether a country is of the European Union.
    pub fn in_union(&self, country: &str) -> bool {
        UNION.contains(&country)
    }
}

/// Members of the European Union; Greece's tax ids begin with EL.
const UNION: [&str; 28] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
    "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// What would become of documents.
#[derive(Debug, Default)]
pub struct Preview {
    /// Those that would be in the file.
    pub ready: u64,
    /// Of these, those that were handed over before and changed since.
    pub corrections: u64,
    /// Handed over before, and the same.
    pub unchanged: u64,
    /// Those left out, with the reasons.
    pub left_out: Vec<(store::document::Document, Vec<Reason>)>,
    /// Documents of the period that nobody has decided on yet.
    pub waiting: u64,
}

/// What is asked of an export.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Name of the profile.
    pub profile: String,
    /// Which documents.
    pub wanted: Wanted,
    /// See [`store::batch::NewBatch`].
    pub corrections: bool,
}

impl From<&Batch> for Asked {
    fn from(batch: &Batch) -> Asked {
        let (company, period, documents) = (batch.company, batch.period.clone(), batch.documents.clone());
        let wanted = Wanted { company, period, documents, exported_too: batch.copy };
        Asked { profile: batch.profile.clone(), wanted, corrections: batch.corrections }
    }
}

/// There is such a profile, and what its file needs is said.
pub fn possible(profile: &str, period: Option<&str>) -> Result<&'static Profile, Problem> {
    let profile = of(profile).ok_or(Problem::NoProfile)?;
    if profile.of_a_month && period.is_none() { Err(Problem::NoMonth) } else { Ok(profile) }
}

/// What would become of the documents, without doing anything.
pub async fn preview(store: &Store, scope: &Scope, asked: &Asked) -> Result<Preview, Problem> {
    let profile = possible(&asked.profile, asked.wanted.period.as_deref())?;
    let world = World::load(store, scope, asked.wanted.company).await?;
    let ground = world.ground(profile, asked, Timestamp::now());
    let papers = batch::papers(store, scope, &asked.wanted).await?;
    let mut preview = Preview {
        waiting: batch::waiting(store, scope, asked.wanted.company, asked.wanted.period.as_deref()).await?,
        ..Preview::default()
    };
    for paper in papers {
        let judged = judge(&ground, asked, &paper);
        match judged.fate {
            Fate::Exported => preview.ready += 1,
            Fate::Correction => {
                preview.ready += 1;
                preview.corrections += 1;
            }
            Fate::Unchanged => preview.unchanged += 1,
            Fate::LeftOut => preview.left_out.push((paper.document, judged.reasons)),
        }
    }
    Ok(preview)
}

/// A document of a batch as it is now.
pub struct EntryNow {
    /// What became of it.
    pub entry: Entry,
    /// The document.
    pub document: store::document::Document,
    /// It was handed over and is not any more as it was then.
    pub changed: bool,
}

/// What became of each document of a batch, and what happened to it since.
pub async fn entries(store: &Store, scope: &Scope, id: BatchId) -> Result<Vec<EntryNow>, Problem> {
    let batch = batch::get(store, scope, id).await?;
    let entries = batch::entries(store, scope, id).await?;
    let ids: Vec<DocumentId> = entries.iter().map(|entry| entry.document).collect();
    let now = batch::papers_of(store, scope, batch.company, &ids).await?;
    let mut now: HashMap<DocumentId, Paper> = now.into_iter().map(|paper| (paper.document.id, paper)).collect();
    let row = |entry: Entry| {
        let paper = now.remove(&entry.document)?;
        let handed = is_inside(&entry) && !batch.copy;
        let changed =
            handed && batch.state == store::batch::BatchState::Ready && digest::of(&digest::values(&paper)) != entry.digest;
        Some(EntryNow { changed, document: paper.document, entry })
    };
    Ok(entries.into_iter().filter_map(row).collect())
}

/// Makes the file of a batch, and says how far it is.
pub async fn make(store: &Store, lease: &Lease, batch: &Batch) -> Result<Made, Problem> {
    let scope = &lease.scope();
    let asked = Asked::from(batch);
    let profile = of(&asked.profile).ok_or(Problem::NoProfile)?;
    let papers = batch::papers(store, scope, &asked.wanted).await?;
    let total = papers.len() as u64;
    batch::progress(store, lease, 0, total).await?;
    let world = World::load(store, scope, batch.company).await?;
    let ground = world.ground(profile, &asked, batch.created_at);
    let mut entries = Vec::with_capacity(papers.len());
    for (n, paper) in (1u64..).zip(&papers) {
        entries.push(judge(&ground, &asked, paper));
        if n % 500 == 0 {
            batch::progress(store, lease, n, total).await?;
        }
    }
    let originals = originals(store, scope, profile, &inside(&papers, &entries)).await?;
    // Only its bytes tell of what format an e-invoice is: what the file would not hold is not handed over.
    for entry in entries.iter_mut().filter(|entry| is_inside(entry)) {
        let files = originals.get(&entry.document).map(Vec::as_slice).unwrap_or_default();
        if !format::takes_any(profile, files) {
            entry.fate = Fate::LeftOut;
            entry.reasons.push(Reason { code: "structured".to_owned(), detail: None });
        }
    }
    let inside = inside(&papers, &entries);
    let file = if inside.is_empty() {
        None
    } else {
        let facts: Vec<Facts<'_>> = inside.iter().map(|paper| Facts::of(paper, ground.home)).collect();
        let content = format::write(&ground, &facts, &originals)?;
        let name = file_name(&ground, batch);
        let blob = blob::stage(store, scope.office(), content.into()).await?;
        Some(MadeFile { blob, name, media_type: profile.media_type.clone() })
    };
    Ok(Made { entries, file })
}

fn is_inside(entry: &Entry) -> bool {
    matches!(entry.fate, Fate::Exported | Fate::Correction)
}

/// The papers that the file is of.
fn inside<'a>(papers: &'a [Paper], entries: &[Entry]) -> Vec<&'a Paper> {
    papers.iter().zip(entries).filter(|(_, entry)| is_inside(entry)).map(|(paper, _)| paper).collect()
}

/// Files of the documents, by document: bytes with the name they came under.
pub type Originals = HashMap<DocumentId, Vec<Original>>;

/// A file as it came.
pub struct Original {
    /// Its name.
    pub name: String,
    /// What it is to the document.
    pub role: ocr::protocol::Role,
    /// Media type by content.
    pub media_type: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Its bytes.
    pub bytes: bytes::Bytes,
}

/// Bytes of originals in one file at most: it is in memory while it is made.
const MOST_BYTES: u64 = 256 << 20;

async fn originals(store: &Store, scope: &Scope, profile: &Profile, papers: &[&Paper]) -> Result<Originals, Problem> {
    let mut originals = Originals::new();
    let size: u64 = papers.iter().flat_map(|paper| wanted(profile, paper)).map(|piece| piece.part.size).sum();
    if size > MOST_BYTES {
        return Err(Problem::TooLarge(MOST_BYTES >> 20));
    }
    for paper in papers {
        for piece in wanted(profile, paper) {
            let bytes = blob::get(store, scope.office(), &piece.part.sha256).await?;
            let name = piece.part.name.clone().unwrap_or_else(|| paper.document.name.clone());
            originals.entry(paper.document.id).or_default().push(Original {
                name,
                role: piece.role,
                media_type: piece.part.media_type.clone(),
                sha256: piece.part.sha256.as_str().to_owned(),
                bytes,
            });
        }
    }
    Ok(originals)
}

/// The pieces whose files go into the profile's file.
fn wanted<'a>(profile: &Profile, paper: &'a Paper) -> Vec<&'a store::document::Piece> {
    let looked_at = paper.pieces.iter().any(|piece| piece.role == ocr::protocol::Role::Visual);
    paper.pieces.iter().filter(|piece| profile.originals.takes(piece.role, looked_at)).collect()
}

/// What becomes of a document.
fn judge(ground: &Ground<'_>, asked: &Asked, paper: &Paper) -> Entry {
    let (document, handed) = (&paper.document, digest::values(paper));
    let digest = digest::of(&handed);
    let mut reasons = check::reasons(ground, &Facts::of(paper, ground.home));
    let same = paper.before.as_ref().map(|before| before.digest == digest);
    let fate = match (reasons.is_empty(), same) {
        (true, _) if asked.wanted.exported_too => Fate::Exported,
        (_, Some(true)) if !asked.wanted.exported_too => {
            reasons.clear();
            Fate::Unchanged
        }
        (false, _) => Fate::LeftOut,
        (true, None) => Fate::Exported,
        (true, Some(_)) if asked.corrections => Fate::Correction,
        (true, Some(_)) => {
            reasons.push(Reason { code: "changed_since".to_owned(), detail: None });
            Fate::LeftOut
        }
    };
    Entry { document: document.id, fate, reasons, version: document.version, digest, handed }
}

/// What is not any more as it was handed over, of each of these documents of a company that was handed over and opened again.
pub async fn since(
    store: &Store,
    scope: &Scope,
    company: CompanyId,
    ids: &[DocumentId],
) -> store::Result<HashMap<DocumentId, Vec<Since>>> {
    let papers = batch::papers_of(store, scope, company, ids).await?;
    let told = papers.iter().filter_map(|paper| {
        let before = paper.before.as_ref()?;
        Some((paper.document.id, digest::changes(&before.handed, &digest::values(paper))))
    });
    Ok(told.collect())
}

/// What holds of office and company.
struct World {
    company: Company,
    choices: Vec<Choice>,
    office: String,
    zone: TimeZone,
}

impl World {
    async fn load(store: &Store, scope: &Scope, id: CompanyId) -> Result<World, Problem> {
        let office = office::get(store, scope).await?.facts;
        Ok(World {
            company: company::get(store, scope, id).await?,
            choices: booking::choices(store, scope).await?,
            zone: TimeZone::get(&office.time_zone).unwrap_or(TimeZone::UTC),
            office: office.name,
        })
    }

    fn ground<'a>(&'a self, profile: &'static Profile, asked: &'a Asked, at: Timestamp) -> Ground<'a> {
        let country = self.company.facts.country.as_str();
        Ground {
            profile,
            company: &self.company,
            choices: &self.choices,
            office: &self.office,
            period: asked.wanted.period.as_deref(),
            asked: at.to_zoned(self.zone.clone()),
            home: store::country::of(country).map_or("EUR", |usual| usual.currency.as_str()),
        }
    }
}

/// `mlyn-lodz_2026-07_epp_0197f2.epp`: fit for every file system.
fn file_name(ground: &Ground<'_>, batch: &Batch) -> String {
    let company = text::slug(&ground.company.facts.name);
    let id = batch.id.to_string();
    let (period, end) = (ground.period.unwrap_or("all"), id.get(id.len() - 6..).unwrap_or_default());
    let named = ground.profile.file_name.as_deref().map(|pattern| {
        let day = ground.asked.strftime("%Y%m%d").to_string();
        let tax_id = ground.company.facts.tax_ids.first().map(|id| id.trim_start_matches(|c: char| !c.is_ascii_digit()));
        let pattern = pattern.replace("{tax_id}", tax_id.unwrap_or_default());
        pattern.replace("{company}", &company).replace("{period}", period).replace("{id}", end).replace("{day}", &day)
    });
    named.unwrap_or_else(|| format!("{company}_{period}_{}_{end}.{}", ground.profile.name, ground.profile.extension))
}
