use super::*;

/// Half the size a letter, as a rule of thumb of print.
fn measure(text: &str, ink: Ink) -> f32 {
    text.chars().count() as f32 * ink.size * 0.5
}

fn texts(sheet: &Sheet) -> Vec<&str> {
    let texts = sheet.items.iter().filter_map(|item| match item {
        Item::Text { text, .. } => Some(text.as_str()),
        Item::Fill { .. } => None,
    });
    texts.collect()
}

fn fixtures() -> Vec<Reading> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/xml");
    let folders = std::fs::read_dir(root).expect("tests/xml").flatten();
    let files = folders.flat_map(|f| std::fs::read_dir(f.path()).expect("format").flatten()).map(|f| f.path());
    let xml = files.filter(|p| p.extension().is_some_and(|e| e == "xml"));
    xml.flat_map(|p| crate::xml::read(&std::fs::read(p).expect("sample")).expect("well-formed")).collect()
}

#[test]
fn every_value_of_every_format_is_on_its_page() {
    for reading in fixtures() {
        let sheet = of(&reading, &measure);
        let all = texts(&sheet).join("\n");
        let labels = Labels::of(reading.language.as_deref());
        assert!(all.contains(labels.made_from.split_whitespace().next().unwrap_or("?")));
        for name in [FieldName::InvoiceNumber, FieldName::TotalGross, FieldName::AmountPayable, FieldName::IssueDate] {
            let Some(text) = value(&reading, name) else { continue };
            let text = if name == FieldName::IssueDate { labels.day(text) } else { text.to_owned() };
            let text = if TOTALS.contains(&name) { labels.amount(&text) } else { text };
            assert!(all.contains(&text), "{text} is missing in\n{all}");
        }
    }
}

#[test]
fn nothing_leaves_the_page() {
    for reading in fixtures() {
        let sheet = of(&reading, &measure);
        for item in &sheet.items {
            let (right, bottom) = match item {
                Item::Text { x, y, ink, text } => (x + measure(text, *ink), *y),
                Item::Fill { area, .. } => (area.right, area.bottom),
            };
            assert!(right <= sheet.width && bottom <= sheet.height, "{item:?}");
        }
    }
}

#[test]
fn a_paper_with_very_many_lines_says_how_many_are_left_out() {
    let mut reading = fixtures().into_iter().find(|r| !r.lines.is_empty()).expect("lines");
    reading.language = Some("de".into());
    reading.lines = vec![reading.lines[0].clone(); MOST_LINES + 7];
    let sheet = of(&reading, &measure);
    assert!(sheet.height > 842.0 && texts(&sheet).contains(&"… und 7 weitere Positionen in der Datei"));
}
