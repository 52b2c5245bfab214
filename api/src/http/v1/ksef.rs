//! Companies' inboxes at KSeF.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ingest::channel::ksef::certificate::{self, Unfit};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::ksef::{self, Certificate, CertificateFacts, Inbox, NewAccess, NewInbox, office};
use store::{CompanyId, Role};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Caller;
use crate::http::app::App;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

/// `/v1/ksef`, `/v1/ksef/certificate` and `/v1/companies/{company}/ksef`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(office_certificate, put_office_certificate, remove_office_certificate))
        .routes(routes!(get, put, remove))
        .routes(routes!(fetch))
}

/// Inboxes.
#[derive(Serialize, ToSchema)]
struct Inboxes {
    inboxes: Vec<Inbox>,
}

/// A certificate for KSeF and its key. Both are checked, sealed, and never shown again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CertificateFiles {
    /// The certificate: PEM, or DER in base64.
    certificate: String,
    /// Its private key: PEM, or DER in base64 (PKCS#8, SEC 1 or PKCS#1); left out where it stands in the same file.
    #[serde(default)]
    key: String,
    /// What the key is locked with (PKCS#8), if it is.
    #[serde(default)]
    passphrase: String,
}

impl CertificateFiles {
    async fn read(self) -> Answer<Certificate> {
        let read = certificate::read_aside(self.certificate.into_bytes(), self.key.into_bytes(), self.passphrase).await;
        read.map_err(|unfit: Unfit| Problem::field(Code::Invalid, unfit.field(), unfit.to_string()))
    }
}

/// How to get in: with a token, a certificate, or the office's certificate. What is there stays if none of them is said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Access {
    /// The company's NIP; its own tax id if left out.
    #[serde(default)]
    nip: Option<String>,
    /// A KSeF token with the right to read invoices. It is sealed and never shown again.
    #[serde(default)]
    token: Option<String>,
    /// A certificate whose owner may read the company's invoices.
    #[serde(default)]
    certificate: Option<CertificateFiles>,
    /// True: the office's certificate is used. Only who manages the office may say so.
    #[serde(default)]
    office_certificate: bool,
    /// For a new inbox, the instant from which invoices are fetched; else the first day of the month before.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

impl Access {
    async fn read(self) -> Answer<NewInbox> {
        let access = match (self.token, self.certificate, self.office_certificate) {
            (None, None, false) => None,
            (Some(token), None, false) => Some(NewAccess::Token(token)),
            (None, Some(files), false) => Some(NewAccess::Certificate(files.read().await?)),
            (None, None, true) => Some(NewAccess::Office),
            _ => return Err(Problem::field(Code::Invalid, "token", "Say one of token, certificate and office_certificate.")),
        };
        Ok(NewInbox { nip: self.nip, access, since: self.since })
    }
}

/// The inboxes at KSeF of all companies within reach.
#[utoipa::path(get, path = "/v1/ksef", tag = "companies", responses(
    (status = 200, description = "How their fetching goes", body = Inboxes),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller) -> Answer<Json<Inboxes>> {
    Ok(Json(Inboxes { inboxes: ksef::list(app.store(), &caller.scope).await? }))
}

/// The office's certificate for KSeF.
#[utoipa::path(get, path = "/v1/ksef/certificate", tag = "office", responses(
    (status = 200, description = "What is shown of it", body = CertificateFacts),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn office_certificate(State(app): State<App>, caller: Caller) -> Answer<Json<CertificateFacts>> {
    let facts = office::get(app.store(), &caller.scope).await?;
    facts.map(Json).ok_or_else(|| Problem::with(Code::NotFound, "The office has no certificate for KSeF."))
}

/// Give the office its certificate, or a newer one. The inboxes entered with it are looked into at once.
#[utoipa::path(put, path = "/v1/ksef/certificate", tag = "office", request_body = CertificateFiles, responses(
    (status = 200, description = "What is shown of it", body = CertificateFacts),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn put_office_certificate(
    State(app): State<App>,
    caller: Caller,
    Body(files): Body<CertificateFiles>,
) -> Answer<Json<CertificateFacts>> {
    caller.allow(|role| role.may_manage())?;
    let certificate = files.read().await?;
    Ok(Json(office::put(app.store(), &caller.scope, certificate, Timestamp::now()).await?))
}

/// Take the office's certificate away. Inboxes entered with it stop until they get another way in.
#[utoipa::path(delete, path = "/v1/ksef/certificate", tag = "office", responses(
    (status = 204, description = "It is gone"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn remove_office_certificate(State(app): State<App>, caller: Caller) -> Answer<StatusCode> {
    office::remove(app.store(), &caller.scope).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The company's inbox at KSeF.
#[utoipa::path(get, path = "/v1/companies/{company}/ksef", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "How its fetching goes", body = Inbox),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<Json<Inbox>> {
    caller.allow(|role| role.may_see())?;
    let inbox = ksef::get(app.store(), &caller.scope, company).await?;
    inbox.map(Json).ok_or_else(|| Problem::with(Code::NotFound, "No inbox at KSeF is set up for this company."))
}

/// Set the inbox up, or change how it is entered. It is looked into at once.
#[utoipa::path(put, path = "/v1/companies/{company}/ksef", tag = "companies", params(("company" = CompanyId, Path)),
    request_body = Access, responses(
    (status = 200, description = "The inbox", body = Inbox),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(company): Id<CompanyId>,
    Body(access): Body<Access>,
) -> Answer<Json<Inbox>> {
    caller.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let new = access.read().await?;
    Ok(Json(ksef::put(app.store(), &caller.scope, company, new, Timestamp::now()).await?))
}

/// Take the inbox away. What was fetched stays.
#[utoipa::path(delete, path = "/v1/companies/{company}/ksef", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn remove(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<StatusCode> {
    ksef::remove(app.store(), &caller.scope, company).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Look into the inbox now, or as soon as KSeF allows.
#[utoipa::path(post, path = "/v1/companies/{company}/ksef/fetch", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 202, description = "It will be looked into", body = Inbox),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn fetch(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<(StatusCode, Json<Inbox>)> {
    let inbox = ksef::hurry(app.store(), &caller.scope, company, Timestamp::now()).await?;
    Ok((StatusCode::ACCEPTED, Json(inbox)))
}
