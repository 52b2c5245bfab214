//! What is printed, where the text layer is not to be believed without looking: on a page with numbers that cannot be seen, or that stand
//! under something, the amounts and the account are read from the picture as well.

use ocr::page::{Box, Page};
use ocr::reading::{FieldName, Finding, Reading, Severity, Source};

use super::super::Tools;
use super::{File, Work};

/// What decides where money goes, and how much.
const LOOKED_AT: [FieldName; 3] = [FieldName::TotalGross, FieldName::AmountPayable, FieldName::Iban];
/// What is left of the confidence in a value that is printed otherwise.
const OTHERWISE: f32 = 0.3;

impl Work<'_> {
    /// Compares amounts and account with what is seen at their places, on whichever page they stand. Two engines have to see the same
    /// other value: then it is an error, and the value is not believed.
    pub fn look_at_print(&mut self, tools: &mut Tools, files: &[File<'_>], reading: &mut Reading) {
        if !self.seen.iter().any(|seen| seen.doubtful) || self.clock.is_late() {
            return;
        }
        let language = reading.language.clone();
        let start = std::time::Instant::now();
        for name in LOOKED_AT {
            let Some(field) = reading.fields.get_mut(&name).filter(|field| field.source == Source::Text) else { continue };
            // What was added up from others is printed nowhere.
            let (Some((number, place)), Some(printed)) = (field.page.zip(field.bbox), field.raw.clone()) else { continue };
            let seen = self.printed(tools, files, name, (number, place), language.as_deref());
            let Some(seen) = seen.filter(|seen| plain(name, seen) != plain(name, &printed)) else { continue };
            field.confidence *= OTHERWISE;
            let what = name.as_str().replace('_', " ");
            let message = format!("The file's text says {printed} as {what}, but {seen} is what can be seen there.");
            reading.findings.push(Finding {
                code: "text_differs".to_owned(),
                severity: Severity::Error,
                fields: vec![name],
                message,
            });
        }
        self.clock.add(|took| &mut took.ocr, start.elapsed());
    }

    /// What two engines agree to see at a place of a doubtful page.
    fn printed(
        &self,
        tools: &mut Tools,
        files: &[File<'_>],
        name: FieldName,
        at: (u32, Box),
        language: Option<&str>,
    ) -> Option<String> {
        let (number, place) = at;
        let is_it = |page: &Page| page.number == number && page.source == Source::Text;
        let index = self.pages.iter().position(is_it).filter(|&index| self.seen[index].doubtful)?;
        let (page, seen) = (&self.pages[index], self.seen[index]);
        let picture = self.picture_of(tools, files.get(seen.file)?, seen.number, page.region)?;
        let zoom = picture.width() as f32 / page.width.max(1.0);
        let engines = tools.models.engines().ok()?;
        let first = engines.line(&picture, place, zoom).ok()?;
        let second = engines.line_again(&picture, place, zoom, language).ok()?;
        (!plain(name, &first).is_empty() && plain(name, &first) == plain(name, &second)).then(|| first.trim().to_owned())
    }
}

/// What is compared: of an amount its digits, if there are any, of an account its letters too. In blanks, marks and the sign of a currency
/// engines differ without disagreeing.
fn plain(name: FieldName, text: &str) -> String {
    let digits = name != FieldName::Iban && text.contains(|c: char| c.is_ascii_digit());
    let counts = |c: &char| if digits { c.is_ascii_digit() } else { c.is_ascii_alphanumeric() };
    text.chars().filter(counts).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_may_differ_in_all_but_what_counts() {
        let same = |name, a, b| plain(name, a) == plain(name, b);
        assert!(same(FieldName::TotalGross, "1 234 567,89", "1.234.567,89 PLN"), "a million has as many digits as an account");
        assert!(!same(FieldName::TotalGross, "1 234,00", "9 234,00"));
        assert!(!same(FieldName::TotalGross, "1 234,00", "Paragon"), "letters where an amount should be");
        assert!(same(FieldName::Iban, "pl61 1090 1014", "PL6110901014"));
        assert!(!same(FieldName::Iban, "GB29 NWBK 6016", "GB29 LOYD 6016"));
    }
}
