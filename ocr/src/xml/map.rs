//! A table applied to a paper: paths to values in our words.

use rust_decimal::Decimal;

use super::convert::{self, Kind};
use super::path::At;
use super::table::{Format, LineRule, Note, Rows, Rule, Source, TaxRule, VatRule};
use crate::reading::{
    Direction, DocumentType, Field, FieldName, Finding, Line, Reading, Severity, Source as Evidence, Tax, TookMs, VatRow,
};

/// A reading without anything in it.
pub(super) fn blank(document_type: DocumentType) -> Reading {
    Reading {
        media_type: "application/xml".into(),
        pages: 1,
        page_range: [1, 1],
        region: None,
        reader_version: env!("CARGO_PKG_VERSION").into(),
        document_type,
        direction: Direction::None,
        language: None,
        fields: Default::default(),
        vat_breakdown: Vec::new(),
        lines: Vec::new(),
        taxes: Vec::new(),
        marks: Vec::new(),
        findings: Vec::new(),
        took_ms: TookMs::default(),
    }
}

/// Reads the paper at `at` by `format`.
pub(super) fn apply(format: &Format, at: At<'_, '_>) -> Reading {
    let mut reading = blank(document_type(format, at));
    for (name, rule) in &format.fields {
        match field(*name, rule, at) {
            Ok(Some(field)) => {
                reading.fields.insert(*name, field);
            }
            Ok(None) => {}
            Err(raw) => reading.findings.push(unreadable(*name, &raw)),
        }
    }
    reading.vat_breakdown = vat_breakdown(&format.vat, at);
    reading.lines = format.line.iter().flat_map(|rule| lines(rule, at)).collect();
    reading.taxes = format.tax.iter().flat_map(|rule| taxes(rule, at)).collect();
    reading.marks = format.marks.iter().filter(|(_, paths)| paths.iter().any(|p| p.exists(at))).map(|(mark, _)| *mark).collect();
    reading.language = format.language.clone().or_else(|| convert::language(&reading));
    reading.findings.extend(namespace(format, at));
    reading.findings.extend(format.note.iter().filter_map(|n| note(n, at)));
    reading
}

fn document_type(format: &Format, at: At<'_, '_>) -> DocumentType {
    let by_rule = format.types.iter().find(|t| t.when.exists(at)).map(|t| t.is);
    by_rule.or_else(|| format.by_root.get(at.paper.tag_name().name()).copied()).unwrap_or(DocumentType::Invoice)
}

/// The first alternative that converts; the raw text of one that does not, if none does.
fn field(name: FieldName, rule: &Rule, at: At<'_, '_>) -> Result<Option<Field>, String> {
    let mut failed = None;
    for source in &rule.0 {
        let Some(raw) = raw(source, at) else { continue };
        match convert::field(name, &raw) {
            Some(value) => {
                let mut field = Field::exact(value);
                field.raw = (field.value != raw).then_some(raw);
                return Ok(Some(field));
            }
            None => failed = failed.or(Some(raw)),
        }
    }
    failed.map_or(Ok(None), Err)
}

/// The text a source leads to.
fn raw(source: &Source, at: At<'_, '_>) -> Option<String> {
    if source.when.as_ref().is_some_and(|p| !p.exists(at)) || source.unless.as_ref().is_some_and(|p| p.exists(at)) {
        return None;
    }
    if let Some(path) = &source.path {
        return path.text(at);
    }
    if !source.join.is_empty() {
        let texts: Vec<String> = source.join.iter().flat_map(|p| p.texts(at)).collect();
        return (!texts.is_empty()).then(|| texts.join(source.with.as_deref().unwrap_or(" ")));
    }
    if !source.sum.is_empty() {
        let numbers = |paths: &[super::path::Path]| -> Vec<Decimal> {
            paths.iter().flat_map(|p| p.texts(at)).filter_map(|t| convert::decimal(&t)).collect()
        };
        let plus = numbers(&source.sum);
        return (!plus.is_empty()).then(|| {
            let minus = numbers(&source.minus);
            let sum = plus.iter().try_fold(Decimal::ZERO, |a, b| a.checked_add(*b));
            minus.iter().try_fold(sum.unwrap_or_default(), |a, b| a.checked_sub(*b)).unwrap_or_default().to_string()
        });
    }
    source.value.clone()
}

fn text(rule: Option<&Rule>, at: At<'_, '_>) -> Option<String> {
    rule?.0.iter().find_map(|s| raw(s, at))
}

fn value(rule: Option<&Rule>, kind: Kind, at: At<'_, '_>) -> Option<String> {
    rule?.0.iter().filter_map(|s| raw(s, at)).find_map(|t| convert::value(kind, &t))
}

fn rows<'a, 'i>(rows: &Rows, at: At<'a, 'i>) -> Vec<At<'a, 'i>> {
    let found = rows.0.iter().map(|p| p.nodes(at)).find(|n| !n.is_empty());
    found.unwrap_or_default().into_iter().map(|n| at.at(n)).collect()
}

fn vat_breakdown(rules: &[VatRule], at: At<'_, '_>) -> Vec<VatRow> {
    let all: Vec<(bool, VatRow)> = rules
        .iter()
        .flat_map(|rule| rows(&rule.rows, at).into_iter().filter_map(|row| Some((rule.skip_zero, vat_row(rule, row)?))))
        .collect();
    let zero =
        |row: &VatRow| [&row.net, &row.vat].into_iter().flatten().all(|v| convert::decimal(v).is_some_and(|d| d.is_zero()));
    let only_zeros = all.iter().all(|(_, row)| zero(row));
    all.into_iter().filter(|(skip, row)| only_zeros || !(*skip && zero(row))).map(|(_, row)| row).collect()
}

fn vat_row(rule: &VatRule, at: At<'_, '_>) -> Option<VatRow> {
    let net = value(rule.net.as_ref(), Kind::Amount, at);
    let vat = value(rule.vat.as_ref(), Kind::Amount, at);
    let (n, v) = (net.as_deref().and_then(convert::decimal), vat.as_deref().and_then(convert::decimal));
    if n.is_none() && v.is_none() {
        return None;
    }
    let rate = value(rule.rate.as_ref(), Kind::Rate, at).or_else(|| fitting(&rule.rates, n, v));
    let category = text(rule.category.as_ref(), at);
    let category = if rule.categories.is_empty() {
        category
    } else {
        let code = category.unwrap_or_default();
        rule.categories.get(code.split('.').next().unwrap_or_default()).cloned()
    };
    let gross = n.and_then(|n| n.checked_add(v.unwrap_or_default())).map(|g| g.to_string());
    Some(VatRow { rate, category, net, vat, gross, confidence: 1.0, source: Evidence::Xml, page: None, bbox: None })
}

/// Of the rates a pair of sums may stand for, the one that is nearest to what the sums say.
fn fitting(rates: &[String], net: Option<Decimal>, vat: Option<Decimal>) -> Option<String> {
    let (Some(net), Some(vat)) = (net.filter(|n| !n.is_zero()), vat) else { return rates.first().cloned() };
    let percent = vat.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(net)?;
    let distance = |rate: &&String| convert::decimal(rate).map_or(Decimal::MAX, |r| (r - percent).abs());
    rates.iter().min_by_key(distance).cloned()
}

fn lines(rule: &LineRule, at: At<'_, '_>) -> Vec<Line> {
    rows(&rule.rows, at).into_iter().map(|row| line(rule, row)).collect()
}

fn line(rule: &LineRule, at: At<'_, '_>) -> Line {
    let sign = |v: Option<String>| match &rule.negate {
        Some(path) if path.exists(at) => v.map(|v| convert::negated(&v)),
        _ => v,
    };
    Line {
        name: text(rule.name.as_ref(), at),
        quantity: sign(value(rule.quantity.as_ref(), Kind::Amount, at)),
        unit: text(rule.unit.as_ref(), at),
        unit_price: value(rule.unit_price.as_ref(), Kind::Amount, at),
        net: sign(value(rule.net.as_ref(), Kind::Amount, at)),
        vat_rate: value(rule.vat_rate.as_ref(), Kind::Rate, at),
        confidence: 1.0,
        page: None,
        bbox: None,
    }
}

/// Taxes of zero are left out: forms list them all.
fn taxes(rule: &TaxRule, at: At<'_, '_>) -> Vec<Tax> {
    let tax = |row: At<'_, '_>| {
        let amount = value(Some(&rule.amount), Kind::Amount, row)?;
        if convert::decimal(&amount)?.is_zero() {
            return None;
        }
        let code = text(Some(&rule.kind), row)?;
        let kind = rule.kinds.get(&code).cloned().unwrap_or(code);
        Some(Tax {
            kind,
            base: value(rule.base.as_ref(), Kind::Amount, row),
            rate: value(rule.rate.as_ref(), Kind::Rate, row),
            amount,
        })
    };
    rows(&rule.rows, at).into_iter().filter_map(tax).collect()
}

fn namespace(format: &Format, at: At<'_, '_>) -> Option<Finding> {
    if format.namespace.is_empty() {
        return None;
    }
    let is = at.root.tag_name().namespace().unwrap_or_default();
    let message = match format.namespace.iter().find(|n| is.starts_with(&n.is)) {
        None => format!("The root element's namespace {is:?} is not one of {}.", format.name),
        Some(n) if n.root.as_deref().is_some_and(|root| root != at.root.tag_name().name()) => {
            let (want, found) = (n.root.as_deref().unwrap_or_default(), at.root.tag_name().name());
            format!("The namespace {is:?} belongs to the element {want}, but the file's root is {found}.")
        }
        Some(n) => {
            let found = n.path.as_ref()?.text(at).unwrap_or_default();
            let same = |a: &str, b: &str| a.chars().filter(|c| !c.is_whitespace()).eq(b.chars().filter(|c| !c.is_whitespace()));
            if same(&found, &n.want) {
                return None;
            }
            format!("The namespace {is:?} belongs to {:?}, but the file calls itself {found:?}.", n.want)
        }
    };
    Some(Finding { code: "namespace".into(), severity: Severity::Warning, fields: Vec::new(), message })
}

/// What a note has to say, if it holds.
pub(super) fn note(note: &Note, at: At<'_, '_>) -> Option<Finding> {
    let text = note.when.exists(at).then(|| note.when.text(at).unwrap_or_default())?;
    let message = note.message.replace("{}", &text);
    Some(Finding { code: note.code.clone(), severity: note.severity, fields: note.fields.clone(), message })
}

fn unreadable(name: FieldName, raw: &str) -> Finding {
    let shown: String = raw.chars().take(60).collect();
    Finding {
        code: "value_unreadable".into(),
        severity: Severity::Warning,
        fields: vec![name],
        message: format!("The file gives {shown:?} as {}, which cannot be read as one.", name.as_str()),
    }
}
