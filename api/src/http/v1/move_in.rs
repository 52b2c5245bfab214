//! Bringing companies as a table.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::CompanyId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Params;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};
use crate::moving::{self, Charset, Outcome, Plan, Row};
use crate::pages::lang;

/// `POST /v1/companies/import`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import))
}

/// How the table is to be taken.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct How {
    /// Say what each line would do; add nothing.
    dry_run: bool,
    /// How the characters are written (utf-8, windows-1250, …); found out if left out.
    charset: Option<String>,
}

/// What becomes of a table of companies.
#[derive(Serialize, ToSchema)]
struct Imported {
    /// Nothing was added.
    dry_run: bool,
    /// How the characters were read.
    charset: &'static str,
    /// Headings that mean nothing here.
    unknown_columns: Vec<String>,
    /// Companies added, or that would be.
    new: usize,
    /// Companies that were there before.
    known: usize,
    /// Lines to be corrected.
    wrong: usize,
    /// Each line below the heading.
    rows: Vec<ImportedRow>,
}

/// What becomes of one line.
#[derive(Serialize, ToSchema)]
struct ImportedRow {
    /// Its line in the file, from 1.
    line: u64,
    /// The company's name.
    name: String,
    /// What becomes of it.
    outcome: Outcome,
    /// The company, where it is there.
    company: Option<CompanyId>,
    /// Its address.
    address: Option<String>,
    /// What is wrong with it.
    findings: Vec<RowFinding>,
}

/// What is wrong with a line, and what to do.
#[derive(Serialize, ToSchema)]
struct RowFinding {
    /// Stable name.
    code: &'static str,
    /// The column.
    column: &'static str,
    /// A sentence for a person.
    message: String,
}

/// Bring companies as a table (CSV; separators and characters are found out). The first line names the columns: name, country,
/// tax_id, address, pin, users, bookkeeper, senders, bank_accounts, language, contact, or their names in our languages. A company that
/// is there already is left as it is, so that a corrected table can be brought again.
#[utoipa::path(post, path = "/v1/companies/import", tag = "companies", params(How),
    request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, description = "What became of each line", body = Imported),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn import(State(app): State<App>, caller: Caller, Params(how): Params<How>, body: Bytes) -> Answer<Json<Imported>> {
    let charset = match how.charset.as_deref() {
        Some(name) => Some(Charset::named(name).ok_or_else(|| Problem::field(Code::Invalid, "charset", "It is not known."))?),
        None => None,
    };
    let (store, scope) = (app.store(), &caller.scope);
    let mut plan = moving::make(store, scope, &app.config().smtp.hostname, &body, charset).await?;
    if !how.dry_run {
        moving::carry_out(store, scope, &mut plan).await?;
    }
    Ok(Json(Imported::of(plan, how.dry_run)))
}

impl Imported {
    fn of(plan: Plan, dry_run: bool) -> Imported {
        Imported {
            dry_run,
            charset: plan.charset.name(),
            new: plan.count(Outcome::New),
            known: plan.count(Outcome::Known),
            wrong: plan.count(Outcome::Wrong),
            unknown_columns: plan.unknown,
            rows: plan.rows.into_iter().map(ImportedRow::of).collect(),
        }
    }
}

impl ImportedRow {
    fn of(row: Row) -> ImportedRow {
        let said = |finding: &moving::Finding| RowFinding {
            code: finding.code,
            column: finding.column,
            message: finding.sentence(lang::english()),
        };
        ImportedRow {
            line: row.line,
            findings: row.findings.iter().map(said).collect(),
            name: row.name,
            outcome: row.outcome,
            company: row.company,
            address: Some(row.address).filter(|address| !address.is_empty()),
        }
    }
}
