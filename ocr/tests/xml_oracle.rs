//! The samples in the two syntaxes of EN 16931, read by us and by `en16931-formats`: the same invoice must come out.

use std::path::Path;

use en16931::Invoice;
use en16931::invoice::PaymentMeans;
use ocr::reading::{FieldName, Reading};
use rust_decimal::Decimal;

fn number(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

fn theirs(invoice: &Invoice) -> Vec<(FieldName, Option<String>)> {
    let totals = &invoice.totals;
    let account = match invoice.payment.as_ref().and_then(|p| p.means.as_ref()) {
        Some(PaymentMeans::CreditTransfer(transfers)) => transfers.first(),
        _ => None,
    };
    let text = |t: &Option<String>| t.clone();
    vec![
        (FieldName::InvoiceNumber, text(&invoice.number)),
        (FieldName::IssueDate, invoice.issue_date.map(|d| d.to_string())),
        (FieldName::DueDate, invoice.due_date.map(|d| d.to_string())),
        (FieldName::TypeCode, invoice.type_code.as_ref().map(ToString::to_string)),
        (FieldName::Currency, invoice.currency.as_ref().map(ToString::to_string)),
        (FieldName::AccountingCurrency, invoice.vat_accounting_currency.as_ref().map(ToString::to_string)),
        (FieldName::PurchaseOrder, invoice.purchase_order_reference.as_ref().map(ToString::to_string)),
        (FieldName::SellerName, text(&invoice.seller.name)),
        (FieldName::SellerTaxId, text(&invoice.seller.vat_identifier)),
        (FieldName::BuyerName, text(&invoice.buyer.name)),
        (FieldName::TotalNet, Some(totals.taxable_total.to_string())),
        (FieldName::TotalVat, totals.vat_total.map(|a| a.to_string())),
        (FieldName::TotalVatAccounting, totals.vat_total_accounting.map(|a| a.to_string())),
        (FieldName::TotalGross, Some(totals.gross_total.to_string())),
        (FieldName::AllowancesTotal, totals.allowance_total.map(|a| a.to_string())),
        (FieldName::ChargesTotal, totals.charge_total.map(|a| a.to_string())),
        (FieldName::AmountPaid, totals.paid.map(|a| a.to_string())),
        (FieldName::AmountPayable, Some(totals.due.to_string())),
        (FieldName::PaymentReference, invoice.payment.as_ref().and_then(|p| p.remittance_information.clone())),
        (FieldName::Iban, account.and_then(|a| a.account_identifier.clone()).map(|a| a.replace(' ', ""))),
        (FieldName::Bic, account.and_then(|a| a.provider_identifier.clone())),
    ]
}

fn same(ours: &Reading, theirs: &Invoice, case: &Path) {
    for (name, want) in self::theirs(theirs) {
        let got = ours.fields.get(&name).map(|f| f.value.clone());
        let equal = got == want || matches!((&got, &want), (Some(a), Some(b)) if number(a).is_some() && number(a) == number(b));
        assert!(equal, "{}: {} is {got:?} here and {want:?} there", case.display(), name.as_str());
    }
    let amount = |t: &Option<String>| t.as_deref().and_then(number);
    let rows: Vec<_> =
        ours.vat_breakdown.iter().map(|r| (r.category.clone(), amount(&r.net), amount(&r.vat), amount(&r.rate))).collect();
    let want = theirs.vat_breakdown.iter().map(|r| {
        let rate = r.rate.as_ref().and_then(|p| number(p.to_string().trim_end_matches(['%', ' '])));
        (Some(r.category.to_string()), number(&r.taxable_amount.to_string()), number(&r.tax_amount.to_string()), rate)
    });
    assert_eq!(rows, want.collect::<Vec<_>>(), "{}", case.display());
    let lines: Vec<_> = ours.lines.iter().map(|l| amount(&l.net)).collect();
    let want: Vec<_> = theirs.lines.iter().map(|l| number(&l.net_amount.to_string())).collect();
    assert_eq!(lines, want, "{}", case.display());
}

#[test]
fn both_read_the_same_invoice() {
    let mut compared = 0;
    for folder in ["ubl", "cii"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/xml").join(folder);
        for file in std::fs::read_dir(folder).expect("samples").flatten().map(|e| e.path()) {
            if file.extension().is_none_or(|e| e != "xml") {
                continue;
            }
            let bytes = std::fs::read(&file).expect("sample");
            // The oracle reads neither envelopes nor ZUGFeRD 1.
            let Ok(theirs) = en16931_formats::read(&bytes) else { continue };
            let ours = ocr::xml::read(&bytes).expect("sample");
            assert_eq!(ours.len(), 1);
            same(&ours[0], &theirs.invoice, &file);
            compared += 1;
        }
    }
    assert!(compared >= 3, "only {compared} samples could be compared");
}
