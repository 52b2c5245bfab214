//! A stand-in for ANAF: the requests of RO e-Factura's API that reading what suppliers sent needs, and its token server, built from ANAF's
//! published description. It is no ANAF: it checks that requests have the described form, and notes what does not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::server::{Answer, ok, serve};

/// The stand-in.
pub struct Spv {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// What it holds, and what it saw.
#[derive(Default)]
pub struct State {
    /// Invoices by CIF: when they came (milliseconds since 1970), number, ZIP.
    pub invoices: BTreeMap<String, Vec<(i64, String, Vec<u8>)>>,
    /// CIFs that whoever connected has rights to.
    pub rights: BTreeSet<String>,
    /// Messages on a page.
    pub page: usize,
    /// What it says instead of giving a file, by number.
    pub refusals: BTreeMap<String, String>,
    /// How often it still answers 429.
    pub busy: u32,
    /// The refresh token that is right; each is taken once.
    pub refresh: String,
    /// Access tokens that are right.
    pub access: BTreeSet<String>,
    /// Codes that are right.
    pub codes: BTreeSet<String>,
    /// Numbers that were given, in order.
    pub given: Vec<String>,
    /// What was asked for in a way that is not described.
    pub faults: Vec<String>,
    count: u32,
}

/// What the service is called there, and its secret.
pub const SPV_CLIENT: (&str, &str) = ("c0ffee", "5ec2e7");

impl Spv {
    /// One whose user has rights to this CIF and holds this refresh token.
    pub fn start(cif: &str, refresh: &str) -> Spv {
        let (rights, refresh) = (BTreeSet::from([cif.to_owned()]), refresh.to_owned());
        let state = Arc::new(Mutex::new(State { rights, refresh, page: 500, ..State::default() }));
        let shared = state.clone();
        let address = serve(move |request| {
            let mut state = shared.lock().expect("whole");
            match request.path.as_str() {
                "/oauth/token" => token(&mut state, &request.authorization, &pairs(&String::from_utf8_lossy(&request.body))),
                path => answer(&mut state, path, &pairs(&request.query), &request.authorization),
            }
        });
        Spv { address, state }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it holds, and what it saw.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("whole")
    }

    /// An invoice came so many minutes ago.
    pub fn store(&self, cif: &str, number: &str, minutes: i64, package: Vec<u8>) {
        let came = now() - minutes * 60_000;
        self.state().invoices.entry(cif.to_owned()).or_default().push((came, number.to_owned(), package));
    }
}

/// In milliseconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or_default()
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    text.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn refusal(text: &str) -> Answer {
    ok(&json!({"eroare": text, "titlu": "Lista Mesaje"}))
}

fn token(state: &mut State, authorization: &str, form: &BTreeMap<String, String>) -> Answer {
    let own = format!("Basic {}", STANDARD.encode(format!("{}:{}", SPV_CLIENT.0, SPV_CLIENT.1)));
    let said = |name: &str| form.get(name).cloned().unwrap_or_default();
    if authorization != own || said("token_content_type") != "jwt" {
        state.faults.push(format!("token {form:?}"));
    }
    let good = match said("grant_type").as_str() {
        "refresh_token" => said("refresh_token") == state.refresh,
        "authorization_code" => state.codes.remove(&said("code")) && said("redirect_uri").ends_with("%2Fspv%2Fback"),
        _ => false,
    };
    if !good {
        return (400, br#"{"error":"invalid_grant"}"#.to_vec(), "Content-Type: application/json\r\n");
    }
    state.count += 1;
    state.refresh = format!("refresh-{}", state.count);
    let access = format!("access-{}", state.count);
    state.access.insert(access.clone());
    ok(&json!({"access_token": access, "expires_in": 7_776_000, "token_type": "Bearer", "refresh_token": state.refresh}))
}

fn answer(state: &mut State, path: &str, query: &BTreeMap<String, String>, authorization: &str) -> Answer {
    if state.busy > 0 {
        state.busy -= 1;
        return (429, Vec::new(), "Retry-After: 1\r\n");
    }
    if !state.access.contains(authorization.trim_start_matches("Bearer ")) {
        return (401, Vec::new(), "");
    }
    match path {
        "/prod/FCTEL/rest/listaMesajePaginatieFactura" => list(state, query),
        "/prod/FCTEL/rest/descarcare" => download(state, query.get("id").map(String::as_str).unwrap_or_default()),
        _ => {
            state.faults.push(path.to_owned());
            (404, Vec::new(), "")
        }
    }
}

fn list(state: &mut State, query: &BTreeMap<String, String>) -> Answer {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
    let (today, cif) = (now(), query.get("cif").cloned().unwrap_or_default());
    let (from, to, page) = (number("startTime"), number("endTime"), number("pagina"));
    let window = from >= today - 60 * 86_400_000 && from < to && to <= today;
    if !window || page < 1 || query.get("filtru").map(String::as_str) != Some("P") {
        state.faults.push(format!("listing {query:?}"));
        return refusal("startTime nu poate fi mai vechi de 60 de zile fata de momentul requestului");
    }
    if !state.rights.contains(&cif) {
        return refusal(&format!("Nu aveti drept in SPV pentru CIF={cif}"));
    }
    let all: Vec<&str> = state
        .invoices
        .get(&cif)
        .into_iter()
        .flatten()
        .filter(|one| (from..=to).contains(&one.0))
        .map(|one| one.1.as_str())
        .collect();
    if all.is_empty() {
        return refusal("Nu exista mesaje in intervalul selectat");
    }
    let first = usize::try_from(page - 1).unwrap_or(0) * state.page;
    let shown: Vec<Value> = all
        .iter()
        .skip(first)
        .take(state.page)
        .map(|id| json!({"data_creare": "202210051415", "cif": cif, "id_solicitare": "5", "tip": "FACTURA PRIMITA", "id": id}))
        .collect();
    ok(&json!({"mesaje": shown, "numar_total_pagini": all.len().div_ceil(state.page), "index_pagina_curenta": page, "cui": cif}))
}

fn download(state: &mut State, number: &str) -> Answer {
    if let Some(text) = state.refusals.get(number) {
        return refusal(text);
    }
    let found = state.invoices.values().flatten().find(|one| one.1 == number).map(|one| one.2.clone());
    match found {
        Some(package) => {
            state.given.push(number.to_owned());
            (200, package, "Content-Type: application/zip\r\n")
        }
        None => refusal(&format!("Pentru id={number} nu exista inregistrata nici o factura")),
    }
}
