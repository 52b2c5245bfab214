//! Webhooks (docs/webhooks.md): who elsewhere is told what, whether it arrives, and what to do where it does not.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;
use store::webhook::{self, Change, Delivery, DeliveryState, NewWebhook, Webhook};
use store::{CompanyId, DeliveryId, Error, WebhookId, event};

use crate::http::{Code, Problem};
use crate::pages::frame::{Choice, Frame, company_choices};
use crate::pages::lang::Lang;
use crate::pages::problem::{PageProblem, sentence};
use crate::pages::{PageResult, Visit, html, said};
use crate::webhooks::{Unfit, judge};

/// Messages of a page.
const ROWS: u32 = 50;
/// What was just queued is waited for this long, so that the page can say what became of it.
const LOOK: Duration = Duration::from_millis(150);
const LOOKS: u32 = 20;

#[derive(Template)]
#[template(path = "webhooks.html")]
struct All {
    l: &'static Lang,
    frame: Frame,
    rows: Vec<Row>,
    form: FormView,
    /// The form is shown at once.
    open: bool,
}

struct Row {
    href: String,
    name: String,
    url: String,
    told: String,
    company: String,
    state: StateView,
    waiting: u64,
    /// What became of the last message, and when; empty: nothing was sent.
    last: String,
    last_class: &'static str,
    last_at: String,
}

/// How a webhook does.
struct StateView {
    class: &'static str,
    label: String,
    /// What is wrong, and what to do.
    why: String,
    remedy: String,
}

/// The form of a webhook.
struct FormView {
    typed: Typed,
    groups: Vec<Group>,
    companies: Vec<Choice>,
    bad_url: bool,
}

struct Group {
    label: String,
    kinds: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "webhook.html")]
struct One {
    l: &'static Lang,
    frame: Frame,
    id: String,
    name: String,
    url: String,
    company: String,
    told: String,
    since: String,
    active: bool,
    state: StateView,
    waiting: u64,
    /// Until when the secret before signs too.
    old_until: String,
    /// A new secret, shown this once.
    secret: String,
    form: FormView,
    open: bool,
    tabs: Vec<Choice>,
    deliveries: Vec<DeliveryRow>,
    /// Leads to older ones.
    older: String,
}

struct DeliveryRow {
    id: String,
    ago: String,
    at: String,
    label: String,
    kind: String,
    class: &'static str,
    state: String,
    attempts: u32,
    code: String,
    why: String,
    response: String,
    next: String,
    took: String,
}

/// What a person typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    url: String,
    name: String,
    events: Vec<String>,
    company: String,
}

/// Which messages.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    state: String,
    before: String,
}

/// What the page of one webhook shows beside it.
#[derive(Default)]
struct Extra {
    wanted: Wanted,
    typed: Option<Typed>,
    secret: String,
    error: String,
    status: StatusCode,
}

/// All of them, and the form for another one.
pub async fn show(visit: Visit) -> PageResult {
    all(visit, None, String::new(), StatusCode::OK).await
}

async fn all(visit: Visit, typed: Option<Typed>, error: String, status: StatusCode) -> PageResult {
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let webhooks = webhook::list(store, scope).await?;
    let mut rows = Vec::new();
    for one in &webhooks {
        let last = webhook::deliveries(store, scope, one.id, None, None, 1).await?.pop();
        rows.push(row(&visit, one, last));
    }
    let mut frame = Frame::of(&visit, "/settings");
    frame.error = error;
    let page = All {
        l: visit.l,
        open: rows.is_empty() || typed.is_some(),
        rows,
        form: form(&visit, typed.unwrap_or_default(), true, status),
        frame,
    };
    Ok(html(status, &page))
}

fn row(visit: &Visit, webhook: &Webhook, last: Option<Delivery>) -> Row {
    let (l, now) = (visit.l, Timestamp::now());
    let last = last.map(|one| delivery_row(visit, &one, now));
    let (class, label, ago) = last.map(|one| (one.class, one.state, one.ago)).unwrap_or_default();
    Row {
        href: format!("/settings/webhooks/{}", webhook.id),
        name: called(webhook).to_owned(),
        url: webhook.url.clone(),
        told: told(l, &webhook.events),
        company: webhook.company.map(|id| visit.company(id)).unwrap_or_default(),
        state: state(visit, webhook),
        waiting: webhook.waiting,
        last: label,
        last_class: class,
        last_at: ago,
    }
}

/// By its name; by its address, where it has none.
fn called(webhook: &Webhook) -> &str {
    if webhook.name.is_empty() { &webhook.url } else { &webhook.name }
}

/// What it is told, in a few words.
fn told(l: &Lang, events: &[String]) -> String {
    match events {
        [] => l.t("webhooks.everything").to_owned(),
        [only] => kind_label(l, only),
        many => l.n("webhooks.kinds", many.len() as u64),
    }
}

/// The same, each by its name.
fn told_each(l: &Lang, events: &[String]) -> String {
    match events {
        [] => l.t("webhooks.everything").to_owned(),
        many => many.iter().map(|kind| kind_label(l, kind)).collect::<Vec<_>>().join(", "),
    }
}

fn kind_label(l: &Lang, kind: &str) -> String {
    l.word("action", kind.replace('.', "_"))
}

fn state(visit: &Visit, webhook: &Webhook) -> StateView {
    let l = visit.l;
    let (class, label) = match (webhook.active, webhook.failing_since, webhook.problem) {
        (true, None, _) => ("good", l.t("webhooks.on").to_owned()),
        (true, Some(since), _) => ("warn", l.with("webhooks.failing", visit.moment(since))),
        (false, _, Some(_)) => ("bad", l.t("webhooks.off").to_owned()),
        (false, _, None) => ("", l.t("webhooks.paused").to_owned()),
    };
    let problem = webhook.problem.filter(|_| class != "good").map(|problem| problem.as_str()).unwrap_or_default();
    StateView { class, label, why: l.word("webhook_problem", problem), remedy: l.word("webhook_remedy", problem) }
}

fn form(visit: &Visit, typed: Typed, choose_company: bool, status: StatusCode) -> FormView {
    let l = visit.l;
    let group = |noun: &str, label: &str| {
        let of_noun = event::KINDS.iter().filter(|kind| kind.split('.').next() == Some(noun));
        let choice = |kind: &&str| Choice {
            value: (*kind).to_owned(),
            label: kind_label(l, kind),
            chosen: typed.events.iter().any(|chosen| chosen == kind),
        };
        Group { label: label.to_owned(), kinds: of_noun.map(choice).collect() }
    };
    FormView {
        groups: vec![
            group("document", l.t("webhooks.of_documents")),
            group("submission", l.t("webhooks.of_mails")),
            group("batch", l.t("webhooks.of_exports")),
        ],
        companies: if choose_company { company_choices(visit, &typed.company) } else { Vec::new() },
        bad_url: status == StatusCode::UNPROCESSABLE_ENTITY,
        typed,
    }
}

/// One of them, with its messages.
pub async fn one(visit: Visit, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> PageResult {
    render(visit, known(&id)?, Extra { wanted, ..Extra::default() }).await
}

fn known(id: &str) -> Result<WebhookId, Problem> {
    id.parse().map_err(|_| Code::NotFound.into())
}

async fn render(visit: Visit, id: WebhookId, extra: Extra) -> PageResult {
    let (store, scope, l, now) = (visit.app.store(), &visit.caller.scope, visit.l, Timestamp::now());
    let webhook = webhook::get(store, scope, id).await?;
    let wanted: Option<DeliveryState> = extra.wanted.state.parse().ok();
    let before: Option<DeliveryId> = extra.wanted.before.parse().ok();
    let list = webhook::deliveries(store, scope, id, wanted, before, ROWS).await?;
    let older = list.last().filter(|_| list.len() == ROWS as usize).map(|last| {
        let state = wanted.map_or("", DeliveryState::as_str);
        format!("/settings/webhooks/{id}?state={state}&before={}", last.id)
    });
    let mut frame = Frame::of(&visit, "/settings");
    frame.error = extra.error;
    let typed =
        Typed { url: webhook.url.clone(), name: webhook.name.clone(), events: webhook.events.clone(), ..Typed::default() };
    let page = One {
        id: id.to_string(),
        name: called(&webhook).to_owned(),
        url: webhook.url.clone(),
        company: webhook.company.map(|id| visit.company(id)).unwrap_or_default(),
        told: told_each(l, &webhook.events),
        since: visit.moment(webhook.created_at),
        active: webhook.active,
        state: state(&visit, &webhook),
        waiting: webhook.waiting,
        old_until: webhook.old_secret_until.filter(|until| *until > now).map(|until| visit.moment(until)).unwrap_or_default(),
        secret: extra.secret,
        open: extra.typed.is_some(),
        form: form(&visit, extra.typed.unwrap_or(typed), false, extra.status),
        tabs: tabs(l, wanted),
        deliveries: list.iter().map(|one| delivery_row(&visit, one, now)).collect(),
        older: older.unwrap_or_default(),
        l,
        frame,
    };
    Ok(html(extra.status, &page))
}

/// Messages of all states, or of one.
fn tabs(l: &Lang, wanted: Option<DeliveryState>) -> Vec<Choice> {
    let every = Choice { value: String::new(), label: l.t("inbox.all").to_owned(), chosen: wanted.is_none() };
    let of_state = |state: &DeliveryState| Choice {
        value: state.as_str().to_owned(),
        label: l.word("delivery", state.as_str()),
        chosen: wanted == Some(*state),
    };
    std::iter::once(every).chain(DeliveryState::ALL.iter().map(of_state)).collect()
}

fn delivery_row(visit: &Visit, one: &Delivery, now: Timestamp) -> DeliveryRow {
    let l = visit.l;
    let at = one.attempted_at.unwrap_or(one.created_at);
    let failed = one.problem.filter(|_| one.state != DeliveryState::Delivered);
    DeliveryRow {
        id: one.id.to_string(),
        ago: l.ago(at, now),
        at: visit.moment(at),
        label: kind_label(l, &one.kind),
        kind: one.kind.clone(),
        class: match one.state {
            DeliveryState::Delivered => "good",
            DeliveryState::Failed => "bad",
            DeliveryState::Waiting if failed.is_some() => "warn",
            DeliveryState::Waiting => "",
        },
        state: l.word("delivery", one.state.as_str()),
        attempts: one.attempts,
        code: one.response_code.map(|code| code.to_string()).unwrap_or_default(),
        why: failed.map(|problem| l.word("webhook_problem", problem.as_str())).unwrap_or_default(),
        response: one.response.clone().unwrap_or_default(),
        next: one.next_at.filter(|next| *next > now).map(|next| visit.moment(next)).unwrap_or_default(),
        took: one.took_ms.map(|took| format!("{} ms", l.whole(took))).unwrap_or_default(),
    }
}

/// Makes one; its secret is shown this once.
pub async fn create(visit: Visit, Form(typed): Form<Typed>) -> PageResult {
    visit.caller.allow(|role| role.may_manage())?;
    let company: Option<CompanyId> = match typed.company.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| Code::NotFound)?),
    };
    let url = match judge(visit.app.config(), &typed.url)? {
        Ok(url) => url,
        Err(unfit) => {
            let error = in_words(visit.l, unfit);
            return all(visit, Some(typed), error, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let new = NewWebhook { name: typed.name.clone(), url, events: typed.events.clone(), company, active: true };
    match webhook::create(visit.app.store(), &visit.caller.scope, new, Timestamp::now()).await {
        Ok((made, secret)) => render(visit, made.id, Extra { secret, status: StatusCode::CREATED, ..Extra::default() }).await,
        Err(error) => {
            let (error, status) = why_not(visit.l, error)?;
            all(visit, Some(typed), error, status).await
        }
    }
}

fn in_words(l: &Lang, unfit: Unfit) -> String {
    l.word("webhook_unfit", unfit.as_str())
}

/// What did not work and what to do; or no page, where there is none to show it on.
fn why_not(l: &Lang, error: Error) -> Result<(String, StatusCode), PageProblem> {
    let own = match &error {
        Error::Conflict { code: "webhook_off", .. } => l.t("webhooks.off_first").to_owned(),
        Error::Conflict { code: "too_many_webhooks", .. } => l.t("webhooks.too_many").to_owned(),
        Error::Invalid { code: "name", .. } => l.t("webhooks.long_name").to_owned(),
        Error::Invalid { code: "url", .. } => in_words(l, Unfit::Form),
        _ => String::new(),
    };
    let problem = Problem::from(error);
    match problem.code() {
        Code::NotFound | Code::Forbidden => Err(problem.into()),
        code if own.is_empty() => Ok((sentence(l, &problem), code.status())),
        code => Ok((own, code.status())),
    }
}

async fn refused(visit: Visit, id: WebhookId, typed: Option<Typed>, error: Error) -> PageResult {
    let (error, status) = why_not(visit.l, error)?;
    render(visit, id, Extra { error, status, typed, ..Extra::default() }).await
}

/// Changes name, address and what it is told.
pub async fn change(visit: Visit, Path(id): Path<String>, Form(typed): Form<Typed>) -> PageResult {
    visit.caller.allow(|role| role.may_manage())?;
    let id = known(&id)?;
    let url = match judge(visit.app.config(), &typed.url)? {
        Ok(url) => url,
        Err(unfit) => {
            let (error, status) = (in_words(visit.l, unfit), StatusCode::UNPROCESSABLE_ENTITY);
            return render(visit, id, Extra { error, status, typed: Some(typed), ..Extra::default() }).await;
        }
    };
    let (name, events) = (Some(typed.name.clone()), Some(typed.events.clone()));
    let change = Change { name, url: Some(url), events, active: None };
    match webhook::change(visit.app.store(), &visit.caller.scope, id, change, Timestamp::now()).await {
        Ok(_) => Ok(said(&page_of(id), "kept", 1)),
        Err(error) => refused(visit, id, Some(typed), error).await,
    }
}

fn page_of(id: WebhookId) -> String {
    format!("/settings/webhooks/{id}")
}

/// On or off.
#[derive(Deserialize)]
pub struct Switch {
    on: String,
}

/// Switches it.
pub async fn switch(visit: Visit, Path(id): Path<String>, Form(switch): Form<Switch>) -> PageResult {
    let (id, on) = (known(&id)?, switch.on == "1");
    let change = Change { active: Some(on), ..Change::default() };
    match webhook::change(visit.app.store(), &visit.caller.scope, id, change, Timestamp::now()).await {
        Ok(_) => Ok(said(&page_of(id), if on { "webhook_on" } else { "webhook_off" }, 1)),
        Err(error) => refused(visit, id, None, error).await,
    }
}

/// A new secret, shown this once.
pub async fn rotate(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = known(&id)?;
    match webhook::rotate(visit.app.store(), &visit.caller.scope, id, Timestamp::now()).await {
        Ok((_, secret)) => render(visit, id, Extra { secret, ..Extra::default() }).await,
        Err(error) => refused(visit, id, None, error).await,
    }
}

/// Sends a message that says nothing.
pub async fn test(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = known(&id)?;
    let queued = webhook::test(visit.app.store(), &visit.caller.scope, id, Timestamp::now()).await;
    sent(visit, id, queued).await
}

/// Sends a message again.
pub async fn again(visit: Visit, Path((id, delivery)): Path<(String, String)>) -> PageResult {
    let id = known(&id)?;
    let delivery: DeliveryId = delivery.parse().map_err(|_| Code::NotFound)?;
    let queued = webhook::redeliver(visit.app.store(), &visit.caller.scope, delivery, Timestamp::now()).await;
    sent(visit, id, queued).await
}

/// Gives what was queued a moment, so that the page shows what became of it.
async fn sent(visit: Visit, id: WebhookId, queued: store::Result<Delivery>) -> PageResult {
    let queued = match queued {
        Ok(queued) => queued.id,
        Err(error) => return refused(visit, id, None, error).await,
    };
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    for _ in 0..LOOKS {
        tokio::time::sleep(LOOK).await;
        let waiting = webhook::deliveries(store, scope, id, Some(DeliveryState::Waiting), None, 200).await?;
        if !waiting.iter().any(|one| one.id == queued && one.attempts == 0) {
            break;
        }
    }
    Ok(said(&page_of(id), "webhook_sent", 1))
}

/// Takes it away, with its messages.
pub async fn remove(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = known(&id)?;
    match webhook::remove(visit.app.store(), &visit.caller.scope, id).await {
        Ok(()) => Ok(said("/settings/webhooks", "webhook_removed", 1)),
        Err(error) => refused(visit, id, None, error).await,
    }
}
