//! People of the office, or of a company: who they are, inviting and removing them.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;
use store::user::{self, NewMember};
use store::{CompanyId, Role, invitation};

use crate::http::{Code, Problem, own_address};
use crate::mail_out;
use crate::pages::frame::{Choice, Frame, choices, company_choices};
use crate::pages::lang::{self, Lang};
use crate::pages::problem::{PageProblem, sentence};
use crate::pages::{PageResult, Visit, html, said, see_other};

#[derive(Template)]
#[template(path = "people.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    members: Vec<Row>,
    waiting: Vec<Waiting>,
    roles: Vec<Choice>,
    companies: Vec<Choice>,
    /// The link of an invitation that could not be mailed.
    link: String,
    link_for: String,
}

struct Row {
    id: String,
    name: String,
    email: String,
    role: String,
    company: String,
    disabled: bool,
    me: bool,
    /// Sees only what they sent themselves.
    limited: bool,
    /// That can be chosen.
    may_limit: bool,
}

struct Waiting {
    id: String,
    name: String,
    email: String,
    role: String,
    company: String,
    until: String,
    over: bool,
}

/// Shows them.
pub async fn show(visit: Visit) -> PageResult {
    render(visit, String::new(), StatusCode::OK, (String::new(), String::new())).await
}

async fn render(visit: Visit, error: String, status: StatusCode, link: (String, String)) -> PageResult {
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    let (members, waiting) = (user::list(store, scope).await?, invitation::list(store, scope).await?);
    let now = Timestamp::now();
    let company = |id: Option<CompanyId>| id.map(|id| visit.company(id)).unwrap_or_default();
    let mut frame = Frame::of(&visit, "/people");
    frame.error = error;
    let roles: &[&str] = match scope.role() {
        Role::Owner => &["bookkeeper", "admin", "owner", "read_only", "company_admin", "company_member"],
        Role::Admin => &["bookkeeper", "admin", "read_only", "company_admin", "company_member"],
        _ => &["company_member", "company_admin"],
    };
    let page = Page {
        members: members
            .into_iter()
            .map(|one| Row {
                id: one.id.to_string(),
                me: Some(one.user) == visit.caller.user(),
                role: l.word("role", one.role.as_str()),
                company: company(one.company),
                limited: one.own_only,
                may_limit: one.role == Role::CompanyMember,
                disabled: one.disabled_at.is_some(),
                name: one.name,
                email: one.email,
            })
            .collect(),
        waiting: waiting
            .into_iter()
            .map(|one| Waiting {
                id: one.id.to_string(),
                role: l.word("role", one.role.as_str()),
                company: company(one.company),
                until: visit.moment(one.expires_at),
                over: one.expires_at < now,
                name: one.name,
                email: one.email,
            })
            .collect(),
        roles: choices(l, "role", roles, ""),
        companies: company_choices(&visit, ""),
        link: link.0,
        link_for: link.1,
        frame,
        l,
    };
    Ok(html(status, &page))
}

/// Someone to be invited.
#[derive(Deserialize)]
pub struct New {
    email: String,
    #[serde(default)]
    name: String,
    role: Role,
    #[serde(default)]
    company: String,
    #[serde(default)]
    own_only: Option<String>,
}

/// Sends the link that leads in; where no mail can be sent, it is shown to whoever invites.
pub async fn invite(visit: Visit, headers: HeaderMap, Form(new): Form<New>) -> PageResult {
    let company: Option<CompanyId> = new.company.parse().ok();
    let company = company.filter(|_| !matches!(new.role, Role::Owner | Role::Admin));
    let own_only = new.own_only.is_some() && new.role == Role::CompanyMember;
    let member = NewMember { email: new.email, name: new.name, password_hash: None, company, role: new.role, own_only };
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let secret = match invitation::create(store, scope, &member, Timestamp::now()).await {
        Ok((_, secret)) => secret,
        Err(error) => return refuse(visit, error.into()).await,
    };
    let config = visit.app.config();
    let link = format!("{}/invitation/{secret}", own_address(&config.http.public_url, &headers));
    let speaks = store::office::get(store, scope).await.ok().and_then(|office| lang::of(&office.facts.language));
    let l = speaks.unwrap_or(visit.l);
    let text = l.fill("invite.mail", &[("office", &visit.office), ("who", &visit.name()), ("link", &link)]);
    let subject = l.with("invite.subject", &visit.office);
    match mail_out::send(config, &member.email, &subject, text).await {
        Ok(true) => Ok(said("/people", "invited", 1)),
        Ok(false) => render(visit, String::new(), StatusCode::OK, (link, member.email)).await,
        Err(error) => {
            tracing::warn!(%error, "an invitation could not be mailed");
            let error = visit.l.t("people.not_sent").to_owned();
            render(visit, error, StatusCode::OK, (link, member.email)).await
        }
    }
}

async fn refuse(visit: Visit, problem: Problem) -> PageResult {
    match problem.code() {
        Code::NotFound | Code::Forbidden => Err(PageProblem::Shown(problem)),
        code => {
            let error = sentence(visit.l, &problem);
            render(visit, error, code.status(), (String::new(), String::new())).await
        }
    }
}

/// What a member sees.
#[derive(Deserialize)]
pub struct Limit {
    own_only: bool,
}

/// Limits a member to what they sent themselves, or lets them see all of their company's papers.
pub async fn limit(visit: Visit, Path(id): Path<String>, Form(limit): Form<Limit>) -> PageResult {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let result = user::limit(visit.app.store(), &visit.caller.scope, id, limit.own_only).await;
    visit.app.callers().forget();
    match result {
        Ok(()) => Ok(said("/people", "kept", 1)),
        Err(error) => refuse(visit, error.into()).await,
    }
}

/// Takes a place away.
pub async fn remove(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let result = user::remove(visit.app.store(), &visit.caller.scope, id).await;
    visit.app.callers().forget();
    match result {
        Ok(()) => Ok(see_other("/people")),
        Err(error) => refuse(visit, error.into()).await,
    }
}

/// Takes an invitation back.
pub async fn take_back(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    invitation::remove(visit.app.store(), &visit.caller.scope, id).await?;
    Ok(see_other("/people"))
}
