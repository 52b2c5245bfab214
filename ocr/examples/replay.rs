//! How much the sellers' memory is worth: labelled papers are read one after the other as an office would, each is approved with the values
//! of its label, and what it teaches is used for the next.
//!
//!     postroom read --tokens SET/*.pdf > tokens.jsonl
//!     cargo run --release --example replay -p ocr -- [--layouts] [--misses] SET/labels.jsonl tokens.jsonl …
//!
//! Papers of one `group` and one seller are a sequence; with `--layouts` all papers of a group are, as if one seller had sent them (the
//! seller's own values are then not taught). It says of the fields that had to be corrected how many are right afterwards, and of all others whether
//! they are as right as without memory; with `--misses`, which values are not.

#![allow(clippy::print_stderr, clippy::print_stdout)]

#[path = "fit/truth.rs"]
mod truth;

use std::collections::BTreeMap;
use std::error::Error;

use ocr::context::Context;
use ocr::extract::memory::{self, Layout, Remembered};
use ocr::page::Page;
use ocr::reading::{Field, FieldName, Reading};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Tokens {
    file: String,
    #[serde(default)]
    pages: Vec<Page>,
}

struct Paper {
    file: String,
    pages: Vec<Page>,
    label: Value,
}

/// Right with memory, right without it, all.
#[derive(Clone, Copy, Default)]
struct Score {
    with: u32,
    without: u32,
    all: u32,
    sure: u32,
    sure_right: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mut flag = |name: &str| args.iter().position(|a| a == name).map(|at| args.remove(at)).is_some();
    let (layouts, verbose) = (flag("--layouts"), flag("--misses"));
    let mut sequences: BTreeMap<String, Vec<Paper>> = BTreeMap::new();
    for pair in args.chunks_exact(2) {
        load(&pair[0], &pair[1], layouts, &mut sequences)?;
    }
    let (mut taught, mut others, mut papers, mut unknown) = (BTreeMap::new(), Score::default(), 0, 0);
    for (name, sequence) in sequences.iter().filter(|(_, papers)| papers.len() > 1) {
        papers += sequence.len();
        replay(name, sequence, layouts, verbose, &mut taught, &mut others, &mut unknown);
    }
    println!("{papers} papers of {} sequences", sequences.values().filter(|s| s.len() > 1).count());
    println!("{:18} {:>5} {:>6} {:>8}   sure right / share", "corrected once", "later", "right", "without");
    let mut sum = Score::default();
    for (field, score) in &taught {
        line(field.as_str(), score);
        sum = Score {
            with: sum.with + score.with,
            without: sum.without + score.without,
            all: sum.all + score.all,
            sure: sum.sure + score.sure,
            sure_right: sum.sure_right + score.sure_right,
        };
    }
    line("all", &sum);
    line("other fields", &others);
    println!("{unknown} values of corrected fields stand on papers of another layout");
    Ok(())
}

fn line(name: &str, score: &Score) {
    let share = |n: u32, of: u32| f64::from(n) / f64::from(of.max(1));
    println!(
        "{name:18} {:5} {:6.3} {:8.3}   {:.3} / {:.2}",
        score.all,
        share(score.with, score.all),
        share(score.without, score.all),
        share(score.sure_right, score.sure),
        share(score.sure, score.all)
    );
}

fn load(labels: &str, tokens: &str, layouts: bool, out: &mut BTreeMap<String, Vec<Paper>>) -> Result<(), Box<dyn Error>> {
    let stem =
        |file: &str| file.rsplit('/').next().unwrap_or(file).rsplit_once('.').map_or(file.to_owned(), |(s, _)| s.to_owned());
    let mut pages = BTreeMap::new();
    for line in std::fs::read_to_string(tokens)?.lines() {
        let tokens: Tokens = serde_json::from_str(line)?;
        pages.insert(stem(&tokens.file), tokens.pages);
    }
    for line in std::fs::read_to_string(labels)?.lines() {
        let label: Value = serde_json::from_str(line)?;
        let file = label["file"].as_str().unwrap_or_default().to_owned();
        let Some(pages) = pages.remove(&stem(&file)).filter(|p: &Vec<Page>| !p.is_empty()) else { continue };
        let fields = &label["fields"];
        let seller = fields["seller_tax_id"].as_str().or(fields["seller_name"].as_str()).unwrap_or_default();
        let group = label["group"].as_str().unwrap_or_default();
        let key = format!("{labels} {group} {}", if layouts { "" } else { seller });
        out.entry(key).or_default().push(Paper { file, pages, label });
    }
    Ok(())
}

fn replay(
    name: &str,
    sequence: &[Paper],
    layouts: bool,
    verbose: bool,
    taught: &mut BTreeMap<FieldName, Score>,
    others: &mut Score,
    unknown: &mut u32,
) {
    let mut known: Vec<Layout> = Vec::new();
    let mut corrected: Vec<FieldName> = Vec::new();
    for paper in sequence {
        let before = ocr::extract::extract(&paper.pages, &Context::default());
        let own = memory::keys(&paper.pages, &before).into_iter().next().unwrap_or_default();
        let remembered: Vec<Remembered> = known
            .iter()
            .enumerate()
            .map(|(id, layout)| {
                let seller = if layouts { own.clone() } else { layout.seller.clone() };
                Remembered { id: id.to_string(), version: 1, layout: Layout { seller, ..layout.clone() } }
            })
            .collect();
        let mut after = before.clone();
        let spoke = memory::amend(&mut after, &paper.pages, &remembered).map(|m| m.id.clone());
        for field in FieldName::ALL.iter().filter(|field| scored(**field, layouts)) {
            let is = |reading: &Reading| {
                let value = reading.fields.get(field).map_or("", |f| f.value.as_str());
                truth::judge(&paper.label, *field, value)
            };
            let (Some(with), Some(without)) = (is(&after), is(&before)) else { continue };
            let known = corrected.contains(field);
            if known && spoke.is_none() {
                *unknown += 1;
                continue;
            }
            let score = if known { taught.entry(*field).or_default() } else { &mut *others };
            let sure = after.fields.get(field).is_some_and(|f| f.confidence >= 0.9);
            *score = Score {
                with: score.with + u32::from(with),
                without: score.without + u32::from(without),
                all: score.all + 1,
                sure: score.sure + u32::from(sure),
                sure_right: score.sure_right + u32::from(sure && with),
            };
            if verbose && !with && (corrected.contains(field) || without) {
                let value = |r: &Reading| r.fields.get(field).map(|f| f.value.clone()).unwrap_or_default();
                println!(
                    "{name} {} {}: {:?} was {:?} wanted {} (memory {spoke:?})",
                    paper.file,
                    field.as_str(),
                    value(&after),
                    value(&before),
                    paper.label["fields"][field.as_str()]
                );
            }
        }
        let (approved, mended) = approve(paper, &after);
        corrected.extend(mended);
        let Some(mut new) = memory::learn(&paper.pages, &after, &approved) else { continue };
        if layouts {
            new.lessons.retain(|field, _| {
                !matches!(
                    field,
                    FieldName::SellerName | FieldName::SellerTaxId | FieldName::SellerAddress | FieldName::SellerCountry
                )
            });
        }
        match spoke.and_then(|id| id.parse::<usize>().ok()) {
            Some(index) => known[index] = memory::relearn(&known[index], &paper.pages, new, &approved),
            None => known.push(new),
        }
    }
}

/// What papers print, and memory is about; with several sellers as one, not the sellers' own.
fn scored(field: FieldName, layouts: bool) -> bool {
    use FieldName as F;
    let own = matches!(field, F::SellerName | F::SellerTaxId | F::SellerAddress | F::SellerCountry);
    !(matches!(field, F::TypeCode | F::BuyerCountry | F::BuyerAddress) || (layouts && own))
}

/// The reading as a person leaves it, and what they had to correct.
fn approve(paper: &Paper, read: &Reading) -> (Reading, Vec<FieldName>) {
    let (mut approved, mut mended) = (read.clone(), Vec::new());
    for field in FieldName::ALL {
        let got = read.fields.get(field).map_or("", |f| f.value.as_str());
        if truth::judge(&paper.label, *field, got) != Some(false) {
            continue;
        }
        let label = &paper.label["fields"][field.as_str()];
        let Some(value) = label.as_str().map(str::to_owned).or_else(|| label.as_f64().map(|_| label.to_string())) else {
            continue;
        };
        approved.fields.insert(*field, Field::exact(value));
        mended.push(*field);
    }
    (approved, mended)
}
