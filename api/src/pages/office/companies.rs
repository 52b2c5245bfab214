//! All companies, and a new one.

use askama::Template;
use axum::http::StatusCode;
use axum_extra::extract::Form;
use serde::Deserialize;
use store::company::CompanyFacts;
use store::move_in::{self, NewCompany};
use store::{CompanyId, address, country};

use crate::http::Code;
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::{PageResult, Visit, html, see_other};

#[derive(Template)]
#[template(path = "companies.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    may_manage: bool,
    rows: Vec<Row>,
    countries: Vec<&'static str>,
}

struct Row {
    id: String,
    name: String,
    country: String,
    tax_ids: String,
    closed: bool,
    address: String,
}

/// Companies listed with their address; beyond this many the address is on the company's page.
const ADDRESSES: usize = 200;

/// Shows them.
pub async fn show(visit: Visit) -> PageResult {
    if visit.is_client() {
        return Err(Code::Forbidden.into());
    }
    let mut rows = Vec::with_capacity(visit.companies.len());
    for company in &visit.companies {
        let known = visit.companies.len() <= ADDRESSES;
        rows.push(Row {
            id: company.id.to_string(),
            name: company.facts.name.clone(),
            country: company.facts.country.clone(),
            tax_ids: company.facts.tax_ids.join(", "),
            closed: company.closed_at.is_some(),
            address: if known { main_address(&visit, company.id).await?.unwrap_or_default() } else { String::new() },
        });
    }
    let page = Page {
        l: visit.l,
        frame: Frame::of(&visit, "/companies"),
        may_manage: visit.caller.scope.role().may_manage(),
        rows,
        countries: country::known(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// The address that a company gives to others: the newest one that does not end.
pub async fn main_address(visit: &Visit, company: CompanyId) -> Result<Option<String>, store::Error> {
    let addresses = address::list(visit.app.store(), &visit.caller.scope, company).await?;
    let main = addresses.iter().find(|address| address.valid_until.is_none()).or(addresses.first());
    Ok(main.map(|address| format!("{}@{}", address.local, address.domain)))
}

/// A new company.
#[derive(Deserialize)]
pub struct New {
    name: String,
    country: String,
    #[serde(default)]
    tax_id: String,
}

/// Adds it, with an address and a PIN.
pub async fn create(visit: Visit, Form(new): Form<New>) -> PageResult {
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let tax_ids = Some(new.tax_id.trim().to_owned()).filter(|id| !id.is_empty()).into_iter().collect();
    let facts = CompanyFacts { name: new.name.trim().to_owned(), country: new.country, tax_ids, ..CompanyFacts::default() };
    let address = (address::generate_local()?, visit.app.config().smtp.hostname.clone());
    let new = NewCompany { facts, address, pin: None, senders: Vec::new(), people: Vec::new() };
    let id = move_in::add(store, scope, new, jiff::Timestamp::now()).await?.company;
    Ok(see_other(&format!("/companies/{id}")))
}
