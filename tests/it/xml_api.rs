//! The market leader's XML calls, made by a client that is not ours: `tests/tools/xml_api.py`, in Python, from the published description.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Office, invoice};

#[test]
fn a_program_made_for_the_leader_needs_a_new_address_only() {
    let office = Office::start();
    let api = office.api();
    let made = api.post("/v1/tokens", &json!({"name": "erp", "role": "bookkeeper"})).expect(201).json();
    let signing =
        api.post(&format!("/v1/tokens/{}/signing", made["id"].as_str().expect("an id")), &Value::Null).expect(200).json();
    let folder = tempfile::tempdir().expect("a folder");
    let paper = folder.path().join("fv.pdf");
    std::fs::write(&paper, invoice("FV/77/2026")).expect("written");
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/xml_api.py");
    let run = |what: &str, more: &[&str]| {
        let username = signing["username"].as_str().expect("a name");
        let token = signing["api_token"].as_str().expect("a token");
        let mut command = Command::new("python3");
        command.arg(&tool).args([office.service.url().as_str(), username, token, "5260250995", what]).args(more);
        let said = command.output().expect("python3 runs");
        let text = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        assert!(said.status.success(), "{what}: {text} {}", String::from_utf8_lossy(&said.stderr));
        text
    };
    assert_eq!(run("companies", &[]), "5260250995");
    let number = run("add", &[paper.to_str().expect("a path")]);
    assert_eq!(run("recognize", &[&number]), "SENT");
    let id = office.documents(1)[0]["id"].as_str().expect("an id").to_owned();
    crate::harness::eventually("the reading", || {
        (api.get(&format!("/v1/documents/{id}")).json()["state"] == "to_review").then_some(())
    });
    assert_eq!(run("recognized", &[&number]), "FV/77/2026 1230.00 23.00");
    assert_eq!(run("correct", &[&number, "FV/78/2026"]), "UPDATED");
    assert_eq!(api.get(&format!("/v1/documents/{id}")).json()["number"], "FV/78/2026");
    assert_eq!(run("correct_date", &[&number, "2026-07-06"]), "UPDATED");
    let refused = run("correct_date", &[&number, "31-02-2026"]);
    assert!(refused.starts_with("NOT_VALID") && refused.contains("ISSUE_DATE"), "{refused}");
    assert_eq!(api.get(&format!("/v1/documents/{id}")).json()["issue_date"], "2026-07-06");
    assert_eq!(run("list", &["LAST_10_DAYS"]), "FV/78/2026");
    assert_eq!(run("list", &["SALDEO"]), "", "nobody approved it yet");
    assert!(run("sync", &[&number, "BOOKED", "PK/9"]).starts_with("NOT_VALID"), "it was not handed over yet");
    api.post(&format!("/v1/documents/{id}/approve"), &json!({"reason": "known"})).expect(200);
    assert_eq!(run("list", &["SALDEO"]), "FV/78/2026");
    let order = json!({"company": office.company("Młyn Łódź"), "profile": "csv"});
    assert_eq!(api.post("/v1/batches?wait=60", &order).expect(200).json()["exported"], 1);
    assert_eq!(run("sync", &[&number, "BOOKED", "PK/9"]), "UPDATED");
    assert_eq!(api.get(&format!("/v1/documents/{id}")).json()["books"], json!({"state": "booked", "number": "PK/9"}));

    let second = folder.path().join("fv2.pdf");
    std::fs::write(&second, invoice("FV/79/2026")).expect("written");
    assert!(run("add_recognize", &[second.to_str().expect("a path")]).starts_with("SENT "));

    // A wrong signature, a changed parameter, another's company, an ended token.
    assert_eq!(run("wrong_token", &[]), "401");
    assert_eq!(run("changed", &[]), "401");
    assert_eq!(run("other_company", &[]), "404");
    assert_eq!(run("unknown", &[]), "404");
    assert_eq!(run("bomb", &[]), "422");
    office.service.cli(&["token", "revoke", made["id"].as_str().expect("an id")]);
    assert_eq!(run("wrong_token", &[]), "401");
}
