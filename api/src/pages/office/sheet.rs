//! One page for a client, to be printed or sent: where to send papers and how, in the client's language.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;
use store::company::{self, Company};
use store::pin::{self, PinOwner};
use store::{CompanyId, address};

use super::qr;
use crate::http::Code;
use crate::pages::frame::Frame;
use crate::pages::lang::{self, Lang};
use crate::pages::problem::PageProblem;
use crate::pages::{PageResult, Visit, html};

#[derive(Template)]
#[template(path = "sheet.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    /// The company whose sheet can be shown with its PIN; empty where it is shown, or there are several.
    ask: String,
    sheets: Vec<Sheet>,
}

struct Sheet {
    l: &'static Lang,
    office: String,
    company: String,
    address: String,
    /// Empty: a line to write it on.
    pin: String,
    example: String,
    month: String,
    qr: String,
    /// The address that needs no PIN, where there is one.
    auto: String,
}

/// Sheets printed in one go: each is a look at a PIN, which is noted.
pub const AT_ONCE: usize = 250;

/// Which of the sheets.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct Group {
    from: usize,
}

/// Shows it without the PIN.
pub async fn show(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let company = company::get(visit.app.store(), &visit.caller.scope, id).await?;
    let sheet = sheet(&visit, &company, false).await?;
    let role = visit.caller.scope.role();
    let ask = if role.may_work() || role == store::Role::CompanyAdmin { id.to_string() } else { String::new() };
    Ok(render(&visit, ask, vec![sheet]))
}

/// Shows it with the PIN. Who looked is in the audit.
pub async fn with_pin(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let company = company::get(visit.app.store(), &visit.caller.scope, id).await?;
    let sheet = sheet(&visit, &company, true).await?;
    Ok(render(&visit, String::new(), vec![sheet]))
}

/// Shows those of the companies from which nothing has come yet, with their PINs: so many, from one on.
pub async fn of_the_silent(visit: Visit, Form(group): Form<Group>) -> PageResult {
    visit.caller.allow(|role| role.may_work())?;
    let silent = company::silent(visit.app.store(), &visit.caller.scope).await?;
    let mut sheets = Vec::with_capacity(AT_ONCE);
    for company in silent.iter().skip(group.from).take(AT_ONCE) {
        sheets.push(sheet(&visit, company, true).await?);
    }
    Ok(render(&visit, String::new(), sheets))
}

fn render(visit: &Visit, ask: String, sheets: Vec<Sheet>) -> Response {
    html(StatusCode::OK, &Page { l: visit.l, frame: Frame::of(visit, "/companies"), ask, sheets })
}

async fn sheet(visit: &Visit, company: &Company, with_pin: bool) -> Result<Sheet, PageProblem> {
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let all = address::list(store, scope, company.id).await?;
    let main = all.iter().find(|one| one.valid_until.is_none()).or(all.first());
    let mut pin = String::new();
    if with_pin {
        pin::looked_up(store, scope, company.id).await?;
        let pins = pin::list(store, scope, PinOwner::Company(company.id)).await?;
        pin = pins.into_iter().find(|one| one.valid_until.is_none()).map(|one| one.value).unwrap_or_default();
    }
    // It stands for the PIN: shown to the same people, and together with it only.
    let secrets =
        if with_pin && scope.role().may_manage() { address::secret_aliases(store, scope, company.id).await? } else { vec![] };
    let auto = main.zip(secrets.first()).map(|(main, (_, alias))| format!("{}+{alias}@{}", main.local, main.domain));
    let office = store::office::get(store, scope).await?.facts;
    let language = company.facts.language.as_deref().or(Some(office.language.as_str()));
    let address = main.map(|one| format!("{}@{}", one.local, one.domain)).unwrap_or_default();
    let shown = if pin.is_empty() { "…" } else { pin.as_str() };
    Ok(Sheet {
        l: language.and_then(lang::of).unwrap_or_else(lang::english),
        office: office.name,
        company: company.facts.name.clone(),
        example: format!("({shown})"),
        month: format!("({shown}) ({})", visit.today().strftime("%m/%Y")),
        qr: qr::path(&format!("mailto:{address}")).unwrap_or_default(),
        auto: auto.unwrap_or_default(),
        address,
        pin,
    })
}
