//! What is done to the documents chosen in a list. Each is asked for by itself; those that cannot are counted.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum_extra::extract::Form;
use serde::Deserialize;
use store::booking;
use store::document::{self, Action, Change, PaymentState};
use store::queue::JobKind;
use store::{DocumentId, JobId};

use crate::http::{App, Caller, Code, Problem, fill_booking, wait_for_job};
use crate::pages::{PageResult, Visitor, ours, said, see_other};

/// How long a form waits for readings before it shows the page: a few papers are read by then.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Documents chosen in a list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    id: Vec<DocumentId>,
    r#do: String,
    back: String,
    category: String,
}

/// Does it.
pub async fn carry_out(State(app): State<App>, Visitor(caller): Visitor, Form(chosen): Form<Chosen>) -> PageResult {
    if !caller.scope.role().may_work() {
        return Err(Code::Forbidden.into());
    }
    let back = ours(&chosen.back);
    let done = match chosen.r#do.as_str() {
        "read" => read(&app, &caller, &chosen.id).await?,
        "book" => book(&app, &caller, &chosen).await?,
        "suggested" => suggested(&app, &caller, &chosen.id).await?,
        "reject" | "file" | "trash" | "restore" | "paid" => each(&app, &caller, &chosen).await?,
        _ => return Err(Code::NotFound.into()),
    };
    match (done, chosen.id.len() as u64 - done) {
        (0, 0) => Ok(see_other(back)),
        (done, 0) => Ok(said(back, &chosen.r#do, done)),
        (_, failed) => Ok(said(back, "not_done", failed)),
    }
}

async fn read(app: &App, caller: &Caller, ids: &[DocumentId]) -> Result<u64, Problem> {
    let answers = document::request_reading(app.store(), &caller.scope, ids, JobKind::Read).await?;
    let jobs: Vec<JobId> = answers.into_iter().filter_map(|(_, answer)| answer.ok()).collect();
    let end = Instant::now() + PATIENCE;
    for job in &jobs {
        wait_for_job(app, caller, *job, end).await?;
    }
    Ok(jobs.len() as u64)
}

/// The same category for all of them; an empty one takes it away.
async fn book(app: &App, caller: &Caller, chosen: &Chosen) -> Result<u64, Problem> {
    let category = Some(chosen.category.trim()).filter(|category| !category.is_empty());
    let patch = [("category".to_owned(), category.into())].into_iter().collect();
    let answers = booking::set(app.store(), &caller.scope, &chosen.id, &patch).await?;
    Ok(answers.iter().filter(|(_, answer)| answer.is_ok()).count() as u64)
}

/// What is suggested for each, where nobody has said anything.
async fn suggested(app: &App, caller: &Caller, ids: &[DocumentId]) -> Result<u64, Problem> {
    let mut done = 0;
    for id in ids {
        match fill_booking(app, caller, *id).await {
            Ok(_) => done += 1,
            Err(store::Error::Conflict { .. } | store::Error::Stale | store::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(done)
}

async fn each(app: &App, caller: &Caller, chosen: &Chosen) -> Result<u64, Problem> {
    let (store, scope) = (app.store(), &caller.scope);
    let paid = || Change { payment_state: Some(PaymentState::Paid), ..Change::default() };
    let mut done = 0;
    for id in chosen.id.iter().copied() {
        let result = match chosen.r#do.as_str() {
            "reject" => document::decide(store, scope, id, None, Action::Reject).await,
            "file" => document::decide(store, scope, id, None, Action::File).await,
            "paid" => document::change(store, scope, id, None, paid()).await,
            word => document::trash(store, scope, id, None, word == "trash").await,
        };
        match result {
            Ok(_) => done += 1,
            Err(store::Error::Conflict { .. } | store::Error::Stale | store::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(done)
}
