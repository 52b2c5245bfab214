//! One company: how to send to it, its PIN, senders, facts.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum_extra::extract::Form;
use jiff::{SignedDuration, Timestamp};
use ocr::reading::Direction;
use serde::Deserialize;
use store::company::{self, CompanyFacts, PeriodRule, WithoutPin};
use store::pin::{self, PinOwner};
use store::sender::{self, Sender, SenderKind};
use store::submission::{self, LogFilter};
use store::{CompanyId, Role, UserId, address};

use super::companies::main_address;
use super::doors::Doors;
use super::ksef::KsefCard;
use super::qr;
use super::spv::SpvCard;
use crate::http::Code;
use crate::pages::frame::Frame;
use crate::pages::lang::{self, Lang};
use crate::pages::problem::{PageProblem, sentence};
use crate::pages::{PageResult, Visit, escaped, html, see_other};

#[derive(Template)]
#[template(path = "company.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    spv: SpvCard,
    id: String,
    facts: CompanyFacts,
    tax_ids: String,
    closed: bool,
    /// Until when the people of a closed company can look.
    looks_until: String,
    may_manage: bool,
    may_see_pin: bool,
    may_rotate: bool,
    address: String,
    mailto: String,
    qr: String,
    others: Vec<OtherAddress>,
    pins: Vec<PinRow>,
    senders: Vec<SenderRow>,
    arrivals: Vec<ArrivalRow>,
    doors: Doors,
    ksef: KsefCard,
}

struct OtherAddress {
    address: String,
    until: String,
}

struct PinRow {
    value: String,
    until: String,
}

struct SenderRow {
    id: String,
    mailbox: String,
    forwarder: bool,
    /// Since when, and who said so.
    since: String,
    /// The held mail about which it was said, in the mail log; empty if about none.
    mail: String,
}

struct ArrivalRow {
    received: String,
    from: String,
    subject: String,
    state: &'static str,
    state_label: String,
}

/// What someone asked for beside the page itself.
#[derive(Default)]
pub struct Asked {
    /// Its PINs.
    pub pins: bool,
    /// What a new pairing's QR says.
    pub pairing: String,
    /// What did not work.
    pub error: String,
    /// With which status.
    pub status: StatusCode,
}

/// Shows it.
pub async fn show(visit: Visit, Path(id): Path<String>) -> PageResult {
    render(visit, id.parse().map_err(|_| Code::NotFound)?, Asked::default()).await
}

/// The page, with what was asked for.
pub async fn render(visit: Visit, id: CompanyId, asked: Asked) -> PageResult {
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    let company = company::get(store, scope, id).await?;
    let role = scope.role();
    let address = main_address(&visit, id).await?.unwrap_or_default();
    let all = address::list(store, scope, id).await?;
    let pins = if asked.pins { pin::list(store, scope, PinOwner::Company(id)).await? } else { Vec::new() };
    let log = LogFilter { company: Some(id), ..LogFilter::default() };
    let arrivals = submission::list(store, scope, &log, 5).await?;
    let senders = sender::list(store, scope, id).await?;
    let names = visit.names().await?;
    let doors = Doors::of(&visit, id, &asked.pairing).await?;
    let ksef = KsefCard::of(&visit, id, &company.facts).await?;
    let mut frame = Frame::of(&visit, "/companies");
    frame.error = asked.error;
    let spv = SpvCard::of(&visit, id, &company.facts).await?;
    let page = Page {
        spv,
        id: id.to_string(),
        tax_ids: company.facts.tax_ids.join(", "),
        closed: company.closed_at.is_some(),
        looks_until: company.read_only_until.map(|at| visit.moment(at)).unwrap_or_default(),
        may_manage: role.may_manage(),
        may_see_pin: role.may_work() || role == Role::CompanyAdmin,
        may_rotate: role.may_manage() || role == Role::CompanyAdmin,
        mailto: format!("mailto:{address}?subject={}", crate::pages::escaped(l.t("company.mail_subject"))),
        qr: qr::path(&format!("mailto:{address}")).unwrap_or_default(),
        others: all
            .iter()
            .map(|one| OtherAddress {
                address: format!("{}@{}", one.local, one.domain),
                until: one.valid_until.map(|at| visit.moment(at)).unwrap_or_default(),
            })
            .filter(|one| one.address != address)
            .collect(),
        address,
        pins: pins
            .into_iter()
            .map(|pin| PinRow { until: pin.valid_until.map(|at| visit.moment(at)).unwrap_or_default(), value: pin.value })
            .collect(),
        senders: senders
            .into_iter()
            .map(|one| SenderRow {
                id: one.id.to_string(),
                forwarder: one.kind == SenderKind::Forwarder,
                since: since(&visit, &one, &names),
                mail: one.submission.map(|_| format!("/mail?company={id}&text={}", escaped(&one.mailbox))).unwrap_or_default(),
                mailbox: one.mailbox,
            })
            .collect(),
        arrivals: arrivals
            .into_iter()
            .map(|one| ArrivalRow {
                received: visit.moment(one.received_at),
                from: one.mail_from.filter(|from| !from.is_empty()).unwrap_or(one.reverse_path),
                subject: one.subject.or(one.file_name).unwrap_or_default(),
                state: one.state.as_str(),
                state_label: l.word("state", one.state.as_str()),
            })
            .collect(),
        facts: company.facts,
        doors,
        ksef,
        frame,
        l,
    };
    Ok(html(asked.status, &page))
}

fn since(visit: &Visit, sender: &Sender, names: &BTreeMap<UserId, String>) -> String {
    let (l, day) = (visit.l, visit.l.day_of(sender.created_at, &visit.zone));
    match sender.user.and_then(|user| names.get(&user)) {
        Some(who) => l.fill("company.sender_by", &[("day", &day), ("who", who)]),
        None => l.with("company.sender_since", day),
    }
}

/// Shows it with its PIN. Who looked is in the audit.
pub async fn show_pin(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    pin::looked_up(visit.app.store(), &visit.caller.scope, id).await?;
    render(visit, id, Asked { pins: true, ..Asked::default() }).await
}

/// How the PIN changes.
#[derive(Deserialize)]
pub struct NewPin {
    #[serde(default)]
    pin: String,
    #[serde(default)]
    days: u16,
}

/// Gives it a new PIN and shows it.
pub async fn new_pin(visit: Visit, Path(id): Path<String>, Form(new): Form<NewPin>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    company::get(store, scope, id).await?;
    let chosen = Some(new.pin.trim()).filter(|pin| !pin.is_empty());
    let overlap = SignedDuration::from_hours(24 * i64::from(new.days.min(365)));
    match pin::set(store, scope, PinOwner::Company(id), chosen, overlap).await {
        Ok(_) => render(visit, id, Asked { pins: true, ..Asked::default() }).await,
        Err(error) => refused(visit, id, error).await,
    }
}

/// The page, with why something did not work.
pub async fn refused(visit: Visit, id: CompanyId, error: store::Error) -> PageResult {
    let problem = crate::http::Problem::from(error);
    match problem.code() {
        Code::NotFound | Code::Forbidden => Err(PageProblem::Shown(problem)),
        code => {
            let error = sentence(visit.l, &problem);
            render(visit, id, Asked { error, status: code.status(), ..Asked::default() }).await
        }
    }
}

/// A further address.
#[derive(Deserialize)]
pub struct NewAddress {
    #[serde(default)]
    local: String,
}

/// Gives it an address.
pub async fn add_address(visit: Visit, Path(id): Path<String>, Form(new): Form<NewAddress>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    company::get(store, scope, id).await?;
    let local = match new.local.trim() {
        "" => address::generate_local()?,
        local => local.to_owned(),
    };
    match address::create(store, scope, id, &local, &visit.app.config().smtp.hostname).await {
        Ok(_) => Ok(see_other(&format!("/companies/{id}"))),
        Err(error) => refused(visit, id, error).await,
    }
}

/// A mailbox to be trusted.
#[derive(Deserialize)]
pub struct NewSender {
    mailbox: String,
    kind: SenderKind,
}

/// Authorises it.
pub async fn add_sender(visit: Visit, Path(id): Path<String>, Form(new): Form<NewSender>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    match sender::create(visit.app.store(), &visit.caller.scope, id, &new.mailbox, new.kind).await {
        Ok(_) => Ok(see_other(&format!("/companies/{id}"))),
        Err(error) => refused(visit, id, error).await,
    }
}

/// Takes the trust away.
pub async fn remove_sender(visit: Visit, Path((id, sender)): Path<(String, String)>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let sender = sender.parse().map_err(|_| Code::NotFound)?;
    sender::remove(visit.app.store(), &visit.caller.scope, sender).await?;
    Ok(see_other(&format!("/companies/{id}")))
}

/// How work for a company ends.
#[derive(Deserialize)]
pub struct Closing {
    #[serde(default)]
    days: u16,
}

/// Ends work for it: its people can look for a while.
pub async fn close(visit: Visit, Path(id): Path<String>, Form(closing): Form<Closing>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let until = Timestamp::now() + SignedDuration::from_hours(24 * i64::from(closing.days.min(3650)));
    company::close(visit.app.store(), &visit.caller.scope, id, until).await?;
    visit.app.callers().forget();
    Ok(see_other(&format!("/companies/{id}")))
}

/// Takes up work for it again.
pub async fn open(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    company::open(visit.app.store(), &visit.caller.scope, id).await?;
    Ok(see_other(&format!("/companies/{id}")))
}

/// What is said of a company.
#[derive(Deserialize)]
pub struct Facts {
    name: String,
    country: String,
    #[serde(default)]
    tax_ids: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    contact: String,
    without_pin: WithoutPin,
    purchase_period: PeriodRule,
    sale_period: PeriodRule,
    #[serde(default)]
    read_purchases: Option<String>,
    #[serde(default)]
    read_sales: Option<String>,
    #[serde(default)]
    read_others: Option<String>,
    #[serde(default)]
    body_papers: Option<String>,
}

/// Says something else of it.
pub async fn change(visit: Visit, Path(id): Path<String>, Form(new): Form<Facts>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let auto = [
        (Direction::Purchase, new.read_purchases.is_some()),
        (Direction::Sale, new.read_sales.is_some()),
        (Direction::None, new.read_others.is_some()),
    ];
    let kept = company::get(visit.app.store(), &visit.caller.scope, id).await?.facts;
    let facts = CompanyFacts {
        name: new.name.trim().to_owned(),
        country: new.country.trim().to_uppercase(),
        tax_ids: new.tax_ids.split([',', ';']).map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        language: Some(new.language).filter(|language| lang::of(language).is_some()),
        contact: Some(new.contact.trim().to_lowercase()).filter(|contact| !contact.is_empty()),
        without_pin: new.without_pin,
        auto_read: auto.into_iter().filter(|(_, on)| *on).map(|(direction, _)| direction).collect(),
        purchase_period: new.purchase_period,
        sale_period: new.sale_period,
        body_papers: new.body_papers.is_some(),
        ..kept
    };
    match company::change(visit.app.store(), &visit.caller.scope, id, facts).await {
        Ok(()) => Ok(see_other(&format!("/companies/{id}"))),
        Err(error) => refused(visit, id, error).await,
    }
}

impl Page {
    fn reads(&self, direction: &str) -> bool {
        self.facts.auto_read.iter().any(|one| crate::pages::name_of(one) == direction)
    }

    fn languages(&self) -> &'static [Lang] {
        lang::all()
    }

    fn speaks(&self, code: &str) -> bool {
        self.facts.language.as_deref() == Some(code)
    }

    fn rule(&self, of_sales: bool) -> &'static str {
        if of_sales { self.facts.sale_period.as_str() } else { self.facts.purchase_period.as_str() }
    }
}
