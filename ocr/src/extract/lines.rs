//! Invoice lines, from the table whose headings say what was sold.

use std::ops::Range;

use rust_decimal::Decimal;

use super::candidate::{AmountAt, Candidates};
use super::sheet::Sheet;
use super::table::Table;
use super::vat;
use crate::page::Box;
use crate::reading::Line;
use crate::vocab::Column;

/// Lines of every table of goods.
pub(super) fn read(sheet: &Sheet<'_>, found: &Candidates, tables: &[Table]) -> Vec<Line> {
    let mut out = Vec::new();
    for table in tables.iter().filter(|t| t.is_lines() && !t.is_vat()) {
        let rows: Vec<u32> = table
            .body
            .clone()
            .filter(|r| table.holds_line(found, *r) && anchors(found, table, *r) && !numbers_columns(found, *r))
            .collect();
        for (index, row) in rows.iter().enumerate() {
            let next = rows.get(index + 1).copied().unwrap_or(table.body.end);
            out.push(line(sheet, found, table, *row, next));
        }
    }
    out
}

/// A line begins where a quantity, price or sum stands in its column, at least two of them.
fn anchors(found: &Candidates, table: &Table, row: u32) -> bool {
    let mut kinds: Vec<Column> = found.amounts_in(row).map(|i| &found.amounts[i]).filter_map(|a| kind_at(table, a)).collect();
    kinds.retain(|k| matches!(k, Column::Quantity | Column::UnitPrice | Column::Net | Column::Gross));
    kinds.dedup();
    kinds.len() >= 2
        || (kinds.len() == 1
            && found.amounts_in(row).any(|i| found.amounts[i].amount.decimals)
            && matches!(kinds[0], Column::Net | Column::Gross))
}

/// `0  1  2  3  4  5 (3 x 4)` under the headings counts the columns.
fn numbers_columns(found: &Candidates, row: u32) -> bool {
    let values: Vec<Decimal> = found.amounts_in(row).map(|i| found.amounts[i].amount.value).take(4).collect();
    values.len() == 4 && values.windows(2).all(|p| p[1] - p[0] == Decimal::ONE)
}

fn kind_at(table: &Table, at: &AmountAt) -> Option<Column> {
    table.columns[table.column_of(at.bbox)?].kinds.first().copied()
}

fn line(sheet: &Sheet<'_>, found: &Candidates, table: &Table, row: u32, next: u32) -> Line {
    let value = |wanted: Column| {
        let mut here = found.amounts_in(row).map(|i| &found.amounts[i]).filter(|a| !a.amount.percent);
        here.find(|a| kind_at(table, a) == Some(wanted)).map(|a| a.amount.value)
    };
    let quantity = value(Column::Quantity);
    let unit_price = value(Column::UnitPrice);
    let net = value(Column::Net).or_else(|| value(Column::Gross).filter(|_| table.first(Column::Net).is_none()));
    let rate = rate(sheet, found, table, row);
    let name =
        table.columns.iter().position(|c| c.kinds.first() == Some(&Column::Name)).and_then(|c| name(sheet, table, c, row, next));
    let unit = table
        .columns
        .iter()
        .position(|c| c.kinds.first() == Some(&Column::Unit))
        .and_then(|c| text_in(sheet, table, c, row))
        .or_else(|| unit_after(sheet, found, table, row));
    let proven = matches!((quantity, unit_price, net), (Some(q), Some(p), Some(n)) if (q * p - n).abs() <= Decimal::new(1, 2));
    let text = |d: Option<Decimal>| d.map(|d| d.to_string());
    Line {
        name: name.as_ref().map(|(t, _)| t.clone()),
        quantity: text(quantity),
        unit,
        unit_price: text(unit_price),
        net: text(net),
        vat_rate: text(rate),
        confidence: if proven {
            0.95
        } else if net.is_some() {
            0.7
        } else {
            0.5
        },
        page: Some(sheet.page_number(row)),
        bbox: Some(name.map_or(sheet.row(row).bbox, |(_, b)| b.union(sheet.row(row).bbox))),
    }
}

fn rate(sheet: &Sheet<'_>, found: &Candidates, table: &Table, row: u32) -> Option<Decimal> {
    let column = table.columns.iter().position(|c| c.kinds.first() == Some(&Column::VatRate));
    let amounts = found.amounts_in(row).map(|i| &found.amounts[i]);
    let in_column = amounts
        .clone()
        .filter(|a| column.is_some() && table.column_of(a.bbox) == column)
        .map(|a| a.amount.value)
        .find(|v| *v <= Decimal::from(30) && *v >= Decimal::ZERO);
    in_column.or_else(|| if column.is_some() { vat::rate_in_words(sheet, row) } else { None })
}

/// `10 Stk` in the quantity's column.
fn unit_after(sheet: &Sheet<'_>, found: &Candidates, table: &Table, row: u32) -> Option<String> {
    let quantity = found.amounts_in(row).map(|i| &found.amounts[i]).find(|a| kind_at(table, a) == Some(Column::Quantity))?;
    let next = sheet.words.get(quantity.words.end as usize).filter(|n| n.cell == quantity.cell)?;
    let text = next.token.text.trim_matches(|c: char| !c.is_alphanumeric());
    (text.chars().count() <= 8 && text.starts_with(char::is_alphabetic)).then(|| text.to_owned())
}

fn text_in(sheet: &Sheet<'_>, table: &Table, column: usize, row: u32) -> Option<String> {
    let words: Vec<u32> =
        sheet.row(row).words.clone().filter(|w| table.column_of(sheet.words[*w as usize].token.bbox) == Some(column)).collect();
    let text: Vec<&str> = words.iter().map(|w| sheet.words[*w as usize].token.text.as_str()).collect();
    (!text.is_empty()).then(|| text.join(" "))
}

/// The words of the name's column in the line's row and, while nothing else stands there, in the rows after it.
fn name(sheet: &Sheet<'_>, table: &Table, column: usize, row: u32, next: u32) -> Option<(String, Box)> {
    let mut text = words_of_name(sheet, table, column, row);
    let mut bbox = text.as_ref().map(|(_, b)| *b);
    if text.is_none() {
        // The name may stand on the line under its numbers.
        let under: Range<u32> = row + 1..next.min(row + 2);
        for below in under {
            text = words_of_name(sheet, table, column, below);
            bbox = text.as_ref().map(|(_, b)| *b);
        }
    }
    let (text, bbox) = (text?.0, bbox?);
    Some((text, bbox))
}

fn words_of_name(sheet: &Sheet<'_>, table: &Table, column: usize, row: u32) -> Option<(String, Box)> {
    let mut out = String::new();
    let mut bbox: Option<Box> = None;
    for cell in sheet.row(row).cells.clone().map(|c| sheet.cell(c)) {
        if table.column_of(cell.bbox) != Some(column)
            && cell.words.clone().all(|w| table.column_of(sheet.words[w as usize].token.bbox) != Some(column))
        {
            continue;
        }
        for word in cell.words.clone() {
            let token = &sheet.words[word as usize].token;
            let own = table.column_of(token.bbox);
            // A long name runs over into the columns right of it; numbers there are theirs.
            if own == Some(column)
                || (own > Some(column) && !out.is_empty() && !token.text.contains(|c: char| c.is_ascii_digit()))
            {
                if !out.is_empty() {
                    out.push(' ');
                }
                out.push_str(&token.text);
                bbox = Some(bbox.map_or(token.bbox, |b| b.union(token.bbox)));
            }
        }
    }
    bbox.filter(|_| out.contains(char::is_alphabetic)).map(|b| (out, b))
}
