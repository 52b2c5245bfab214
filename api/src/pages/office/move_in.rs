//! Bringing companies as a table: what each line would do, then doing it.

use askama::Template;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;

use crate::http::{Code, Problem};
use crate::moving::{self, Charset, Outcome, Plan};
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::problem::sentence;
use crate::pages::{PageResult, Visit, html};

#[derive(Template)]
#[template(path = "move_in.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    charsets: [&'static str; 4],
    checked: Option<Checked>,
}

/// A table that was looked at, or added.
struct Checked {
    done: bool,
    new: u64,
    known: u64,
    wrong: u64,
    unknown: String,
    charset: &'static str,
    /// The table again, for the form that adds it.
    text: String,
    rows: Vec<Line>,
}

struct Line {
    line: u64,
    name: String,
    company: String,
    address: String,
    outcome: &'static str,
    outcome_label: String,
    findings: Vec<(&'static str, String)>,
}

const CHARSETS: [&str; 4] = ["utf-8", "windows-1250", "windows-1252", "windows-1254"];

/// The form.
pub async fn show(visit: Visit) -> PageResult {
    visit.caller.allow(|role| role.may_manage())?;
    Ok(html(StatusCode::OK, &page(&visit, None, None)))
}

fn page(visit: &Visit, checked: Option<Checked>, problem: Option<&Problem>) -> Page {
    let mut frame = Frame::of(visit, "/companies");
    frame.error = problem.map(|problem| sentence(visit.l, problem)).unwrap_or_default();
    Page { l: visit.l, frame, charsets: CHARSETS, checked }
}

/// What the form holds.
#[derive(Default)]
struct Sent {
    table: Vec<u8>,
    charset: Option<Charset>,
    go: bool,
}

/// Checks a table, or adds the companies of one that was checked.
pub async fn import(visit: Visit, request: Request) -> PageResult {
    visit.caller.allow(|role| role.may_manage())?;
    let form = Multipart::from_request(request, &visit.app).await.map_err(|_| Code::BadRequest)?;
    let sent = read(form).await?;
    if sent.table.is_empty() {
        let problem = Problem::with(Code::Invalid, visit.l.t("move_in.no_file"));
        return Ok(html(problem.code().status(), &page(&visit, None, Some(&problem))));
    }
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let made = moving::make(store, scope, &visit.app.config().smtp.hostname, &sent.table, sent.charset).await;
    let mut plan = match made {
        Ok(plan) => plan,
        Err(problem) if problem.code() == Code::Invalid => {
            return Ok(html(problem.code().status(), &page(&visit, None, Some(&problem))));
        }
        Err(problem) => return Err(problem.into()),
    };
    if sent.go {
        moving::carry_out(store, scope, &mut plan).await?;
    }
    let checked = Checked::of(visit.l, plan, sent.go);
    Ok(html(StatusCode::OK, &page(&visit, Some(checked), None)))
}

async fn read(mut form: Multipart) -> Result<Sent, Problem> {
    let mut sent = Sent::default();
    let broken = |_| Problem::from(Code::BadRequest);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name().unwrap_or_default() {
            "file" | "text" => sent.table = field.bytes().await.map_err(broken)?.to_vec(),
            "charset" => sent.charset = Charset::named(&field.text().await.map_err(broken)?),
            "go" => sent.go = true,
            _ => {}
        }
    }
    Ok(sent)
}

impl Checked {
    fn of(l: &Lang, plan: Plan, done: bool) -> Checked {
        let count = |outcome| plan.count(outcome) as u64;
        let (new, known, wrong) = (count(Outcome::New), count(Outcome::Known), count(Outcome::Wrong));
        let mut rows: Vec<Line> = plan
            .rows
            .iter()
            .map(|row| Line {
                line: row.line,
                name: row.name.clone(),
                company: row.company.map(|id| id.to_string()).unwrap_or_default(),
                address: row.address.clone(),
                outcome: row.outcome.as_str(),
                outcome_label: l.word("row_outcome", row.outcome.as_str()),
                findings: row.findings.iter().map(|finding| (finding.column, finding.sentence(l))).collect(),
            })
            .collect();
        // Those that need a hand come first.
        rows.sort_by_key(|row| (row.outcome != "wrong", row.line));
        Checked { done, new, known, wrong, unknown: plan.unknown.join(", "), charset: plan.charset.name(), text: plan.text, rows }
    }
}
