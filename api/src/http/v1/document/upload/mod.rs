//! Bringing files: as a form (several at once), as the bytes of one, or in pieces ([`tus`]).

mod digest;
mod form;
mod together;
pub mod tus;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use ingest::channel::upload::{Upload, upload};
use jiff::Timestamp;
use ocr::reading::{Direction, DocumentType};
use ocr::split::Split;
use serde::{Deserialize, Serialize};
use store::accept::Channel;
use store::document::{self, Filter, Sort};
use store::part::{self, PartState};
use store::submission::{self, SubmissionState};
use store::{CompanyId, DocumentId, Scope, SubmissionId, UserId, used_key};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::until;
use crate::http::Came;
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Params;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

pub use form::read_form;

/// Media types taken as the bytes of one file; what a file really is, its content decides later.
const TAKEN: [&str; 8] = [
    "application/pdf",
    "application/xml",
    "text/xml",
    "application/zip",
    "application/pkcs7-mime",
    "message/rfc822",
    "application/octet-stream",
    "image/",
];

/// `POST /v1/documents`, `/v1/uploads`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).merge(tus::routes())
}

/// What is said of the files; in a form, fields of these names do the same.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Said {
    /// For which company; may be left out by callers who have only one.
    company: Option<CompanyId>,
    /// Name of the file, where it is the body.
    name: Option<String>,
    /// `YYYY-MM`.
    period: Option<String>,
    /// Bought or sold.
    direction: Option<Direction>,
    /// Type of the paper.
    document_type: Option<DocumentType>,
    /// How a file that holds several papers is divided; as the company's are, if left out.
    split: Option<Split>,
    /// The files are the pages of one paper, in their order.
    together: Option<bool>,
    /// SHA-256 of each file in hex, in their order: what arrived otherwise is refused.
    sha256: Vec<String>,
    /// Seconds to wait until the documents are there, 60 at most.
    wait: Option<u64>,
}

impl Said {
    /// What is set beforehand.
    pub fn preset(period: Option<String>, direction: Direction, document_type: Option<DocumentType>) -> Said {
        Said { period, direction: Some(direction), document_type, ..Said::default() }
    }

    /// Of another door than this one.
    pub fn of(period: Option<String>, direction: Option<Direction>, split: Option<Split>) -> Said {
        Said { period, direction, split, ..Said::default() }
    }

    /// The company, if said.
    pub fn company(&self) -> Option<CompanyId> {
        self.company
    }
}

/// A file that was brought.
#[derive(Debug)]
pub struct NewFile {
    /// Its name.
    pub name: Option<String>,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What became of the files.
#[derive(Serialize, ToSchema)]
struct Uploaded {
    files: Vec<Kept>,
}

/// A file that was kept.
#[derive(Serialize, ToSchema)]
pub struct Kept {
    /// Its name as brought.
    pub name: Option<String>,
    /// Its line in the mail log.
    pub submission: SubmissionId,
    /// The same bytes came within the last 7 days: nothing was made twice.
    pub duplicate: bool,
    /// Its documents, as far as they are there already.
    pub documents: Vec<DocumentId>,
    /// Why nothing came of it, as the mail log says it; once it was taken apart.
    pub reason: Option<String>,
    /// What of it did not become a document, and why.
    pub left: Vec<Left>,
}

/// A part of a file that did not become a document.
#[derive(Serialize, ToSchema)]
pub struct Left {
    /// Its name.
    name: Option<String>,
    /// The reason's code, the same as in the mail log, in answers to mails, and in notices.
    reason: String,
    /// The reason's sentence, in English.
    message: String,
}

/// A form with files.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the form, which is read field by field")]
struct UploadForm {
    company: Option<CompanyId>,
    period: Option<String>,
    direction: Option<Direction>,
    document_type: Option<DocumentType>,
    split: Option<Split>,
    together: Option<bool>,
    sha256: Vec<String>,
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
}

/// Bring files. They are durable when the answer is 201. The same bytes for the same company within 7 days are kept once, so a
/// request may be repeated; an Idempotency-Key that was used for other bytes is refused.
#[utoipa::path(post, path = "/v1/documents", tag = "documents",
    params(Said,
        ("idempotency-key" = Option<String>, Header, description = "Names this upload: repeated, it answers what the first one made"),
        ("content-digest" = Option<String>, Header, description = "sha-256 of a file that is the body (RFC 9530)")),
    request_body(content((UploadForm = "multipart/form-data"), (Vec<u8> = "application/octet-stream"))), responses(
    (status = 201, description = "Kept", body = Uploaded),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Params(said): Params<Said>,
    request: Request,
) -> Answer<(StatusCode, HeaderMap, Json<Uploaded>)> {
    caller.allow(|role| role.may_send())?;
    let key = request.headers().get("idempotency-key").map(|value| value.to_str().unwrap_or_default().to_owned());
    let turn = app.uploads().take().await?;
    let came = request.extensions().get::<Came>().cloned();
    let (said, files) = turn.read(came.as_ref(), read(&app, said, request)).await?;
    digest::check(&said.sha256, &files)?;
    let company = company(&app, &caller, said.company).await?;
    let mut kept = keep_all(&app, &caller, company, &said, peer, (files, key)).await?;
    let end = until(said.wait);
    for file in &mut kept {
        file.documents = documents(&app, &caller, file.submission, end).await?;
        if caller.scope.role().may_see() {
            (file.reason, file.left) = left(&app, &caller, file.submission).await?;
        }
    }
    let mut headers = HeaderMap::new();
    if let [only] = kept.as_slice()
        && let Ok(place) = format!("/v1/submissions/{}", only.submission).parse()
    {
        headers.insert(header::LOCATION, place);
    }
    Ok((StatusCode::CREATED, headers, Json(Uploaded { files: kept })))
}

/// Why nothing came of a file, and what of it was left.
async fn left(app: &App, caller: &Caller, id: SubmissionId) -> Answer<(Option<String>, Vec<Left>)> {
    let reason = submission::get(app.store(), &caller.scope, id).await?.reason;
    let parts = part::list(app.store(), &caller.scope, id).await?;
    let left =
        parts.into_iter().filter(|part| matches!(part.state, PartState::SetAside | PartState::Refused)).filter_map(|part| {
            let reason = part.reason?;
            let message = ingest::reasons::sentence(&reason, "en").map(str::to_owned).or(part.message).unwrap_or_default();
            Some(Left { name: part.name, reason, message })
        });
    Ok((reason, left.collect()))
}

/// Keeps the files of a request, or finds what they became when the same request came before under its key.
async fn keep_all(
    app: &App,
    caller: &Caller,
    company: CompanyId,
    said: &Said,
    peer: SocketAddr,
    (files, key): (Vec<NewFile>, Option<String>),
) -> Answer<Vec<Kept>> {
    let (files, whole) = match said.together.unwrap_or_default() {
        true => together::pack(files)?,
        false => (files, false),
    };
    let before = match &key {
        Some(key) => {
            let digest = digest::of_all(&files);
            used_key::claim(app.store(), &caller.scope, company, key, &digest, Timestamp::now()).await?
        }
        None => Vec::new(),
    };
    if !before.is_empty() {
        let again = |(submission, file): (SubmissionId, NewFile)| Kept {
            name: file.name,
            submission,
            duplicate: true,
            documents: Vec::new(),
            reason: None,
            left: Vec::new(),
        };
        return Ok(before.into_iter().zip(files).map(again).collect());
    }
    let bringer = Bringer { together: whole, ..Bringer::from(caller) };
    let mut kept = Vec::with_capacity(files.len());
    for file in files {
        kept.push(keep(app, &bringer, company, said, peer, file).await?);
    }
    if let Some(key) = key {
        let made: Vec<SubmissionId> = kept.iter().map(|file| file.submission).collect();
        used_key::made(app.store(), &caller.scope, &key, &made).await?;
    }
    Ok(kept)
}

/// Who brings a file, and by which way.
pub struct Bringer<'a> {
    /// What they may do.
    pub scope: &'a Scope,
    /// The person, if it is one.
    pub user: Option<UserId>,
    /// The way.
    pub channel: Channel,
    /// The file is an archive of the pages of one paper.
    pub together: bool,
}

impl<'a> From<&'a Caller> for Bringer<'a> {
    fn from(caller: &'a Caller) -> Self {
        Bringer { scope: &caller.scope, user: caller.user(), channel: Channel::Upload, together: false }
    }
}

/// Keeps one file.
pub async fn keep(
    app: &App,
    bringer: &Bringer<'_>,
    company: CompanyId,
    said: &Said,
    peer: SocketAddr,
    file: NewFile,
) -> Answer<Kept> {
    if file.bytes.is_empty() {
        let name = file.name.as_deref().unwrap_or("The file");
        return Err(Problem::with(Code::Empty, format!("{name} is empty; choose it again.")));
    }
    let new = Upload {
        company,
        channel: bringer.channel,
        user: bringer.user,
        peer: Some(peer.ip().to_string()),
        file_name: file.name.clone(),
        period: said.period.clone(),
        direction: said.direction.unwrap_or_default(),
        document_type: said.document_type,
        split: said.split,
        together: bringer.together,
        bytes: file.bytes,
    };
    let accepted = upload(app.store(), bringer.scope, new).await?;
    let (submission, duplicate) = (accepted.submission, accepted.duplicate);
    Ok(Kept { name: file.name, submission, duplicate, documents: Vec::new(), reason: None, left: Vec::new() })
}

/// The company meant: named, or the only one of the caller.
async fn company(app: &App, caller: &Caller, named: Option<CompanyId>) -> Answer<CompanyId> {
    let needed = || Problem::field(Code::BadRequest, "company", "Say for which company.");
    match (named, caller.scope.companies()) {
        (Some(id), _) if !caller.scope.includes(id) => Err(Code::NotFound.into()),
        (Some(id), store::Companies::All) => Ok(store::company::get(app.store(), &caller.scope, id).await?.id),
        (Some(id), _) => Ok(id),
        (None, store::Companies::Set(set)) if set.len() == 1 => set.first().copied().ok_or_else(needed),
        (None, _) => Err(needed()),
    }
}

/// Documents of a submission, once it was taken apart. A scanner sends and sees nothing.
pub async fn documents(app: &App, caller: &Caller, id: SubmissionId, end: Instant) -> Answer<Vec<DocumentId>> {
    if !caller.scope.role().may_see() {
        return Ok(Vec::new());
    }
    while submission::get(app.store(), &caller.scope, id).await?.state == SubmissionState::Received {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Vec::new());
        }
        store::queue::wait(app.store(), left.min(Duration::from_millis(250))).await;
    }
    let filter = Filter { submission: Some(id), ..Filter::default() };
    let page = document::list(app.store(), &caller.scope, &filter, Sort::default(), None, 200).await?;
    Ok(page.documents.iter().rev().map(|document| document.id).collect())
}

async fn read(app: &App, said: Said, request: Request) -> Answer<(Said, Vec<NewFile>)> {
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_lowercase();
    if kind.starts_with("multipart/form-data") {
        let form = Multipart::from_request(request, app).await.map_err(|e| Problem::with(Code::BadRequest, e.body_text()))?;
        return read_form(said, form).await;
    }
    let digest = digest::of_headers(request.headers())?;
    if !TAKEN.iter().any(|taken| kind.starts_with(taken)) {
        let taken = "Send a form (multipart/form-data), or one file as PDF, picture, XML, ZIP or mail; \
                     application/octet-stream if its type is not known.";
        return Err(Problem::with(Code::UnsupportedType, taken));
    }
    let bytes = Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::from(Code::TooLarge),
        _ => Problem::with(Code::BadRequest, "The file was cut off on its way; send it again."),
    })?;
    let name = said.name.clone();
    let said = Said { sha256: said.sha256.iter().cloned().chain(digest).collect(), ..said };
    Ok((said, vec![NewFile { name, bytes }]))
}
