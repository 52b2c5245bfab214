//! What months lack, and asking for it.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use store::CompanyId;
use store::chase::{self, Line, Next, Plan};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Params};
use crate::http::problem::{Answer, Code, ProblemBody};

/// `/v1/missing`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(board))
        .routes(routes!(ask))
        .routes(routes!(stop))
        .routes(routes!(resume))
        .routes(routes!(plan, set_plan))
}

/// Which month.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Month {
    /// `YYYY-MM`; the one before the present if left out.
    period: Option<String>,
}

/// What a month lacks.
#[derive(Serialize, ToSchema)]
struct MissingPapers {
    period: String,
    /// Companies that lack something, or were asked; what would be done about each today, and why.
    companies: Vec<Line>,
}

async fn today(app: &App, caller: &Caller) -> Answer<jiff::civil::Date> {
    let office = store::office::get(app.store(), &caller.scope).await?.facts;
    Ok(Timestamp::now().to_zoned(TimeZone::get(&office.time_zone).unwrap_or(TimeZone::UTC)).date())
}

async fn lines(app: &App, caller: &Caller, period: Option<String>) -> Answer<(String, Vec<Line>)> {
    let today = today(app, caller).await?;
    let period = period.or_else(|| crate::chase::month_before(today)).unwrap_or_default();
    let lines = chase::board(app.store(), &caller.scope, &period, today).await?;
    Ok((period, lines))
}

/// What the companies' months lack: nothing came at all, or a seller's paper that is due by its rhythm. Nothing is sent.
#[utoipa::path(get, path = "/v1/missing", tag = "missing papers", params(Month), responses(
    (status = 200, description = "What is missing, company by company", body = MissingPapers),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn board(State(app): State<App>, caller: Caller, Params(month): Params<Month>) -> Answer<Json<MissingPapers>> {
    let (period, companies) = lines(&app, &caller, month.period).await?;
    Ok(Json(MissingPapers { period, companies }))
}

/// Whom to ask.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ToAsk {
    /// `YYYY-MM`.
    period: String,
    /// These companies, whatever the plan says; all for whom a mail is due if left out.
    companies: Option<Vec<CompanyId>>,
}

/// How many mails are on their way.
#[derive(Serialize, ToSchema)]
struct Asked {
    asked: u64,
}

/// Ask companies for what is missing: one mail each, in their language.
#[utoipa::path(post, path = "/v1/missing/ask", tag = "missing papers", request_body = ToAsk, responses(
    (status = 200, description = "They are on their way", body = Asked),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn ask(State(app): State<App>, caller: Caller, Body(wanted): Body<ToAsk>) -> Answer<Json<Asked>> {
    caller.allow(|role| role.may_work())?;
    super::needs_relay(&app)?;
    let (period, lines) = lines(&app, &caller, Some(wanted.period)).await?;
    let meant = |line: &&Line| match &wanted.companies {
        Some(companies) => companies.contains(&line.company),
        None => line.next == Next::Now,
    };
    let chosen: Vec<&Line> = lines.iter().filter(meant).collect();
    Ok(Json(Asked { asked: crate::chase::ask(app.store(), &caller.scope, &period, &chosen).await? }))
}

type OfMonth = Path<(String, String)>;

async fn set(app: &App, caller: &Caller, Path((company, period)): OfMonth, stopped: bool) -> Answer<()> {
    let company: CompanyId = company.parse().map_err(|_| Code::NotFound)?;
    caller.allow(|role| role.may_work())?;
    store::company::get(app.store(), &caller.scope, company).await?;
    Ok(chase::stop(app.store(), &caller.scope, company, &period, stopped).await?)
}

/// Stop asking a company for a month.
#[utoipa::path(post, path = "/v1/missing/{company}/{period}/stop", tag = "missing papers",
    params(("company" = CompanyId, Path), ("period" = String, Path)), responses(
    (status = 204, description = "Nobody asks any more"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn stop(State(app): State<App>, caller: Caller, path: OfMonth) -> Answer<axum::http::StatusCode> {
    set(&app, &caller, path, true).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Go on asking.
#[utoipa::path(post, path = "/v1/missing/{company}/{period}/resume", tag = "missing papers",
    params(("company" = CompanyId, Path), ("period" = String, Path)), responses(
    (status = 204, description = "It goes on"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn resume(State(app): State<App>, caller: Caller, path: OfMonth) -> Answer<axum::http::StatusCode> {
    set(&app, &caller, path, false).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// When the office asks, and in which words.
#[utoipa::path(get, path = "/v1/missing/plan", tag = "missing papers", responses(
    (status = 200, description = "The plan", body = Plan),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn plan(State(app): State<App>, caller: Caller) -> Answer<Json<Plan>> {
    Ok(Json(chase::plan::get(app.store(), &caller.scope).await?))
}

/// Set when the office asks, and in which words.
#[utoipa::path(put, path = "/v1/missing/plan", tag = "missing papers", request_body = Plan, responses(
    (status = 200, description = "The plan as it is now", body = Plan),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn set_plan(State(app): State<App>, caller: Caller, Body(plan): Body<Plan>) -> Answer<Json<Plan>> {
    chase::plan::set(app.store(), &caller.scope, plan).await?;
    Ok(Json(chase::plan::get(app.store(), &caller.scope).await?))
}
