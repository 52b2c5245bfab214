//! What is done with a document: read, decide, say something, take it to one's desk.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::document::{self, Action};
use store::queue::JobKind;
use store::{DocumentId, comment as talk, desk as desks};

use super::show::{Refused, around, render};
use crate::http::{Code, Problem, wait_for_job};
use crate::pages::problem::sentence;
use crate::pages::{PageResult, Visit, client, escaped, said, see_other};

/// How long a form waits for a reading before it shows the page: most papers are read by then.
const PATIENCE: Duration = Duration::from_secs(4);

/// What a decision says beside itself.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Decision {
    version: Option<u64>,
    list: String,
    reason: String,
    /// Stay on this document afterwards.
    stay: String,
}

/// Reads, or decides.
pub async fn act(visit: Visit, Path((id, verb)): Path<(String, String)>, Form(said): Form<Decision>) -> PageResult {
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let decide = |action| document::decide(store, scope, id, said.version, action);
    let done = match verb.as_str() {
        "read" => read(&visit, id).await,
        "approve" => return approve(visit, id, said).await,
        "file" => decide(Action::File).await.map(drop).map_err(Problem::from),
        "reject" => decide(Action::Reject).await.map(drop).map_err(Problem::from),
        "apart" => document::keep_apart(store, scope, id, said.version).await.map(drop).map_err(Problem::from),
        "reopen" => decide(Action::Reopen).await.map(drop).map_err(Problem::from),
        "trash" | "restore" => {
            document::trash(store, scope, id, said.version, verb == "trash").await.map(drop).map_err(Problem::from)
        }
        _ => return Err(Code::NotFound.into()),
    };
    match (done, verb.as_str()) {
        (Err(problem), _) => refuse(visit, id, &said, &problem).await,
        (Ok(()), "apart") => Ok(self::said(&address(id, &said.list), "apart", 1)),
        (Ok(()), "file" | "reject" | "trash") => onwards(&visit, id, &said, &verb).await,
        (Ok(()), _) => Ok(see_other(&address(id, &said.list))),
    }
}

fn address(id: DocumentId, list: &str) -> String {
    if list.is_empty() { format!("/documents/{id}") } else { format!("/documents/{id}?list={}", escaped(list)) }
}

async fn read(visit: &Visit, id: DocumentId) -> Result<(), Problem> {
    let mut answers = document::request_reading(visit.app.store(), &visit.caller.scope, &[id], JobKind::Read).await?;
    let job = answers.pop().ok_or(Code::NotFound)?.1?;
    wait_for_job(&visit.app, &visit.caller, job, Instant::now() + PATIENCE).await.map(drop)
}

/// Approves; what has an alarm only with a reason, which is kept.
async fn approve(visit: Visit, id: DocumentId, said: Decision) -> PageResult {
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let problem = match document::approve(store, scope, id, said.version, Some(&said.reason)).await {
        Ok(_) => return onwards(&visit, id, &said, "approve").await,
        Err(store::Error::Alarmed(_)) => Problem::with(Code::Alarmed, visit.l.t("review.reason_needed")),
        Err(error) => error.into(),
    };
    refuse(visit, id, &said, &problem).await
}

/// To the next of the list; from the last one back to the list, calmly.
async fn onwards(visit: &Visit, id: DocumentId, decision: &Decision, verb: &str) -> PageResult {
    let document = document::get(visit.app.store(), &visit.caller.scope, id).await?;
    let _ = desks::leave(visit.app.store(), &visit.caller.scope, id).await;
    if !decision.stay.is_empty() {
        return Ok(see_other(&address(id, &decision.list)));
    }
    let (back, _, next) = around(visit, &document, &decision.list).await?;
    match (next.is_empty(), verb) {
        (true, "approve") => Ok(said(&back, "last", 1)),
        (true, _) => Ok(said(&back, verb, 1)),
        // The next paper says it well enough that this one was approved; what took it off the desk otherwise is said.
        (false, "approve") => Ok(see_other(&next)),
        (false, _) => Ok(said(&next, verb, 1)),
    }
}

/// The page again, with the sentence.
async fn refuse(visit: Visit, id: DocumentId, said: &Decision, problem: &Problem) -> PageResult {
    if problem.code() == Code::NotFound {
        return Err(Code::NotFound.into());
    }
    let (error, status) = (sentence(visit.l, problem), problem.code().status());
    let refused = Refused { error, status, reason: said.reason.clone(), typed: None };
    render(visit, id, &said.list, refused).await
}

/// Something said.
#[derive(Deserialize)]
pub struct Words {
    content: String,
    #[serde(default)]
    question: String,
    #[serde(default)]
    list: String,
}

/// Says something about a document.
pub async fn comment(visit: Visit, Path(id): Path<String>, Form(words): Form<Words>) -> PageResult {
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let asks = !words.question.is_empty();
    let answer = talk::add(visit.app.store(), &visit.caller.scope, id, &visit.name(), &words.content, asks).await;
    match answer {
        Ok(_) => Ok(see_other(&format!("{}#talk", address(id, &words.list)))),
        Err(store::Error::NotFound) => Err(Code::NotFound.into()),
        Err(error) => {
            let problem = Problem::from(error);
            let (status, error) = (problem.code().status(), sentence(visit.l, &problem));
            match visit.is_client() {
                true => client::paper(visit, id, status, error).await,
                false => render(visit, id, &words.list, Refused { error, status, ..Refused::default() }).await,
            }
        }
    }
}

/// Take it even if somebody else has it.
#[derive(Deserialize)]
pub struct Take {
    #[serde(default)]
    take: bool,
}

/// Who has it.
#[derive(Serialize)]
struct Desk {
    /// A sentence, if it is somebody else.
    says: Option<String>,
}

/// Takes a document to one's desk, and says who else has it. Called by the review again and again while it is open.
pub async fn desk(
    State(_): State<crate::http::App>,
    visit: Visit,
    Path(id): Path<String>,
    Json(take): Json<Take>,
) -> Result<Response, crate::pages::problem::PageProblem> {
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let now = Timestamp::now();
    let other = desks::sit(visit.app.store(), &visit.caller.scope, id, &visit.name(), now, take.take).await?;
    let l = visit.l;
    let says = other.map(|other| l.fill("review.desk", &[("name", &other.name), ("ago", &l.ago(other.since, now))]));
    Ok((StatusCode::OK, Json(Desk { says })).into_response())
}
