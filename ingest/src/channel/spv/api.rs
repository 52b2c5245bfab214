//! The requests of ANAF's e-Factura API that are needed to read what suppliers sent (listamesaje.html and descarcare.html among ANAF's pages on
//! the API).

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;
use store::spv::SpvProblem;

use super::said::{Said, said};
use super::{Trouble, garbled};
use crate::channel::inboxes::{self, Server};

/// Longest answer that is no file: 500 messages on a page.
const MOST_JSON: usize = 8 << 20;
/// Longest file: an invoice may have 10 MB, with its signature.
const MOST_FILE: usize = 32 << 20;
/// Time for one request.
const TIMEOUT: Duration = Duration::from_secs(90);
/// What SPV calls an invoice that the company received, of all that it lists.
const RECEIVED: &str = "FACTURA PRIMITA";

/// What ANAF is asked by.
pub struct Api(Server);

/// A page of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Numbers of invoices.
    pub numbers: Vec<String>,
    /// How many pages there are.
    pub pages: u32,
}

#[derive(Deserialize)]
struct Listing {
    mesaje: Vec<Message>,
    #[serde(default)]
    numar_total_pagini: Option<u32>,
}

#[derive(Deserialize)]
struct Message {
    id: serde_json::Value,
    #[serde(default)]
    tip: Option<String>,
}

impl Api {
    /// Of the API at this address (`https://api.anaf.ro/prod`).
    pub fn new(address: &str) -> std::io::Result<Api> {
        Ok(Api(Server::new(address, TIMEOUT)?))
    }

    /// Whose answers these are.
    pub fn host(&self) -> &str {
        self.0.host()
    }

    /// Invoices that the company received in this time; pages count from 1.
    pub async fn list(&self, token: &str, cif: &str, from: Timestamp, to: Timestamp, page: u32) -> Result<Page, Trouble> {
        let (from, to) = (from.as_millisecond(), to.as_millisecond());
        let query = format!("listaMesajePaginatieFactura?startTime={from}&endTime={to}&cif={cif}&pagina={page}&filtru=P");
        let answer = self.answer(&query, token).await?;
        let bytes = body(answer, MOST_JSON).await?;
        listing(&bytes)
    }

    /// An invoice with its signature: a ZIP, byte for byte.
    pub async fn download(&self, token: &str, number: &str) -> Result<Bytes, Trouble> {
        let answer = self.answer(&format!("descarcare?id={number}"), token).await?;
        let bytes = body(answer, MOST_FILE).await?;
        // ZIP's APPNOTE 4.3.7: the first member's header.
        if bytes.starts_with(b"PK\x03\x04") {
            return Ok(bytes);
        }
        match said(&bytes) {
            Some(Said::Problem(problem, message)) => Err(Trouble::Problem(problem, message)),
            _ => Err(garbled("ANAF gives something else than a ZIP with the invoice")),
        }
    }

    /// An answer that is none of refusal, as far as its status says.
    async fn answer(&self, path: &str, token: &str) -> Result<Response, Trouble> {
        let request = self.0.request(Method::GET, &format!("/FCTEL/rest/{path}"), Some(token));
        let response = inboxes::sent::<SpvProblem>(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let told = body(response, 64 << 10).await.ok().and_then(|bytes| said(&bytes));
        let problem = match status {
            StatusCode::UNAUTHORIZED => SpvProblem::Grant,
            StatusCode::FORBIDDEN => SpvProblem::Rights,
            status if status.is_server_error() => SpvProblem::Unreachable,
            _ => SpvProblem::Refused,
        };
        Err(match told {
            Some(Said::Problem(kind @ (SpvProblem::Limit | SpvProblem::Rights), message)) => Trouble::Problem(kind, message),
            Some(Said::Problem(_, message)) => Trouble::Problem(problem, format!("{message} ({})", status.as_u16())),
            _ => Trouble::Problem(problem, format!("ANAF answers {}", status.as_u16())),
        })
    }
}

/// The page that these bytes are.
fn listing(bytes: &[u8]) -> Result<Page, Trouble> {
    match said(bytes) {
        Some(Said::Nothing) => return Ok(Page { numbers: Vec::new(), pages: 1 }),
        Some(Said::Problem(problem, message)) => return Err(Trouble::Problem(problem, message)),
        None => {}
    }
    let listing: Listing = serde_json::from_slice(bytes).map_err(|_| garbled("ANAF's list is not what its description says"))?;
    let received = |message: &Message| message.tip.as_deref().is_none_or(|tip| tip.trim().eq_ignore_ascii_case(RECEIVED));
    let numbers = listing.mesaje.iter().filter(|message| received(message)).map(|message| number(&message.id)).collect();
    let numbers: Option<Vec<String>> = numbers;
    let numbers = numbers.ok_or_else(|| garbled("a message in ANAF's list has no number"))?;
    Ok(Page { numbers, pages: listing.numar_total_pagini.unwrap_or(1) })
}

/// A number becomes part of an address and of a file's name.
fn number(id: &serde_json::Value) -> Option<String> {
    let text = match id {
        serde_json::Value::String(text) => text.trim().to_owned(),
        other => other.as_u64()?.to_string(),
    };
    ((1..=30).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

async fn body(response: Response, most: usize) -> Result<Bytes, Trouble> {
    inboxes::body(response, most).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_as_anaf_shows_them() {
        let json = br#"{"mesaje":[
            {"data_creare":"202211011415","cif":"8000000000","id_solicitare":"5001131297","detalii":"Factura cu id_incarcare=5001131297 emisa
             de cif_emitent=8000000000 pentru cif_beneficiar=3","tip":"FACTURA PRIMITA","id":"3001503294"},
            {"tip":"ERORI FACTURA","id":"3001474425"},{"tip":"FACTURA TRIMISA","id":"3001474426"},{"id":3001474427}],
            "numar_inregistrari_in_pagina":4,"numar_total_inregistrari_per_pagina":500,"numar_total_inregistrari":1204,
            "numar_total_pagini":3,"index_pagina_curenta":1,"serial":"1234AA456","cui":"8000000000","titlu":"Lista Mesaje disponibile"}"#;
        let json = String::from_utf8_lossy(json).replace('\n', " ");
        let want = Page { numbers: vec!["3001503294".to_owned(), "3001474427".to_owned()], pages: 3 };
        assert_eq!(listing(json.as_bytes()).ok(), Some(want));
        assert_eq!(
            listing(br#"{"eroare":"Nu exista mesaje in intervalul selectat","titlu":"x"}"#).ok().map(|page| page.pages),
            Some(1)
        );
        for bad in [
            &br#"{"mesaje":[{"id":"../x"}]}"#[..],
            br#"{"mesaje":[{"id":""}]}"#,
            b"{}",
            b"<html/>",
            br#"{"eroare":"CIF introdus"}"#,
        ] {
            assert!(listing(bad).is_err());
        }
    }
}
