//! What all pages share: the bar with its menu, and who is signed in.

use jiff::tz::TimeZone;
use store::company::{self, Company};
use store::document::{self, Count};
use store::{CompanyId, session};

use super::{PageProblem, assets};
use crate::http::{App, Caller};

/// The bar above a page, and the notices below it.
pub struct Frame {
    /// Version of the assets.
    pub assets: &'static str,
    /// Where one can go.
    pub menu: Vec<Item>,
    /// Who is signed in.
    pub name: String,
    /// What has been done.
    pub notice: String,
    /// What did not work.
    pub error: String,
}

/// A place in the menu.
pub struct Item {
    /// Address.
    pub href: &'static str,
    /// Words.
    pub label: String,
    /// It is where we are.
    pub current: bool,
}

/// What most pages need to know about the office.
pub struct Office {
    /// The companies of the caller.
    pub companies: Vec<Company>,
    /// The office's zone.
    pub zone: TimeZone,
    /// Numbers by state.
    pub counts: Count,
}

impl Office {
    /// Asks the store.
    pub async fn of(app: &App, caller: &Caller) -> Result<Office, PageProblem> {
        let (store, scope) = (app.store(), &caller.scope);
        let office = store::office::get(store, scope).await?;
        Ok(Office {
            companies: company::list(store, scope).await?,
            zone: TimeZone::get(&office.facts.time_zone).unwrap_or(TimeZone::UTC),
            counts: document::counts(store, scope, None).await?,
        })
    }

    /// The name of a company.
    pub fn company(&self, id: CompanyId) -> String {
        self.companies.iter().find(|company| company.id == id).map(|company| company.facts.name.clone()).unwrap_or_default()
    }
}

impl Frame {
    /// For a page without a visitor who is known.
    pub fn bare() -> Frame {
        Frame { assets: &assets::VERSION, menu: Vec::new(), name: String::new(), notice: String::new(), error: String::new() }
    }

    /// For a page at `here`.
    pub async fn of(app: &App, caller: &Caller, office: &Office, here: &str) -> Frame {
        let held = match office.counts.held {
            0 => "Held mails".to_owned(),
            n => format!("Held mails ({n})"),
        };
        let mut places = vec![("/", "Documents".to_owned()), ("/held", held), ("/mail", "Mail log".to_owned())];
        if caller.scope.role().may_send() {
            places.push(("/upload", "Upload".to_owned()));
        }
        let menu = places.into_iter().map(|(href, label)| Item { href, label, current: href == here }).collect();
        let identity = session::verify(app.store(), &caller.secret, jiff::Timestamp::now()).await.ok().flatten();
        Frame { menu, name: identity.map(|identity| identity.name).unwrap_or_default(), ..Frame::bare() }
    }
}

/// One choice of a list.
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// It is the one chosen.
    pub chosen: bool,
}

/// Companies to choose from.
pub fn company_choices(office: &Office, chosen: &str) -> Vec<Choice> {
    let choice = |company: &Company| {
        let value = company.id.to_string();
        Choice { chosen: value == chosen, value, label: company.facts.name.clone() }
    };
    office.companies.iter().map(choice).collect()
}
