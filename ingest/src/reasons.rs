//! Why a mail, or a part of it, did not simply become a document: one sentence a reason in each language, the same in SMTP replies,
//! the mail log and notices (`vocab/reasons.toml`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Languages that every sentence is there in.
pub const LANGUAGES: [&str; 6] = ["pl", "ro", "pt-BR", "tr", "de", "en"];

static TABLE: LazyLock<BTreeMap<String, BTreeMap<String, String>>> = LazyLock::new(|| {
    // Compiled in and read by the tests: a broken one never ships.
    toml::from_str(include_str!("../vocab/reasons.toml")).expect("the table of reasons is valid")
});

/// The sentence of a reason's code in a language, English where that is none of ours. None: no such code.
pub fn sentence(code: &str, language: &str) -> Option<&'static str> {
    let sentences = TABLE.get(code)?;
    sentences.get(language).or_else(|| sentences.get("en")).map(String::as_str)
}

/// A sentence for servers and for the people who read what theirs tell them: English, with its code, as the mail log has it.
pub fn reply(code: &str) -> String {
    format!("{} [{code}]", sentence(code, "en").unwrap_or_default())
}

/// All codes.
pub fn codes() -> impl Iterator<Item = &'static str> {
    TABLE.keys().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_there_in_every_language() {
        for (code, sentences) in TABLE.iter() {
            let languages: Vec<&str> = sentences.keys().map(String::as_str).collect();
            for language in LANGUAGES {
                let sentence = sentences.get(language).unwrap_or_else(|| panic!("{code} in {language}: {languages:?}"));
                assert!(sentence.ends_with('.') && sentence.len() > 15, "{code} {language}: {sentence}");
            }
            assert_eq!(languages.len(), LANGUAGES.len(), "{code}");
        }
    }

    #[test]
    fn every_reason_of_the_gate_has_one() {
        use crate::gate::Reason;
        let all = [
            Reason::NoPin,
            Reason::WrongPin,
            Reason::TooManyPins,
            Reason::Braked,
            Reason::UnprovedSender,
            Reason::ForwardingVerification,
            Reason::Bounce,
            Reason::OwnMail,
            Reason::TooLarge,
        ];
        for reason in all {
            assert!(sentence(reason.code(), "en").is_some(), "{}", reason.code());
        }
        assert_eq!(sentence("no_pin", "fr"), sentence("no_pin", "en"));
        assert_eq!(sentence("nonsense", "en"), None);
    }
}
