//! Companies from which nothing has come yet: whom to call, and what to hand them.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use jiff::Timestamp;
use store::invitation::{self, InvitationState};
use store::{CompanyId, address, company};

use crate::http::Code;
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::{PageResult, Visit, html};

use super::sheet::AT_ONCE;

#[derive(Template)]
#[template(path = "silent.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    may_work: bool,
    /// Where each print begins, with its numbers where there are several.
    prints: Vec<(usize, String)>,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    address: String,
    since: String,
    contact: String,
    invited: String,
}

/// Shows them.
pub async fn show(visit: Visit) -> PageResult {
    if visit.is_client() {
        return Err(Code::Forbidden.into());
    }
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    let silent = company::silent(store, scope).await?;
    let addresses = address::main_ones(store, scope).await?;
    let invited = invited(&visit).await?;
    let many = silent.len();
    let numbers = |from: usize| format!("{}–{}", from + 1, many.min(from + AT_ONCE));
    let named = |from: usize| (from, if many > AT_ONCE { numbers(from) } else { String::new() });
    let page = Page {
        l,
        prints: (0..many).step_by(AT_ONCE).map(named).collect(),
        frame: Frame::of(&visit, "/companies"),
        may_work: visit.may_work(),
        rows: silent
            .into_iter()
            .map(|one| Row {
                id: one.id.to_string(),
                address: addresses.get(&one.id).cloned().unwrap_or_default(),
                since: l.day_of(one.created_at, &visit.zone),
                invited: invited.get(&one.id).map(|state| l.word("invitation", state.as_str())).unwrap_or_default(),
                contact: one.facts.contact.unwrap_or_default(),
                name: one.facts.name,
            })
            .collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// How far the furthest invitation of each company is, for those who may see it.
async fn invited(visit: &Visit) -> Result<BTreeMap<CompanyId, InvitationState>, store::Error> {
    if !visit.caller.scope.role().may_manage() {
        return Ok(BTreeMap::new());
    }
    let now = Timestamp::now();
    let all = invitation::list(visit.app.store(), &visit.caller.scope).await?;
    let mut furthest = BTreeMap::new();
    for (company, state) in all.iter().filter_map(|one| Some((one.company?, one.state(now)))) {
        let known = furthest.entry(company).or_insert(state);
        *known = (*known).max(state);
    }
    Ok(furthest)
}
