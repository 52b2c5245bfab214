//! Who looks at a page, and what most pages need to know about them and their office.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri, header};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::company::{self, Company};
use store::document::{self, Count};
use store::setting::{self, Setting};
use store::user::Identity;
use store::view::{self, View};
use store::{CompanyId, UserId, comment, session, user};

use super::lang::{self, Lang};
use super::ours;
use super::problem::{PageProblem, wished};
use crate::http::{App, Caller, Code, own_address};

/// A caller of a page; without a session they are sent to sign in. For what is posted, where no page is drawn.
pub struct Visitor(pub Caller);

impl FromRequestParts<App> for Visitor {
    type Rejection = PageProblem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageProblem> {
        match Caller::from_request_parts(parts, app).await {
            Ok(caller) if caller.scope.role().may_see() => Ok(Visitor(caller)),
            Ok(_) => Err(PageProblem::Shown(Code::Forbidden.into())),
            Err(problem) if problem.code() == Code::Unauthorized => {
                let wanted = parts.uri.path_and_query().map_or("/", |path| path.as_str());
                Err(PageProblem::SignIn(if parts.method == Method::GET { wanted.to_owned() } else { before(&parts.headers) }))
            }
            Err(problem) => Err(PageProblem::Shown(problem)),
        }
    }
}

/// The page that a form was posted from, where the browser says so: whoever was signed out meanwhile comes back to what they typed
/// there. A page of somebody else's gives the path alone, which is one of ours or none.
fn before(headers: &HeaderMap) -> String {
    let page = headers.get(header::REFERER).and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
    page.and_then(|page| Some(ours(page.path_and_query()?.as_str()).to_owned())).unwrap_or_else(|| "/".to_owned())
}

/// A visit: the caller with all that pages show of them and of the office.
pub struct Visit {
    /// The service.
    pub app: App,
    /// Who.
    pub caller: Caller,
    /// The person, where it is one.
    pub person: Option<Identity>,
    /// What they chose.
    pub setting: Setting,
    /// Their language.
    pub l: &'static Lang,
    /// The office's name.
    pub office: String,
    /// The office's zone.
    pub zone: TimeZone,
    /// Companies of the caller.
    pub companies: Vec<Company>,
    /// Documents by state, and held mails.
    pub counts: Count,
    /// Lists of the inbox that they, or the office, keep under a name.
    pub views: Vec<View>,
    /// Questions that wait for an answer.
    pub questions: u64,
    /// What links to this service begin with.
    pub address: String,
    /// What was just done.
    pub said: Option<String>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = PageProblem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageProblem> {
        let Visitor(caller) = Visitor::from_request_parts(parts, app).await?;
        let (store, scope) = (app.store(), &caller.scope);
        let office = store::office::get(store, scope).await?.facts;
        let person = match caller.user() {
            Some(_) => session::verify(store, &caller.secret, Timestamp::now()).await?,
            None => None,
        };
        let setting = match caller.user() {
            Some(user) => setting::get(store, user).await?,
            None => Setting::default(),
        };
        let chosen = setting.language.as_deref().and_then(lang::of);
        let l = chosen.or_else(|| wished(&parts.headers)).or_else(|| lang::of(&office.language)).unwrap_or_else(lang::english);
        let said = parts.uri.query().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("said=")));
        let said = said.and_then(|said| {
            let (word, number) = said.split_once('.')?;
            Some(l.n(&format!("said.{word}"), number.parse::<u64>().ok()?)).filter(|text| !text.starts_with("said."))
        });
        Ok(Visit {
            person,
            setting,
            l,
            zone: TimeZone::get(&office.time_zone).unwrap_or(TimeZone::UTC),
            office: office.name,
            companies: company::list(store, scope).await?,
            counts: document::counts(store, scope, None).await?,
            views: if scope.role().is_office() { view::list(store, scope).await? } else { Vec::new() },
            questions: comment::open(store, scope, None).await?.len() as u64,
            address: own_address(&app.config().http.public_url, &parts.headers),
            said,
            app: app.clone(),
            caller,
        })
    }
}

impl Visit {
    /// A person of a company, not of the office.
    pub fn is_client(&self) -> bool {
        !self.caller.scope.role().is_office()
    }

    /// Works on papers.
    pub fn may_work(&self) -> bool {
        self.caller.scope.role().may_work()
    }

    /// The name of a company.
    pub fn company(&self, id: CompanyId) -> String {
        self.companies.iter().find(|company| company.id == id).map(|company| company.facts.name.clone()).unwrap_or_default()
    }

    /// Their name, for what they write.
    pub fn name(&self) -> String {
        let named = |person: &Identity| if person.name.is_empty() { person.email.clone() } else { person.name.clone() };
        self.person.as_ref().map(named).unwrap_or_default()
    }

    /// Who wrote something, for people: whoever was erased has no name any more.
    pub fn author(&self, name: String) -> String {
        if name.is_empty() { self.l.t("talk.erased").to_owned() } else { name }
    }

    /// Names of people, for those of the office.
    pub async fn names(&self) -> Result<BTreeMap<UserId, String>, PageProblem> {
        match self.is_client() {
            true => Ok(BTreeMap::new()),
            false => Ok(user::names(self.app.store(), &self.caller.scope).await?),
        }
    }

    /// Today in the office.
    pub fn today(&self) -> Date {
        Timestamp::now().to_zoned(self.zone.clone()).date()
    }

    /// An instant as the office has it.
    pub fn moment(&self, instant: Timestamp) -> String {
        self.l.moment(instant, &self.zone)
    }

    /// Whoever did something, for people: `user:<id>` is a name.
    pub fn actor(&self, actor: &str, names: &BTreeMap<UserId, String>) -> String {
        match actor.split_once(':') {
            Some(("user", id)) => id.parse().ok().and_then(|id: UserId| names.get(&id).cloned()).unwrap_or_default(),
            Some(("token", _)) => self.l.t("actor.token").to_owned(),
            _ if actor == "operator" => self.l.t("actor.operator").to_owned(),
            _ => self.l.t("actor.service").to_owned(),
        }
    }
}
