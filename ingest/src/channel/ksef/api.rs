//! The requests of KSeF's API 2.0 that are needed to read purchase invoices.

use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::ksef::{KsefProblem, Listed};

use super::{Trouble, envelope, garbled};

/// Invoices on one page of a listing: the most that KSeF gives.
const PAGE: u32 = 250;
/// Longest answer that is no invoice.
const MOST_JSON: usize = 8 << 20;
/// Longest invoice: KSeF takes 1 MB, and 3 MB with attachments.
const MOST_XML: usize = 8 << 20;
/// Time for one request.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How often, and how long between, it is asked whether signing in has ended.
const ASKED: u32 = 60;
const PAUSE: Duration = Duration::from_secs(1);
/// Where no time is said by who wants to be asked later.
const USUAL_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// What KSeF is asked by.
pub struct Api {
    client: reqwest::Client,
    address: String,
    host: String,
}

/// A token to ask with, for a quarter of an hour or so.
pub struct Session(String);

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
        all.map(|one| Listed { number: one.ksef_number, hash: one.invoice_hash }).collect()
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
struct PublicKey {
    certificate: String,
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
struct Status {
    code: i64,
    #[serde(default)]
    description: String,
    #[serde(default)]
    details: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Redeemed {
    access_token: Token,
}

impl Api {
    /// Of the API at this address.
    pub fn new(address: &str) -> std::io::Result<Api> {
        let address = address.trim_end_matches('/').to_owned();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("postroom/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(std::io::Error::other)?;
        let host = address.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned();
        if host.is_empty() {
            return Err(std::io::Error::other(format!("{address:?} is no address of an API")));
        }
        Ok(Api { client, address, host })
    }

    /// Whose answers these are.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Signs in by a KSeF token for the company with this NIP (uwierzytelnianie.md, 2.2).
    pub async fn sign_in(&self, nip: &str, token: &str) -> Result<Session, Trouble> {
        let keys: Vec<PublicKey> = self.json(self.request(Method::GET, "/security/public-key-certificates", None)).await?;
        let challenge: Challenge = self.json(self.request(Method::POST, "/auth/challenge", None).body("")).await?;
        let time = challenge.timestamp_ms.unwrap_or_else(|| challenge.timestamp.as_millisecond());
        let sealed = seal(&keys, challenge.timestamp, &format!("{token}|{time}"))?;
        let body = json!({
            "challenge": challenge.challenge,
            "contextIdentifier": {"type": "Nip", "value": nip},
            "encryptedToken": sealed,
        });
        let begun: Begun = self.json(self.request(Method::POST, "/auth/ksef-token", None).json(&body)).await?;
        let temporary = Session(begun.authentication_token.token);
        let path = format!("/auth/{}", plain(&begun.reference_number)?);
        for _ in 0..ASKED {
            let progress: Progress = self.json(self.request(Method::GET, &path, Some(&temporary))).await?;
            match progress.status.code {
                100..200 => tokio::time::sleep(PAUSE).await,
                200 => {
                    let redeemed = self.request(Method::POST, "/auth/token/redeem", Some(&temporary)).body("");
                    return Ok(Session(self.json::<Redeemed>(redeemed).await?.access_token.token));
                }
                // 415: no rights; 425, 450: the token is wrong, was revoked or has ended; 460, 470, 480: certificates, people, blocked.
                code => return Err(refused_sign_in(code, &progress.status)),
            }
        }
        Err(Trouble::Problem(KsefProblem::Unreachable, "KSeF does not end signing in".to_owned()))
    }

    /// Ends a session; if that fails it ends by itself.
    pub async fn sign_out(&self, session: &Session) {
        let _ = self.request(Method::DELETE, "/auth/sessions/current", Some(session)).send().await;
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
        self.json(self.request(Method::POST, &path, Some(session)).json(&body)).await
    }

    /// An invoice's XML, byte for byte.
    pub async fn invoice(&self, session: &Session, invoice: &Listed) -> Result<Bytes, Trouble> {
        let path = format!("/invoices/ksef/{}", invoice.number);
        let answer = self.answer(self.request(Method::GET, &path, Some(session))).await?;
        let bytes = body(answer, MOST_XML).await?;
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, &bytes));
        match &invoice.hash {
            _ if bytes.is_empty() => Err(garbled("KSeF gives an empty invoice")),
            Some(known) if *known != hash => Err(garbled("the invoice's bytes are not those whose hash KSeF lists")),
            _ => Ok(bytes),
        }
    }

    fn request(&self, method: Method, path: &str, session: Option<&Session>) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.address));
        match session {
            Some(Session(token)) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Trouble> {
        let bytes = body(self.answer(request).await?, MOST_JSON).await?;
        serde_json::from_slice(&bytes).map_err(|_| garbled("KSeF's answer is not what its description says"))
    }

    /// An answer that is none of refusal.
    async fn answer(&self, request: RequestBuilder) -> Result<Response, Trouble> {
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            let wait = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            return Err(Trouble::Busy(wait.map_or(USUAL_WAIT, Duration::from_secs).clamp(PAUSE, LONGEST_WAIT)));
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

/// In base64, for the newest key that is meant for tokens and valid now.
fn seal(keys: &[PublicKey], now: Timestamp, text: &str) -> Result<String, Trouble> {
    let fits = |key: &&PublicKey| {
        key.usage.iter().any(|usage| usage == "KsefTokenEncryption") && key.valid_from <= now && now < key.valid_to
    };
    let key = keys.iter().filter(fits).max_by_key(|key| key.valid_from);
    let key = key.ok_or_else(|| garbled("KSeF shows no key to encrypt a token with"))?;
    let der = STANDARD.decode(&key.certificate).map_err(|_| garbled("KSeF's key is no certificate"))?;
    let sealed =
        envelope::seal(&der, text.as_bytes()).ok_or_else(|| garbled("KSeF's key is none that a token can be encrypted with"))?;
    Ok(STANDARD.encode(sealed))
}

fn refused_sign_in(code: i64, status: &Status) -> Trouble {
    let problem = if code == 415 { KsefProblem::Rights } else { KsefProblem::Token };
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
fn plain(text: &str) -> Result<&str, Trouble> {
    match !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        true => Ok(text),
        false => Err(garbled("KSeF's reference number is none")),
    }
}

async fn body(mut response: Response, most: usize) -> Result<Bytes, Trouble> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if bytes.len() + chunk.len() > most {
            return Err(garbled("KSeF's answer is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Without the address: an error's own text holds it, with numbers of invoices.
fn unreachable(error: &reqwest::Error) -> Trouble {
    let what = if error.is_timeout() { "does not answer in time" } else { "cannot be reached" };
    Trouble::Problem(KsefProblem::Unreachable, format!("KSeF {what}"))
}
