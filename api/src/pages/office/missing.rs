//! What a month lacks: who would be asked for what, why, and in which words; asking them; the plan.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum_extra::extract::Form;
use serde::Deserialize;
use store::CompanyId;
use store::chase::{self, Ask, Line, Next, Plan, Step};

use crate::chase::{Words, expected, month_before};
use crate::http::{Code, Problem};
use crate::mail_out;
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::problem::sentence;
use crate::pages::{PageResult, Visit, escaped, html, said, see_other};

#[derive(Template)]
#[template(path = "missing.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    period: String,
    name: String,
    relay: bool,
    may_work: bool,
    may_manage: bool,
    active: bool,
    steps: Vec<StepRow>,
    /// Companies for whom a mail is due.
    due: u64,
    rows: Vec<Row>,
}

struct StepRow {
    number: usize,
    day: String,
    text: String,
}

struct Row {
    id: String,
    company: String,
    missing: Vec<String>,
    recipient: String,
    sent: u32,
    last: String,
    next: &'static str,
    next_label: String,
    answer: String,
    subject: String,
    text: String,
}

/// Steps that the form has.
const STEPS: usize = 3;

/// Which month.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    period: String,
}

/// Shows what would be done today. Nothing is sent.
pub async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> PageResult {
    if visit.is_client() {
        return Err(Code::Forbidden.into());
    }
    render(&visit, &wanted.period, None).await
}

async fn render(visit: &Visit, period: &str, problem: Option<&Problem>) -> PageResult {
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    let today = visit.today();
    let known = format!("{period}-01").parse::<jiff::civil::Date>().is_ok();
    let period = if known { period.to_owned() } else { month_before(today).unwrap_or_default() };
    let lines = chase::board(store, scope, &period, today).await?;
    let (plan, words) = (chase::plan::get(store, scope).await?, Words::of(store, scope).await?);
    let mut rows: Vec<Row> = lines.into_iter().map(|line| row(visit, &words, &plan, &period, line)).collect();
    rows.sort_by_key(|row| (row.next != "now", row.next == "came", row.company.clone()));
    let mut frame = Frame::of(visit, "/month");
    frame.error = problem.map(|problem| sentence(l, problem)).unwrap_or_default();
    let step = |number: usize| {
        let step = plan.steps.get(number);
        StepRow {
            number,
            day: step.map(|s| s.day.to_string()).unwrap_or_default(),
            text: step.map(|s| s.text.clone()).unwrap_or_default(),
        }
    };
    let page = Page {
        l,
        frame,
        name: l.month(&period),
        relay: mail_out::can_send(visit.app.config()),
        may_work: visit.may_work(),
        may_manage: scope.role().may_manage(),
        active: plan.active,
        steps: (0..STEPS.max(plan.steps.len())).map(step).collect(),
        due: rows.iter().filter(|row| row.next == "now").count() as u64,
        rows,
        period,
    };
    Ok(html(problem.map_or(StatusCode::OK, |problem| problem.code().status()), &page))
}

fn row(visit: &Visit, words: &Words, plan: &Plan, period: &str, line: Line) -> Row {
    let l = visit.l;
    let (next, day) = match line.next {
        Next::Now => ("now", String::new()),
        Next::Later { on } => ("later", l.day(on)),
        Next::Call => ("call", String::new()),
        Next::Answered => ("answered", String::new()),
        Next::Stopped => ("stopped", String::new()),
        Next::Complete => ("complete", String::new()),
        Next::NoAddress => ("no_address", String::new()),
        Next::Came => ("came", String::new()),
    };
    let mut missing: Vec<String> = line.missing.sellers.iter().map(|one| expected(l, one)).collect();
    if line.missing.nothing {
        missing.insert(0, l.with("chase.nothing", l.month(period)));
    }
    let text = usize::try_from(line.sent).ok().and_then(|step| plan.steps.get(step)).map(|step| step.text.clone());
    let ask = Ask {
        missing: line.missing,
        step: line.sent,
        text: text.unwrap_or_default(),
        to: line.recipient.clone().unwrap_or_default(),
        answer_to: None,
    };
    let mail = words.mail(line.company, period, &ask);
    Row {
        id: line.company.to_string(),
        company: words.name(line.company),
        missing,
        recipient: line.recipient.unwrap_or_default(),
        sent: line.sent,
        last: line.last_at.map(|at| visit.moment(at)).unwrap_or_default(),
        next,
        next_label: l.word("chase_next", next).replace("{x}", &day),
        answer: line.answer.map(|id| id.to_string()).unwrap_or_default(),
        subject: mail.subject,
        text: mail.text,
    }
}

/// Whom to ask.
#[derive(Deserialize)]
pub struct Chosen {
    period: String,
    #[serde(default)]
    company: Vec<CompanyId>,
}

/// Asks those who were chosen; all for whom a mail is due, if nobody was.
pub async fn ask(visit: Visit, Form(chosen): Form<Chosen>) -> PageResult {
    visit.caller.allow(|role| role.may_work())?;
    if !mail_out::can_send(visit.app.config()) {
        let problem = Problem::with(Code::Unavailable, visit.l.t("missing.no_relay"));
        return render(&visit, &chosen.period, Some(&problem)).await;
    }
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let lines = chase::board(store, scope, &chosen.period, visit.today()).await?;
    let meant = |line: &&Line| match chosen.company.as_slice() {
        [] => line.next == Next::Now,
        some => some.contains(&line.company),
    };
    let meant: Vec<&Line> = lines.iter().filter(meant).collect();
    let asked = crate::chase::ask(store, scope, &chosen.period, &meant).await?;
    Ok(said(&format!("/missing?period={}", escaped(&chosen.period)), "asked", asked))
}

/// Stops asking, or goes on.
pub async fn set(visit: Visit, Path((company, period, what)): Path<(String, String, String)>) -> PageResult {
    let company: CompanyId = company.parse().map_err(|_| Code::NotFound)?;
    let stopped = match what.as_str() {
        "stop" => true,
        "resume" => false,
        _ => return Err(Code::NotFound.into()),
    };
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    store::company::get(store, scope, company).await?;
    chase::stop(store, scope, company, &period, stopped).await?;
    Ok(see_other(&format!("/missing?period={}", escaped(&period))))
}

/// The plan as the form has it: days and texts, one after the other.
#[derive(Deserialize)]
pub struct Typed {
    period: String,
    #[serde(default)]
    active: Option<String>,
    #[serde(default)]
    day: Vec<String>,
    #[serde(default)]
    text: Vec<String>,
}

/// Sets the plan. A step without a day is none.
pub async fn set_plan(visit: Visit, Form(typed): Form<Typed>) -> PageResult {
    let texts = typed.text.iter().map(String::as_str).chain(std::iter::repeat(""));
    let steps = typed.day.iter().zip(texts).filter(|(day, _)| !day.trim().is_empty()).map(|(day, text)| Step {
        // What is no number is no day: the store says so.
        day: day.trim().parse().unwrap_or(0),
        text: text.trim().to_owned(),
    });
    let plan = Plan { active: typed.active.is_some(), steps: steps.collect() };
    match chase::plan::set(visit.app.store(), &visit.caller.scope, plan).await {
        Ok(()) => Ok(said(&format!("/missing?period={}", escaped(&typed.period)), "kept", 1)),
        Err(error) => {
            let problem = Problem::from(error);
            match problem.code() {
                Code::Invalid => render(&visit, &typed.period, Some(&problem)).await,
                _ => Err(problem.into()),
            }
        }
    }
}
