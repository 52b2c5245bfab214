//! Questions that wait for an answer, and the talks of late: the same page for office and client.

use std::collections::BTreeSet;

use askama::Template;
use axum::http::StatusCode;
use store::comment::{self, Comment};

use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::{PageResult, Visit, html};

#[derive(Template)]
#[template(path = "questions.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    client: bool,
    open: Vec<Row>,
    recent: Vec<Row>,
}

struct Row {
    document: String,
    company: String,
    by: String,
    at: String,
    content: String,
}

/// Shows them.
pub async fn show(visit: Visit) -> PageResult {
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let open = comment::open(store, scope, None).await?;
    let mut seen: BTreeSet<_> = open.iter().map(|one| one.document).collect();
    let recent: Vec<Comment> =
        comment::recent(store, scope).await?.into_iter().filter(|one| seen.insert(one.document)).take(30).collect();
    let row = |one: Comment| Row {
        document: one.document.to_string(),
        company: visit.company(one.company),
        by: visit.author(one.author),
        at: visit.moment(one.created_at),
        content: one.content,
    };
    let page = Page {
        l: visit.l,
        frame: Frame::of(&visit, "/questions"),
        client: visit.is_client(),
        open: open.into_iter().map(row).collect(),
        recent: recent.into_iter().map(row).collect(),
    };
    Ok(html(StatusCode::OK, &page))
}
