//! What ANAF says where it gives neither a list nor a file: `{"eroare": "…", "titlu": "…"}` with status 200, or `{"timestamp", "status",
//! "error", "message"}` (the examples of its pages listamesaje.html and descarcare.html). There are no codes: the words decide.

use serde::Deserialize;
use store::spv::SpvProblem;

/// What an answer that is a refusal means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// There is nothing in this time, which is no trouble.
    Nothing,
    /// It is trouble of this kind; ANAF's sentence.
    Problem(SpvProblem, String),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, alias = "Eroare", alias = "error_description")]
    eroare: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

/// Words of ANAF's sentences, folded, and what they mean; the first that is found decides.
const MEANINGS: &[(&str, Option<SpvProblem>)] = &[
    ("nu exista mesaje", None),
    // "Nu aveti drept in SPV pentru CIF=…", "Nu aveti dreptul sa descarcati aceasta factura"
    ("nu aveti drept", Some(SpvProblem::Rights)),
    // "Nu exista niciun CIF pentru care sa aveti drept in SPV"
    ("sa aveti drept", Some(SpvProblem::Rights)),
    // "S-au facut deja 1500 interogari de lista mesaje de catre utilizator in cursul zilei", "… 10 descarcari la mesajul cu id=… in cursul zilei"
    ("in cursul zilei", Some(SpvProblem::Limit)),
    ("s-au facut deja", Some(SpvProblem::Limit)),
];

/// What these bytes say. None: they are no such answer.
pub fn said(bytes: &[u8]) -> Option<Said> {
    let answer: Answer = serde_json::from_slice(bytes).ok()?;
    let text = answer.eroare.or(answer.message).or(answer.error).filter(|text| !text.trim().is_empty())?;
    let folded = folded(&text);
    let found = MEANINGS.iter().find(|(words, _)| folded.contains(words));
    Some(match found {
        Some((_, None)) => Said::Nothing,
        Some((_, Some(problem))) => Said::Problem(*problem, sentence(&text)),
        None => Said::Problem(SpvProblem::Refused, sentence(&text)),
    })
}

fn sentence(text: &str) -> String {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(300).collect();
    format!("ANAF: {text}")
}

/// Small letters without their marks: ANAF writes some sentences with them.
fn folded(text: &str) -> String {
    let letter = |c: char| match c {
        'ă' | 'â' => 'a',
        'î' => 'i',
        'ș' | 'ş' => 's',
        'ț' | 'ţ' => 't',
        c => c,
    };
    text.to_lowercase().chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_and_their_meanings() {
        use SpvProblem::{Limit, Refused, Rights};
        for (text, want) in [
            ("Nu exista mesaje in ultimele 15 zile", None),
            ("Nu exista mesaje in intervalul selectat", None),
            ("Nu există mesaje în intervalul selectat", None),
            ("Nu aveti drept in SPV pentru CIF=8000000000", Some(Rights)),
            ("Nu exista niciun CIF petru care sa aveti drept in SPV", Some(Rights)),
            ("Nu aveti dreptul sa descarcati acesta factura", Some(Rights)),
            ("S-au facut deja 1500 interogari de lista mesaje de catre utilizator in cursul zilei", Some(Limit)),
            ("S-au facut deja 10 descarcari la mesajul cu id_descarcare=3001474425 in cursul zilei", Some(Limit)),
            ("startTime = 09-07-2022 10:41:11 nu poate fi mai vechi de 60 de zile fata de momentul requestului", Some(Refused)),
            ("Pentru id=3001 nu exista inregistrata nici o factura", Some(Refused)),
            ("CIF introdus= 123a nu este un numar", Some(Refused)),
        ] {
            let json = serde_json::json!({"eroare": text, "titlu": "Lista Mesaje"}).to_string();
            let kind = match said(json.as_bytes()) {
                Some(Said::Problem(kind, sentence)) => {
                    assert_eq!(sentence, format!("ANAF: {text}"));
                    Some(kind)
                }
                Some(Said::Nothing) => None,
                None => panic!("{text}: not understood"),
            };
            assert_eq!(kind, want, "{text}");
        }
        let json = br#"{"timestamp":"19-08-2021 11:59:29","status":400,"error":"Bad Request","message":"Parametrul id este obligatoriu"}"#;
        assert_eq!(said(json), Some(Said::Problem(Refused, "ANAF: Parametrul id este obligatoriu".to_owned())));
        for other in [&b"PK\x03\x04"[..], b"", b"{}", b"[]", br#"{"mesaje": []}"#, b"<html>"] {
            assert_eq!(said(other), None);
        }
    }
}
