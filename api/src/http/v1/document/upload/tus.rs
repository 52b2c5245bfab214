//! tus 1.0 (core, creation, expiration, checksum, termination): a file that arrives in pieces, so that a phone in a lift loses
//! nothing. Each piece is durable before it is answered for; the last one makes the submission.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use jiff::Timestamp;
use store::accept::Channel;
use store::blob::Sha256;
use store::partial::{self, NewPartial, Partial};
use store::{PartialId, Scope, Store, SubmissionId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Said, company, digest};
use crate::http::Came;
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Id;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const EXTENSIONS: HeaderValue = HeaderValue::from_static("creation,expiration,checksum,termination");
const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// Which submission the file became: our own.
const SUBMISSION: HeaderName = HeaderName::from_static("postroom-submission");

/// Bytes made durable at once while a long piece arrives.
const STEP: usize = 1 << 20;
/// A sender that is silent for this long is cut off; what came is kept.
const SILENCE: Duration = Duration::from_secs(60);

/// `/v1/uploads`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(options, create)).routes(routes!(state, append, remove, instead)).layer(
        axum::middleware::map_response(async |mut response: Response| {
            response.headers_mut().insert(RESUMABLE, VERSION);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }),
    )
}

/// What is spoken here (tus 1.0).
#[utoipa::path(options, path = "/v1/uploads", tag = "documents", responses((status = 204, description = "In the headers")))]
async fn options(State(app): State<App>) -> Response {
    let headers = [
        ("tus-version", VERSION),
        ("tus-extension", EXTENSIONS),
        ("tus-max-size", app.config().http.max_upload_bytes.into()),
        ("tus-checksum-algorithm", HeaderValue::from_static(digest::ALGORITHMS)),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Begin a file that arrives in pieces (tus 1.0 creation). Upload-Metadata may have `filename`, `company`, `period`, `direction`,
/// `document_type`, `split` and `sha256` (of the whole, checked at the end).
#[utoipa::path(post, path = "/v1/uploads", tag = "documents", params(
    ("tus-resumable" = String, Header, description = "1.0.0"), ("upload-length" = u64, Header, description = "Bytes in all"),
    ("upload-metadata" = Option<String>, Header, description = "What is said of the file")), responses(
    (status = 201, description = "Its address is in Location"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Answer<Response> {
    caller.allow(|role| role.may_send())?;
    speaks(&headers)?;
    let size = number(&headers, &LENGTH)?;
    if size == 0 {
        return Err(Code::Empty.into());
    }
    if size > app.config().http.max_upload_bytes {
        let most = app.config().http.max_upload_bytes;
        return Err(Problem::with(Code::TooLarge, format!("The file has {size} bytes; this service takes {most} at most.")));
    }
    let (said, sha256) = metadata(&headers)?;
    let company = company(&app, &caller, said.company).await?;
    let new = NewPartial {
        size,
        sha256,
        file_name: said.name,
        peer: Some(peer.ip().to_string()),
        period: said.period,
        direction: said.direction.unwrap_or_default(),
        document_type: said.document_type,
        split: said.split,
    };
    let made = partial::create(app.store(), &caller.scope, company, new, Timestamp::now()).await?;
    let place = format!("/v1/uploads/{}", made.id);
    let headers = [(header::LOCATION, value(&place)?), (EXPIRES, expires(&made)?)];
    Ok((StatusCode::CREATED, headers).into_response())
}

/// How much of a file is here. Where all is, Postroom-Submission names what it became.
#[utoipa::path(head, path = "/v1/uploads/{upload}", tag = "documents", params(("upload" = PartialId, Path),
    ("tus-resumable" = String, Header, description = "1.0.0")), responses(
    (status = 200, description = "In Upload-Offset and Upload-Length"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn state(State(app): State<App>, caller: Caller, Id(id): Id<PartialId>, headers: HeaderMap) -> Answer<Response> {
    caller.allow(|role| role.may_send())?;
    let partial = partial::get(app.store(), &caller.scope, id, Timestamp::now()).await?;
    speaks(&headers)?;
    // A restart may have come between the last piece and the submission; whoever asks must not be told that all is done before.
    let submission = finish(app.store(), &caller.scope, &partial).await?;
    let mut response =
        (StatusCode::OK, [(OFFSET, HeaderValue::from(partial.received)), (LENGTH, HeaderValue::from(partial.said.size))])
            .into_response();
    response.headers_mut().insert(EXPIRES, expires(&partial)?);
    name(&mut response, submission)?;
    Ok(response)
}

/// Send the bytes that follow Upload-Offset. With Upload-Checksum the piece counts as a whole or not at all; without, what came before
/// the connection broke is kept.
#[utoipa::path(patch, path = "/v1/uploads/{upload}", tag = "documents", params(("upload" = PartialId, Path),
    ("tus-resumable" = String, Header, description = "1.0.0"), ("upload-offset" = u64, Header, description = "Bytes before these"),
    ("upload-checksum" = Option<String>, Header, description = "sha1 or sha256 of these bytes")),
    request_body(content((Vec<u8> = "application/offset+octet-stream"))), responses(
    (status = 204, description = "Kept; Upload-Offset says how much is here"),
    (status = 460, description = "The checksum does not fit: nothing was kept", body = ProblemBody),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn append(State(app): State<App>, caller: Caller, Id(id): Id<PartialId>, request: Request) -> Answer<Response> {
    caller.allow(|role| role.may_send())?;
    let partial = partial::get(app.store(), &caller.scope, id, Timestamp::now()).await?;
    let headers = request.headers().clone();
    speaks(&headers)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind != "application/offset+octet-stream" {
        return Err(Problem::with(Code::UnsupportedType, "Send the piece as application/offset+octet-stream."));
    }
    let offset = number(&headers, &OFFSET)?;
    if offset != partial.received {
        return Err(Problem::with(Code::Conflict, format!("Go on behind the first {} bytes.", partial.received)));
    }
    let turn = app.uploads().take().await?;
    let came = request.extensions().get::<Came>().cloned();
    let arriving = Arriving { app: &app, caller: &caller, id, left: partial.said.size - offset };
    let received = match headers.get("upload-checksum").map(|value| value.to_str().unwrap_or_default()) {
        Some(checksum) => match turn.read(came.as_ref(), arriving.checked(offset, checksum, request)).await? {
            Some(received) => received,
            None => return Ok(mismatch()),
        },
        None => turn.read(came.as_ref(), arriving.as_it_comes(offset, request)).await?,
    };
    let partial = partial::get(app.store(), &caller.scope, id, Timestamp::now()).await?;
    let submission = finish(app.store(), &caller.scope, &partial).await?;
    let mut response =
        (StatusCode::NO_CONTENT, [(OFFSET, HeaderValue::from(received)), (EXPIRES, expires(&partial)?)]).into_response();
    name(&mut response, submission)?;
    Ok(response)
}

/// Give an upload up.
#[utoipa::path(delete, path = "/v1/uploads/{upload}", tag = "documents", params(("upload" = PartialId, Path)), responses(
    (status = 204, description = "It is forgotten; what became a submission stays"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn remove(State(app): State<App>, caller: Caller, Id(id): Id<PartialId>) -> Answer<StatusCode> {
    caller.allow(|role| role.may_send())?;
    partial::remove(app.store(), &caller.scope, id, Timestamp::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// For clients that can only POST: X-HTTP-Method-Override names PATCH, HEAD or DELETE.
#[utoipa::path(post, path = "/v1/uploads/{upload}", tag = "documents", params(("upload" = PartialId, Path),
    ("x-http-method-override" = String, Header, description = "PATCH, HEAD or DELETE")), responses(
    (status = 204, description = "As the method meant"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn instead(app: State<App>, caller: Caller, Id(id): Id<PartialId>, request: Request) -> Answer<Response> {
    caller.allow(|role| role.may_send())?;
    let meant = request.headers().get("x-http-method-override").and_then(|value| Method::from_bytes(value.as_bytes()).ok());
    match meant {
        Some(Method::PATCH) => append(app, caller, Id(id), request).await,
        Some(Method::HEAD) => state(app, caller, Id(id), request.headers().clone()).await,
        Some(Method::DELETE) => remove(app, caller, Id(id)).await.map(IntoResponse::into_response),
        _ => {
            partial::get(app.store(), &caller.scope, id, Timestamp::now()).await?;
            Err(Code::MethodNotAllowed.into())
        }
    }
}

/// Finishes what was left whole and without a submission; for the upkeep. Gives how many.
pub async fn finish_all(store: &Store) -> store::Result<usize> {
    let left = partial::unfinished(store, Timestamp::now()).await?;
    for partial in &left {
        if let Err(problem) = finish(store, &partial.intake(), partial).await {
            tracing::warn!(upload = %partial.id, problem = problem.sentence(), "an upload could not be finished");
        }
    }
    Ok(left.len())
}

/// A piece on its way in.
struct Arriving<'a> {
    app: &'a App,
    caller: &'a Caller,
    id: PartialId,
    left: u64,
}

impl Arriving<'_> {
    /// Keeps bytes as they come; what came before the sender fell silent is kept.
    async fn as_it_comes(&self, mut offset: u64, request: Request) -> Answer<u64> {
        let mut body = request.into_body().into_data_stream();
        let (mut step, mut came) = (Vec::new(), 0);
        while let Ok(Some(Ok(bytes))) = tokio::time::timeout(SILENCE, body.next()).await {
            came += bytes.len() as u64;
            if came > self.left {
                self.keep(offset, step).await?;
                return Err(Problem::with(Code::TooLarge, "More bytes came than the file was said to have."));
            }
            step.extend_from_slice(&bytes);
            if step.len() >= STEP {
                offset = self.keep(offset, std::mem::take(&mut step)).await?;
            }
        }
        self.keep(offset, step).await
    }

    /// Keeps a piece whose checksum fits; none where it does not.
    async fn checked(&self, offset: u64, checksum: &str, request: Request) -> Answer<Option<u64>> {
        let limit = usize::try_from(self.left).unwrap_or(usize::MAX);
        let whole = axum::body::to_bytes(request.into_body(), limit).await;
        let bytes = whole
            .map_err(|_| Problem::with(Code::BadRequest, "The piece was cut off on its way, or is longer than the file."))?;
        if !digest::fits(checksum, &bytes)? {
            return Ok(None);
        }
        let mut at = offset;
        for start in (0..bytes.len()).step_by(STEP) {
            at = partial::append(
                self.app.store(),
                &self.caller.scope,
                self.id,
                at,
                bytes.slice(start..bytes.len().min(start + STEP)),
                Timestamp::now(),
            )
            .await?;
        }
        Ok(Some(at))
    }

    async fn keep(&self, offset: u64, step: Vec<u8>) -> Answer<u64> {
        if step.is_empty() {
            return Ok(offset);
        }
        let (store, scope) = (self.app.store(), &self.caller.scope);
        Ok(partial::append(store, scope, self.id, offset, Bytes::from(step), Timestamp::now()).await?)
    }
}

/// Makes the submission of a whole file, once. None: it is not whole yet. A hash that does not fit ends the upload.
async fn finish(store: &Store, scope: &Scope, partial: &Partial) -> Answer<Option<SubmissionId>> {
    if partial.submission.is_some() || !partial.is_whole() {
        return Ok(partial.submission);
    }
    let bytes = partial::content(store, scope, partial).await?;
    let said = &partial.said;
    if let Some(given) = &said.sha256
        && let Err(problem) = digest::check_one(given.as_str(), &Sha256::of(&bytes), said.file_name.as_deref())
    {
        partial::remove(store, scope, partial.id, Timestamp::now()).await?;
        return Err(problem);
    }
    let new = ingest::channel::upload::Upload {
        company: partial.company,
        channel: Channel::Upload,
        user: partial.user,
        peer: said.peer.clone(),
        file_name: said.file_name.clone(),
        period: said.period.clone(),
        direction: said.direction,
        document_type: said.document_type,
        split: said.split,
        together: false,
        bytes,
    };
    let accepted = ingest::channel::upload::upload(store, scope, new).await?;
    partial::finished(store, scope, partial, accepted.submission).await?;
    Ok(Some(accepted.submission))
}

/// tus 1.0, "Checksum": 460, and the piece is discarded.
fn mismatch() -> Response {
    let mut response = Problem::with(Code::Changed, "The piece arrived changed; send it again.").into_response();
    if let Ok(status) = StatusCode::from_u16(460) {
        *response.status_mut() = status;
    }
    response
}

fn speaks(headers: &HeaderMap) -> Answer<()> {
    if headers.get(&RESUMABLE) == Some(&VERSION) { Ok(()) } else { Err(Code::OtherVersion.into()) }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Answer<u64> {
    let number = headers.get(name).and_then(|value| value.to_str().ok()).and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| Problem::field(Code::BadRequest, name.as_str(), "A whole number is needed."))
}

/// Upload-Metadata: `key base64, key base64`. Keys that mean nothing here (tus clients send `filetype`) are passed over.
fn metadata(headers: &HeaderMap) -> Answer<(Said, Option<Sha256>)> {
    let mut said = Said::default();
    let mut sha256 = None;
    let text = headers.get("upload-metadata").map(|value| value.to_str().unwrap_or_default()).unwrap_or_default();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let wrong = || Problem::field(Code::BadRequest, key, "Metadata is a key and its value in base64.");
        let value = String::from_utf8(STANDARD.decode(value.trim()).map_err(|_| wrong())?).map_err(|_| wrong())?;
        match key {
            "filename" | "name" => said.name = Some(value),
            "company" => said.company = Some(word(key, value)?),
            "period" => said.period = Some(value),
            "direction" => said.direction = Some(word(key, value)?),
            "document_type" => said.document_type = Some(word(key, value)?),
            "split" => said.split = Some(word(key, value)?),
            "sha256" => sha256 = Some(digest::parse(&value)?),
            _ => {}
        }
    }
    Ok((said, sha256))
}

fn word<T: serde::de::DeserializeOwned>(key: &str, value: String) -> Answer<T> {
    serde_json::from_value(serde_json::Value::String(value)).map_err(|e| Problem::field(Code::BadRequest, key, e.to_string()))
}

/// RFC 9110 section 5.6.7, as the expiration extension wants it.
fn expires(partial: &Partial) -> Answer<HeaderValue> {
    value(&partial.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

fn name(response: &mut Response, submission: Option<SubmissionId>) -> Answer<()> {
    if let Some(submission) = submission {
        response.headers_mut().insert(SUBMISSION, value(&submission.to_string())?);
    }
    Ok(())
}

fn value(text: &str) -> Answer<HeaderValue> {
    HeaderValue::from_str(text).map_err(Problem::internal)
}
