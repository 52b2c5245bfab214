//! What an upload link opens: a page that takes files for one company and shows nothing of it. No account, no cookie.

use std::net::SocketAddr;

use askama::Template;
use axum::extract::{ConnectInfo, FromRequest, Multipart, Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::accept::Channel;
use store::upload_link::{self, Link, Opened};

use super::frame::Frame;
use super::lang::{self, Lang};
use super::problem::{PageProblem, sentence, wished};
use super::{PageResult, html, said};
use crate::http::{App, Bringer, Came, Code, NewFile, Problem, Said, keep_file, read_form};

#[derive(Template)]
#[template(path = "send.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    secret: String,
    company: String,
    office: String,
    name: String,
    until: String,
    left: String,
    preset: String,
    open: bool,
}

/// Shows it. A link that is over says so.
pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Path(secret): Path<String>,
    RawQuery(query): RawQuery,
) -> PageResult {
    let sent = query.as_deref().and_then(|query| query.strip_prefix("said=sent.")?.parse().ok());
    let (opened, l) = open(&app, &headers, &secret).await?;
    let notice = sent.map(|count: u64| l.n("said.sent", count)).unwrap_or_default();
    Ok(render(&opened, l, secret, (notice, String::new()), StatusCode::OK))
}

/// Keeps the files.
pub async fn send(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(secret): Path<String>,
    request: Request,
) -> PageResult {
    let (opened, l) = open(&app, &headers, &secret).await?;
    let failed = |opened: &Opened, secret: String, problem: &Problem| {
        render(opened, l, secret, (String::new(), sentence(l, problem)), problem.code().status())
    };
    let turn = app.uploads().take().await?;
    let came = request.extensions().get::<Came>().cloned();
    let form = match Multipart::from_request(request, &app).await {
        Ok(form) => form,
        Err(_) => return Ok(failed(&opened, secret, &Code::BadRequest.into())),
    };
    let files = match turn.read(came.as_ref(), read_form(Said::default(), form)).await {
        Ok((_, files)) => files,
        Err(problem) => return Ok(failed(&opened, secret, &problem)),
    };
    let count = files.len() as u64;
    for file in files {
        if let Err(problem) = keep(&app, &opened, l, peer, file).await {
            let (opened, _) = open(&app, &headers, &secret).await?;
            return Ok(failed(&opened, secret, &problem));
        }
    }
    Ok(said(&format!("/send/{secret}"), "sent", count))
}

/// Keeps one file within the link's limits.
async fn keep(app: &App, opened: &Opened, l: &'static Lang, peer: SocketAddr, file: NewFile) -> Result<(), Problem> {
    let (store, link, size) = (app.store(), &opened.link, file.bytes.len() as u64);
    if !upload_link::take(store, opened, size, Timestamp::now()).await? {
        return Err(Problem::with(Code::TooLarge, l.t("send.full")));
    }
    let said = Said::preset(link.period.clone(), link.direction, link.document_type);
    let bringer = Bringer { scope: &opened.scope, user: None, channel: Channel::Link, together: false };
    match keep_file(app, &bringer, link.company, &said, peer, file).await {
        Ok(_) => Ok(()),
        Err(problem) => {
            upload_link::give_back(store, opened, size).await?;
            Err(problem)
        }
    }
}

/// The link, in the language of whoever opened it, else the office's.
async fn open(app: &App, headers: &HeaderMap, secret: &str) -> Result<(Opened, &'static Lang), PageProblem> {
    let opened = upload_link::open(app.store(), secret).await?;
    let l = wished(headers).or_else(|| lang::of(&opened.as_ref()?.language)).unwrap_or_else(lang::english);
    let opened = opened.ok_or_else(|| Problem::with(Code::NotFound, l.t("send.over")))?;
    Ok((opened, l))
}

fn render(opened: &Opened, l: &'static Lang, secret: String, told: (String, String), status: StatusCode) -> Response {
    let Opened { link, company_name, office_name, .. } = opened;
    let zone = TimeZone::get(&opened.time_zone).unwrap_or(TimeZone::UTC);
    let mut frame = Frame::bare();
    (frame.notice, frame.error) = told;
    let page = Page {
        company: company_name.clone(),
        office: office_name.clone(),
        name: link.name.clone(),
        until: l.moment(link.expires_at, &zone),
        left: l.fill("send.left", &[("n", &l.whole(link.files_left())), ("size", &l.size(link.bytes_left()))]),
        preset: preset(l, link),
        open: link.is_open(Timestamp::now()),
        secret,
        frame,
        l,
    };
    let mut response = html(status, &page);
    // The address is a secret: it goes to no search engine and to no other site.
    for (name, value) in [("x-robots-tag", "noindex"), ("referrer-policy", "no-referrer")] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn preset(l: &Lang, link: &Link) -> String {
    let period = link.period.as_deref().map(|period| l.month(period));
    let kind = link.document_type.map(|kind| l.word("type", super::name_of(&kind)));
    [period, kind].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
