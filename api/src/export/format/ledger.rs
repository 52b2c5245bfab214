//! DATEV XML-Schnittstelle online (Unternehmen online): a ZIP of document.xml (schema document_v060), one file of ledger data a document
//! (schema Belegverwaltung_online_ledger_import_v060) and its picture: the booking arrives with the paper. After DATEV's description of
//! the XML interface (developer.datev.de, xml.datev.de/bedi/tps) and DATEV's sample data of version 6.0 (Musterdaten ER, ERK, AR). The
//! schemas themselves are DATEV's and could not be had here; `tests/tools/read_export.py` holds order and form of the elements against
//! their description, by Python's `zipfile` and XML parser.

use crate::export::check::account_of;
use crate::export::facts::{Facts, Row, rounded};
use crate::export::format::extf::{partner, reference, tax_key};
use crate::export::format::originals::Zip;
use crate::export::format::xml::Xml;
use crate::export::text::slug;
use crate::export::{Ground, Original, Originals, Problem};

const XSI: (&str, &str) = ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");

/// The bytes of the file.
pub fn write(ground: &Ground<'_>, papers: &[Facts<'_>], originals: &Originals) -> Result<Vec<u8>, Problem> {
    let mut zip = Zip::new();
    let mut index = Xml::new();
    index.open_with(
        "archive",
        &[
            ("xmlns", "http://xml.datev.de/bedi/tps/document/v06.0"),
            XSI,
            ("xsi:schemaLocation", "http://xml.datev.de/bedi/tps/document/v06.0 Document_v060.xsd"),
            ("version", "6.0"),
            ("generatingSystem", "Postroom"),
        ],
    );
    index.open("header").leaf("date", ground.asked.strftime("%Y-%m-%dT%H:%M:%S").to_string());
    index.leaf("description", format!("{} {}", ground.company.facts.name, ground.period.unwrap_or_default()).trim()).close();
    index.open("content");
    for (n, facts) in (1u32..).zip(papers) {
        let files: &[Original] = originals.get(&facts.paper.document.id).map(Vec::as_slice).unwrap_or_default();
        let name = format!("{n:04}_{}", slug(facts.number));
        zip.add(&format!("{name}.xml"), &ledger(ground, facts))?;
        let id = facts.paper.document.id.to_string();
        index.open_with("document", &[("guid", &id)]);
        let kind = if facts.sale { "accountsReceivableLedger" } else { "accountsPayableLedger" };
        let folder = if facts.sale { "Ausgangsrechnungen" } else { "Eingangsrechnungen" };
        let period = facts.paper.document.period.as_deref().or(ground.period).unwrap_or_default();
        index.open_with("extension", &[("xsi:type", kind), ("datafile", &format!("{name}.xml"))]);
        index.empty("property", &[("key", "1"), ("value", period)]);
        index.empty("property", &[("key", "3"), ("value", folder)]).close();
        for (m, file) in (1u32..).zip(files) {
            let end = ending(file);
            // The ledger has the plain name already.
            let path = if m == 1 && end != "xml" { format!("{name}.{end}") } else { format!("{name}_{m}.{end}") };
            zip.add(&path, &file.bytes)?;
            index.empty("extension", &[("xsi:type", "File"), ("name", &path)]);
        }
        index.close();
    }
    zip.add("document.xml", &index.finish())?;
    zip.finish()
}

/// By content, so that a name without an end does no harm.
fn ending(file: &Original) -> &'static str {
    match file.media_type.as_str() {
        "application/pdf" => "pdf",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/tiff" => "tif",
        media if media.ends_with("xml") => "xml",
        _ => "bin",
    }
}

fn ledger(ground: &Ground<'_>, facts: &Facts<'_>) -> Vec<u8> {
    let issued = facts.issued.map(|day| day.to_string()).unwrap_or_default();
    let total: rust_decimal::Decimal =
        facts.rows.iter().filter_map(Row::gross).map(|gross| rounded(facts.signed(gross), 2)).sum();
    let number: String = reference(facts.number).chars().take(36).collect();
    let mut xml = Xml::new();
    xml.open_with(
        "LedgerImport",
        &[
            ("xmlns", "http://xml.datev.de/bedi/tps/ledger/v060"),
            XSI,
            ("xsi:schemaLocation", "http://xml.datev.de/bedi/tps/ledger/v060 Belegverwaltung_online_ledger_import_v060.xsd"),
            ("version", "6.0"),
            ("generator_info", "Postroom"),
            ("generating_system", "Postroom"),
            ("xml_data", "Kopie nur zur Verbuchung berechtigt nicht zum Vorsteuerabzug"),
        ],
    );
    xml.open_with(
        "consolidate",
        &[
            ("consolidatedAmount", &facts.money(total)),
            ("consolidatedDate", &issued),
            ("consolidatedInvoiceId", &number),
            ("consolidatedCurrencyCode", facts.currency),
        ],
    );
    for row in &facts.rows {
        entry(&mut xml, ground, facts, row, &issued, &number);
    }
    xml.finish()
}

/// Elements in the order of the schema.
fn entry(xml: &mut Xml, ground: &Ground<'_>, facts: &Facts<'_>, row: &Row<'_>, issued: &str, number: &str) {
    let Some(gross) = row.gross().filter(|gross| !rounded(*gross, 2).is_zero()) else { return };
    let key = tax_key(ground, facts, row).unwrap_or_default();
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    xml.open(if facts.sale { "accountsReceivableLedger" } else { "accountsPayableLedger" });
    xml.leaf("date", issued).leaf("amount", facts.money(facts.signed(gross)));
    xml.maybe("accountNo", account_of(ground, facts).unwrap_or_default()).maybe("buCode", &key);
    xml.maybe("tax", row.rate.map(|rate| format!("{rate:.2}")).unwrap_or_default());
    xml.maybe("information", short(facts.booking.note.as_deref().unwrap_or_default(), 120));
    xml.leaf("currencyCode", facts.currency).leaf("invoiceId", number);
    xml.maybe("bookingText", short(facts.booking.description.as_deref().unwrap_or(facts.party.name), 30));
    xml.maybe("paidAt", facts.booking.paid_on.as_deref().unwrap_or_default());
    xml.maybe("vatId", if facts.party.country.is_empty() { "" } else { facts.party.tax_id });
    if facts.currency != ground.home {
        xml.maybe("exchangeRate", facts.rate.map(|rate| format!("{:.6}", rounded(rate, 6))).unwrap_or_default());
    }
    if !facts.sale {
        // The partner's account; on a sale the paper prints the company's own.
        xml.maybe("iban", facts.value(ocr::reading::FieldName::Iban));
        xml.maybe("swiftCode", facts.value(ocr::reading::FieldName::Bic));
    }
    xml.maybe("dueDate", day(facts.due)).leaf("bpAccountNo", partner(ground, facts)).maybe("deliveryDate", day(facts.sold));
    xml.maybe("orderId", short(facts.value(ocr::reading::FieldName::PurchaseOrder), 30));
    xml.maybe(if facts.sale { "customerName" } else { "supplierName" }, short(facts.party.name, 50)).close();
}
