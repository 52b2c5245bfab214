//! Adding companies from a table, as offices have it in a spreadsheet.

use std::path::PathBuf;
use std::process::ExitCode;

use store::{Scope, Store};

use crate::cli::output;
use crate::config::Config;
use crate::moving::{self, Charset, Outcome, Plan};
use crate::pages::lang;

/// Arguments of `postroom company import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file: CSV, separated by commas, semicolons or tabs
    file: PathBuf,
    /// Say what each line would do; add nothing
    #[arg(long)]
    dry_run: bool,
    /// How the characters are written: utf-8, windows-1250, windows-1254, … [default: found out]
    #[arg(long)]
    charset: Option<String>,
}

/// Adds every company of the file that is not there yet, so that a file can be imported again after a line was mended. The exit
/// status tells of lines that need a correction.
pub async fn import(
    store: &Store,
    scope: &Scope,
    config: &Config,
    args: Args,
) -> Result<ExitCode, Box<dyn std::error::Error + Send + Sync>> {
    let file = &args.file;
    let bytes = std::fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
    let charset = match &args.charset {
        Some(name) => Some(Charset::named(name).ok_or_else(|| format!("there is no charset {name:?}"))?),
        None => None,
    };
    let failed = |problem: crate::http::Problem| format!("{}: {}", file.display(), problem.sentence());
    let mut plan = moving::make(store, scope, &config.smtp.hostname, &bytes, charset).await.map_err(failed)?;
    if !args.dry_run {
        moving::carry_out(store, scope, &mut plan).await.map_err(failed)?;
    }
    print(&plan, args.dry_run);
    Ok(if plan.count(Outcome::Wrong) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(plan: &Plan, dry_run: bool) {
    let rows: Vec<_> = plan
        .rows
        .iter()
        .map(|row| {
            let outcome = match row.outcome {
                Outcome::New if dry_run => "would be added",
                Outcome::New => "added",
                Outcome::Known => "is there already",
                Outcome::Wrong => "not added",
            };
            [row.line.to_string(), row.name.clone(), outcome.to_owned(), row.address.clone(), row.pin.clone()]
        })
        .collect();
    output::table(["LINE", "COMPANY", "OUTCOME", "ADDRESS", "PIN"], &rows);
    for row in &plan.rows {
        for finding in &row.findings {
            output::line(format_args!("line {}, {}: {}", row.line, finding.column, finding.sentence(lang::english())));
        }
    }
    if !plan.unknown.is_empty() {
        output::line(format_args!("columns that were not used: {}", plan.unknown.join(", ")));
    }
    let count = |outcome| plan.count(outcome);
    let verb = if dry_run { "would be added" } else { "added" };
    output::line(format_args!(
        "{} {verb}, {} there already, {} to be corrected (read as {})",
        count(Outcome::New),
        count(Outcome::Known),
        count(Outcome::Wrong),
        plan.charset.name()
    ));
}
