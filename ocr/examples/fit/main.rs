//! Fits the weights of extraction from labelled papers: how sure a value is (`ocr/weights/confidence.toml`), and with `--scorer` how
//! much each piece of evidence speaks (`ocr/weights/evidence.toml`).
//!
//!     postroom read --tokens SET/*.pdf > tokens.jsonl
//!     make fit PAPERS="SET/labels.jsonl tokens.jsonl …"
//!
//! Labels are JSON lines `{"file": …, "group": …, "fields": {…}, "seen": {…}}`; papers of one group (a seller, a layout) are never
//! fitted and judged together. Nothing of the papers is kept but the numbers.

#![allow(clippy::print_stderr, clippy::print_stdout)]

mod logistic;
mod report;
mod scorer;
mod truth;

use std::error::Error;
use std::path::{Path, PathBuf};

use ocr::extract::{Evidence, Model, Weights};
use ocr::page::Page;
use serde::Deserialize;
use serde_json::Value;

/// One labelled paper.
struct Paper {
    set: String,
    group: String,
    pages: Vec<Page>,
    label: Value,
}

/// One value that was given, and whether it is right.
pub struct Given {
    set: String,
    group: String,
    evidence: Evidence,
    right: bool,
}

#[derive(Deserialize)]
struct Tokens {
    file: String,
    #[serde(default)]
    pages: Vec<Page>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mut flag = |name: &str| args.iter().position(|a| a == name).map(|at| args.remove(at)).is_some();
    let (write, fit_scorer) = (flag("--write"), flag("--scorer"));
    if args.is_empty() || !args.len().is_multiple_of(2) {
        return Err("usage: fit [--write] [--scorer] LABELS TOKENS [LABELS TOKENS …]".into());
    }
    let mut papers = Vec::new();
    for pair in args.chunks(2) {
        load(Path::new(&pair[0]), Path::new(&pair[1]), &mut papers)?;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("weights");
    let mut weights = Weights::shared().clone();
    if fit_scorer {
        weights = scorer::fit(&papers, &weights)?;
        if write {
            scorer::write(&folder.join("evidence.toml"), &weights)?;
        }
    }
    let given = values(&papers, &weights);
    let groups: std::collections::BTreeSet<&str> = given.iter().map(|g| g.group.as_str()).collect();
    println!("{} papers, {} values, {} groups", papers.len(), given.len(), groups.len());
    report::print("as it is", &given, |g| Model::shared().confidence(&g.evidence));
    let (model, held_out) = logistic::cross_validated(&given);
    let mut at = held_out.iter();
    report::print("fitted without the value's group", &given, |_| at.next().copied().unwrap_or_default());
    if write {
        logistic::write(&folder.join("confidence.toml"), &model)?;
    }
    Ok(())
}

fn load(labels: &Path, tokens: &Path, papers: &mut Vec<Paper>) -> Result<(), Box<dyn Error>> {
    let stem = |file: &str| Path::new(file).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let set = labels.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut by_stem = std::collections::HashMap::new();
    for line in std::fs::read_to_string(tokens)?.lines() {
        let read: Tokens = serde_json::from_str(line)?;
        by_stem.insert(stem(&read.file), read.pages);
    }
    for line in std::fs::read_to_string(labels)?.lines() {
        let label: Value = serde_json::from_str(line)?;
        let Some(pages) = label["file"].as_str().and_then(|f| by_stem.remove(&stem(f))) else { continue };
        let group = format!("{set}/{}", label["group"].as_str().unwrap_or("all"));
        papers.push(Paper { set: set.clone(), group, pages, label });
    }
    Ok(())
}

/// Reads all papers and judges each value.
fn values(papers: &[Paper], weights: &Weights) -> Vec<Given> {
    let mut out = Vec::new();
    for paper in papers {
        let (reading, evidence) = ocr::extract::explain(&paper.pages, &Default::default(), weights, Model::shared());
        for evidence in evidence {
            let value = reading.fields.get(&evidence.field).map(|f| f.value.as_str()).unwrap_or_default();
            if let Some(right) = truth::judge(&paper.label, evidence.field, value) {
                out.push(Given { set: paper.set.clone(), group: paper.group.clone(), evidence, right });
            }
        }
    }
    out
}
