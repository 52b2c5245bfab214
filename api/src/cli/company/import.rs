//! Adding companies from a table, as offices have it in a spreadsheet.

use std::path::Path;

use store::{Scope, Store};

use super::add;
use crate::cli::output;
use crate::config::Config;

/// One line of the file.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    country: String,
    #[serde(default)]
    tax_id: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    pin: String,
}

/// Adds every company of the file that is not there yet, so that a file can be imported again after a line was mended.
pub async fn import(
    store: &Store,
    scope: &Scope,
    config: &Config,
    file: &Path,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("cannot read {} as UTF-8: {e}", file.display()))?;
    let rows = parse(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    let known: Vec<String> = store::company::list(store, scope).await?.into_iter().map(|c| c.facts.name.to_lowercase()).collect();
    let mut printed = Vec::new();
    for row in rows {
        if known.contains(&row.name.trim().to_lowercase()) {
            printed.push([row.name, "is there already".to_owned(), String::new()]);
            continue;
        }
        let some = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let new = add::Args {
            name: row.name.trim().to_owned(),
            country: some(row.country).unwrap_or_else(|| "PL".to_owned()),
            tax_ids: some(row.tax_id).into_iter().collect(),
            address: some(row.address),
            pin: some(row.pin),
            auto_read: false,
            refuse: false,
        };
        let added = add::add(store, scope, config, new).await?;
        printed.push([added.name, added.address, added.pin]);
    }
    output::table(["COMPANY", "ADDRESS", "PIN"], &printed);
    Ok(())
}

fn parse(text: &str) -> Result<Vec<Row>, csv::Error> {
    let text = text.trim_start_matches('\u{feff}');
    let heading = text.lines().next().unwrap_or_default();
    // Spreadsheets of countries with a decimal comma write semicolons.
    let delimiter = if heading.contains(';') { b';' } else { b',' };
    csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes()).deserialize().collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn both_separators_and_missing_columns() {
        let rows = parse("\u{feff}name;tax_id\r\nMłyn; 526-025-09-95 \r\n\"A; B\";\r\n").unwrap();
        assert_eq!((rows[0].name.as_str(), rows[0].tax_id.as_str(), rows[1].name.as_str()), ("Młyn", "526-025-09-95", "A; B"));
        assert_eq!(parse("name,country\nX,RO\n").unwrap()[0].country, "RO");
        assert!(parse("name,colour\nX,red\n").unwrap_err().to_string().contains("colour"));
    }
}
