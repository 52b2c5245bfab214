//! What users of other programs complain of, one mail each: beside `complaints/NAME.eml` stands in `NAME.json` whose complaint it is and what must
//! come out. Those that are about mailboxes (mails fetched again and again, mails moved that were not kept, a mailbox that fills up) are told
//! in `fetch.rs`.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::harness::{Office, eventually};

struct Case {
    name: String,
    raw: Vec<u8>,
    want: Value,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/complaints");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
    files.sort();
    let case = |file: PathBuf| {
        let want = std::fs::read_to_string(file.with_extension("json")).expect("what must come out");
        Case {
            name: file.file_stem().expect("a name").to_string_lossy().into_owned(),
            raw: std::fs::read(&file).expect("a mail"),
            want: serde_json::from_str(&want).expect("JSON"),
        }
    };
    files.into_iter().map(case).collect()
}

fn texts<'v>(values: &'v Value, key: &str) -> Vec<&'v str> {
    values.as_array().into_iter().flatten().filter_map(|value| value[key].as_str()).collect()
}

/// What is wrong with what became of a mail, its parts as the log has them.
fn wrong(case: &Case, mail: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let parts: Vec<&Value> = mail["parts"].as_array().into_iter().flatten().collect();
    let of = |state: &str| parts.iter().filter(|part| part["state"] == state).copied().collect::<Vec<_>>();
    let hashes: Vec<&str> = of("document").iter().filter_map(|part| part["sha256"].as_str()).collect();
    if hashes != texts(&case.want["documents"], "sha256") {
        wrong.push(format!("papers: {:#?}", of("document")));
    }
    for (part, want) in of("document").iter().zip(case.want["documents"].as_array().into_iter().flatten()) {
        let named = part["name"].as_str().is_some_and(|name| !name.is_empty());
        if !named || want["name"].as_str().is_some_and(|name| part["name"] != name) {
            wrong.push(format!("name: {}", part["name"]));
        }
    }
    if case.want["aside"].is_array() {
        let mut aside: Vec<&str> = of("set_aside").iter().filter_map(|part| part["reason"].as_str()).collect();
        aside.sort_unstable();
        let want: Vec<&str> = case.want["aside"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if aside != want {
            wrong.push(format!("set aside: {aside:?}"));
        }
    }
    if let Some(count) = case.want["containers"].as_u64()
        && of("container").len() as u64 != count
    {
        wrong.push(format!("containers: {:?}", of("container")));
    }
    for key in ["note", "reason"] {
        if case.want[key].is_string() && mail[key] != case.want[key] {
            wrong.push(format!("{key}: {}", mail[key]));
        }
    }
    wrong
}

#[test]
fn each_complaint_has_its_answer() {
    let office = Office::start();
    let api = office.api();
    let cases = cases();
    assert!(cases.len() >= 13);
    let mut wrongs = Vec::new();
    // One after the other: a bad mail must not stop the next.
    for case in &cases {
        let reply = office.service.smtp().send_raw("biuro@klient.example", &["mlyn@post.example"], &case.raw);
        let id = reply.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        assert!(reply.starts_with("250"), "{}: {reply}", case.name);
        let mail = eventually(&case.name, || {
            let mail = api.get(&format!("/v1/submissions/{id}")).expect(200).json();
            (mail["state"] == "admitted").then_some(mail)
        });
        let complaint = case.want["complaint"].as_str().expect("whose it is");
        wrongs.extend(wrong(case, &mail).into_iter().map(|wrong| format!("{} ({complaint}): {wrong}", case.name)));
        let documents = api.get(&format!("/v1/documents?submission={id}")).expect(200).json();
        if documents["documents"].as_array().map(Vec::len) != case.want["documents"].as_array().map(Vec::len) {
            wrongs.push(format!("{} ({complaint}): documents: {documents:#}", case.name));
        }
        let hash: String = Sha256::digest(&case.raw).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(mail["raw"], hash.as_str(), "{}: kept byte for byte", case.name);
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn a_saved_mail_is_brought_and_answered_for() {
    // paperless-ng 153: import of .eml; papermerge 135, 139: no feedback after an upload, no way to read again.
    let office = Office::start();
    let api = office.api();
    let case = cases().into_iter().find(|case| case.name == "nested-multiparts").expect("the case");
    let path = format!("/v1/documents?company={}&name=saved.eml&wait=30", office.company("Młyn Łódź"));
    let reply = api.send("POST", &path, &[("content-type", "message/rfc822")], &case.raw).expect(201).json();
    let documents = reply["files"][0]["documents"].as_array().expect("a list").clone();
    assert_eq!(documents.len(), 2, "{reply}");
    let id = documents[0].as_str().expect("an id");
    for _ in 0..2 {
        api.post(&format!("/v1/documents/{id}/read?wait=60"), &Value::Null).expect(200);
    }
    assert_eq!(api.get(&format!("/v1/documents/{id}")).expect(200).json()["reading_version"], 2);
}

#[test]
fn an_upload_says_what_was_left_and_why() {
    let office = Office::start();
    let case = cases().into_iter().find(|case| case.name == "nothing-attached").expect("the case");
    let path = format!("/v1/documents?company={}&name=saved.eml&wait=30", office.company("Młyn Łódź"));
    let reply = office.api().send("POST", &path, &[("content-type", "message/rfc822")], &case.raw).expect(201).json();
    let file = &reply["files"][0];
    assert!(file["reason"] == "no_documents" && file["left"][0]["reason"] == "text_body", "{reply}");
    assert!(file["left"][0]["message"].as_str().is_some_and(|message| message.ends_with('.')), "{reply}");
    // The same codes where mail is refused.
    let mut smtp = office.service.smtp();
    smtp.command("MAIL FROM:<a@b.example>");
    let refused = smtp.command("RCPT TO:<nobody@post.example>");
    assert!(refused.starts_with("550 5.1.1") && refused.contains("[unknown_recipient]"), "{refused}");
}
