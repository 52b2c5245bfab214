//! Every language says everything that the pages ask for, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;

/// Texts that are looked up by a name that is only known at run time; what is in them is checked below.
const FAMILIES: &[&str] = &[
    "state",
    "tab",
    "spv_access",
    "spv_problem",
    "client",
    "type",
    "direction",
    "field",
    "finding",
    "problem",
    "reason",
    "part",
    "channel",
    "role",
    "period",
    "payment",
    "month",
    "action",
    "said",
    "alarm",
    "duplicate",
    "ksef",
    "ksef_access",
    "ksef_problem",
    "ksef_unfit",
    "error",
    "row",
    "since",
    "row_outcome",
    "invitation",
    "rhythm",
    "chase_next",
    "part_of",
    "need",
    "fate",
    "batch",
    "books",
    "list",
    "why",
    "webhook_problem",
    "webhook_remedy",
    "webhook_unfit",
    "delivery",
];

/// Used by the language itself.
const OWN: [&str; 2] = ["language", "format"];

fn sources(folder: &Path, out: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.file_name().is_some_and(|name| name != "tests.rs") {
            out.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
        }
    }
}

/// Keys in `.t("…")`, `.n("…"`, `.with("…"`, `.fill("…"` and `key("…")`.
fn used() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    sources(&root.join("templates"), &mut text);
    sources(&root.join("src/pages"), &mut text);
    sources(&root.join("src/moving"), &mut text);
    text.push_str(&std::fs::read_to_string(root.join("src/chase.rs")).unwrap());
    let mut keys = BTreeSet::new();
    for opening in ["t(\"", ".n(\"", ".with(\"", ".fill(\"", "key(\""] {
        for rest in text.split(opening).skip(1) {
            let key = rest.split('"').next().unwrap_or_default();
            let plain =
                key.contains('.') && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
            let opened = if plain { key } else { "" };
            if !opened.is_empty() && !FILE_ENDS.iter().any(|end| key.ends_with(end)) {
                keys.insert(opened.to_owned());
            }
        }
    }
    keys
}

const FILE_ENDS: [&str; 3] = [".html", ".toml", ".svg"];

fn family(key: &str) -> &str {
    key.split('.').next().unwrap_or_default()
}

#[test]
fn every_key_of_the_pages_is_there_and_every_text_is_used() {
    let used = used();
    assert!(used.len() > 100, "the scan finds keys: {}", used.len());
    for lang in all() {
        let missing: Vec<_> = used.iter().filter(|key| !lang.texts.contains_key(*key)).collect();
        assert!(missing.is_empty(), "{} lacks {missing:?}", lang.code);
    }
    let fixed = |key: &&String| !FAMILIES.contains(&family(key)) && !OWN.contains(&family(key));
    let unused: Vec<_> = english().texts.keys().filter(fixed).filter(|key| !used.contains(*key)).collect();
    assert!(unused.is_empty(), "no page uses {unused:?}");
}

#[test]
fn all_languages_have_the_same_texts_with_the_same_holes() {
    let holes = |text: &str| -> BTreeSet<String> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_owned())).collect()
    };
    let shape = |lang: &Lang| -> BTreeMap<String, BTreeSet<String>> {
        lang.texts
            .iter()
            .map(|(key, text)| match text {
                Text::One(text) => (key.clone(), holes(text)),
                Text::Forms(forms) => (key.clone(), holes(&forms["other"])),
            })
            .collect()
    };
    let english = shape(english());
    for lang in all() {
        let shape = shape(lang);
        for (key, holes) in &english {
            assert_eq!(shape.get(key), Some(holes), "{} {key}", lang.code);
        }
        assert_eq!(shape.len(), english.len(), "{} has more", lang.code);
        for (key, text) in &lang.texts {
            match text {
                Text::One(text) => assert!(!text.trim().is_empty() || key == "format.group", "{} {key} is empty", lang.code),
                Text::Forms(forms) => assert_eq!(
                    forms.keys().map(String::as_str).collect::<BTreeSet<_>>(),
                    lang.rule.forms().iter().copied().collect(),
                    "{} {key}",
                    lang.code
                ),
            }
        }
    }
}

#[test]
fn every_word_of_the_code_has_a_text() {
    use ocr::reading::FieldName;
    use store::batch::{BatchState, Fate};
    use store::booking::ChoiceKind;
    use store::document::{BooksState, DocumentState, DuplicateReason, PaymentState};
    use store::part::PartState;
    use store::period::PeriodState;
    use store::submission::SubmissionState;
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    wanted.extend(DocumentState::ALL.iter().map(|word| ("state", word.as_str())));
    wanted.extend(DocumentState::ALL.iter().map(|word| ("tab", word.as_str())));
    wanted.extend(DocumentState::ALL.iter().map(|word| ("client", word.client_word())));
    wanted.extend(DuplicateReason::ALL.iter().map(|word| ("duplicate", word.as_str())));
    wanted.extend(ocr::check::CODES.map(|word| ("finding", word)));
    wanted.extend(SubmissionState::ALL.iter().map(|word| ("state", word.as_str())));
    wanted.extend(PartState::ALL.iter().map(|word| ("part", word.as_str())));
    wanted.extend(FieldName::ALL.iter().map(|word| ("field", word.as_str())));
    wanted.extend(store::Role::ALL.iter().map(|word| ("role", word.as_str())));
    wanted.extend(PeriodState::ALL.iter().map(|word| ("period", word.as_str())));
    wanted.extend(PaymentState::ALL.iter().map(|word| ("payment", word.as_str())));
    wanted.extend(BooksState::ALL.iter().filter_map(|word| Some(("client", word.client_word()?))));
    wanted.extend(BooksState::ALL.iter().map(|word| ("books", word.as_str())));
    wanted.extend(Fate::ALL.iter().map(|word| ("fate", word.as_str())));
    wanted.extend(BatchState::ALL.iter().map(|word| ("batch", word.as_str())));
    wanted.extend(ChoiceKind::ALL.iter().map(|word| ("list", word.as_str())));
    let needs: Vec<String> = crate::export::profiles().iter().flat_map(|p| p.needs.iter().map(crate::pages::name_of)).collect();
    wanted.extend(needs.iter().map(|need| ("need", need.as_str())));
    wanted.extend(store::accept::Channel::ALL.iter().map(|word| ("channel", word.as_str())));
    wanted.extend(store::invitation::InvitationState::ALL.iter().map(|word| ("invitation", word.as_str())));
    wanted.extend(store::chase::Rhythm::ALL.iter().map(|word| ("rhythm", word.as_str())));
    wanted.extend(store::spv::SpvAccess::ALL.iter().map(|word| ("spv_access", word.as_str())));
    wanted.extend(store::spv::SpvProblem::ALL.iter().map(|word| ("spv_problem", word.as_str())));
    wanted.extend(store::webhook::WebhookProblem::ALL.iter().map(|word| ("webhook_problem", word.as_str())));
    wanted.extend(store::webhook::WebhookProblem::ALL.iter().map(|word| ("webhook_remedy", word.as_str())));
    wanted.extend(store::webhook::DeliveryState::ALL.iter().map(|word| ("delivery", word.as_str())));
    wanted.extend(crate::webhooks::Unfit::ALL.iter().map(|word| ("webhook_unfit", word.as_str())));
    let kinds: Vec<String> = store::event::KINDS.iter().map(|kind| kind.replace('.', "_")).collect();
    wanted.extend(kinds.iter().map(|kind| ("action", kind.as_str())));
    for (family, word) in wanted {
        assert!(english().texts.contains_key(&format!("{family}.{word}")), "{family}.{word}");
    }
}

#[test]
fn numbers_and_days_are_written_as_people_do() {
    let lang = |code| of(code).unwrap();
    let day = "2026-07-03".parse().unwrap();
    for (code, amount, date) in [
        ("pl", "1\u{a0}234\u{a0}567,50", "03.07.2026"),
        ("ro", "1.234.567,50", "03.07.2026"),
        ("pt-BR", "1.234.567,50", "03/07/2026"),
        ("tr", "1.234.567,50", "03.07.2026"),
        ("de", "1.234.567,50", "03.07.2026"),
        ("en", "1,234,567.50", "3 Jul 2026"),
    ] {
        assert_eq!(lang(code).money("1234567.50"), amount, "{code}");
        assert_eq!(lang(code).day(day), date, "{code}");
    }
    assert_eq!(lang("pl").money("-12.5"), "−12,5");
    assert_eq!(lang("pl").money("n/a"), "n/a");
    assert_eq!(lang("de").month("2026-03"), "März 2026");
    assert_eq!(accepted(Some("fr-FR,pt;q=0.8,en;q=0.5")).map(|lang| lang.code), Some("pt-BR"));
    assert_eq!(accepted(Some("fr")).map(|lang| lang.code), None);
}
