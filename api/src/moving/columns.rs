//! Which column of a table is what, from `vocab/columns.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ocr::fold::fold;
use ocr::reading::FieldName;

type Names = BTreeMap<String, BTreeMap<String, Vec<String>>>;

static NAMES: LazyLock<Names> = LazyLock::new(|| toml::from_str(include_str!("../../vocab/columns.toml")).unwrap_or_default());

/// Where the columns of a table are.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Columns {
    places: BTreeMap<String, usize>,
    /// Headings that mean nothing here.
    pub unknown: Vec<String>,
}

impl Columns {
    /// Of a table of this kind, by its heading. Of two columns with one meaning the first counts.
    pub fn of(kind: &str, heading: &[String]) -> Columns {
        let mut columns = Columns::default();
        for (place, name) in heading.iter().enumerate() {
            let folded: String = fold(name).chars().filter(|c| c.is_alphanumeric()).collect();
            let known = NAMES.get(kind).and_then(|known| known.iter().find(|(_, names)| names.contains(&folded)));
            // Of an archive every field of a paper may be a column, by its own name.
            let field = || (kind == "archive").then(|| name.trim().parse::<FieldName>().ok()).flatten();
            match known.map(|(column, _)| column.as_str()).or_else(|| field().map(FieldName::as_str)) {
                Some(column) if !columns.places.contains_key(column) => _ = columns.places.insert(column.to_owned(), place),
                _ if name.is_empty() => {}
                _ => columns.unknown.push(name.clone()),
            }
        }
        columns
    }

    /// Columns that the table has.
    pub fn present(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// True where the table has this column.
    pub fn has(&self, column: &str) -> bool {
        self.places.contains_key(column)
    }

    /// A cell of a row; empty where the column or the cell is missing.
    pub fn cell<'a>(&self, cells: &'a [String], column: &str) -> &'a str {
        self.places.get(column).and_then(|place| cells.get(*place)).map_or("", |cell| cell.trim())
    }
}

/// Columns that a table of this kind may have.
pub fn known(kind: &str) -> Vec<&'static str> {
    NAMES.get(kind).map(|known| known.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_six_languages() {
        for (heading, column) in [
            ("Nazwa firmy", "name"),
            ("NIP", "tax_id"),
            ("Cod fiscal", "tax_id"),
            ("Razão social", "name"),
            ("Vergi No.", "tax_id"),
            ("Şifre", "pin"),
            ("USt-IdNr.", "tax_id"),
            ("Księgowa", "bookkeeper"),
            ("bank_accounts", "bank_accounts"),
            ("E-mail", "contact"),
        ] {
            assert!(Columns::of("company", &[heading.to_owned()]).has(column), "{heading}");
        }
        let heading: Vec<String> = ["Name", "Colour", "Firma", ""].map(str::to_owned).into();
        assert_eq!(Columns::of("company", &heading).unknown, ["Colour", "Firma"]);
        for (kind, names) in NAMES.iter() {
            let mut all: Vec<&String> = names.values().flatten().collect();
            let count = all.len();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), count, "{kind}: a name means one thing");
            for (column, names) in names {
                let own = column.replace('_', "");
                assert!(names.contains(&own), "{column} is its own name");
            }
        }
    }
}
