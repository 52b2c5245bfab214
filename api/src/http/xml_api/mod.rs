//! The XML calls of the Polish market leader, for programs that were made for them: `/api/xml/<version>/<noun>/<verb>`, signed
//! parameters, `command` as base64 of gzip of XML, files as `attmnt_<key>`. docs/xml-api.md says what is the same, what is not and what
//! could not be verified.
//!
//! The XML comes from a caller who proved who they are; it is parsed here, bounded and in safe Rust, like any JSON body: `wire`.

mod answer;
mod documents;
mod sign;
mod wire;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, FromRequest, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::{Form, Query};
use store::company::{self, Company};

use super::app::App;
use super::auth::Caller;
use super::problem::{Code, Problem};
use crate::export::Xml;

/// All calls.
pub fn routes() -> Router<App> {
    Router::new().route("/api/xml/{version}/{noun}/{verb}", get(call).post(call))
}

/// The parameters of a call, of address and form together.
type Parameters = BTreeMap<String, String>;

/// What a call needs.
struct Call {
    app: App,
    caller: Caller,
    peer: SocketAddr,
    parameters: Parameters,
}

async fn call(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path((version, noun, verb)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    let operation = format!("{noun}.{verb}");
    let mut known = Parameters::new();
    let done = async {
        if !is_version(&version) {
            return Err(Problem::with(Code::NotFound, "Versions are 1.0 to 3.1."));
        }
        let parameters = parameters(request).await?;
        let shown = |name: &&str| parameters.get(*name).map(|value| ((*name).to_owned(), value.clone()));
        known = ["req_id", "username", "company_program_id", "policy"].iter().filter_map(shown).collect();
        let caller = sign::verify(&app, &parameters).await?;
        carry_out(Call { app, caller, peer, parameters }, &operation).await
    };
    let done = done.await;
    answer::envelope(&operation, &version, &known, done)
}

async fn carry_out(call: Call, operation: &str) -> Result<Vec<u8>, Problem> {
    match operation {
        "company.list" => companies(&call).await,
        "document.add" => documents::add(&call).await,
        "document.recognize" => documents::recognize(&call).await,
        "document.add_recognize" => documents::add_recognize(&call).await,
        "document.list" => documents::list(&call).await,
        "document.list_recognized" => documents::list_recognized(&call).await,
        "document.correct" => documents::correct(&call).await,
        "document.sync" => documents::sync(&call).await,
        _ => Err(Problem::with(Code::NotFound, "This operation is not there; see docs/xml-api.md.")),
    }
}

fn is_version(text: &str) -> bool {
    let number = |text: &str| text.parse::<u8>().ok();
    text.split_once('.').is_some_and(|(major, minor)| match (number(major), number(minor)) {
        (Some(1 | 2), Some(_)) => true,
        (Some(3), Some(minor)) => minor <= 1,
        _ => false,
    })
}

/// Of the address and of the form; a name may stand once.
async fn parameters(request: Request) -> Result<Parameters, Problem> {
    let bad = || Problem::with(Code::BadRequest, "A parameter stands twice, or the form cannot be read.");
    let query = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).map_err(|_| bad())?;
    let mut pairs = query.0;
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if is_form {
        pairs.extend(Form::<Vec<(String, String)>>::from_request(request, &()).await.map_err(|_| bad())?.0);
    }
    let count = pairs.len();
    let parameters: Parameters = pairs.into_iter().collect();
    if parameters.len() == count { Ok(parameters) } else { Err(bad()) }
}

impl Call {
    fn parameter(&self, name: &str) -> Result<&str, Problem> {
        let missing = || Problem::field(Code::BadRequest, name, "It is needed.");
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or_else(missing)
    }

    /// The company that `company_program_id` names: its id here, its tax id or its name.
    async fn company(&self) -> Result<Company, Problem> {
        self.company_of(self.parameter("company_program_id")?).await
    }

    async fn company_of(&self, named: &str) -> Result<Company, Problem> {
        let bare = |id: &str| id.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
        let wanted = bare(named);
        let is = |company: &Company| {
            company.id.to_string() == named
                || company.facts.name == named
                || company.facts.tax_ids.iter().any(|id| bare(id) == wanted || bare(id).get(2..) == Some(wanted.as_str()))
        };
        let all = company::list(self.app.store(), &self.caller.scope).await?;
        all.into_iter().find(is).ok_or_else(|| Problem::with(Code::NotFound, "There is no such company."))
    }
}

async fn companies(call: &Call) -> Result<Vec<u8>, Problem> {
    let mut xml = Xml::part();
    xml.open("COMPANIES");
    for company in company::list(call.app.store(), &call.caller.scope).await? {
        let tax_id = company.facts.tax_ids.first().cloned().unwrap_or_default();
        xml.open("COMPANY").leaf("COMPANY_ID", company.id.to_string()).leaf("COMPANY_PROGRAM_ID", company.id.to_string());
        xml.leaf("SHORT_NAME", company.facts.name.chars().take(40).collect::<String>());
        xml.leaf("FULL_NAME", &company.facts.name).maybe("VAT_NUMBER", tax_id.trim_start_matches("PL")).close();
    }
    Ok(xml.finish())
}

/// An answer in XML.
fn respond(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/xml; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], body)
        .into_response()
}
