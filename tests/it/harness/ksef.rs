//! A stand-in for KSeF, built from the public description of its API 2.0 (CIRFMF/ksef-docs: open-api.json, uwierzytelnianie.md,
//! pobieranie-faktur, limity). It is no KSeF: it knows the requests that reading purchases needs, checks that they have the described form,
//! and notes what does not. OpenSSL opens what was encrypted for it; signatures are verified by the Python package signxml
//! (`tests/tools/verify_xades.py`), which has its own reading of XML, its canonical form and XAdES.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::server::{Answer, Request, ok, serve};

/// The stand-in.
pub struct Ksef {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// What it holds, and what it saw.
#[derive(Default)]
pub struct State {
    /// The tokens that are right, by NIP.
    pub tokens: BTreeMap<String, String>,
    /// SHA-256 of the certificates that are taken, and the NIPs whose invoices their owners may read.
    pub certificates: BTreeMap<String, BTreeSet<String>>,
    /// Signed documents that came, and what the verifier found in them.
    pub signed: Vec<(Vec<u8>, Value)>,
    /// Requests that a token of a session is good for; none: for all.
    pub uses: Option<u32>,
    /// How often a session's token was renewed.
    pub renewed: u32,
    /// Invoices by the time they were stored: time, number, XML.
    pub invoices: Vec<(String, String, Vec<u8>)>,
    /// Numbers that cannot be had.
    pub broken: BTreeSet<String>,
    /// Invoices on a page, at most (it shows fewer than are asked for); and how many it pages through.
    pub page: usize,
    pub most: usize,
    /// How often it still answers 429 to paths that begin so.
    pub busy: BTreeMap<String, u32>,
    /// Numbers that were given, in order.
    pub given: Vec<String>,
    /// Before this everything is there that will ever be.
    pub mark: String,
    /// Invoices in each package that was asked for; and how many less of them it says than there are.
    pub packages: Vec<usize>,
    pub short: usize,
    /// Listings that were asked for.
    pub listings: Vec<Value>,
    /// What was asked for in a way that is not described.
    pub faults: Vec<String>,
    /// For tokens, and for keys of packages: our key, and its certificate.
    key: String,
    certificate: String,
    package_key: String,
    package_certificate: String,
    /// Parts of packages that are ready, by the name of each, and when they were asked for.
    ready: BTreeMap<String, Ready>,
    address: String,
    challenges: BTreeMap<String, String>,
    begun: BTreeMap<String, Begun>,
    /// Tokens of sessions, and how often each was used.
    sessions: BTreeMap<String, u32>,
    count: u32,
}

/// A sign-in under way.
struct Begun {
    /// It was asked for before.
    asked: bool,
    /// How it ends.
    end: (u32, &'static str),
    /// Its tokens were taken.
    taken: bool,
}

/// A package.
struct Ready {
    /// It was asked for before.
    asked: bool,
    /// How many invoices it says.
    count: usize,
    /// Encrypted.
    parts: Vec<Vec<u8>>,
}

const GOOD: (u32, &str) = (200, "Uwierzytelnianie zakończone sukcesem");
const BAD_TOKEN: (u32, &str) = (450, "Uwierzytelnianie zakończone niepowodzeniem z powodu błędnego tokenu");
const NO_RIGHTS: (u32, &str) = (415, "Uwierzytelnianie zakończone niepowodzeniem. Brak przypisanych uprawnień.");
const BAD_CERTIFICATE: (u32, &str) =
    (460, "Uwierzytelnianie zakończone niepowodzeniem z powodu błędu certyfikatu. Nieważny certyfikat.");

/// A day long after all invoices.
pub const LATER: &str = "2026-11-20T12:00:00.0000000+00:00";

impl Ksef {
    /// One that knows this token for this NIP.
    pub fn start(nip: &str, token: &str) -> Ksef {
        let ((key, certificate), (package_key, package_certificate)) = (pair(), pair());
        let state = State {
            tokens: BTreeMap::from([(nip.to_owned(), token.to_owned())]),
            page: 250,
            most: 10_000,
            mark: LATER.to_owned(),
            key,
            certificate,
            package_key,
            package_certificate,
            ..State::default()
        };
        let state = Arc::new(Mutex::new(state));
        let shared = state.clone();
        let address = serve(move |request| answer(&mut shared.lock().expect("whole"), request));
        state.lock().expect("whole").address = format!("http://{address}");
        Ksef { address, state }
    }

    /// Where its API is.
    pub fn url(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    /// What it holds, and what it saw.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("whole")
    }

    /// Takes a certificate (PEM) of somebody who may read these companies' invoices.
    pub fn grant(&self, certificate: &str, nips: &[&str]) {
        let nips = nips.iter().map(|nip| (*nip).to_owned()).collect();
        self.state().certificates.insert(super::certificate::fingerprint(certificate), nips);
    }

    /// Stores an invoice at a time; its number is given back.
    pub fn store(&self, stored: &str, seller: &str, xml: &str) -> String {
        let mut state = self.state();
        state.count += 1;
        let number = number(seller, &stored[..10].replace('-', ""), state.count);
        state.invoices.push((format!("{stored}.1234567+00:00"), number.clone(), xml.as_bytes().to_vec()));
        state.invoices.sort();
        number
    }
}

/// An RSA key (PEM) and a certificate of it (DER in base64).
fn pair() -> (String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.der"));
    super::run(
        Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=KSeF stand-in",
                "-outform",
                "DER",
            ])
            .args([std::ffi::OsStr::new("-keyout"), key.as_os_str(), std::ffi::OsStr::new("-out"), certificate.as_os_str()]),
    );
    let certificate = std::fs::read(&certificate).expect("a certificate");
    (std::fs::read_to_string(&key).expect("a key"), STANDARD.encode(certificate))
}

/// The number that KSeF gives: `NIP-YYYYMMDD-12 hex-CRC8`.
fn number(seller: &str, day: &str, count: u32) -> String {
    let head = format!("{seller}-{day}-{:012X}", 0x0100_001A_F629_u64 + u64::from(count));
    let crc = head
        .bytes()
        .fold(0u8, |crc, byte| (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 != 0 { crc << 1 ^ 0x07 } else { crc << 1 }));
    format!("{head}-{crc:02X}")
}

/// A time without its zone, with all its digits, so that times compare as texts.
fn sortable(time: &str) -> String {
    let time = time.trim_end_matches('Z').trim_end_matches("+00:00");
    let (whole, part) = time.split_once('.').unwrap_or((time, ""));
    format!("{whole}.{part:0<7}")
}

fn exception(status: u16, code: u32, text: &str) -> Answer {
    let value =
        json!({"exception": {"exceptionDetailList": [{"exceptionCode": code, "exceptionDescription": text, "details": []}]}});
    (status, value.to_string().into_bytes(), "Content-Type: application/json\r\n")
}

fn answer(state: &mut State, request: &Request) -> Answer {
    let body: &Value = &serde_json::from_slice(&request.body).unwrap_or_default();
    let (method, path) = (request.method.as_str(), request.path.strip_prefix("/v2").unwrap_or(&request.path));
    let bearer = request.authorization.trim_start_matches("Bearer ");
    if let Some(left) = state.busy.iter_mut().find(|(begin, left)| path.starts_with(begin.as_str()) && **left > 0) {
        *left.1 -= 1;
        let value = json!({"status": {"code": 429, "description": "Too Many Requests", "details": ["Przekroczono limit."]}});
        return (429, value.to_string().into_bytes(), "Retry-After: 2\r\n");
    }
    match (method, path) {
        ("GET", "/security/public-key-certificates") => ok(&json!([
            {"certificate": state.package_certificate, "publicKeyId": "P2GDBhdfCxZMbmCXebZOsWr8pBpXeFBwD2qusHd3WZs=",
             "validFrom": "2025-09-29T06:17:45+00:00", "validTo": "2097-09-29T06:17:44+00:00", "usage": ["SymmetricKeyEncryption"]},
            {"certificate": state.certificate, "validFrom": "2025-09-29T06:03:19+00:00", "validTo": "2097-09-29T06:03:18+00:00", "usage": ["KsefTokenEncryption"]},
        ])),
        ("POST", "/auth/challenge") => {
            state.count += 1;
            let challenge = format!("20261001-CR-{:010X}-AAAAAAAAAA-0A", state.count);
            let timestamp = "2026-10-01T09:30:00.1234567+00:00";
            state.challenges.insert(challenge.clone(), "1790847000123".to_owned());
            ok(&json!({"challenge": challenge, "timestamp": timestamp, "timestampMs": 1_790_847_000_123_i64}))
        }
        ("POST", "/auth/ksef-token") => begin(state, body),
        ("POST", "/auth/xades-signature") => begin_signed(state, &request.body),
        ("POST", "/auth/token/redeem") => {
            let begun = bearer.strip_prefix("temporary.").and_then(|reference| state.begun.get_mut(reference));
            match begun.filter(|one| one.asked && one.end == GOOD && !one.taken) {
                None => return exception(400, 21301, "Brak autoryzacji."),
                Some(one) => one.taken = true,
            }
            let access = access(state);
            let refresh = json!({"token": format!("refresh.{}", state.count), "validUntil": LATER});
            ok(&json!({"accessToken": access, "refreshToken": refresh}))
        }
        ("POST", "/auth/token/refresh") if bearer.starts_with("refresh.") => {
            state.renewed += 1;
            let access = access(state);
            ok(&json!({"accessToken": access}))
        }
        ("DELETE", "/auth/sessions/current") => {
            state.sessions.remove(bearer);
            (204, Vec::new(), "")
        }
        ("GET", _) if path.starts_with("/storage/") => part(state, &path[9..], request),
        ("GET", _) if path.starts_with("/auth/") => progress(state, &path[6..], bearer),
        _ if !may_ask(state, bearer) => (401, Vec::new(), ""),
        ("POST", "/invoices/query/metadata") => list(state, &request.query, body),
        ("POST", "/invoices/exports") => export(state, body),
        ("GET", _) if path.starts_with("/invoices/exports/") => exported(state, &path[18..]),
        ("GET", _) if path.starts_with("/invoices/ksef/") => invoice(state, &path[15..]),
        _ => {
            state.faults.push(format!("{method} {path}"));
            (404, Vec::new(), "")
        }
    }
}

/// What is encrypted must be the token, a bar and the time of the challenge.
fn begin(state: &mut State, body: &Value) -> Answer {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let Some(time) = state.challenges.remove(&text(&body["challenge"])) else {
        return exception(400, 21111, "Nieprawidłowe wyzwanie autoryzacyjne.");
    };
    if body["contextIdentifier"]["type"] != "Nip" {
        state.faults.push(format!("context {body}"));
    }
    let opened = decrypt(&state.key, &STANDARD.decode(text(&body["encryptedToken"])).unwrap_or_default());
    let opened = opened.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let wanted = state.tokens.get(&text(&body["contextIdentifier"]["value"])).map(|token| format!("{token}|{time}"));
    let end = if opened == wanted && wanted.is_some() { GOOD } else { BAD_TOKEN };
    started(state, end)
}

/// A signed document that holds what the description wants, of a certificate that is known, about a challenge that was given.
fn begin_signed(state: &mut State, document: &[u8]) -> Answer {
    let found = super::verify_xades(document, None);
    state.signed.push((document.to_vec(), found.clone()));
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    if found["error"].is_string() {
        state.faults.push(format!("signature: {}", text("error")));
        return exception(400, 9105, "Nieprawidłowa treść podpisu.");
    }
    if state.challenges.remove(&text("challenge")).is_none() {
        return exception(400, 21111, "Nieprawidłowe wyzwanie autoryzacyjne.");
    }
    if !text("signing_time").starts_with("2026-10-01T09:30:00") {
        state.faults.push(format!("signed at {}, not when the challenge was given", text("signing_time")));
    }
    let end = match state.certificates.get(&text("fingerprint")) {
        None => BAD_CERTIFICATE,
        Some(nips) if nips.contains(&text("nip")) => GOOD,
        Some(_) => NO_RIGHTS,
    };
    started(state, end)
}

/// A new token of a session.
fn access(state: &mut State) -> Value {
    state.count += 1;
    let token = format!("access.{}", state.count);
    state.sessions.insert(token.clone(), 0);
    json!({"token": token, "validUntil": LATER})
}

/// Whether a session's token is one and is still good.
fn may_ask(state: &mut State, bearer: &str) -> bool {
    let most = state.uses.unwrap_or(u32::MAX);
    let Some(used) = state.sessions.get_mut(bearer) else { return false };
    *used += 1;
    *used <= most
}

fn started(state: &mut State, end: (u32, &'static str)) -> Answer {
    state.count += 1;
    let reference = format!("20261001-AU-{:010X}-BBBBBBBBBB-0B", state.count);
    state.begun.insert(reference.clone(), Begun { asked: false, end, taken: false });
    let answer = json!({"referenceNumber": reference, "authenticationToken": {"token": format!("temporary.{reference}"), "validUntil": LATER}});
    (202, answer.to_string().into_bytes(), "Content-Type: application/json\r\n")
}

/// Not decided at the first question.
fn progress(state: &mut State, reference: &str, bearer: &str) -> Answer {
    let (code, description) = match state.begun.get_mut(reference) {
        _ if bearer != format!("temporary.{reference}") => return (401, Vec::new(), ""),
        None => return exception(400, 21304, "Brak uwierzytelnienia."),
        Some(one) if !one.asked => {
            one.asked = true;
            (100, "Uwierzytelnianie w toku")
        }
        Some(one) => one.end,
    };
    let status = json!({"code": code, "description": description, "details": null});
    ok(&json!({"startDate": LATER, "authenticationMethod": "Token", "status": status}))
}

fn list(state: &mut State, query: &str, body: &Value) -> Answer {
    let range = &body["dateRange"];
    let asked = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse::<usize>().ok());
    let described = body["subjectType"] == "Subject2"
        && range["dateType"] == "PermanentStorage"
        && range["restrictToPermanentStorageHwmDate"] == true
        && query.contains("sortOrder=Asc");
    let (Some(page), Some(size @ 10..=250), true, Some(from)) =
        (asked("pageOffset"), asked("pageSize"), described, range["from"].as_str())
    else {
        state.faults.push(format!("listing {query} {body}"));
        return exception(400, 21405, "Błąd walidacji danych wejściowych.");
    };
    let to = sortable(range["to"].as_str().unwrap_or(&state.mark)).min(sortable(&state.mark));
    let (from, size) = (sortable(from), size.min(state.page));
    state.listings.push(body.clone());
    let all: Vec<_> = state.invoices.iter().filter(|one| sortable(&one.0) >= from && sortable(&one.0) <= to).collect();
    let cut = all.len() > state.most;
    let all = &all[..all.len().min(state.most)];
    let shown = all.iter().skip(page * size).take(size);
    let invoices: Vec<Value> = shown
        .map(|(stored, number, xml)| {
            json!({"ksefNumber": number, "permanentStorageDate": stored, "invoicingDate": stored,
                "invoiceHash": STANDARD.encode(Sha256::digest(xml)), "invoiceNumber": "x", "seller": {"nip": &number[..10]}})
        })
        .collect();
    let more = (page + 1) * size < all.len();
    ok(&json!({"hasMore": more || cut, "isTruncated": cut && !more, "permanentStorageHwmDate": state.mark, "invoices": invoices}))
}

fn invoice(state: &mut State, number: &str) -> Answer {
    let found = state.invoices.iter().find(|one| one.1 == number).map(|one| one.2.clone());
    match found {
        Some(_) if state.broken.contains(number) => {
            exception(400, 21165, "Faktura o podanym numerze KSeF nie jest jeszcze dostępna.")
        }
        Some(xml) => {
            state.given.push(number.to_owned());
            (200, xml, "Content-Type: application/xml\r\n")
        }
        None => exception(400, 21164, "Faktura o podanym identyfikatorze nie istnieje."),
    }
}

/// A package of what was stored in a range, in two parts, each encrypted by itself.
fn export(state: &mut State, body: &Value) -> Answer {
    let (range, encryption) = (&body["filters"]["dateRange"], &body["encryption"]);
    let bytes = |name: &str| encryption[name].as_str().and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    let key = decrypt(&state.package_key, &bytes("encryptedSymmetricKey")).unwrap_or_default();
    let iv = bytes("initializationVector");
    let described = body["filters"]["subjectType"] == "Subject2"
        && range["dateType"] == "PermanentStorage"
        && range["restrictToPermanentStorageHwmDate"] == true
        && encryption["publicKeyId"] == "P2GDBhdfCxZMbmCXebZOsWr8pBpXeFBwD2qusHd3WZs=";
    let (32, 16, true, Some(from), Some(to)) = (key.len(), iv.len(), described, range["from"].as_str(), range["to"].as_str())
    else {
        state.faults.push(format!("export {body}"));
        return exception(400, 21405, "Błąd walidacji danych wejściowych.");
    };
    let (from, to) = (sortable(from), sortable(to));
    let chosen: Vec<_> =
        state.invoices.iter().filter(|one| sortable(&one.0) >= from && sortable(&one.0) <= to).cloned().collect();
    let archive = zipped(&chosen);
    let halves = archive.split_at(archive.len() / 2);
    let parts = [halves.0, halves.1].map(|half| encrypt(&key, &iv, half)).into();
    state.count += 1;
    let reference = format!("20261001-EH-{:010X}-CCCCCCCCCC-0C", state.count);
    state.packages.push(chosen.len());
    let count = chosen.len() - state.short;
    if state.short == 0 {
        state.given.extend(chosen.into_iter().map(|one| one.1));
    }
    state.ready.insert(reference.clone(), Ready { asked: false, count, parts });
    (201, json!({"referenceNumber": reference}).to_string().into_bytes(), "Content-Type: application/json\r\n")
}

/// Not ready at the first question.
fn exported(state: &mut State, reference: &str) -> Answer {
    let address = state.address.clone();
    let Some(ready) = state.ready.get_mut(reference) else {
        return exception(400, 21175, "Wynik zapytania o podanym identyfikatorze nie istnieje.");
    };
    if !std::mem::replace(&mut ready.asked, true) {
        return ok(&json!({"status": {"code": 100, "description": "Eksport faktur w toku"}}));
    }
    let mut parts: Vec<Value> = (1..)
        .zip(&ready.parts)
        .map(|(n, part): (usize, &Vec<u8>)| {
            json!({"ordinalNumber": n, "partName": format!("{reference}-{n:03}.zip.aes"), "method": "GET",
                "url": format!("{address}/storage/{reference}/{n}?sig=8mKZEU8Reuz"), "partSize": part.len(), "partHash": "",
                "encryptedPartSize": part.len(), "encryptedPartHash": STANDARD.encode(Sha256::digest(part)), "expirationDate": LATER})
        })
        .collect();
    // In no order that anybody promised.
    parts.reverse();
    let package = json!({"invoiceCount": ready.count, "size": 1, "parts": parts, "isTruncated": false, "compressionType": "Zip"});
    ok(
        &json!({"status": {"code": 200, "description": "Eksport faktur zakończony sukcesem"}, "completedDate": LATER, "package": package}),
    )
}

/// Whoever has the address gets it; a token there would be one too many.
fn part(state: &mut State, name: &str, request: &Request) -> Answer {
    if !request.authorization.is_empty() || request.query != "sig=8mKZEU8Reuz" {
        state.faults.push(format!("part {name} with {:?} and {:?}", request.query, request.authorization));
    }
    let found = name.split_once('/').and_then(|(reference, n)| {
        let n: usize = n.parse().ok()?;
        state.ready.get(reference)?.parts.get(n.checked_sub(1)?)
    });
    found.map_or((404, Vec::new(), ""), |part| (200, part.clone(), "Content-Type: application/octet-stream\r\n"))
}

/// As KSeF packs them: `{number}.xml`, and what it says of them. By Python, whose ZIP is not ours.
fn zipped(invoices: &[(String, String, Vec<u8>)]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new("python3");
    command.current_dir(folder.path()).args(["-m", "zipfile", "-c", "package.zip"]);
    let metadata: Vec<Value> = invoices
        .iter()
        .map(|(stored, number, xml)| {
            json!({"ksefNumber": number, "permanentStorageDate": stored, "invoiceHash": STANDARD.encode(Sha256::digest(xml))})
        })
        .collect();
    let metadata = json!({"invoices": metadata}).to_string().into_bytes();
    let files = invoices.iter().map(|(_, number, xml)| (format!("{number}.xml"), xml.clone()));
    for (name, bytes) in files.chain([("_metadata.json".to_owned(), metadata)]) {
        std::fs::write(folder.path().join(&name), bytes).expect("writes");
        command.arg(name);
    }
    super::run(&mut command);
    std::fs::read(folder.path().join("package.zip")).expect("a package")
}

/// AES-256-CBC with PKCS#7 padding, by OpenSSL.
fn encrypt(key: &[u8], iv: &[u8], text: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    std::fs::write(folder.path().join("in"), text).expect("writes");
    let mut command = Command::new("openssl");
    command.current_dir(folder.path()).args(["enc", "-aes-256-cbc", "-in", "in", "-out", "out"]);
    super::run(command.args(["-K", &hex(key), "-iv", &hex(iv)]));
    std::fs::read(folder.path().join("out")).expect("encrypted")
}

fn decrypt(key: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("key.pem");
    std::fs::write(&file, key).expect("writes");
    let mut child = Command::new("openssl")
        .args(["pkeyutl", "-decrypt", "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256"])
        .args(["-pkeyopt", "rsa_mgf1_md:sha256", "-inkey"])
        .arg(&file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl runs");
    child.stdin.take().expect("piped").write_all(sealed).expect("writes");
    let output = child.wait_with_output().expect("it ends");
    output.status.success().then_some(output.stdout)
}
