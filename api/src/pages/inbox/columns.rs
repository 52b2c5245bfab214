//! Which columns of the list a person wants to see. State and number always stand there.

use axum_extra::extract::Form;
use serde::Deserialize;
use store::setting;

use crate::pages::frame::Choice;
use crate::pages::{PageResult, Visit, ours, see_other};

/// Columns to choose from, in the order in which they stand.
const ALL: [&str; 15] = [
    "company", "seller", "created", "issued", "due", "net", "vat", "amount", "type", "payment", "period", "assignee", "channel",
    "pages", "subject",
];
/// Those that stand there until somebody chooses.
const USUAL: [&str; 8] = ["company", "seller", "created", "issued", "due", "amount", "period", "subject"];

/// The columns that are shown.
pub struct Shown(Vec<&'static str>);

impl Shown {
    /// What the visitor chose.
    pub fn of(visit: &Visit) -> Shown {
        let one_company = visit.companies.len() < 2;
        let mut shown: Vec<&'static str> = match &visit.setting.columns {
            Some(chosen) => ALL.into_iter().filter(|name| chosen.iter().any(|one| one == name)).collect(),
            None => USUAL.to_vec(),
        };
        shown.retain(|name| *name != "company" || !one_company);
        Shown(shown)
    }

    /// Whether a column is shown.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// All there are, to choose from.
    pub fn choices(&self, visit: &Visit) -> Vec<Choice> {
        let choice =
            |name: &&str| Choice { value: (*name).to_owned(), label: visit.l.word("column", name), chosen: self.has(name) };
        ALL.iter().filter(|name| **name != "company" || visit.companies.len() > 1).map(choice).collect()
    }
}

/// Columns that were chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    column: Vec<String>,
    usual: String,
    back: String,
}

/// Keeps them.
pub async fn choose(visit: Visit, Form(chosen): Form<Chosen>) -> PageResult {
    if let Some(user) = visit.caller.user() {
        let columns: Vec<&str> = ALL.into_iter().filter(|name| chosen.column.iter().any(|one| one == name)).collect();
        let columns = Some(columns.as_slice()).filter(|_| chosen.usual.is_empty());
        setting::set_columns(visit.app.store(), user, columns).await?;
    }
    Ok(see_other(ours(&chosen.back)))
}
