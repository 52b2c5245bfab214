//! Bringing files in the browser.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use askama::Template;
use axum::extract::{ConnectInfo, FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Choice, Frame, company_choices};
use super::lang::Lang;
use super::problem::{PageProblem, sentence};
use super::{PageResult, Visit, html, said, see_other};
use crate::http::{Bringer, Came, Code, Problem, Said, documents_of, keep_file, read_form};

/// How long the form waits for the documents before it shows the list.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Template)]
#[template(path = "upload.html")]
struct View {
    l: &'static Lang,
    frame: Frame,
    companies: Vec<Choice>,
    client: bool,
}

/// The form.
pub async fn show(visit: Visit) -> PageResult {
    visit.caller.allow(|role| role.may_send())?;
    render(&visit, "", None).await
}

async fn render(visit: &Visit, company: &str, problem: Option<Problem>) -> Result<Response, PageProblem> {
    let mut frame = Frame::of(visit, "/upload");
    frame.error = problem.as_ref().map(|problem| sentence(visit.l, problem)).unwrap_or_default();
    let status = problem.map_or(StatusCode::OK, |problem| problem.code().status());
    let page = View { l: visit.l, frame, companies: company_choices(visit, company), client: visit.is_client() };
    Ok(html(status, &page))
}

/// Keeps the files.
pub async fn upload(visit: Visit, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> PageResult {
    let (app, caller) = (&visit.app, &visit.caller);
    caller.allow(|role| role.may_send())?;
    let turn = app.uploads().take().await?;
    let came = request.extensions().get::<Came>().cloned();
    let form = match Multipart::from_request(request, app).await {
        Ok(form) => form,
        Err(_) => return render(&visit, "", Some(Code::BadRequest.into())).await,
    };
    let (said_of, files) = match turn.read(came.as_ref(), read_form(Said::default(), form)).await {
        Ok(read) => read,
        Err(problem) => return render(&visit, "", Some(problem)).await,
    };
    let only = match visit.companies.as_slice() {
        [only] => Some(only.id),
        _ => None,
    };
    let Some(company) = said_of.company().or(only) else {
        let problem = Problem::with(Code::Invalid, visit.l.t("upload.which"));
        return render(&visit, "", Some(problem)).await;
    };
    let chosen = company.to_string();
    let end = Instant::now() + PATIENCE;
    let (mut documents, mut submissions) = (Vec::new(), Vec::new());
    let count = files.len() as u64;
    for file in files {
        match keep_file(app, &Bringer::from(caller), company, &said_of, peer, file).await {
            Ok(kept) => submissions.push(kept.submission),
            Err(problem) => return render(&visit, &chosen, Some(problem)).await,
        }
    }
    for submission in &submissions {
        documents.extend(documents_of(app, caller, *submission, end).await?);
    }
    if visit.is_client() {
        return Ok(said("/papers", "sent", count));
    }
    match (documents.as_slice(), submissions.as_slice()) {
        ([only], _) => Ok(see_other(&format!("/documents/{only}"))),
        ([], [_]) => Ok(said("/mail", "sent", count)),
        (_, [only]) => Ok(see_other(&format!("/?submission={only}"))),
        _ => Ok(said("/", "sent", count)),
    }
}
