//! Tables of the page: lines, VAT by rate, other taxes.

use super::MOST_LINES;
use super::labels::Labels;
use super::set::{Ink, Setter};
use crate::reading::Reading;

/// A column: its heading, the width it has, and whether it holds numbers, which are set to the right.
struct Column<'t> {
    heading: &'t str,
    width: f32,
    number: bool,
}

/// Lines of the invoice.
pub(super) fn lines(page: &mut Setter<'_>, reading: &Reading, labels: &Labels) {
    let column = |heading, width, number| Column { heading, width, number };
    let columns = [
        column("", 24.0, false),
        column(&labels.name, 219.0, false),
        column(&labels.quantity, 58.0, true),
        column(&labels.unit, 42.0, false),
        column(&labels.unit_price, 68.0, true),
        column(&labels.rate, 40.0, true),
        column(&labels.net, 60.0, true),
    ];
    let amount = |text: &Option<String>| text.as_deref().map(|t| labels.amount(t)).unwrap_or_default();
    let rows = reading.lines.iter().take(MOST_LINES).enumerate().map(|(i, line)| {
        vec![
            (i + 1).to_string(),
            line.name.clone().unwrap_or_default(),
            amount(&line.quantity),
            line.unit.clone().unwrap_or_default(),
            amount(&line.unit_price),
            amount(&line.vat_rate),
            amount(&line.net),
        ]
    });
    set(page, &labels.lines, &columns, rows.collect());
    if reading.lines.len() > MOST_LINES {
        let more = labels.more_lines.replace("{}", &(reading.lines.len() - MOST_LINES).to_string());
        page.text(page.left(), &more, Ink::SMALL);
        page.down(16.0);
    }
}

/// VAT by rate.
pub(super) fn vat(page: &mut Setter<'_>, reading: &Reading, labels: &Labels) {
    let column = |heading, width, number| Column { heading, width, number };
    let columns = [
        column(&labels.rate, 90.0, false),
        column(&labels.net, 120.0, true),
        column(&labels.vat, 120.0, true),
        column(&labels.gross, 120.0, true),
    ];
    let amount = |text: &Option<String>| text.as_deref().map(|t| labels.amount(t)).unwrap_or_default();
    let rows = reading.vat_breakdown.iter().map(|row| {
        let rate = row.rate.as_deref().map(|r| format!("{} %", labels.amount(r)));
        let rate = [rate, row.category.clone()].into_iter().flatten().collect::<Vec<_>>().join("  ");
        vec![rate, amount(&row.net), amount(&row.vat), amount(&row.gross)]
    });
    set(page, &labels.vat_breakdown, &columns, rows.collect());
}

/// Taxes beside VAT.
pub(super) fn taxes(page: &mut Setter<'_>, reading: &Reading, labels: &Labels) {
    let column = |heading, width, number| Column { heading, width, number };
    let columns =
        [column("", 150.0, false), column(&labels.net, 110.0, true), column("%", 60.0, true), column(&labels.taxes, 130.0, true)];
    let amount = |text: &Option<String>| text.as_deref().map(|t| labels.amount(t)).unwrap_or_default();
    let rows = reading.taxes.iter().map(|tax| {
        vec![tax.kind.to_uppercase().replace('_', " "), amount(&tax.base), amount(&tax.rate), labels.amount(&tax.amount)]
    });
    set(page, &labels.taxes, &columns, rows.collect());
}

fn set(page: &mut Setter<'_>, title: &str, columns: &[Column<'_>], rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    page.heading(title);
    row(page, columns, &columns.iter().map(|c| c.heading.to_owned()).collect::<Vec<_>>(), Ink::LABEL);
    page.rule();
    for cells in rows {
        row(page, columns, &cells, Ink::SMALL);
    }
    page.down(2.0);
    page.rule();
}

/// A row as high as its highest cell.
fn row(page: &mut Setter<'_>, columns: &[Column<'_>], cells: &[String], ink: Ink) {
    let top = page.y();
    let (mut x, mut lowest) = (page.left(), top + ink.size * 1.5);
    for (column, cell) in columns.iter().zip(cells) {
        page.go(top);
        if column.number {
            page.text_right(x + column.width - 4.0, cell, ink);
        } else {
            page.paragraph(x, x + column.width - 4.0, cell, ink);
            lowest = lowest.max(page.y());
        }
        x += column.width;
    }
    page.go(lowest + 1.5);
}
