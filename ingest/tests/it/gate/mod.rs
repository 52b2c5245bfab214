//! The gate's table: mails as people write them and what becomes of them, one file a language.
//!
//! `want` is the judgement in one line: verdict (`admit`, `hold:<reason>`, `refuse:<reason>`), what vouched, period, type,
//! wrong PINs looked at. `shows` is the subject as it may be shown. Each case is tried with its subject raw, in quoted-printable
//! and in base64: nothing but the encoding differs, so nothing else may.

mod samples;

use std::collections::BTreeMap;

use ingest::gate::{Authentication, Envelope, Head, Judgement, MASK, Paper, Plus, Policy, Verdict, Voucher, Without, judge};
use ocr::reading::{Direction, DocumentType};
use proptest::prelude::*;
use serde::Deserialize;

/// PINs of the company under test and whose they are. `4839` is short as offices allow, `BIURO77` is a bookkeeper's.
const PINS: [(&str, &str); 3] = [("483920", "client"), ("4839", "member"), ("BIURO77", "office")];

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    subject: String,
    want: String,
    shows: Option<String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    html: bool,
    from: Option<String>,
    reverse_path: Option<String>,
    hint: Option<String>,
    #[serde(default)]
    secret_alias: bool,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    refuse: bool,
    /// `from` and `forwarder` are what authentication proved.
    #[serde(default)]
    proved: Vec<String>,
    budget: Option<u32>,
    /// A device of the company signed in.
    #[serde(default)]
    device: bool,
}

fn policy(refuse: bool) -> Policy {
    let own = Paper { document_type: DocumentType::Contract, direction: Direction::None };
    Policy {
        without: if refuse { Without::Refuse } else { Without::Hold },
        senders: vec!["ksiegowa@hurt.example".into(), "@biuro.example".into()],
        forwarders: vec!["szef@mlyn.example".into()],
        types: BTreeMap::from([("UM".into(), own)]),
        ..Policy::default()
    }
}

fn owner(word: &str) -> Option<&'static str> {
    PINS.iter().find(|(pin, _)| *pin == word).map(|(_, whose)| *whose)
}

fn ask(envelope: &Envelope, head: &Head, plus: Plus<'_>, policy: &Policy, budget: u32) -> Judgement<&'static str> {
    judge(envelope, head, plus, policy, &owner, budget)
}

fn encode(subject: &str) -> [String; 3] {
    let q: String =
        subject.bytes().map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("={b:02X}") }).collect();
    [subject.to_owned(), format!("=?utf-8?q?{q}?="), format!("=?UTF-8?B?{}?=", base64(subject.as_bytes()))]
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            out.push(if i > chunk.len() { '=' } else { LETTERS[(n >> (18 - 6 * i)) as usize & 63] as char });
        }
    }
    out
}

fn mail(case: &Case, subject: &str) -> String {
    let from = case.from.as_deref().unwrap_or("Anna <anna@mlyn.example>");
    let kind = if case.html { "html" } else { "plain" };
    let mut headers = vec![format!("From: {from}"), format!("Subject: {subject}")];
    headers.extend(case.headers.iter().cloned());
    if !case.headers.iter().any(|header| header.starts_with("Content-Type")) {
        headers.push(format!("Content-Type: text/{kind}; charset=utf-8"));
    }
    format!("{}\r\n\r\n{}", headers.join("\r\n"), case.body.replace('\n', "\r\n"))
}

fn line(judgement: &Judgement<&'static str>) -> String {
    let mut words = vec![match judgement.verdict {
        Verdict::Admit => "admit".to_owned(),
        Verdict::Hold(reason) => format!("hold:{}", reason.code()),
        Verdict::Refuse(reason) => format!("refuse:{}", reason.code()),
    }];
    words.extend(judgement.voucher.as_ref().map(|voucher| match voucher {
        Voucher::Pin(owner) => format!("pin:{owner}"),
        other => format!("{other:?}").to_lowercase(),
    }));
    words.extend(judgement.period.map(|period| period.to_string()));
    words.extend(judgement.period_unclear.then(|| "period?".to_owned()));
    words.extend(judgement.code.clone().map(|code| if judgement.paper.is_some() { code } else { format!("{code}?") }));
    words.extend((judgement.wrong_pins > 0).then(|| format!("wrong={}", judgement.wrong_pins)));
    words.join(" ")
}

fn check(file: &str, text: &str, least: usize) {
    let cases = toml::from_str::<File>(text).unwrap_or_else(|error| panic!("{file}: {error}")).case;
    let mut failures = Vec::new();
    for case in &cases {
        let reverse_path = case.reverse_path.clone().unwrap_or_else(|| "anna@mlyn.example".into());
        let authentication = Authentication {
            from: case.proved.iter().any(|what| what == "from"),
            forwarder: case.proved.iter().any(|what| what == "forwarder"),
        };
        let envelope = Envelope { reverse_path, device: case.device, authentication };
        for subject in encode(&case.subject) {
            let head = Head::parse(mail(case, &subject).as_bytes());
            let plus = Plus { hint: case.hint.as_deref(), secret_alias: case.secret_alias };
            let got = ask(&envelope, &head, plus, &policy(case.refuse), case.budget.unwrap_or(10));
            if line(&got) != case.want {
                failures.push(format!("{:?} {:?}\n  want {}\n  got  {}", case.subject, case.body, case.want, line(&got)));
            }
            if case.shows.as_ref().is_some_and(|shows| *shows != got.subject) {
                failures.push(format!("{:?}\n  shows {}", case.subject, got.subject));
            }
        }
    }
    assert!(failures.is_empty(), "{file}:\n{}", failures.join("\n"));
    assert!(cases.len() >= least, "{file} has lost cases: {}", cases.len());
}

macro_rules! tables {
    ($($name:ident: $least:literal),+ $(,)?) => {$(
        #[test]
        fn $name() {
            check(stringify!($name), include_str!(concat!(stringify!($name), ".toml")), $least);
        }
    )+};
}

tables! { grammar: 42, senders: 24, de: 12, en: 16, pl: 22, pt: 12, ro: 12, tr: 12 }

proptest! {
    /// Bytes of any kind give a verdict, never a panic.
    #[test]
    fn any_bytes_are_judged(raw in prop::collection::vec(any::<u8>(), 0..400), hint in "[a-z0-9.+-]{0,12}", budget in 0u32..4) {
        let head = Head::parse(&raw);
        ask(&Envelope::default(), &head, Plus { hint: Some(&hint), secret_alias: false }, &policy(true), budget);
    }

    /// The same behind headers that parse, with the signs that the grammar knows.
    #[test]
    fn any_subject_is_judged(subject in "[ (){}\\[\\]:/.,A-Zżßİ0-9PIN-]{0,60}|\\PC{0,60}", body in "\\PC{0,80}") {
        let head = Head::parse(format!("From: a@b.example\r\nSubject: {subject}\r\n\r\n{body}\r\n").as_bytes());
        ask(&Envelope::default(), &head, Plus::default(), &policy(true), 10);
    }

    /// No PIN is shown: not the right one wherever it stands, not a mistyped one in brackets, not while the brake is on.
    #[test]
    fn a_pin_is_never_shown(
        before in "([A-Za-zż]{1,8} ){0,3}", after in "( [A-Za-zß]{1,8}){0,3}",
        place in 0usize..6, pin in prop::sample::select(&["483920", "biuro77", "483921"][..]), budget in prop::sample::select(&[0u32, 1, 10][..]),
    ) {
        let placed = match place {
            0 => format!("({pin})"),
            1 => format!("[{pin}]"),
            2 => format!("PIN: {pin}"),
            3 => format!("Faktura {pin}"),
            4 => format!("(03/2026) ({pin}) {{FK}}"),
            _ => pin.to_owned(),
        };
        let wrong = pin == "483921";
        prop_assume!(!wrong || matches!(place, 0 | 1 | 2 | 4));
        let head = Head { subject: format!("{before}{placed}{after}"), from: vec!["a@mlyn.example".into()], ..Head::default() };
        let got = ask(&Envelope::default(), &head, Plus::default(), &policy(true), budget);
        prop_assert!(!got.subject.to_ascii_uppercase().contains(&pin.to_ascii_uppercase()), "{:?} shows {:?}", head.subject, got.subject);
        prop_assert!(got.subject.contains(MASK));
        prop_assert!(!line(&got).contains(pin));
    }
}
