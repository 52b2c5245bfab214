//! The filters of a list as people type them.

use std::collections::BTreeMap;

use axum::http::Uri;
use serde::Deserialize;
use store::UserId;

use crate::http::Problem;
use crate::http::paging::with;
use crate::pages::lang::Lang;
use crate::pages::problem::sentence;
use crate::pages::visit::Visit;
use crate::pages::{escaped, typed};

/// What is typed into the filters, kept as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub state: String,
    pub company: String,
    pub document_type: String,
    pub direction: String,
    pub period: String,
    pub number: String,
    pub seller: String,
    pub subject: String,
    pub text: String,
    pub created_from: String,
    pub created_to: String,
    pub issued_from: String,
    pub issued_to: String,
    pub due_from: String,
    pub due_to: String,
    pub amount_from: String,
    pub amount_to: String,
    pub problem: String,
    pub duplicate: String,
    pub ksef: String,
    pub channel: String,
    pub assignee: String,
    pub reopened: String,
    pub limit: String,
    pub trashed: String,
    pub submission: String,
    pub sort: String,
    pub order: String,
    pub after: String,
}

/// A filter that is set, and the address without it.
pub struct Pill {
    pub label: String,
    pub href: String,
}

/// Parameters that are the list's own, not filters.
const OWN: [&str; 7] = ["state", "sort", "order", "after", "problem", "trashed", "limit"];

/// Which filter cannot be, and how it is written.
pub fn wrong(l: &Lang, problem: &Problem) -> String {
    let Some(field) = problem.fields().next() else { return sentence(l, problem) };
    let (label, how) = match field {
        "amount_from" => (l.t("filter.amount_from"), l.t("review.no_amount")),
        "amount_to" => (l.t("filter.amount_to"), l.t("review.no_amount")),
        "created_from" => (l.t("filter.created_from"), l.t("review.no_date")),
        "created_to" => (l.t("filter.created_to"), l.t("review.no_date")),
        "period" => (l.t("filter.period"), l.t("filter.no_month")),
        _ => return sentence(l, problem),
    };
    format!("{label}: {how}")
}

/// Browsers send every field of a form, also those left empty, and people type amounts and months as their country does.
pub fn cleaned(uri: &Uri) -> Uri {
    let full = |pair: &&str| pair.split_once('=').is_some_and(|(name, value)| !value.is_empty() && name != "said");
    let tidy = |pair: &str| match pair.split_once('=') {
        Some((name @ ("amount_from" | "amount_to"), value)) => {
            let bare = ["%C2%A0", "%E2%80%AF", "%20", "+"].iter().fold(value.to_owned(), |text, space| text.replace(space, ""));
            let bare = bare.replace(',', "%2C");
            let comma = bare.rfind("%2C").unwrap_or(0);
            // The later of the two marks is the decimal one: 1.234,50 and 1,234.50 are both written by someone.
            let plain = if comma > bare.rfind('.').unwrap_or(0) || !bare.contains('.') {
                bare.replace('.', "").replace("%2C", ".")
            } else {
                bare.replace("%2C", "")
            };
            format!("{name}={plain}")
        }
        // A browser without a picker for months lets people type them.
        Some(("period", value)) => format!("period={}", escaped(&typed::month(&value.replace("%2F", "/").replace('+', " ")))),
        _ => pair.to_owned(),
    };
    let pairs: Vec<String> = uri.query().unwrap_or_default().split('&').filter(full).map(tidy).collect();
    let text = if pairs.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), pairs.join("&")) };
    text.parse().unwrap_or_else(|_| uri.clone())
}

/// The filters that are set.
pub fn pills(visit: &Visit, uri: &Uri, form: &Form, names: &BTreeMap<UserId, String>) -> Vec<Pill> {
    let l = visit.l;
    let start: Uri = with(uri, "after", "").parse().unwrap_or_else(|_| uri.clone());
    let company = form.company.parse().map(|id| visit.company(id)).unwrap_or_default();
    let name = form.assignee.parse().ok().and_then(|id: UserId| names.get(&id).cloned()).unwrap_or_default();
    let day = |text: &str| text.parse().map(|day| l.day(day)).unwrap_or_else(|_| text.to_owned());
    let all = [
        ("text", l.t("filter.text"), form.text.clone()),
        ("company", l.t("filter.company"), company),
        ("number", l.t("filter.number"), form.number.clone()),
        ("seller", l.t("filter.seller"), form.seller.clone()),
        ("subject", l.t("filter.subject"), form.subject.clone()),
        ("document_type", l.t("filter.type"), l.word("type", &form.document_type)),
        ("direction", l.t("filter.direction"), l.word("direction", &form.direction)),
        ("period", l.t("filter.period"), l.month(&form.period)),
        ("created_from", l.t("filter.created_from"), day(&form.created_from)),
        ("created_to", l.t("filter.created_to"), day(&form.created_to)),
        ("issued_from", l.t("filter.issued_from"), day(&form.issued_from)),
        ("issued_to", l.t("filter.issued_to"), day(&form.issued_to)),
        ("due_from", l.t("filter.due_from"), day(&form.due_from)),
        ("due_to", l.t("filter.due_to"), day(&form.due_to)),
        ("amount_from", l.t("filter.amount_from"), l.money(&form.amount_from)),
        ("amount_to", l.t("filter.amount_to"), l.money(&form.amount_to)),
        ("duplicate", l.t("filter.duplicate"), yes(l, &form.duplicate)),
        ("ksef", l.t("filter.ksef"), l.word("ksef", &form.ksef)),
        ("channel", l.t("filter.channel"), l.word("channel", &form.channel)),
        ("assignee", l.t("filter.assignee"), name),
        ("reopened", l.t("filter.reopened"), yes(l, &form.reopened)),
        ("submission", l.t("filter.submission"), yes(l, &form.submission)),
    ];
    all.into_iter()
        .filter(|(_, _, value)| !value.is_empty())
        .map(|(name, label, value)| Pill { label: format!("{label}: {value}"), href: with(&start, name, "") })
        .collect()
}

fn yes(l: &Lang, value: &str) -> String {
    if value.is_empty() || value == "false" { String::new() } else { l.t("filter.yes").to_owned() }
}

/// True where a filter is set, beside the tab and the order.
pub fn is_filtered(uri: &Uri) -> bool {
    uri.query().unwrap_or_default().split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !name.is_empty() && !OWN.contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_sends_is_cleaned() {
        for (typed, want) in [
            ("/?text=&state=new&amount_from=1%20234%2C50&company=", "/?state=new&amount_from=1234.50"),
            ("/?amount_to=1.234%2C5", "/?amount_to=1234.5"),
            ("/?amount_to=1%2C234.50", "/?amount_to=1234.50"),
            ("/?amount_to=99.90&said=read.3", "/?amount_to=99.90"),
            ("/?amount_to=1%20000,50", "/?amount_to=1000.50"),
            ("/?period=7%2F2026", "/?period=2026-07"),
            ("/?period=2026-13", "/?period=2026-13"),
            ("/", "/"),
        ] {
            assert_eq!(cleaned(&typed.parse().unwrap()), want);
        }
        assert!(is_filtered(&"/?state=new&text=a".parse().unwrap()));
        assert!(!is_filtered(&"/?state=new&sort=due&problem=true".parse().unwrap()));
    }
}
