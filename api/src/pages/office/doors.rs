//! Doors of a company that need no account: paired scanner apps, and upload links.

use axum::extract::Path;
use axum_extra::extract::Form;
use jiff::Timestamp;
use ocr::reading::{Direction, DocumentType};
use serde::Deserialize;
use store::notice::{self, NoticeSetting, Receipts};
use store::upload_link::{self, Link, NewLink};
use store::{CompanyId, Role, pairing, token};

use super::company::{Asked, refused, render};
use super::qr;
use crate::http::{Code, link_address, pairing_uri};
use crate::pages::frame::{Choice, direction_choices, type_choices};
use crate::pages::lang;
use crate::pages::problem::PageProblem;
use crate::pages::{PageResult, Visit, name_of, see_other};

/// What the company's page shows of them.
pub struct Doors {
    /// May pair scanners and end them.
    pub may_pair: bool,
    /// May make links and end them.
    pub may_link: bool,
    /// QR of a new pairing.
    pub qr: String,
    /// What it says.
    pub uri: String,
    /// Paired scanners.
    pub scanners: Vec<ScannerRow>,
    /// Upload links.
    pub links: Vec<LinkRow>,
    /// Directions to choose from.
    pub directions: Vec<Choice>,
    /// Types to choose from.
    pub types: Vec<Choice>,
    /// What senders are told by mail.
    pub notices: NoticeSetting,
    /// Receipts are sent.
    pub receipts: bool,
    /// Languages to choose from.
    pub languages: Vec<Choice>,
}

/// A paired scanner.
pub struct ScannerRow {
    /// Id of its token.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Since when.
    pub since: String,
}

/// An upload link.
pub struct LinkRow {
    /// Its id.
    pub id: String,
    /// For whom.
    pub name: String,
    /// Where it leads; empty once it ended.
    pub url: String,
    /// How much of it was used.
    pub used: String,
    /// Until when.
    pub until: String,
    /// What is set for its papers.
    pub preset: String,
    /// It takes files.
    pub open: bool,
}

impl Doors {
    /// Of a company; `uri` is what a new pairing's QR says.
    pub async fn of(visit: &Visit, id: CompanyId, uri: &str) -> Result<Doors, PageProblem> {
        let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
        let role = scope.role();
        let (may_pair, may_link) = (role.may_manage() || role == Role::CompanyAdmin, role.may_work());
        let tokens = if may_pair { token::list(store, scope).await? } else { Vec::new() };
        let of_company =
            |token: &token::Token| token.company == Some(id) && token.role == Role::Scanner && token.revoked_at.is_none();
        let scanner = |token: token::Token| ScannerRow {
            id: token.id.to_string(),
            since: visit.moment(token.created_at),
            name: token.name,
        };
        let mut links = Vec::new();
        if may_link {
            for link in upload_link::list(store, scope, id).await? {
                links.push(row(visit, link).await?);
            }
        }
        let notices = notice::setting(store, scope, id).await?;
        Ok(Doors {
            receipts: notices.receipts == Receipts::Each,
            languages: languages(notices.language.as_deref()),
            notices,
            may_pair,
            may_link,
            qr: if uri.is_empty() { String::new() } else { qr::path(uri).unwrap_or_default() },
            uri: uri.to_owned(),
            scanners: tokens.into_iter().filter(of_company).map(scanner).collect(),
            links,
            directions: direction_choices(l, "none"),
            types: type_choices(l, ""),
        })
    }
}

/// The office's own language first.
fn languages(chosen: Option<&str>) -> Vec<Choice> {
    let office = Choice { value: String::new(), label: "–".to_owned(), chosen: chosen.is_none() };
    let own = lang::all().iter().map(|lang| Choice {
        value: lang.code.to_owned(),
        label: lang.name.clone(),
        chosen: chosen == Some(lang.code),
    });
    std::iter::once(office).chain(own).collect()
}

async fn row(visit: &Visit, link: Link) -> Result<LinkRow, PageProblem> {
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    let open = link.is_open(Timestamp::now());
    let url = match open {
        true => link_address(&visit.address, &upload_link::secret(store, scope, link.id).await?),
        false => String::new(),
    };
    let preset = [
        link.period.as_deref().map(|period| l.month(period)),
        (link.direction != Direction::None).then(|| l.word("direction", name_of(&link.direction))),
        link.document_type.map(|kind| l.word("type", name_of(&kind))),
    ];
    Ok(LinkRow {
        id: link.id.to_string(),
        url,
        used: l.fill("doors.used", &[("n", &l.whole(link.files)), ("of", &l.whole(link.max_files))]),
        until: visit.moment(link.expires_at),
        preset: preset.into_iter().flatten().collect::<Vec<_>>().join(", "),
        open,
        name: link.name,
    })
}

/// A device to be paired.
#[derive(Deserialize)]
pub struct NewPairing {
    name: String,
}

/// Shows a code for it.
pub async fn pair(visit: Visit, Path(id): Path<String>, Form(new): Form<NewPairing>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    match pairing::create(visit.app.store(), &visit.caller.scope, id, &new.name, Timestamp::now()).await {
        Ok(made) => {
            let pairing = pairing_uri(&visit.address, &made.code);
            render(visit, id, Asked { pairing, ..Asked::default() }).await
        }
        Err(error) => refused(visit, id, error).await,
    }
}

/// Takes a scanner's token away.
pub async fn end_scanner(visit: Visit, Path((id, token)): Path<(String, String)>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let token = token.parse().map_err(|_| Code::NotFound)?;
    token::revoke(visit.app.store(), &visit.caller.scope, token).await?;
    visit.app.callers().forget();
    Ok(see_other(&format!("/companies/{id}#scanners")))
}

/// A link to be made.
#[derive(Deserialize)]
pub struct LinkForm {
    name: String,
    #[serde(default)]
    period: String,
    direction: Direction,
    #[serde(default)]
    document_type: String,
    max_files: u32,
    max_megabytes: u64,
    days: u16,
}

/// Makes it.
pub async fn add_link(visit: Visit, Path(id): Path<String>, Form(form): Form<LinkForm>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let document_type: Option<DocumentType> = serde_json::from_value(serde_json::Value::String(form.document_type)).ok();
    let new = NewLink {
        name: form.name,
        period: Some(form.period.trim().to_owned()).filter(|period| !period.is_empty()),
        direction: form.direction,
        document_type,
        max_files: form.max_files,
        max_bytes: form.max_megabytes.saturating_mul(1_000_000),
        days: form.days,
    };
    match upload_link::create(visit.app.store(), &visit.caller.scope, id, new, Timestamp::now()).await {
        Ok(_) => Ok(see_other(&format!("/companies/{id}#links"))),
        Err(error) => refused(visit, id, error).await,
    }
}

/// Takes a link back.
pub async fn end_link(visit: Visit, Path((id, link)): Path<(String, String)>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let link = link.parse().map_err(|_| Code::NotFound)?;
    upload_link::revoke(visit.app.store(), &visit.caller.scope, link).await?;
    Ok(see_other(&format!("/companies/{id}#links")))
}

/// What senders are to be told.
#[derive(Deserialize)]
pub struct NoticeForm {
    #[serde(default)]
    waiting: Option<String>,
    #[serde(default)]
    receipts: Option<String>,
    #[serde(default)]
    language: String,
    #[serde(default)]
    tag: String,
    per_day: u32,
}

/// Chooses it.
pub async fn set_notices(visit: Visit, Path(id): Path<String>, Form(form): Form<NoticeForm>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let new = NoticeSetting {
        language: Some(form.language).filter(|code| lang::of(code).is_some()),
        waiting: form.waiting.is_some(),
        receipts: if form.receipts.is_some() { Receipts::Each } else { Receipts::None },
        per_day: form.per_day,
        tag: form.tag.trim().to_owned(),
    };
    match notice::set(visit.app.store(), &visit.caller.scope, id, new).await {
        Ok(()) => Ok(see_other(&format!("/companies/{id}#notices"))),
        Err(error) => refused(visit, id, error).await,
    }
}
