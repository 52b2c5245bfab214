//! The weights of the scorer, one after the other a little up or down, keeping what reads more values right.

use std::error::Error;
use std::path::Path;

use ocr::extract::Weights;

use super::{Paper, values};

/// Steps that are tried.
const STEPS: [f64; 2] = [0.8, 1.25];

/// Values right less values wrong: a missing value is better than a wrong one.
fn merit(papers: &[Paper], weights: &Weights) -> i64 {
    values(papers, weights).iter().map(|g| if g.right { 1 } else { -1 }).sum()
}

/// Goes through all weights once; a change must win two values, or it is noise.
pub fn fit(papers: &[Paper], start: &Weights) -> Result<Weights, Box<dyn Error>> {
    let mut table = toml::Table::try_from(start)?;
    let mut best = merit(papers, start);
    println!("scorer: merit {best} to begin with");
    let names: Vec<String> = table.keys().cloned().collect();
    for name in &names {
        for step in STEPS {
            let Some(old) = table[name].as_float() else { continue };
            let mut tried = table.clone();
            tried.insert(name.clone(), toml::Value::Float((old * step * 1000.0).round() / 1000.0));
            let weights: Weights = tried.clone().try_into()?;
            let merit = merit(papers, &weights);
            if merit >= best + 2 {
                println!("  {name}: {old} -> {} ({best} -> {merit})", tried[name]);
                (best, table) = (merit, tried);
            }
        }
    }
    Ok(table.try_into()?)
}

/// Writes the weights, keeping the comments of the file.
pub fn write(path: &Path, weights: &Weights) -> Result<(), Box<dyn Error>> {
    let table = toml::Table::try_from(weights)?;
    let mut out = String::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let name = line.split('=').next().unwrap_or_default().trim();
        match (table.get(name).and_then(toml::Value::as_float), line.split_once('#')) {
            (Some(value), Some((_, comment))) if !name.is_empty() => {
                let number = (value * 1000.0).round() / 1000.0;
                out.push_str(&format!("{name} = {number:?}     #{comment}\n"));
            }
            (Some(value), None) => out.push_str(&format!("{name} = {:?}\n", (value * 1000.0).round() / 1000.0)),
            _ => out.push_str(&format!("{line}\n")),
        }
    }
    std::fs::write(path, out)?;
    Ok(())
}
