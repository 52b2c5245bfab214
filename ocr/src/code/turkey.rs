//! Türkiye: the QR code on prints of e-Fatura and e-Arşiv is JSON (GİB, e-Belge görüntü kılavuzu), which programs often write broken: keys without quotes,
//! a missing comma or brace, a blank before the bracket of `kdvmatrah (20)`. So pairs are found, not parsed.

use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;

use super::{Kind, Rate, Said, amount, iso};
use crate::reading::FieldName;
use crate::value::ettn::Ettn;

/// A key, a colon, and a value in quotes or up to the next separator.
static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#""?([A-Za-z]+)\s*(?:\(\s*([0-9]+(?:[.,][0-9]+)?)\s*\))?"?\s*:\s*(?:"([^"]*)"|([^",}\r\n]*))"#).ok()
});

/// Keys that mean one field each.
const KEYS: &[(&str, FieldName)] = &[
    ("vkntckn", FieldName::SellerTaxId),
    ("avkntckn", FieldName::BuyerTaxId),
    ("tip", FieldName::TypeCode),
    ("no", FieldName::InvoiceNumber),
];

/// Keys of amounts.
const AMOUNTS: &[(&str, FieldName)] = &[("vergidahil", FieldName::TotalGross), ("odenecek", FieldName::AmountPayable)];

pub(super) fn read(text: &str) -> Option<Said> {
    let pairs: Vec<(String, Option<String>, String)> = PAIR
        .as_ref()?
        .captures_iter(text)
        .map(|c| {
            let group = |i: usize| c.get(i).map(|m| m.as_str().trim().to_owned());
            (group(1).unwrap_or_default().to_ascii_lowercase(), group(2), group(3).or_else(|| group(4)).unwrap_or_default())
        })
        .collect();
    let value = |key: &str| pairs.iter().find(|(k, _, v)| k == key && !v.is_empty()).map(|(_, _, v)| v.as_str());
    if value("ettn").is_none() && (value("vkntckn").is_none() || value("tarih").is_none()) {
        return None;
    }
    let mut said = Said::new(Kind::Turkish);
    for (key, name) in KEYS {
        said.add(*name, value(key).unwrap_or_default());
    }
    for (key, name) in AMOUNTS {
        said.add(*name, value(key).and_then(amount).unwrap_or_default());
    }
    said.add(FieldName::IssueDate, value("tarih").and_then(date).unwrap_or_default());
    said.add(FieldName::Ettn, value("ettn").and_then(Ettn::parse).map(|e| e.to_string()).unwrap_or_default());
    let currency = value("parabirimi").unwrap_or_default().to_ascii_uppercase();
    said.add(FieldName::Currency, if currency == "TL" { "TRY".to_owned() } else { currency });
    rates(&pairs, &mut said);
    let goods = value("malhizmettoplam").and_then(amount).unwrap_or_default();
    totals(&mut said, goods);
    Some(said)
}

/// `kdvmatrah(20)` is the base at 20 %, `hesaplanankdv(20)` the tax.
fn rates(pairs: &[(String, Option<String>, String)], said: &mut Said) {
    for (key, percent, value) in pairs {
        let (Some(percent), Some(value)) = (percent.as_deref().and_then(amount), amount(value)) else { continue };
        let (is_net, is_vat) = (key == "kdvmatrah", key == "hesaplanankdv");
        if !is_net && !is_vat {
            continue;
        }
        let at = said.rates.iter().position(|r| r.percent.as_ref() == Some(&percent)).unwrap_or_else(|| {
            said.rates.push(Rate { percent: Some(percent), category: None, net: None, vat: None });
            said.rates.len() - 1
        });
        let rate = &mut said.rates[at];
        if is_net { rate.net = Some(value) } else { rate.vat = Some(value) }
    }
}

/// Net is the sum of the bases, or what the goods come to where no base is given; VAT the sum of the taxes.
fn totals(said: &mut Said, goods: String) {
    let sum = |pick: fn(&Rate) -> &Option<String>| {
        let numbers: Vec<Decimal> = said.rates.iter().filter_map(|r| pick(r).as_deref()?.parse().ok()).collect();
        (!numbers.is_empty())
            .then(|| numbers.iter().try_fold(Decimal::ZERO, |a, b| a.checked_add(*b)).unwrap_or_default().to_string())
    };
    let (net, vat) = (sum(|r| &r.net), sum(|r| &r.vat));
    said.add(FieldName::TotalNet, net.unwrap_or(goods));
    said.add(FieldName::TotalVat, vat.unwrap_or_default());
}

/// `2026-01-31`, `31-01-2026`, `31.01.2026`.
fn date(text: &str) -> Option<String> {
    let day = text.split(['T', ' ']).next()?;
    let parts: Vec<&str> = day.split(['-', '.', '/']).collect();
    match parts[..] {
        [y, m, d] if y.len() == 4 => iso(y, m, d),
        [d, m, y] if y.len() == 4 => iso(y, m, d),
        _ => None,
    }
}
