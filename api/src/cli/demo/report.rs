//! What the demo prints.

use std::time::Duration;

use serde_json::Value;

use super::compare::Comparison;
use super::samples::Mail;
use super::smtp::Answer;
use crate::cli::output::line;

/// A chapter.
pub fn heading(text: &str) {
    line(format_args!("\n{text}\n{}", "─".repeat(text.chars().count())));
}

/// A mail and the server's answer.
pub fn mail(mail: &Mail, answer: &Answer) {
    let mark = if answer.code < 300 { "→" } else { "✗" };
    line(format_args!("{mark} {:<32} {} {}", mail.name, answer.code, shortened(&answer.text, 60)));
}

/// What became of it, part by part.
pub fn arrival(arrival: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let reason = arrival["reason"].as_str().map(|reason| format!(" ({reason})")).unwrap_or_default();
    line(format_args!("    {}: {}{reason}", text(&arrival["forward_path"]), text(&arrival["state"])));
    for part in arrival["parts"].as_array().into_iter().flatten().filter(|part| part["name"].is_string()) {
        let why = part["reason"].as_str().map(|reason| format!(": {reason}")).unwrap_or_default();
        line(format_args!("      {:<44} {}{why}", shortened(&text(&part["name"]), 44), text(&part["state"])));
    }
}

/// A document with its fields.
pub fn document(paper: &str, document: &Value, found: &Comparison) {
    let reading = &document["reading"];
    let kind = reading["document_type"].as_str().unwrap_or("not read");
    line(format_args!("{paper}  {kind}, {} of {} values as printed", found.right, found.all));
    for (name, field) in reading["fields"].as_object().into_iter().flatten() {
        let (value, source) = (field["value"].as_str().unwrap_or_default(), field["source"].as_str().unwrap_or_default());
        let confidence = field["confidence"].as_f64().unwrap_or_default();
        line(format_args!("    {name:<22} {:<44} {source:<5} {confidence:.2}", shortened(value, 44)));
    }
    for row in reading["vat_breakdown"].as_array().into_iter().flatten() {
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        line(format_args!("    vat {:>6} %  net {:>12}  vat {:>12}", text("rate"), text("net"), text("vat")));
    }
    for finding in reading["findings"].as_array().into_iter().flatten().filter(|finding| finding["severity"] != "info") {
        line(format_args!("    ! {}", finding["message"].as_str().unwrap_or_default()));
    }
}

/// The sum of it.
pub fn read(documents: usize, took: Duration, total: &Comparison) {
    line(format_args!(
        "\n{documents} documents read in {:.1} s; {} of {} values are as the samples say.",
        took.as_secs_f64(),
        total.right,
        total.all
    ));
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
