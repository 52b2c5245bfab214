//! Tables: a band of column headings and the rows under it, values assigned to columns by their place.

use std::ops::Range;

use super::bind::overlap;
use super::candidate::Candidates;
use super::labels::{Hit, Labels};
use super::sheet::Sheet;
use crate::page::Box;
use crate::reading::FieldName;
use crate::vocab::{Column, Label};

/// One column of a table.
#[derive(Debug)]
pub(super) struct TableColumn {
    /// What its heading can mean, likeliest first.
    pub kinds: Vec<Column>,
    pub bbox: Box,
    /// From here to there belongs to the column.
    pub left: f32,
    pub right: f32,
}

/// A heading band with the rows under it.
#[derive(Debug)]
pub(super) struct Table {
    pub columns: Vec<TableColumn>,
    /// Rows of the heading.
    pub header: Range<u32>,
    /// Rows below it that belong to it.
    pub body: Range<u32>,
    /// How values stand under their headings.
    align: Align,
    /// What stands right of here, beside the table, is none of its.
    limit: f32,
}

/// How values stand under their headings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Align {
    /// Overlapping or nearest.
    #[default]
    Near,
    /// Headings stand at the left edge of their columns, values anywhere in them.
    Left,
    /// Headings stand at the right edge.
    Right,
}

impl Table {
    /// Whether some column can be of this kind.
    pub fn has(&self, kind: Column) -> bool {
        self.columns.iter().any(|c| c.kinds.contains(&kind))
    }

    /// Lists what was sold, as against what tax is due.
    pub fn is_lines(&self) -> bool {
        let goods = [Column::Name, Column::Quantity, Column::UnitPrice].iter().filter(|k| self.first(**k).is_some()).count();
        goods >= 2 || (goods == 1 && self.first(Column::Name).is_some() && (self.has(Column::Net) || self.has(Column::Gross)))
    }

    /// Sums up the tax by rate.
    pub fn is_vat(&self) -> bool {
        let goods = self.first(Column::Quantity).is_some() || self.first(Column::UnitPrice).is_some();
        !goods
            && (self.has(Column::VatRate) || self.has(Column::Vat))
            && (self.has(Column::Net) || (self.has(Column::Vat) && self.has(Column::Gross)))
    }

    /// The column whose likeliest meaning is `kind`.
    pub fn first(&self, kind: Column) -> Option<usize> {
        self.columns.iter().position(|c| c.kinds.first() == Some(&kind))
    }

    /// Whether a row of the body lists something sold: a quantity or a price stands in its column.
    pub fn holds_line(&self, found: &Candidates, row: u32) -> bool {
        let goods = |k: Option<&Column>| matches!(k, Some(Column::Quantity | Column::UnitPrice));
        if !self.columns.iter().any(|c| goods(c.kinds.first())) {
            return true;
        }
        found.amounts_in(row).filter(|i| !found.amounts[*i].amount.percent).any(|i| {
            let column = self.column_of(found.amounts[i].bbox);
            column.is_some_and(|c| goods(self.columns[c].kinds.first()))
        })
    }

    /// What the column of a box means most likely.
    pub fn kind_of(&self, bbox: Box) -> Option<Column> {
        self.columns[self.column_of(bbox)?].kinds.first().copied()
    }

    /// The column a box stands in.
    pub fn column_of(&self, bbox: Box) -> Option<usize> {
        if bbox.left > self.limit {
            return None;
        }
        match self.align {
            Align::Near => self.nearest(bbox),
            Align::Left => self.columns.iter().rposition(|c| c.bbox.left <= bbox.left + 2.0),
            Align::Right => self.columns.iter().position(|c| c.bbox.right >= bbox.right - 2.0),
        }
    }

    fn nearest(&self, bbox: Box) -> Option<usize> {
        let mut best: Option<(usize, f32)> = None;
        for (index, column) in self.columns.iter().enumerate() {
            let shared = overlap(bbox, column.bbox);
            let distance = (bbox.center_x() - column.bbox.center_x()).abs().min((bbox.right - column.bbox.right).abs());
            let score = if shared > 0.0 { 1000.0 + shared * 100.0 - distance * 0.1 } else { -distance };
            let inside = bbox.center_x() >= column.left && bbox.center_x() <= column.right;
            if (shared > 0.0 || inside) && best.is_none_or(|(_, s)| score > s) {
                best = Some((index, score));
            }
        }
        best.map(|(index, _)| index)
    }
}

/// Finds every table of the paper.
pub(super) fn find(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut row = 0u32;
    while (row as usize) < sheet.rows.len() {
        let Some(run) = heading_run(sheet, labels, found, row) else {
            row += 1;
            continue;
        };
        let header = band(sheet, labels, found, row, &run);
        let columns = columns(sheet, labels, header.clone(), &run);
        let known = columns.iter().filter(|c| !c.kinds.is_empty()).count();
        if known >= 2 {
            let end = header.end;
            tables.push(Table { columns, body: end..end, header, align: Align::Near, limit: run.limit });
            row = end;
        } else {
            row += 1;
        }
    }
    for index in 0..tables.len() {
        let limit = tables.get(index + 1).map_or(sheet.rows.len() as u32, |t| t.header.start);
        let end = body_end(sheet, labels, found, &tables[index], limit);
        tables[index].body.end = end;
        align(&mut tables[index], found);
    }
    tables
}

/// Picks the alignment in which fewest values share a column or have none.
fn align(table: &mut Table, found: &Candidates) {
    let mut best = (Align::Near, u32::MAX);
    for mode in [Align::Near, Align::Left, Align::Right] {
        table.align = mode;
        let mut faults = 0;
        for row in table.body.clone() {
            let mut used = 0u64;
            for at in found.amounts_in(row).map(|i| &found.amounts[i]).filter(|a| a.amount.decimals) {
                match table.column_of(at.bbox) {
                    Some(column) => {
                        let misplaced = matches!(
                            table.columns[column].kinds.first(),
                            Some(Column::Name | Column::Code | Column::Index | Column::Unit)
                        );
                        faults += u32::from(misplaced) + 2 * u32::from(used & (1 << (column % 64)) != 0);
                        used |= 1 << (column % 64);
                    }
                    None => faults += 2,
                }
            }
        }
        if faults < best.1 {
            best = (mode, faults);
        }
    }
    table.align = best.0;
}

/// Cells of a row that head columns, with no amount between them.
#[derive(Clone, Copy, Debug)]
struct Run {
    left: f32,
    right: f32,
    /// Left edge of what stands beside it.
    limit: f32,
}

impl Run {
    /// Whether nothing of `bbox` belongs to what stands beside the run.
    fn admits(&self, bbox: Box) -> bool {
        bbox.left < self.limit - 1.0
    }
}

/// The cells of a row that head the most different columns, if at least two; amounts beside them end the run.
fn heading_run(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, row: u32) -> Option<Run> {
    let hits = labels.row(row);
    if hits.len() < 2 {
        return None;
    }
    let cells = sheet.row(row).cells.clone();
    let mut best: Option<(usize, Range<u32>)> = None;
    let mut start = cells.start;
    for cell in cells.clone().chain(std::iter::once(cells.end)) {
        if cell < cells.end && !has_money(sheet, found, row, cell) {
            continue;
        }
        let strength = heading_strength(sheet, labels, row, &(start..cell));
        if strength >= 2 && best.as_ref().is_none_or(|(s, _)| strength > *s) {
            best = Some((strength, start..cell));
        }
        start = cell + 1;
    }
    let (strength, run) = best?;
    // Labels with their amounts can look like a heading beside a value; a heading of two must be all of its row.
    if run.len() < cells.len() && (strength < 3 || run.start != cells.start) {
        return None;
    }
    let limit = if run.end < cells.end { label_before(labels, sheet, row, &run) } else { f32::MAX };
    let boxes = run.filter(|c| sheet.cell(*c).bbox.left < limit).map(|c| sheet.cell(c).bbox);
    let bbox = boxes.reduce(Box::union)?;
    Some(Run { left: bbox.left, right: bbox.right, limit })
}

/// Where the block beside a run begins: at its label, which is the run's last cell, or at its amount.
fn label_before(labels: &Labels<'_>, sheet: &Sheet<'_>, row: u32, run: &Range<u32>) -> f32 {
    let last = run.end - 1;
    let total = |l: Label| matches!(l, Label::Field(f) if matches!(f.as_str(), "total_net" | "total_vat" | "total_gross" | "amount_payable" | "amount_paid"));
    let named = labels.row(row).iter().any(|h| h.cell == last && h.leads && labels.means(h, total).is_some());
    sheet.cell(if named && run.len() > 2 { last } else { run.end }).bbox.left
}

/// How many different columns the phrases in some cells of a row can head.
fn heading_strength(sheet: &Sheet<'_>, labels: &Labels<'_>, row: u32, run: &Range<u32>) -> usize {
    let mut cells: Vec<u32> = Vec::new();
    let mut kinds: Vec<Column> = Vec::new();
    let words: usize = run.clone().map(|c| sheet.cell(c).words.len()).sum();
    for hit in labels.row(row).iter().filter(|h| run.contains(&h.cell)) {
        let colon = hit.colon && run.len() < 3;
        if let Some(Label::Column(kind)) = labels.means(hit, |l| matches!(l, Label::Column(_))).map(|(m, _)| m.label)
            && !colon
        {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
            cells.push(hit.cell);
        }
    }
    cells.dedup();
    // A sentence can hold two of the words; a heading spreads them, or is nothing but them.
    if cells.len() >= 2 || (kinds.len() >= 3 && words <= 3 * kinds.len()) { kinds.len() } else { 0 }
}

fn has_money(sheet: &Sheet<'_>, found: &Candidates, row: u32, cell: u32) -> bool {
    found.amounts_in(row).any(|a| {
        let amount = &found.amounts[a];
        amount.cell == cell
            && amount.amount.decimals
            && !amount.amount.percent
            && sheet.words[amount.words.start as usize].token.text.len() > 2
    })
}

/// The rows above and below that belong to the same heading.
fn band(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, row: u32, run: &Run) -> Range<u32> {
    let page = sheet.row(row).page;
    let height = sheet.row(row).bbox.height();
    let fits = |r: u32| {
        let here = sheet.row(r);
        let mut mine = here.cells.clone().map(|c| sheet.cell(c).bbox).filter(|b| run.admits(*b)).peekable();
        here.page == page
            && mine.peek().is_some()
            && (mine.all(|b| b.left >= run.left - 3.0 * height && b.right <= run.right + 3.0 * height)
                || heading_run(sheet, labels, found, r).is_some())
            && found.amounts_in(r).all(|i| !run.admits(found.amounts[i].bbox))
            && found.dates_in(r).is_empty()
            && !labels.row(r).iter().any(|h| h.colon)
            && !labels.row(r).is_empty()
    };
    let mut start = row;
    while start > 0
        && row - start < 3
        && fits(start - 1)
        && sheet.row(start).bbox.top - sheet.row(start - 1).bbox.bottom < 0.5 * height
    {
        start -= 1;
    }
    let mut end = row + 1;
    while (end as usize) < sheet.rows.len()
        && end - row < 5
        && fits(end)
        && sheet.row(end).bbox.top - sheet.row(end - 1).bbox.bottom < 0.5 * height
    {
        end += 1;
    }
    start..end
}

/// Place, text and, for each phrase in it, the phrase's length and meanings.
type Heading = (Box, String, Vec<(u16, Vec<Column>)>);

/// The columns of a heading band: what stands over one another is one heading.
fn columns(sheet: &Sheet<'_>, labels: &Labels<'_>, rows: Range<u32>, run: &Run) -> Vec<TableColumn> {
    let mut columns: Vec<Heading> = Vec::new();
    for row in rows {
        for (bbox, words, hit) in segments(sheet, labels, row).into_iter().filter(|s| run.admits(s.0)) {
            let text: String = words.clone().map(|w| crate::vocab::compact(sheet.folded(w))).collect();
            let percent = words.clone().any(|w| sheet.words[w as usize].token.text.contains('%'));
            // `Preț unitar` over `(fără TVA)`: what stands in brackets heads nothing.
            let printed = |w: u32| sheet.words[w as usize].token.text.as_str();
            let aside = printed(words.start).starts_with('(') && printed(words.end - 1).ends_with(')');
            let kinds = hit.filter(|_| !aside).map(|h| {
                let mut kinds = kinds_of(labels, h);
                // `VAT %` heads rates; `TVA 21%` heads the tax at the one rate.
                let joined: String = words.clone().map(|w| sheet.words[w as usize].token.text.as_str()).collect();
                let rated = super::vat::percent_in(&joined).is_some();
                if rated && kinds.contains(&Column::Vat) {
                    kinds = vec![Column::Vat];
                } else if percent && kinds.contains(&Column::VatRate) {
                    kinds = vec![Column::VatRate];
                }
                (h.length, kinds)
            });
            match columns
                .iter_mut()
                .filter(|c| overlap(c.0, bbox) > 0.35)
                .max_by(|a, b| overlap(a.0, bbox).total_cmp(&overlap(b.0, bbox)))
            {
                Some(column) => {
                    column.0 = column.0.union(bbox);
                    column.1.push_str(&text);
                    column.2.extend(kinds);
                }
                None => columns.push((bbox, text, kinds.into_iter().collect())),
            }
        }
    }
    columns.sort_by(|a, b| a.0.left.total_cmp(&b.0.left));
    let mut out: Vec<TableColumn> = columns
        .into_iter()
        .map(|(bbox, text, kinds)| TableColumn {
            kinds: whole_meaning(labels, &text, kinds),
            bbox,
            left: bbox.left,
            right: bbox.right,
        })
        .collect();
    settle_vat(&mut out);
    for index in 0..out.len() {
        out[index].left =
            if index == 0 { out[0].bbox.left - 40.0 } else { (out[index - 1].bbox.right + out[index].bbox.left) / 2.0 };
        out[index].right =
            out.get(index + 1).map_or(out[index].bbox.right + 60.0, |n| (out[index].bbox.right + n.bbox.left) / 2.0);
    }
    out
}

/// `VAT` can head the rate or the tax; the other columns tell which.
fn settle_vat(columns: &mut [TableColumn]) {
    let both = |c: &TableColumn| c.kinds.contains(&Column::Vat) && c.kinds.contains(&Column::VatRate);
    let only = |columns: &[TableColumn], kind| columns.iter().any(|c| c.kinds.contains(&kind) && !both(c));
    let (rate, tax) = (only(columns, Column::VatRate), only(columns, Column::Vat));
    for column in columns.iter_mut().filter(|c| both(c)) {
        if tax && !rate {
            column.kinds.retain(|k| *k != Column::Vat);
        } else if rate && !tax {
            column.kinds.retain(|k| *k != Column::VatRate);
        }
    }
}

/// Pieces of a row: one for each column phrase, the words after it included, and one for a cell without any.
fn segments<'l>(sheet: &Sheet<'_>, labels: &'l Labels<'_>, row: u32) -> Vec<(Box, Range<u32>, Option<&'l Hit>)> {
    let mut out = Vec::new();
    for cell in sheet.row(row).cells.clone() {
        let words = sheet.cell(cell).words.clone();
        let hits: Vec<&Hit> = labels
            .row(row)
            .iter()
            .filter(|h| h.cell == cell && labels.means(h, |l| matches!(l, Label::Column(_))).is_some())
            .collect();
        if hits.is_empty() {
            out.push((sheet.cell(cell).bbox, words, None));
            continue;
        }
        for (index, hit) in hits.iter().enumerate() {
            let start = if index == 0 { words.start } else { hit.words.start };
            let end = hits.get(index + 1).map_or(words.end, |n| n.words.start).max(hit.words.end);
            out.push((sheet.bbox(start..end), start..end, Some(*hit)));
        }
    }
    out
}

fn kinds_of(labels: &Labels<'_>, hit: &Hit) -> Vec<Column> {
    let mut kinds: Vec<(Column, f32)> = Vec::new();
    for meaning in labels.meanings(hit) {
        if let Label::Column(kind) = meaning.label {
            let trust = labels.trust(meaning.language);
            match kinds.iter_mut().find(|(k, _)| *k == kind) {
                Some((_, t)) => *t = t.max(trust),
                None => kinds.push((kind, trust)),
            }
        }
    }
    kinds.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = kinds.first().map_or(0.0, |k| k.1);
    kinds.into_iter().filter(|(_, trust)| *trust > best - 0.3).map(|(kind, _)| kind).collect()
}

/// What the heading as a whole means; else its longest phrase.
fn whole_meaning(labels: &Labels<'_>, text: &str, mut kinds: Vec<(u16, Vec<Column>)>) -> Vec<Column> {
    if let Some(phrase) = labels.vocab.phrase(text) {
        let mut out: Vec<Column> = Vec::new();
        for meaning in labels.vocab.meanings(phrase) {
            if let Label::Column(kind) = meaning.label
                && labels.trust(meaning.language) > 0.6
                && !out.contains(&kind)
            {
                out.push(kind);
            }
        }
        // A percent sign beside the word has told which of them is meant.
        let told = |narrow: &&(u16, Vec<Column>)| narrow.1.len() == 1 && out.len() > 1 && out.contains(&narrow.1[0]);
        if let Some((_, narrow)) = kinds.iter().find(told).filter(|_| kinds.len() == 1) {
            return narrow.clone();
        }
        if !out.is_empty() {
            return out;
        }
    }
    kinds.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    kinds.into_iter().next().map(|(_, k)| k).unwrap_or_default()
}

/// Where the table ends: at totals, at another section, at a large gap, at the page's end.
fn body_end(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, table: &Table, limit: u32) -> u32 {
    let page = sheet.row(table.header.start).page;
    let height = sheet.row(table.header.start).bbox.height().max(6.0);
    let mut bottom = sheet.row(table.header.end - 1).bbox.bottom;
    let mut empty = 0;
    for row in table.header.end..limit {
        let here = sheet.row(row);
        let gap = here.bbox.top - bottom;
        if here.page != page || gap > 9.0 * height || ends_table(sheet, labels, found, table, row) {
            return row;
        }
        empty = if found.amounts_in(row).is_empty() { empty + 1 } else { 0 };
        if empty > 14 || (table.is_vat() && empty > 3) {
            return row;
        }
        bottom = here.bbox.bottom;
    }
    limit
}

fn ends_table(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, table: &Table, row: u32) -> bool {
    if !table.is_lines() {
        return false;
    }
    let first_cell = sheet.row(row).cells.start;
    labels.row(row).iter().any(|h| {
        h.leads
            && (h.cell == first_cell || sheet.row(row).cells.len() <= 3)
            && labels.is(h, |l| {
                matches!(
                    l,
                    Label::Field(FieldName::TotalNet | FieldName::TotalGross | FieldName::TotalVat | FieldName::AmountPayable)
                )
            })
            && !found.amounts_in(row).is_empty()
    })
}
