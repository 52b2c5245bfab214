//! The sample mails at the gate: what stands beside each of them is what comes out.

use std::path::Path;

use ingest::gate::{Envelope, Head, Plus, Policy, Verdict, judge};
use serde_json::Value;

#[test]
fn sample_mails_are_judged_as_they_say() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
    let json = |path: &Path| -> Value { serde_json::from_slice(&std::fs::read(path).expect("a sample")).expect("its JSON") };
    let office = json(&samples.join("office.json"));
    let companies = office["companies"].as_array().expect("companies");
    let mut judged = 0;
    for entry in std::fs::read_dir(samples.join("mail")).expect("sample mails") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let want = json(&path.with_extension("json"));
        let head = Head::parse(&std::fs::read(&path).expect("a mail"));
        let reverse_path = want["mail_from"].as_str().expect("a reverse path").to_owned();
        let envelope = Envelope { reverse_path, ..Envelope::default() };
        for company in companies {
            let local = company["address"].as_str().expect("an address");
            let is_to = |to: &Value| to.as_str().is_some_and(|to| to.split(['@', '+']).next() == Some(local));
            if !want["rcpt_to"].as_array().expect("forward paths").iter().any(is_to) {
                continue;
            }
            let want = if want["companies"].is_object() { &want["companies"][local] } else { &want };
            let whose = |pin: &str| (company["pin"] == *pin).then_some(());
            let got = judge(&envelope, &head, Plus::default(), &Policy { shortest_pin: 6, ..Policy::default() }, &whose, 5);
            let verdict = match got.verdict {
                Verdict::Admit => ("admitted", None),
                Verdict::Hold(reason) => ("held", Some(reason.code())),
                Verdict::Refuse(reason) => ("refused", Some(reason.code())),
            };
            assert_eq!(verdict, (want["state"].as_str().expect("a state"), want["reason"].as_str()), "{}", path.display());
            // A sample says what was learnt where that matters to it.
            for (name, learnt) in [("period", got.period.map(|period| period.to_string())), ("type", got.code)] {
                assert!(
                    want[name].is_null() || want[name].as_str() == learnt.as_deref(),
                    "{} {name}: {learnt:?}",
                    path.display()
                );
            }
            judged += 1;
        }
    }
    assert!(judged >= 20, "only {judged} sample mails were judged");
}
