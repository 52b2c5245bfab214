//! Bringing files: as a form (several at once) or as the bytes of one.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{ConnectInfo, FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use ingest::channel::upload::{Upload, upload};
use ocr::reading::{Direction, DocumentType};
use ocr::split::Split;
use serde::{Deserialize, Serialize};
use store::accept::Channel;
use store::blob::Sha256;
use store::document::{self, Filter, Sort};
use store::submission::{self, SubmissionState};
use store::{CompanyId, DocumentId, OfficeId, SubmissionId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Params;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

/// Longest time to wait for documents.
const LONGEST: Duration = Duration::from_secs(60);

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

/// `POST /v1/documents`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create))
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
    /// Seconds to wait until the documents are there, 60 at most.
    wait: Option<u64>,
}

impl Said {
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
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
}

/// Bring files. They are durable when the answer is 201. The same bytes for the same company within 7 days are kept once, so a
/// request may be repeated; an Idempotency-Key that was used for other bytes is refused.
#[utoipa::path(post, path = "/v1/documents", tag = "documents",
    params(Said, ("idempotency-key" = Option<String>, Header, description = "Names this upload")),
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
    let key = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let _turn = app.uploads().acquire().await.map_err(|_| Code::Unavailable)?;
    let (said, files) = read(&app, said, request).await?;
    if let Some(key) = key {
        app.keys().check(caller.scope.office(), key, &files)?;
    }
    let company = company(&app, &caller, said.company).await?;
    let mut kept = Vec::with_capacity(files.len());
    for file in files {
        kept.push(store_file(&app, &caller, company, &said, peer, file).await?);
    }
    let end = Instant::now() + said.wait.map_or(Duration::ZERO, Duration::from_secs).min(LONGEST);
    for file in &mut kept {
        file.documents = documents(&app, &caller, file.submission, end).await?;
    }
    let mut headers = HeaderMap::new();
    if let [only] = kept.as_slice()
        && let Ok(place) = format!("/v1/submissions/{}", only.submission).parse()
    {
        headers.insert(header::LOCATION, place);
    }
    Ok((StatusCode::CREATED, headers, Json(Uploaded { files: kept })))
}

/// Keeps one file.
pub async fn store_file(
    app: &App,
    caller: &Caller,
    company: CompanyId,
    said: &Said,
    peer: SocketAddr,
    file: NewFile,
) -> Answer<Kept> {
    if file.bytes.is_empty() {
        return Err(Problem::with(
            Code::Empty,
            format!("{} is empty; choose it again.", file.name.as_deref().unwrap_or("The file")),
        ));
    }
    let new = Upload {
        company,
        channel: Channel::Upload,
        user: caller.user(),
        peer: Some(peer.ip().to_string()),
        file_name: file.name.clone(),
        period: said.period.clone(),
        direction: said.direction.unwrap_or_default(),
        document_type: said.document_type,
        split: said.split,
        bytes: file.bytes,
    };
    let accepted = upload(app.store(), &caller.scope, new).await?;
    Ok(Kept { name: file.name, submission: accepted.submission, duplicate: accepted.duplicate, documents: Vec::new() })
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
    Ok((said, vec![NewFile { name, bytes }]))
}

/// Reads a form with files.
pub async fn read_form(mut said: Said, mut form: Multipart) -> Answer<(Said, Vec<NewFile>)> {
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|e| broken(&e))? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "file" => {
                let file_name = field.file_name().map(str::to_owned).filter(|name| !name.is_empty());
                let bytes = field.bytes().await.map_err(|e| broken(&e))?;
                // A browser sends a nameless empty file where none was chosen.
                if file_name.is_some() || !bytes.is_empty() {
                    files.push(NewFile { name: file_name, bytes });
                }
            }
            "company" => said.company = value(&name, field).await?,
            "period" => said.period = value(&name, field).await?,
            "direction" => said.direction = value(&name, field).await?,
            "document_type" => said.document_type = value(&name, field).await?,
            "split" => said.split = value(&name, field).await?,
            _ => {
                return Err(Problem::field(
                    Code::UnknownField,
                    name,
                    "This form has company, period, direction, document_type, split and file.",
                ));
            }
        }
    }
    match files.is_empty() {
        true => Err(Problem::field(Code::Empty, "file", "Choose at least one file.")),
        false => Ok((said, files)),
    }
}

async fn value<T: serde::de::DeserializeOwned>(name: &str, field: Field<'_>) -> Answer<Option<T>> {
    let text = field.text().await.map_err(|e| broken(&e))?;
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |e: serde_json::Error| Problem::field(Code::BadRequest, name, e.to_string());
    serde_json::from_value(serde_json::Value::String(text)).map(Some).map_err(wrong)
}

fn broken(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge.into(),
        _ => Problem::with(Code::BadRequest, "The form was cut off on its way; send it again."),
    }
}

/// Idempotency-Keys of the last day. That a repeated upload makes nothing twice does not rest on them (the bytes tell); they only
/// catch a client that uses a key for something else.
#[derive(Default)]
pub struct UsedKeys(Mutex<HashMap<(OfficeId, String), (Instant, String)>>);

impl UsedKeys {
    const LIFE: Duration = Duration::from_secs(24 * 3600);
    const MOST: usize = 10_000;

    fn check(&self, office: OfficeId, key: String, files: &[NewFile]) -> Answer<()> {
        let hashes: Vec<String> = files.iter().map(|file| Sha256::of(&file.bytes).as_str().to_owned()).collect();
        let hash = hashes.join(" ");
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= Self::MOST {
            used.retain(|_, (since, _)| since.elapsed() < Self::LIFE);
        }
        if used.len() >= Self::MOST {
            used.clear();
        }
        let (since, before) = used.entry((office, key)).or_insert_with(|| (Instant::now(), hash.clone()));
        if *before != hash && since.elapsed() < Self::LIFE {
            return Err(Code::KeyReused.into());
        }
        (*since, *before) = (Instant::now(), hash);
        Ok(())
    }
}
