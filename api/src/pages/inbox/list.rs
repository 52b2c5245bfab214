//! A page of the list.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use axum::http::{StatusCode, Uri};
use jiff::Timestamp;
use jiff::civil::Date;
use store::document::{COUNTED, Document, DocumentState, PaymentState};
use store::view::View;
use store::{CompanyId, DocumentId, UserId, trash, user};

use super::columns::Shown;
use super::filters::{Form, Pill, cleaned, is_filtered, pills, wrong};
use crate::export::{self, Since};
use crate::http::paging::with;
use crate::http::{DocumentQuery, find_documents};
use crate::pages::frame::{Choice, Frame, choices, company_choices, direction_choices, type_choices};
use crate::pages::lang::Lang;
use crate::pages::{PageResult, Visit, escaped, html, name_of};

#[derive(Template)]
#[template(path = "inbox.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    may_send: bool,
    may_work: bool,
    tabs: Vec<Tab>,
    form: Form,
    companies: Vec<Choice>,
    types: Vec<Choice>,
    directions: Vec<Choice>,
    channels: Vec<Choice>,
    people: Vec<Choice>,
    sizes: Vec<Pill>,
    pills: Vec<Pill>,
    filtered: bool,
    trash: bool,
    /// Which filter cannot be; empty where all can.
    wrong: String,
    /// The same words looked for in everything.
    everywhere: String,
    clear: String,
    presets: Vec<Pill>,
    views: Vec<SavedView>,
    shown: Shown,
    columns: Vec<Choice>,
    heads: Vec<Head>,
    rows: Vec<Row>,
    here: String,
    query: String,
    first: String,
    next: String,
}

struct Tab {
    href: String,
    label: String,
    count: String,
    current: bool,
}

struct SavedView {
    id: String,
    name: String,
    href: String,
    shared: bool,
}

struct Head {
    label: &'static str,
    href: String,
    sort: &'static str,
    numeric: bool,
}

struct Row {
    id: String,
    href: String,
    state: &'static str,
    state_label: String,
    why: String,
    duplicate: bool,
    company: String,
    number: String,
    type_label: String,
    name: String,
    seller: String,
    created: String,
    issued: String,
    due: String,
    overdue: bool,
    amount: String,
    plain_amount: String,
    currency: String,
    net: String,
    vat: String,
    channel: String,
    assignee: String,
    assigned: bool,
    reopened: bool,
    since: String,
    days: String,
    period: String,
    pages: String,
    payment: String,
    subject: String,
}

/// Shows it.
pub async fn show(visit: Visit, uri: Uri) -> PageResult {
    let uri = cleaned(&uri);
    let form = axum_extra::extract::Query::<Form>::try_from_uri(&uri).map(|query| query.0).unwrap_or_default();
    let l = visit.l;
    let kept = with(&uri, "after", "");
    let here = visit.views.iter().map(|view| format!("/?{}", view.query)).find(|href| *href == kept);
    let frame = Frame::of(&visit, here.as_deref().unwrap_or("/"));
    let mut mend = String::new();
    let (page, status) = match axum_extra::extract::Query::<DocumentQuery>::try_from_uri(&uri) {
        Ok(query) => match find_documents(&visit.app, &visit.caller, query.0).await {
            Ok(page) => (Some(page), StatusCode::OK),
            Err(problem) => {
                mend = wrong(l, &problem);
                (None, problem.code().status())
            }
        },
        Err(_) => {
            mend = l.t("inbox.bad_filter").to_owned();
            (None, StatusCode::BAD_REQUEST)
        }
    };
    let next = page.as_ref().and_then(|page| page.next.clone());
    let documents = page.map(|page| page.documents).unwrap_or_default();
    let (role, today) = (visit.caller.scope.role(), visit.today());
    let list = uri.query().map(|query| format!("?list={}", escaped(query))).unwrap_or_default();
    let shown = Shown::of(&visit);
    let names = visit.names().await?;
    let since = since(&visit, &documents).await?;
    let days = trash::of_documents(visit.app.store(), &visit.caller.scope, &documents, Timestamp::now()).await?;
    let look = Look { today, list, names: &names, since: &since, days };
    let page = Page {
        may_send: role.may_send(),
        may_work: role.may_work(),
        tabs: tabs(&visit, &uri, &form),
        companies: company_choices(&visit, &form.company),
        types: type_choices(l, &form.document_type),
        directions: direction_choices(l, &form.direction),
        channels: choices(l, "channel", &["smtp", "lmtp", "imap", "submission", "upload", "import", "link"], &form.channel),
        people: people(&visit, &form.assignee).await?,
        sizes: sizes(&uri, &form),
        pills: pills(&visit, &uri, &form, &names),
        filtered: is_filtered(&uri),
        trash: form.trashed == "true",
        wrong: mend,
        everywhere: if form.text.is_empty() { String::new() } else { format!("/find?text={}", escaped(&form.text)) },
        clear: if form.state.is_empty() { "/".to_owned() } else { format!("/?state={}", escaped(&form.state)) },
        presets: presets(&visit, today),
        views: views(&visit),
        heads: heads(l, &uri, &form, &shown),
        columns: shown.choices(&visit),
        shown,
        rows: documents.iter().map(|document| row(&visit, document, &look)).collect(),
        here: uri.to_string(),
        query: kept.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default(),
        first: if form.after.is_empty() { String::new() } else { with(&uri, "after", "") },
        next: next.map(|cursor| with(&uri, "after", &cursor)).unwrap_or_default(),
        l,
        form,
        frame,
    };
    Ok(html(status, &page))
}

fn tabs(visit: &Visit, uri: &Uri, form: &Form) -> Vec<Tab> {
    let l = visit.l;
    let bare = ["after", "state", "problem", "trashed"]
        .iter()
        .fold(uri.clone(), |uri, name| with(&uri, name, "").parse().unwrap_or(uri));
    let special = form.problem == "true" || form.trashed == "true";
    let number = |n: u64| l.counted(n, COUNTED);
    let tab = |name: &str, value: &str, label: &str, count, current| Tab {
        href: with(&bare, name, value),
        label: label.to_owned(),
        count: number(count),
        current,
    };
    let all = visit.counts.states.values().sum();
    let mut tabs = vec![tab("state", "", l.t("inbox.all"), all, form.state.is_empty() && !special)];
    for state in DocumentState::ALL {
        let count = visit.counts.states.get(state).copied().unwrap_or(0);
        let current = form.state == state.as_str() && !special;
        let daily = matches!(state, DocumentState::New | DocumentState::ToReview | DocumentState::Approved);
        if count > 0 || current || daily {
            tabs.push(tab("state", state.as_str(), &l.word("tab", state.as_str()), count, current));
        }
    }
    tabs.push(tab("problem", "true", l.t("inbox.problems"), 0, form.problem == "true"));
    if visit.counts.trashed > 0 || form.trashed == "true" {
        tabs.push(tab("trashed", "true", l.t("inbox.trash"), visit.counts.trashed, form.trashed == "true"));
    }
    tabs
}

/// Ranges that are asked for again and again.
fn presets(visit: &Visit, today: Date) -> Vec<Pill> {
    let l = visit.l;
    let first = today.first_of_month();
    let before = first.yesterday().unwrap_or(first);
    let pill = |label: &str, query: String| Pill { label: label.to_owned(), href: format!("/?{query}") };
    vec![
        pill(l.t("filter.this_month"), format!("created_from={first}")),
        pill(l.t("filter.last_month"), format!("created_from={}&created_to={before}", before.first_of_month())),
        pill(l.t("filter.overdue"), format!("due_to={}&state=new&state=to_review", today.yesterday().unwrap_or(today))),
        pill(l.t("filter.mine"), format!("assignee={}", visit.caller.user().map(|user| user.to_string()).unwrap_or_default())),
        pill(l.t("filter.duplicates"), "duplicate=true".to_owned()),
        pill(l.t("filter.reopened"), "reopened=true".to_owned()),
        pill(l.t("filter.ksef_none"), "ksef=none".to_owned()),
    ]
}

fn views(visit: &Visit) -> Vec<SavedView> {
    let shown = |view: &View| SavedView {
        id: view.id.to_string(),
        name: view.name.clone(),
        href: format!("/?{}", view.query),
        shared: view.shared,
    };
    visit.views.iter().map(shown).collect()
}

fn heads(l: &'static Lang, uri: &Uri, form: &Form, shown: &Shown) -> Vec<Head> {
    let start: Uri = with(uri, "after", "").parse().unwrap_or_else(|_| uri.clone());
    let now = if form.sort.is_empty() { "created" } else { &form.sort };
    [
        ("number", l.t("column.number"), false),
        ("seller", l.t("column.seller"), false),
        ("created", l.t("column.created"), true),
        ("issued", l.t("column.issued"), true),
        ("due", l.t("column.due"), true),
        ("net", l.t("column.net"), true),
        ("vat", l.t("column.vat"), true),
        ("amount", l.t("column.amount"), true),
    ]
    .into_iter()
    .filter(|(key, _, _)| *key == "number" || shown.has(key))
    .map(|(key, label, numeric)| {
        let sort = match (now == key, form.order == "asc") {
            (false, _) => "",
            (true, true) => "ascending",
            (true, false) => "descending",
        };
        if matches!(key, "net" | "vat") {
            return Head { label, href: String::new(), sort: "", numeric };
        }
        let turned = if sort == "descending" || (sort.is_empty() && !numeric) { "asc" } else { "desc" };
        let sorted: Uri = with(&start, "sort", key).parse().unwrap_or_else(|_| uri.clone());
        Head { label, href: with(&sorted, "order", turned), sort, numeric }
    })
    .collect()
}

type Names = BTreeMap<UserId, String>;
type Changes = HashMap<DocumentId, Vec<Since>>;

/// What changed since the export, of those rows that were opened again after it: they are few.
async fn since(visit: &Visit, documents: &[Document]) -> Result<Changes, crate::http::Problem> {
    let mut by_company: BTreeMap<CompanyId, Vec<DocumentId>> = BTreeMap::new();
    for document in documents.iter().filter(|document| document.is_reopened()) {
        by_company.entry(document.company).or_default().push(document.id);
    }
    let mut changes = Changes::new();
    for (company, ids) in by_company {
        changes.extend(export::since(visit.app.store(), &visit.caller.scope, company, &ids).await?);
    }
    Ok(changes)
}

/// Who may look after a paper.
pub async fn people(visit: &Visit, chosen: &str) -> Result<Vec<Choice>, crate::http::Problem> {
    let people = user::colleagues(visit.app.store(), &visit.caller.scope).await?;
    let choice = |(id, label): (UserId, String)| Choice { chosen: chosen == id.to_string(), value: id.to_string(), label };
    Ok(people.into_iter().map(choice).collect())
}

/// Rows of a page to choose from; the one that is chosen leads nowhere.
fn sizes(uri: &Uri, form: &Form) -> Vec<Pill> {
    let start: Uri = with(uri, "after", "").parse().unwrap_or_else(|_| uri.clone());
    let now = if form.limit.is_empty() { "50" } else { &form.limit };
    let size =
        |size: &str| Pill { label: size.to_owned(), href: if size == now { String::new() } else { with(&start, "limit", size) } };
    ["50", "100", "200"].into_iter().map(size).collect()
}

/// What rows are drawn with.
struct Look<'a> {
    today: Date,
    list: String,
    names: &'a Names,
    since: &'a Changes,
    days: BTreeMap<DocumentId, u64>,
}

fn row(visit: &Visit, document: &Document, look: &Look<'_>) -> Row {
    let (l, today) = (visit.l, look.today);
    let money = |value: &Option<String>| value.as_deref().map(|value| l.money(value)).unwrap_or_default();
    let bookkeeper = visit.companies.iter().find(|one| one.id == document.company).and_then(|one| one.facts.bookkeeper);
    let assignee = document.assignee.or(bookkeeper).and_then(|id| look.names.get(&id).cloned()).unwrap_or_default();
    let changed = look.since.get(&document.id).map_or(0, |changes| changes.len() as u64);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let date = |value: Option<Date>| value.map(|date| l.day_near(date, today)).unwrap_or_default();
    let open = matches!(document.state, DocumentState::New | DocumentState::Reading | DocumentState::ToReview);
    let why = match (&document.problem, document.findings) {
        (Some(problem), _) => l.word("problem", problem),
        (None, 0) => String::new(),
        (None, findings) if open => l.n("inbox.findings", u64::from(findings)),
        _ => String::new(),
    };
    let id = document.id.to_string();
    Row {
        href: format!("/documents/{id}{}", look.list),
        id,
        state: document.state.as_str(),
        state_label: l.word("state", document.state.as_str()),
        why,
        duplicate: document.duplicate_of.is_some(),
        company: visit.company(document.company),
        number: text(&document.number),
        type_label: l.word("type", name_of(&document.document_type)),
        name: document.name.clone(),
        seller: text(&document.seller_name),
        created: l.day_near(document.created_at.to_zoned(visit.zone.clone()).date(), today),
        issued: date(document.issue_date),
        due: date(document.due_date),
        overdue: open && document.payment_state != PaymentState::Paid && document.due_date.is_some_and(|due| due < today),
        amount: document.amount.as_deref().map(|amount| l.money(amount)).unwrap_or_default(),
        plain_amount: text(&document.amount),
        currency: text(&document.currency),
        net: money(&document.net),
        vat: money(&document.vat),
        channel: l.word("channel", document.channel.as_str()),
        assignee,
        assigned: document.assignee.is_some(),
        reopened: document.is_reopened(),
        days: match (document.trashed_at, look.days.get(&document.id)) {
            (None, _) => String::new(),
            (Some(_), Some(days)) => l.n("inbox.days_left", days),
            (Some(_), None) => l.t("inbox.stays").to_owned(),
        },
        since: if changed > 0 { l.n("inbox.changed", changed) } else { String::new() },
        period: text(&document.period),
        pages: document.pages.map(|pages| l.whole(u64::from(pages))).unwrap_or_default(),
        payment: l.word("payment", document.payment_state.as_str()),
        subject: document.subject.clone().filter(|subject| !subject.is_empty()).unwrap_or_else(|| document.name.clone()),
    }
}
