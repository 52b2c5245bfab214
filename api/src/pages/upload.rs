//! Bringing files in the browser.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use askama::Template;
use axum::extract::{ConnectInfo, FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Choice, Frame, Office, company_choices};
use super::{PageProblem, PageResult, Visitor, html, see_other};
use crate::http::{App, Caller, Code, Problem, Said, documents_of, read_form, store_file};

/// How long the form waits for the documents before it shows the list.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Template)]
#[template(path = "upload.html")]
struct View {
    frame: Frame,
    companies: Vec<Choice>,
}

/// The form.
pub async fn show(State(app): State<App>, Visitor(caller): Visitor) -> PageResult {
    if !caller.scope.role().may_send() {
        return Err(Code::Forbidden.into());
    }
    render(&app, &caller, "", None).await
}

async fn render(app: &App, caller: &Caller, company: &str, problem: Option<Problem>) -> Result<Response, PageProblem> {
    let office = Office::of(app, caller).await?;
    let mut frame = Frame::of(app, caller, &office, "/upload").await;
    frame.error = problem.as_ref().map(Problem::sentence).unwrap_or_default();
    let status = problem.map_or(StatusCode::OK, |problem| problem.code().status());
    Ok(html(status, &View { frame, companies: company_choices(&office, company) }))
}

/// Keeps the files.
pub async fn upload(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Visitor(caller): Visitor,
    request: Request,
) -> PageResult {
    let _turn = app.uploads().acquire().await.map_err(|_| Code::Unavailable)?;
    let form = match Multipart::from_request(request, &app).await {
        Ok(form) => form,
        Err(_) => return render(&app, &caller, "", Some(Problem::with(Code::BadRequest, "Choose files and try again."))).await,
    };
    let (said, files) = match read_form(Said::default(), form).await {
        Ok(read) => read,
        Err(problem) => return render(&app, &caller, "", Some(problem)).await,
    };
    let Some(company) = said.company() else {
        return render(&app, &caller, "", Some(Problem::field(Code::Invalid, "company", "Choose a company."))).await;
    };
    let chosen = company.to_string();
    let end = Instant::now() + PATIENCE;
    let mut documents = Vec::new();
    let mut submissions = Vec::new();
    for file in files {
        match store_file(&app, &caller, company, &said, peer, file).await {
            Ok(kept) => submissions.push(kept.submission),
            Err(problem) => return render(&app, &caller, &chosen, Some(problem)).await,
        }
    }
    for submission in &submissions {
        documents.extend(documents_of(&app, &caller, *submission, end).await?);
    }
    match (documents.as_slice(), submissions.as_slice()) {
        ([only], _) => Ok(see_other(&format!("/documents/{only}"))),
        ([], [_]) => Ok(see_other("/mail")),
        (_, [only]) => Ok(see_other(&format!("/?submission={only}"))),
        _ => Ok(see_other("/")),
    }
}
