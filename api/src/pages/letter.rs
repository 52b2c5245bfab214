//! What our mails say, in the language of whom they go to.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::ending::{Ending, Ends};
use store::notice::{HeldList, Notice, NoticeKind};
use store::office::Office;
use store::outgoing::Mail;
use store::part::{Part, PartState};
use store::talk::{self, Listener};
use store::webhook::{Manager, SwitchedOff};

use super::lang::{self, Lang};

/// Held mails named in one list.
const NAMED: usize = 50;
/// A held mail is late after this many hours.
const LATE: i64 = 24;

/// Subject and text of a notice about a mail; `parts` are those of the mail.
pub fn notice(notice: &Notice, parts: &[Part]) -> (String, String) {
    let language = notice.setting.language.as_deref().unwrap_or(&notice.language);
    let l = lang::of(language).unwrap_or_else(lang::english);
    let mail = &notice.submission;
    let about = mail.subject.as_deref().filter(|subject| !subject.is_empty()).unwrap_or("–");
    let tag = if notice.setting.tag.is_empty() { String::new() } else { format!("[{}] ", notice.setting.tag) };
    let holes = [("subject", about), ("company", &notice.company_name), ("office", &notice.office_name)];
    let (subject, text) = match notice.kind {
        NoticeKind::Waiting => {
            let why = mail.reason.as_deref().and_then(|reason| ingest::reasons::sentence(reason, l.code)).unwrap_or_default();
            (l.fill("notice.waiting_subject", &holes), format!("{}\n\n{why}\n", l.fill("notice.waiting", &holes)))
        }
        _ => (l.fill("notice.receipt_subject", &holes), receipt(l, notice, parts, &holes)),
    };
    (format!("{tag}{subject}"), format!("{text}\n{}\n", l.fill("notice.end", &holes)))
}

/// What was taken, what not and why.
fn receipt(l: &'static Lang, notice: &Notice, parts: &[Part], holes: &[(&str, &str)]) -> String {
    let name = |part: &Part| part.name.clone().unwrap_or_else(|| part.media_type.clone());
    let taken: Vec<String> =
        parts.iter().filter(|part| part.state == PartState::Document).map(|part| format!("  + {}", name(part))).collect();
    // The text of the mail and its signature are no news to whoever wrote them.
    let plain = [
        "text_body",
        "html_body",
        "html_invoice",
        "mail_signature",
        "outside_parts",
        "signature_picture",
        "seen_often",
        "detached_signature",
        "ksef_metadata",
    ];
    let left: Vec<String> = parts
        .iter()
        .filter(|part| matches!(part.state, PartState::SetAside | PartState::Refused))
        .filter_map(|part| {
            let reason = part.reason.as_deref().filter(|reason| !plain.contains(reason))?;
            Some(format!("  – {}: {}", name(part), ingest::reasons::sentence(reason, l.code).unwrap_or_default()))
        })
        .collect();
    let mut text = l.fill("notice.receipt", holes);
    if taken.is_empty() {
        let why = notice.submission.reason.as_deref().unwrap_or("no_documents");
        text += &format!("\n\n{}", ingest::reasons::sentence(why, l.code).unwrap_or_default());
    } else {
        text += &format!("\n\n{}\n{}", l.t("notice.taken"), taken.join("\n"));
    }
    if !left.is_empty() {
        text += &format!("\n\n{}\n{}", l.t("notice.left"), left.join("\n"));
    }
    text + "\n"
}

/// Subject and text of the daily list of held mails.
pub fn held(list: &HeldList, zone: &TimeZone, address: &str, now: Timestamp) -> (String, String) {
    let l = lang::of(&list.language).unwrap_or_else(lang::english);
    let count = list.mails.len() as u64;
    let mut text = format!("{}\n\n", l.n("notice.held", count));
    for (company, from, subject, since) in list.mails.iter().take(NAMED) {
        let late = if now.duration_since(*since).as_hours() >= LATE { l.t("notice.late") } else { "" };
        text += &format!("  {} · {company} · {from} · {subject} {late}\n", l.moment(*since, zone));
    }
    if !address.is_empty() {
        text += &format!("\n{address}/held\n");
    }
    (l.n("notice.held_subject", count), text)
}

/// Subject and text of the warning that a certificate for KSeF, or what ANAF granted for SPV, ends.
pub fn ending(ending: &Ending, address: &str) -> (String, String) {
    let l = lang::of(&ending.language).unwrap_or_else(lang::english);
    let (office, place) = match ending.what {
        Ends::Certificate => (l.t("notice.certificate_office"), "ksef"),
        Ends::Grant => (l.t("notice.grant_office"), "spv"),
    };
    let day = l.day(ending.day);
    let whose = ending.company.as_ref().map_or(office, |(_, name)| name.as_str());
    let page = ending.company.as_ref().map_or_else(|| "/settings".to_owned(), |(id, _)| format!("/companies/{id}"));
    let link = if address.is_empty() { String::new() } else { format!("{address}{page}#{place}") };
    let facts = [("who", ending.subject.as_str()), ("day", &day), ("whose", whose), ("link", &link)];
    let (subject, text) = match (ending.what, ending.ended) {
        (Ends::Certificate, true) => {
            (l.fill("notice.certificate_ended_subject", &facts), l.fill("notice.certificate_ended", &facts))
        }
        (Ends::Certificate, false) => (l.fill("notice.certificate_subject", &facts), l.fill("notice.certificate", &facts)),
        (Ends::Grant, true) => (l.fill("notice.grant_ended_subject", &facts), l.fill("notice.grant_ended", &facts)),
        (Ends::Grant, false) => (l.fill("notice.grant_subject", &facts), l.fill("notice.grant", &facts)),
    };
    (subject, format!("{}\n", text.trim_end()))
}

/// Tells one who listens what was said about a document.
pub fn said(public_url: &str, office: &Office, notice: &talk::Notice, to: &Listener) -> Mail {
    let chosen = to.language.as_deref().and_then(lang::of).or_else(|| lang::of(&office.facts.language));
    let l = chosen.unwrap_or_else(lang::english);
    let paper = match &notice.seller {
        Some(seller) => format!("{} ({seller})", notice.title),
        None => notice.title.clone(),
    };
    let link = match public_url.trim_end_matches('/') {
        "" => String::new(),
        url => format!("{url}/documents/{}", notice.document),
    };
    let how = if to.reply_to.is_some() { l.t("letter.how") } else { "" };
    let facts = [("who", notice.author.as_str()), ("paper", &paper), ("words", &notice.content), ("link", &link), ("how", how)];
    let subject = if notice.question { l.with("letter.question", &paper) } else { l.with("letter.comment", &paper) };
    Mail { to: to.email.clone(), subject, text: l.fill("letter.text", &facts), reply_to: to.reply_to.clone(), answers: None }
}

/// Tells one who manages the office that a webhook was switched off.
pub fn switched_off(public_url: &str, off: &SwitchedOff, to: &Manager) -> Mail {
    let chosen = to.language.as_deref().and_then(lang::of).or_else(|| lang::of(&off.language));
    let l = chosen.unwrap_or_else(lang::english);
    let called = if off.name.is_empty() { off.url.as_str() } else { off.name.as_str() };
    let why = l.word("webhook_problem", off.why.as_str());
    let link = match public_url.trim_end_matches('/') {
        "" => String::new(),
        url => format!("{url}/settings/webhooks/{}", off.id),
    };
    let holes = [("name", called), ("url", off.url.as_str()), ("why", why.as_str()), ("link", &link)];
    let (subject, text) = (l.fill("letter.webhook_subject", &holes), l.fill("letter.webhook_text", &holes));
    Mail { to: to.email.clone(), reply_to: None, answers: None, subject, text: format!("{}\n", text.trim_end()) }
}
