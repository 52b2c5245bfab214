//! What the demo does once the service runs: mails go in, papers are read, and each outcome is held against the samples.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use aws_lc_rs::digest;
use serde_json::Value;

use super::client::Client;
use super::compare::{Comparison, compare};
use super::report;
use super::samples::{Fate, Mail, Samples};
use super::smtp;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Runs it all; answers what did not go as the samples say.
pub fn run(samples: &Samples, mail_server: SocketAddr, client: &Client) -> Result<Vec<String>> {
    let mut differences = vec![];
    report::heading("Mails");
    let mails = samples.mails()?;
    let mut answers = vec![];
    for mail in &mails {
        answers.push(smtp::send(mail_server, &mail.expected.mail_from, &mail.expected.rcpt_to, &mail.raw)?);
    }
    let arrivals = client.settled_submissions()?;
    let mut admitted = vec![];
    for (mail, answer) in mails.iter().zip(&answers) {
        report::mail(mail, answer);
        let wanted = if answer.at_rcpt { mail.expected.smtp.rcpt } else { mail.expected.smtp.data };
        if wanted != Some(answer.code) {
            differences.push(format!("{}: the server answered {} {}", mail.name, answer.code, answer.text));
        }
        for recipient in &mail.expected.rcpt_to {
            let arrival = arrivals.iter().find(|arrival| belongs(arrival, mail, recipient));
            differences.extend(fate(mail, mail.expected.fate(recipient), arrival));
            if let Some(arrival) = arrival {
                report::arrival(&client.submission(id(arrival))?);
                admitted.push((mail.name.clone(), id(arrival).to_owned(), mail.expected.fate(recipient).documents.clone()));
            }
        }
    }
    report::heading("Documents");
    differences.extend(read_all(samples, client, &admitted)?);
    Ok(differences)
}

/// A mail is known again by its Message-ID and recipient.
fn belongs(arrival: &Value, mail: &Mail, recipient: &str) -> bool {
    let message_id = arrival["message_id"].as_str().unwrap_or_default().trim_matches(['<', '>']);
    !message_id.is_empty() && memchr(&mail.raw, message_id) && arrival["forward_path"] == recipient
}

fn memchr(raw: &[u8], needle: &str) -> bool {
    raw.windows(needle.len()).take(4096).any(|window| window == needle.as_bytes())
}

fn fate(mail: &Mail, wanted: &Fate, arrival: Option<&Value>) -> Vec<String> {
    let Some(arrival) = arrival else {
        let absent =
            wanted.state.as_ref().map(|state| format!("{}: it should be {state}, but it is not in the mail log", mail.name));
        return absent.into_iter().collect();
    };
    let differs = |name: &str, wanted: &Option<String>| {
        let found = arrival[name].as_str();
        (wanted.is_some() && wanted.as_deref() != found).then(|| format!("{}: {name} is {found:?}, not {wanted:?}", mail.name))
    };
    [differs("state", &wanted.state), differs("reason", &wanted.reason), differs("period", &wanted.period)]
        .into_iter()
        .flatten()
        .collect()
}

fn read_all(samples: &Samples, client: &Client, admitted: &[(String, String, Vec<String>)]) -> Result<Vec<String>> {
    let mut ids = vec![];
    for (_, submission, _) in admitted {
        ids.extend(client.documents(submission)?.iter().map(|document| id(document).to_owned()));
    }
    let start = Instant::now();
    client.read(&ids)?;
    let took = start.elapsed();
    let mut differences = vec![];
    let mut total = Comparison::default();
    for (mail, submission, papers) in admitted {
        let documents = client.documents(submission)?;
        if documents.len() != papers.len() {
            differences.push(format!("{mail}: {} documents, not {}", documents.len(), papers.len()));
        }
        let by_hash: BTreeMap<String, &String> =
            papers.iter().map(|paper| Ok((sha256(&samples.paper(paper)?), paper))).collect::<Result<_>>()?;
        for document in &documents {
            let Some(paper) = by_hash.get(hash(document)) else {
                differences.push(format!("{mail}: document {} is none of the papers sent", document["name"]));
                continue;
            };
            let found = compare(&samples.truth(paper)?, &document["reading"]);
            report::document(paper, document, &found);
            differences.extend(found.wrong.iter().map(|wrong| format!("{paper}: {wrong}")));
            total.right += found.right;
            total.all += found.all;
        }
    }
    report::read(ids.len(), took, &total);
    Ok(differences)
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap_or_default()
}

/// The hash of what a person looks at, else of the only piece.
fn hash(document: &Value) -> &str {
    let pieces = document["pieces"].as_array().map_or(&[][..], Vec::as_slice);
    let piece = pieces.iter().find(|piece| piece["role"] == "visual").or(pieces.first());
    piece.and_then(|piece| piece["part"]["sha256"].as_str()).unwrap_or_default()
}

fn sha256(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
