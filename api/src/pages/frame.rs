//! What all pages share: the rail or bar with its places, and what was just done.

use std::borrow::Cow;

use store::Role;
use store::document::{COUNTED, DocumentState};
use store::view::View;

use super::assets;
use super::lang::Lang;
use super::visit::Visit;

/// The frame around a page.
pub struct Frame {
    /// Version of the assets.
    pub assets: &'static str,
    /// `light`, `dark` or nothing.
    pub theme: String,
    /// The frame of a company's people.
    pub client: bool,
    /// The office's name, or the company's.
    pub of: String,
    /// Where one can go.
    pub menu: Vec<Group>,
    /// Who is signed in.
    pub name: String,
    /// What has been done.
    pub notice: String,
    /// What did not work.
    pub error: String,
}

/// Places that belong together.
pub struct Group {
    /// Their heading.
    pub label: &'static str,
    /// The places.
    pub items: Vec<Item>,
}

/// A place in the menu.
pub struct Item {
    /// Address.
    pub href: Cow<'static, str>,
    /// Words.
    pub label: Cow<'static, str>,
    /// Name of the icon.
    pub icon: &'static str,
    /// Things that wait there.
    pub count: String,
    /// They should not wait.
    pub hot: bool,
    /// It is where we are.
    pub current: bool,
    /// It stands beneath the place before it.
    pub within: bool,
}

impl Frame {
    /// For a page without a visitor who is known.
    pub fn bare() -> Frame {
        Frame {
            assets: &assets::VERSION,
            theme: String::new(),
            client: false,
            of: String::new(),
            menu: Vec::new(),
            name: String::new(),
            notice: String::new(),
            error: String::new(),
        }
    }

    /// For a page at `here`.
    pub fn of(visit: &Visit, here: &str) -> Frame {
        let client = visit.is_client();
        let of = match visit.companies.as_slice() {
            [only] if client => only.facts.name.clone(),
            _ => visit.office.clone(),
        };
        Frame {
            theme: visit.setting.theme.clone().unwrap_or_default(),
            client,
            of,
            menu: if client { client_menu(visit, here) } else { office_menu(visit, here) },
            name: visit.name(),
            notice: visit.said.clone().unwrap_or_default(),
            ..Frame::bare()
        }
    }
}

fn item(l: &Lang, here: &str, href: &'static str, label: &'static str, icon: &'static str, count: u64, hot: bool) -> Item {
    // All counts of the frame stop where those of documents stop.
    let shown = l.counted(count, COUNTED);
    let (href, label) = (Cow::Borrowed(href), Cow::Borrowed(label));
    Item { current: href == here, href, label, icon, count: shown, hot: hot && count > 0, within: false }
}

/// Lists under a name that the rail shows; the others are found where they are kept.
const SHOWN_VIEWS: usize = 12;

fn view_item(here: &str, view: &View) -> Item {
    let href = format!("/?{}", view.query);
    Item {
        current: href == here,
        href: href.into(),
        label: view.name.clone().into(),
        icon: "star",
        count: String::new(),
        hot: false,
        within: true,
    }
}

fn office_menu(visit: &Visit, here: &str) -> Vec<Group> {
    let (l, role) = (visit.l, visit.caller.scope.role());
    let waiting = [DocumentState::New, DocumentState::ToReview];
    let work: u64 = waiting.iter().filter_map(|state| visit.counts.states.get(state)).sum();
    let mut daily = vec![item(l, here, "/", l.t("menu.inbox"), "inbox", work, false)];
    daily.extend(visit.views.iter().take(SHOWN_VIEWS).map(|view| view_item(here, view)));
    daily.extend([
        item(l, here, "/held", l.t("menu.held"), "held", visit.counts.held, true),
        item(l, here, "/questions", l.t("menu.questions"), "talk", visit.questions, false),
        item(l, here, "/month", l.t("menu.month"), "month", 0, false),
        item(l, here, "/export", l.t("menu.export"), "export", 0, false),
        item(l, here, "/find", l.t("menu.find"), "search", 0, false),
    ]);
    if role.may_send() {
        daily.push(item(l, here, "/upload", l.t("menu.upload"), "upload", 0, false));
    }
    let mut office = vec![
        item(l, here, "/companies", l.t("menu.companies"), "companies", 0, false),
        item(l, here, "/mail", l.t("menu.mail"), "mail", 0, false),
    ];
    if role.may_manage() {
        office.push(item(l, here, "/people", l.t("menu.people"), "users", 0, false));
    }
    office.push(item(l, here, "/audit", l.t("menu.audit"), "audit", 0, false));
    if role.may_manage() {
        office.push(item(l, here, "/settings", l.t("menu.settings"), "settings", 0, false));
    }
    vec![Group { label: l.t("menu.daily"), items: daily }, Group { label: l.t("menu.office"), items: office }]
}

fn client_menu(visit: &Visit, here: &str) -> Vec<Group> {
    let l = visit.l;
    let mut items = vec![
        item(l, here, "/", l.t("menu.home"), "home", 0, false),
        item(l, here, "/upload", l.t("menu.add"), "camera", 0, false),
        item(l, here, "/papers", l.t("menu.papers_short"), "papers", 0, false),
        item(l, here, "/questions", l.t("menu.questions"), "talk", visit.questions, true),
    ];
    if visit.caller.scope.role() == Role::CompanyAdmin {
        items.push(item(l, here, "/people", l.t("menu.people"), "users", 0, false));
    }
    items.push(item(l, here, "/account", l.t("menu.account"), "person", 0, false));
    vec![Group { label: "", items }]
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

/// Words of a family to choose from.
pub fn choices(l: &Lang, family: &str, words: &[&str], chosen: &str) -> Vec<Choice> {
    let choice = |word: &&str| Choice { label: l.word(family, word), chosen: *word == chosen, value: (*word).to_owned() };
    words.iter().map(choice).collect()
}

/// Types of papers to choose from.
pub fn type_choices(l: &Lang, chosen: &str) -> Vec<Choice> {
    let types =
        ["invoice", "credit_note", "proforma", "receipt", "statement", "letter", "contract", "payroll", "medical", "other"];
    choices(l, "type", &types, chosen)
}

/// Directions to choose from.
pub fn direction_choices(l: &Lang, chosen: &str) -> Vec<Choice> {
    choices(l, "direction", &["purchase", "sale", "none"], chosen)
}

/// Companies to choose from.
pub fn company_choices(visit: &Visit, chosen: &str) -> Vec<Choice> {
    let open = visit.companies.iter().filter(|company| company.closed_at.is_none() || company.id.to_string() == chosen);
    open.map(|company| {
        let value = company.id.to_string();
        Choice { chosen: value == chosen, value, label: company.facts.name.clone() }
    })
    .collect()
}
