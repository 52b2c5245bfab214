//! How documents are booked: many at once, what is suggested, the office's lists and rules.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::booking::{self, Applied, Booking, Choice, NewChoice, NewRule, Rule, Suggestion};
use store::document::Document;
use store::{ChoiceId, DocumentId, RuleId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

/// Documents of one request.
const MOST: usize = 1_000;

/// Booking, lists and rules.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(set))
        .routes(routes!(suggestions))
        .routes(routes!(choices, add_choice))
        .routes(routes!(remove_choice))
        .routes(routes!(rules, add_rule))
        .routes(routes!(remove_rule))
        .routes(routes!(apply_rule))
}

/// What is said of many documents.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetBooking {
    /// The documents.
    ids: Vec<DocumentId>,
    /// Parts of the booking: a value sets, null takes away, what is not named stays (RFC 7396).
    #[serde(default)]
    #[schema(value_type = Booking)]
    booking: Map<String, Value>,
    /// Fill what nobody has said with what is suggested for each document.
    #[serde(default)]
    suggested: bool,
}

/// What became of each document.
#[derive(Serialize, ToSchema)]
struct Answers {
    documents: Vec<One>,
}

/// What became of one.
#[derive(Serialize, ToSchema)]
struct One {
    document: DocumentId,
    /// Its booking as it is now; null where it could not be set.
    booking: Option<Booking>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Say how many documents are booked; each by itself.
#[utoipa::path(post, path = "/v1/documents/booking", tag = "booking", request_body = SetBooking, responses(
    (status = 200, description = "What became of each", body = Answers),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn set(State(app): State<App>, caller: Caller, Body(wanted): Body<SetBooking>) -> Answer<Json<Answers>> {
    if wanted.ids.len() > MOST {
        return Err(Problem::field(Code::BadRequest, "ids", format!("At most {MOST} documents at a time.")));
    }
    let mut answers = booking::set(app.store(), &caller.scope, &wanted.ids, &wanted.booking).await?;
    if wanted.suggested {
        for (id, answer) in answers.iter_mut().filter(|(_, answer)| answer.is_ok()) {
            *answer = fill(&app, &caller, *id).await;
        }
    }
    let one = |(document, answer): (DocumentId, store::Result<Document>)| match answer {
        Ok(set) => One { document, booking: Some(set.booking), message: None },
        Err(error) => One { document, booking: None, message: Some(Problem::from(error).sentence()) },
    };
    Ok(Json(Answers { documents: answers.into_iter().map(one).collect() }))
}

/// Fills what nobody has said with what is suggested.
pub async fn fill(app: &App, caller: &Caller, id: DocumentId) -> store::Result<Document> {
    let found = booking::suggest(app.store(), &caller.scope, id).await?;
    let patch: Map<String, Value> = found.into_iter().map(|one| (one.part, one.value)).collect();
    let mut answers = booking::set(app.store(), &caller.scope, &[id], &patch).await?;
    answers.pop().map_or(Err(store::Error::NotFound), |(_, answer)| answer)
}

/// What is suggested.
#[derive(Serialize, ToSchema)]
struct Suggestions {
    suggestions: Vec<Suggestion>,
}

/// What may be right for the parts of the booking that nobody has said, with where it comes from.
#[utoipa::path(get, path = "/v1/documents/{document}/booking-suggestions", tag = "booking",
    params(("document" = DocumentId, Path)), responses(
    (status = 200, description = "One suggestion a part", body = Suggestions),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn suggestions(State(app): State<App>, caller: Caller, Id(id): Id<DocumentId>) -> Answer<Json<Suggestions>> {
    Ok(Json(Suggestions { suggestions: booking::suggest(app.store(), &caller.scope, id).await? }))
}

/// The lists.
#[derive(Serialize, ToSchema)]
struct Choices {
    choices: Vec<Choice>,
}

/// The id of something new.
#[derive(Serialize, ToSchema)]
struct Made<T> {
    id: T,
}

/// The office's lists for booking, and the companies' own words over them.
#[utoipa::path(get, path = "/v1/choices", tag = "booking", responses(
    (status = 200, description = "Every entry", body = Choices),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn choices(State(app): State<App>, caller: Caller) -> Answer<Json<Choices>> {
    Ok(Json(Choices { choices: booking::choices(app.store(), &caller.scope).await? }))
}

/// Add an entry to a list, or say the one of this list, company and code anew.
#[utoipa::path(post, path = "/v1/choices", tag = "booking", request_body = NewChoice, responses(
    (status = 201, description = "Its id", body = Made<ChoiceId>),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn add_choice(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewChoice>,
) -> Answer<(StatusCode, Json<Made<ChoiceId>>)> {
    let id = booking::add_choice(app.store(), &caller.scope, new).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Take an entry away.
#[utoipa::path(delete, path = "/v1/choices/{choice}", tag = "booking", params(("choice" = ChoiceId, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn remove_choice(State(app): State<App>, caller: Caller, Id(id): Id<ChoiceId>) -> Answer<StatusCode> {
    booking::remove_choice(app.store(), &caller.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The rules.
#[derive(Serialize, ToSchema)]
struct Rules {
    rules: Vec<Rule>,
}

/// Rules of booking, in their order.
#[utoipa::path(get, path = "/v1/booking-rules", tag = "booking", responses(
    (status = 200, description = "Every rule", body = Rules),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn rules(State(app): State<App>, caller: Caller) -> Answer<Json<Rules>> {
    Ok(Json(Rules { rules: booking::rules(app.store(), &caller.scope).await? }))
}

/// Add a rule behind the others.
#[utoipa::path(post, path = "/v1/booking-rules", tag = "booking", request_body = NewRule, responses(
    (status = 201, description = "Its id", body = Made<RuleId>),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn add_rule(State(app): State<App>, caller: Caller, Body(new): Body<NewRule>) -> Answer<(StatusCode, Json<Made<RuleId>>)> {
    let id = booking::add_rule(app.store(), &caller.scope, new).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Take a rule away.
#[utoipa::path(delete, path = "/v1/booking-rules/{rule}", tag = "booking", params(("rule" = RuleId, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn remove_rule(State(app): State<App>, caller: Caller, Id(id): Id<RuleId>) -> Answer<StatusCode> {
    booking::remove_rule(app.store(), &caller.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Carry out a rule on the papers that are here and not exported: what nobody has said is set.
#[utoipa::path(post, path = "/v1/booking-rules/{rule}/apply", tag = "booking", params(("rule" = RuleId, Path)), responses(
    (status = 200, description = "How many papers it speaks of, and in how many something was set", body = Applied),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn apply_rule(State(app): State<App>, caller: Caller, Id(id): Id<RuleId>) -> Answer<Json<Applied>> {
    Ok(Json(booking::apply_rule(app.store(), &caller.scope, id).await?))
}
