//! The requests of KSeF's API 2.0 that are needed to read purchase invoices.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::ksef::{Credential, KsefProblem, Listed};

use super::certificate::{self, Key};
use super::{Trouble, envelope, garbled, xades};
use crate::channel::inboxes::{self, Server};

/// Invoices on one page of a listing: the most that KSeF gives.
const PAGE: u32 = 250;
/// Longest answer that is no invoice.
pub(super) const MOST_JSON: usize = 8 << 20;
/// Longest invoice: KSeF takes 1 MB, and 3 MB with attachments.
const MOST_XML: usize = 8 << 20;
/// Time for one request.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long between it is asked whether signing in has ended, at first and at most: KSeF allows thirty questions a minute of this kind.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(16);
/// How often: for five minutes. KSeF asks whoever issued a qualified certificate whether it still holds, and may wait for the answer.
const ASKED: u32 = 22;

/// What KSeF is asked by.
pub struct Api(pub(super) Server);

/// What to ask with: a token for a quarter of an hour or so, and one that renews it.
pub struct Session {
    access: Mutex<String>,
    refresh: String,
}

/// A page of a listing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    #[serde(rename = "hasMore")]
    pub more: bool,
    /// There are more than KSeF pages through: to go on from the last one.
    #[serde(rename = "isTruncated", default)]
    pub cut: bool,
    /// Before it nothing more will appear.
    #[serde(rename = "permanentStorageHwmDate", default)]
    pub mark: Option<Timestamp>,
    invoices: Vec<Metadata>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    ksef_number: String,
    #[serde(default)]
    invoice_hash: Option<String>,
    #[serde(default)]
    permanent_storage_date: Option<Timestamp>,
}

impl Page {
    /// When the last of them was stored.
    pub fn last(&self) -> Option<Timestamp> {
        self.invoices.iter().filter_map(|invoice| invoice.permanent_storage_date).max()
    }

    /// Those whose numbers are numbers: a number becomes part of an address and of a file's name.
    pub fn invoices(self) -> Vec<Listed> {
        let is_number = |text: &str| {
            (20..=50).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
        };
        let all = self.invoices.into_iter().filter(|one| is_number(&one.ksef_number));
        all.map(|one| Listed { number: one.ksef_number, hash: one.invoice_hash, stored: one.permanent_storage_date }).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Challenge {
    challenge: String,
    timestamp: Timestamp,
    #[serde(default)]
    timestamp_ms: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PublicKey {
    pub(super) certificate: String,
    /// What to call it by.
    #[serde(default)]
    pub(super) public_key_id: Option<String>,
    valid_from: Timestamp,
    valid_to: Timestamp,
    usage: Vec<String>,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Begun {
    reference_number: String,
    authentication_token: Token,
}

#[derive(Deserialize)]
struct Progress {
    status: Status,
}

#[derive(Deserialize)]
pub(super) struct Status {
    pub(super) code: i64,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    details: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Redeemed {
    access_token: Token,
    refresh_token: Token,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refreshed {
    access_token: Token,
}

impl Session {
    fn access(&self) -> String {
        self.access.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Api {
    /// Of the API at this address.
    pub fn new(address: &str) -> std::io::Result<Api> {
        Ok(Api(Server::new(address, TIMEOUT)?))
    }

    /// Whose answers these are.
    pub fn host(&self) -> &str {
        self.0.host()
    }

    /// Signs in for the company with this NIP.
    pub async fn sign_in(&self, nip: &str, credential: &Credential) -> Result<Session, Trouble> {
        let challenge: Challenge = self.json(self.0.request(Method::POST, "/auth/challenge", None).body("")).await?;
        let begun = match credential {
            Credential::Token(token) => self.by_token(nip, token, &challenge).await?,
            Credential::Certificate { der, key } => self.by_certificate(nip, der, key, &challenge).await?,
        };
        self.await_session(&begun).await
    }

    /// With a KSeF token (uwierzytelnianie.md, 2.2).
    async fn by_token(&self, nip: &str, token: &str, challenge: &Challenge) -> Result<Begun, Trouble> {
        let keys: Vec<PublicKey> = self.json(self.0.request(Method::GET, "/security/public-key-certificates", None)).await?;
        let time = challenge.timestamp_ms.unwrap_or_else(|| challenge.timestamp.as_millisecond());
        let sealed = seal(&keys, challenge.timestamp, &format!("{token}|{time}"))?;
        let body = json!({
            "challenge": challenge.challenge,
            "contextIdentifier": {"type": "Nip", "value": nip},
            "encryptedToken": sealed,
        });
        self.json(self.0.request(Method::POST, "/auth/ksef-token", None).json(&body)).await
    }

    /// With a certificate (uwierzytelnianie.md, 2.1). It is signed at the time that KSeF gave: a clock that is wrong here does no harm.
    async fn by_certificate(&self, nip: &str, der: &[u8], key: &[u8], challenge: &Challenge) -> Result<Begun, Trouble> {
        let unfit = |text: &str| Trouble::Problem(KsefProblem::Certificate, text.to_owned());
        let (Some(named), Some(key)) = (certificate::named(der), Key::load(key)) else {
            return Err(unfit("the certificate that is kept, or its key, is none any more: give it again"));
        };
        if named.valid_until <= challenge.timestamp {
            return Err(unfit(&format!("the certificate ended on {}", named.valid_until.strftime("%Y-%m-%d"))));
        }
        let request =
            xades::Request { challenge: &challenge.challenge, nip, by_number: named.by_number, at: challenge.timestamp };
        let signed = xades::sign(&request, der, &key).ok_or_else(|| garbled("KSeF's challenge is none that can be signed"))?;
        let request = self.0.request(Method::POST, "/auth/xades-signature", None).header("content-type", "application/xml");
        self.json(request.body(signed)).await
    }

    /// Asks until signing in has ended, and takes what it gave.
    async fn await_session(&self, begun: &Begun) -> Result<Session, Trouble> {
        let (path, temporary) = (format!("/auth/{}", plain(&begun.reference_number)?), &*begun.authentication_token.token);
        let mut pause = PAUSE;
        for _ in 0..ASKED {
            let progress: Progress = self.json(self.0.request(Method::GET, &path, Some(temporary))).await?;
            match progress.status.code {
                100..200 => tokio::time::sleep(pause).await,
                200 => {
                    let redeem = self.0.request(Method::POST, "/auth/token/redeem", Some(temporary)).body("");
                    let tokens: Redeemed = self.json(redeem).await?;
                    return Ok(Session { access: Mutex::new(tokens.access_token.token), refresh: tokens.refresh_token.token });
                }
                code => return Err(refused_sign_in(code, &progress.status)),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Err(Trouble::Problem(KsefProblem::Unreachable, "KSeF does not end signing in".to_owned()))
    }

    /// Ends a session; if that fails it ends by itself.
    pub async fn sign_out(&self, session: &Session) {
        let _ = self.0.request(Method::DELETE, "/auth/sessions/current", Some(&session.access())).send().await;
    }

    /// Invoices for the company as a buyer, by the time of storing, oldest first.
    pub async fn list(&self, session: &Session, from: Timestamp, to: Option<Timestamp>, page: u32) -> Result<Page, Trouble> {
        let mut range = json!({
            "dateType": "PermanentStorage",
            "from": from.to_string(),
            "restrictToPermanentStorageHwmDate": true,
        });
        if let Some(to) = to {
            range["to"] = to.to_string().into();
        }
        let body = json!({"subjectType": "Subject2", "dateRange": range});
        let path = format!("/invoices/query/metadata?sortOrder=Asc&pageOffset={page}&pageSize={PAGE}");
        let answer = self.asked(session, |access| self.0.request(Method::POST, &path, Some(access)).json(&body)).await?;
        parsed(&self::body(answer, MOST_JSON).await?)
    }

    /// An invoice's XML, byte for byte.
    pub async fn invoice(&self, session: &Session, invoice: &Listed) -> Result<Bytes, Trouble> {
        let path = format!("/invoices/ksef/{}", invoice.number);
        let answer = self.asked(session, |access| self.0.request(Method::GET, &path, Some(access))).await?;
        let bytes = body(answer, MOST_XML).await?;
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, &bytes));
        match &invoice.hash {
            _ if bytes.is_empty() => Err(garbled("KSeF gives an empty invoice")),
            Some(known) if *known != hash => Err(garbled("the invoice's bytes are not those whose hash KSeF lists")),
            _ => Ok(bytes),
        }
    }

    /// Asks within a session. Its token ends while a long list is gone through: it is renewed once and asked again.
    pub(super) async fn asked(&self, session: &Session, request: impl Fn(&str) -> RequestBuilder) -> Result<Response, Trouble> {
        match self.answer(request(&session.access())).await {
            Err(Trouble::Problem(KsefProblem::Token, _)) => {}
            other => return other,
        }
        let refresh = self.0.request(Method::POST, "/auth/token/refresh", Some(&session.refresh)).body("");
        let renewed = self.json::<Refreshed>(refresh).await?.access_token.token;
        session.access.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&renewed);
        self.answer(request(&renewed)).await
    }

    pub(super) async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Trouble> {
        parsed(&body(self.answer(request).await?, MOST_JSON).await?)
    }

    /// An answer that is none of refusal.
    pub(super) async fn answer(&self, request: RequestBuilder) -> Result<Response, Trouble> {
        let response = inboxes::sent::<KsefProblem>(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let said = body(response, 64 << 10).await.map(|bytes| said(&bytes)).unwrap_or_default();
        let problem = match status {
            StatusCode::UNAUTHORIZED => KsefProblem::Token,
            StatusCode::FORBIDDEN => KsefProblem::Rights,
            status if status.is_server_error() => KsefProblem::Unreachable,
            _ => KsefProblem::Refused,
        };
        Err(Trouble::Problem(problem, format!("KSeF answers {}{said}", status.as_u16())))
    }
}

/// The newest of KSeF's keys that is meant for this and valid now.
pub(super) fn newest<'a>(keys: &'a [PublicKey], usage: &str, now: Timestamp) -> Result<&'a PublicKey, Trouble> {
    let fits = |key: &&PublicKey| key.usage.iter().any(|known| known == usage) && key.valid_from <= now && now < key.valid_to;
    let key = keys.iter().filter(fits).max_by_key(|key| key.valid_from);
    key.ok_or_else(|| garbled(&format!("KSeF shows no key for {usage}")))
}

/// In base64, for KSeF's key for tokens.
fn seal(keys: &[PublicKey], now: Timestamp, text: &str) -> Result<String, Trouble> {
    let key = newest(keys, "KsefTokenEncryption", now)?;
    let der = STANDARD.decode(&key.certificate).map_err(|_| garbled("KSeF's key is no certificate"))?;
    let sealed =
        envelope::seal(&der, text.as_bytes()).ok_or_else(|| garbled("KSeF's key is none that a token can be encrypted with"))?;
    Ok(STANDARD.encode(sealed))
}

pub(super) fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(bytes).map_err(|_| garbled("KSeF's answer is not what its description says"))
}

/// 415: no rights; 425, 450: the token is wrong, was revoked or has ended; 460: the same of a certificate; 470, 480: people, blocked; 500, 550:
/// KSeF's own trouble.
fn refused_sign_in(code: i64, status: &Status) -> Trouble {
    let problem = match code {
        415 => KsefProblem::Rights,
        460 => KsefProblem::Certificate,
        500.. => KsefProblem::Unreachable,
        _ => KsefProblem::Token,
    };
    let details = status.details.iter().flatten().map(String::as_str);
    let said: Vec<&str> = std::iter::once(status.description.as_str()).chain(details).collect();
    Trouble::Problem(problem, short(&format!("KSeF answers {code}: {}", said.join(" "))))
}

/// What an error says: `{"exception": {"exceptionDetailList": [{"exceptionCode", "exceptionDescription", "details"}]}}`, or a status.
fn said(bytes: &[u8]) -> String {
    let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let first = &value["exception"]["exceptionDetailList"][0];
    let text = first["exceptionDescription"].as_str().or(value["status"]["description"].as_str()).or(value["detail"].as_str());
    let details = first["details"][0].as_str().unwrap_or_default();
    text.map_or(String::new(), |text| short(&format!(": {text} {details}")).trim_end().to_owned())
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// A reference number becomes part of an address.
pub(super) fn plain(text: &str) -> Result<&str, Trouble> {
    match !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        true => Ok(text),
        false => Err(garbled("KSeF's reference number is none")),
    }
}

pub(super) async fn body(response: Response, most: usize) -> Result<Bytes, Trouble> {
    inboxes::body(response, most).await
}
