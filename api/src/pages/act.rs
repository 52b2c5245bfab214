//! Forms on documents: read, save fields, decide.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum_extra::extract::Form;
use ocr::reading::FieldName;
use serde::Deserialize;
use store::document::{self, Action};
use store::queue::JobKind;
use store::review::{self, Review};
use store::{DocumentId, JobId};

use super::document::{Refused, render};
use super::{PageResult, Visitor, see_other};
use crate::http::{App, Caller, Code, Problem, wait_for_job};

/// How long a form waits for a reading before it shows the page: most papers are read by then.
const PATIENCE: Duration = Duration::from_secs(4);

/// Documents chosen in a list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    id: Vec<DocumentId>,
}

/// Reads the documents chosen.
pub async fn read_many(State(app): State<App>, Visitor(caller): Visitor, Form(chosen): Form<Chosen>) -> PageResult {
    let answers = document::request_reading(app.store(), &caller.scope, &chosen.id, JobKind::Read).await?;
    let jobs: Vec<JobId> = answers.into_iter().filter_map(|(_, answer)| answer.ok()).collect();
    wait(&app, &caller, &jobs).await?;
    Ok(see_other("/"))
}

async fn wait(app: &App, caller: &Caller, jobs: &[JobId]) -> Result<(), Problem> {
    let end = Instant::now() + PATIENCE;
    for job in jobs {
        wait_for_job(app, caller, *job, end).await?;
    }
    Ok(())
}

/// The version that the person saw.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Seen {
    version: Option<u64>,
}

/// Reads, or decides.
pub async fn act(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Path((id, verb)): Path<(String, String)>,
    Form(seen): Form<Seen>,
) -> PageResult {
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let (store, scope, version) = (app.store(), &caller.scope, seen.version);
    let done = match verb.as_str() {
        "read" => read(&app, &caller, id).await,
        "approve" => document::decide(store, scope, id, version, Action::Approve).await.map(drop).map_err(Into::into),
        "reopen" => document::decide(store, scope, id, version, Action::Reopen).await.map(drop).map_err(Into::into),
        "reject" => document::decide(store, scope, id, version, Action::Reject).await.map(drop).map_err(Into::into),
        "file" => document::decide(store, scope, id, version, Action::File).await.map(drop).map_err(Into::into),
        "trash" => document::trash(store, scope, id, version, true).await.map(drop).map_err(Into::into),
        "restore" => document::trash(store, scope, id, version, false).await.map(drop).map_err(Into::into),
        _ => return Err(Code::NotFound.into()),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("/documents/{id}"))),
        Err(problem) => refuse(&app, &caller, id, problem, None).await,
    }
}

async fn read(app: &App, caller: &Caller, id: DocumentId) -> Result<(), Problem> {
    let mut answers = document::request_reading(app.store(), &caller.scope, &[id], JobKind::Read).await?;
    let job = answers.pop().ok_or(Code::NotFound)?.1?;
    wait(app, caller, &[job]).await
}

/// Saves the fields that were changed.
pub async fn save(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Path(id): Path<String>,
    Form(mut typed): Form<BTreeMap<String, String>>,
) -> PageResult {
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let version = typed.remove("version").and_then(|text| text.parse().ok());
    let changed = changed(&app, &caller, id, &typed).await?;
    if changed.fields.is_empty() {
        return Ok(see_other(&format!("/documents/{id}")));
    }
    match review::correct(app.store(), &caller.scope, id, version, changed).await {
        Ok(_) => Ok(see_other(&format!("/documents/{id}"))),
        Err(error) => refuse(&app, &caller, id, error.into(), Some(typed)).await,
    }
}

async fn changed(app: &App, caller: &Caller, id: DocumentId, typed: &BTreeMap<String, String>) -> Result<Review, Problem> {
    let before = review::effective_reading(app.store(), &caller.scope, id).await?;
    let mut changed = Review::default();
    for (name, value) in typed {
        let name: FieldName = name.parse().map_err(|_| Problem::field(Code::UnknownField, name, "There is no such field."))?;
        let value = value.trim();
        let was = before.as_ref().and_then(|reading| reading.fields.get(&name)).map_or("", |field| field.value.as_str());
        if value != was {
            changed.fields.insert(name, Some(value.to_owned()).filter(|value| !value.is_empty()));
        }
    }
    Ok(changed)
}

/// The page again, with what was typed and the sentence.
async fn refuse(
    app: &App,
    caller: &Caller,
    id: DocumentId,
    problem: Problem,
    typed: Option<BTreeMap<String, String>>,
) -> PageResult {
    if problem.code() == Code::NotFound {
        return Err(problem.into());
    }
    let refused = Refused { typed, error: problem.sentence(), status: problem.code().status() };
    render(app, caller, id, refused).await
}
