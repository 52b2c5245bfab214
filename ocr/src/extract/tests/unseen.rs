//! What papers of programs nobody tuned on do: other papers' numbers and dates beside their own, totals after discounts and
//! advances, one label in two languages, parties at unusual places.

use super::{expect, expect_rows, read};
use crate::reading::{DocumentType, FieldName as F};

#[test]
fn a_paper_referred_to_keeps_its_number_and_date() {
    let reading = read(
        "\
Wystawiono dnia 2026-03-12
FAKTURA KOŃCOWA 14/03/2026
do faktury zaliczkowej nr 6/ZAL/02/2026 z dnia 2026-02-11
Do zapłaty: 615,00 PLN",
    );
    expect(&reading, &[(F::InvoiceNumber, "14/03/2026"), (F::IssueDate, "2026-03-12")]);
    let reading = read(
        "\
Korekta faktury sprzedaży KFS 9/SKL/04/2026
dotyczy: FS 210/SKL/03/2026 z dnia 2026-03-30
Katowice, 2026-04-07
Razem brutto -246,00 PLN",
    );
    expect(&reading, &[(F::InvoiceNumber, "KFS 9/SKL/04/2026"), (F::IssueDate, "2026-04-07")]);
    let reading = read(
        "\
FACTURĂ STORNO
seria BRD numărul 00412 din data de 06.03.2026
Stornare parțială a facturii seria BRD nr. 00398 din 20.02.2026
Total de plată  -121,00 lei",
    );
    expect(&reading, &[(F::InvoiceNumber, "BRD 00412"), (F::IssueDate, "2026-03-06")]);
}

#[test]
fn a_number_that_reads_as_a_date() {
    let reading = read("Faktura VAT nr 7/03/2026\nData wystawienia: 31.03.2026\nDo zapłaty: 12,30 zł");
    expect(&reading, &[(F::InvoiceNumber, "7/03/2026"), (F::IssueDate, "2026-03-31")]);
}

#[test]
fn the_word_for_number_is_no_part_of_it_and_registers_are_no_invoices() {
    let reading = read(
        "\
Furnizor: Lumina Media Group SRL      FACTURA FISCALA
J40/7712/2011                         Seria LMG Nr. 20260018
CIF: RO14399840                       Data: 17.02.2026
TOTAL GENERAL  1.210,00 lei",
    );
    expect(&reading, &[(F::InvoiceNumber, "LMG 20260018")]);
}

#[test]
fn a_number_in_groups_of_digits() {
    let reading = read("Rechnungsnummer  61 2207 3318 0042\nRechnungsdatum  12.02.2026\nRechnungsbetrag  59,50 EUR");
    expect(&reading, &[(F::InvoiceNumber, "61 2207 3318 0042")]);
}

#[test]
fn one_label_in_two_languages_is_one_label() {
    let reading = read(
        "\
FAKTURA / INVOICE No UE/31/26
Data wystawienia / Date of issue: 24.02.2026
Kurs: 4,2100 PLN (tabela NBP 36/A/NBP/2026 z dnia 20.02.2026)
Do zapłaty / Amount due: 836,40 EUR",
    );
    expect(&reading, &[(F::IssueDate, "2026-02-24"), (F::AmountPayable, "836.40")]);
}

#[test]
fn a_currency_written_in_capitals() {
    let reading = read("S.C. PECO SUD S.R.L.\nTOTAL LEI  347,45\nCARD  347,45\nNR BON FISCAL: 0112");
    expect(&reading, &[(F::Currency, "RON"), (F::TotalGross, "347.45"), (F::InvoiceNumber, "0112")]);
}

#[test]
fn what_a_discount_leaves_is_the_total() {
    let reading = read(
        "\
Qtde. total de itens  3
Valor total R$  130,98
Desconto R$  5,98
Valor a Pagar R$  125,00",
    );
    expect(&reading, &[(F::TotalGross, "125.00"), (F::AmountPayable, "125.00")]);
}

#[test]
fn bases_stand_beside_their_taxes() {
    let reading = read(
        "\
VAT INVOICE  Inv no PB/2291
Goods ex VAT  £1,840.00
VAT @ 20% on £1,600.00  £320.00
VAT @ 5% on £240.00  £12.00
Invoice total  £2,172.00",
    );
    expect(&reading, &[(F::TotalNet, "1840.00"), (F::TotalVat, "332.00"), (F::TotalGross, "2172.00")]);
    expect_rows(&reading, &[("20", "1600.00", "320.00"), ("5", "240.00", "12.00")]);
}

#[test]
fn services_of_one_rate_are_one_row_of_the_summary() {
    let reading = read(
        "\
Faktura VAT nr F/0083/26
numer telefonu          netto zł    VAT %    VAT zł    brutto zł
abonament                  60,00       23     13,80        73,80
rata za sprzęt             34,87       23      8,02        42,89
razem                      94,87               21,82      116,69
do zapłaty 116,69 zł",
    );
    expect_rows(&reading, &[("23", "94.87", "21.82")]);
}

#[test]
fn accounts_and_keys_over_two_lines() {
    let reading = read(
        "\
Invoice no 77
Total £12.00
Please pay by bank transfer to our account with NatWest, IBAN GB29 NWBK 6016
1331 9268 19 and quote the number.",
    );
    expect(&reading, &[(F::Iban, "GB29NWBK60161331926819")]);
    let reading = read(
        "\
CUPOM FISCAL ELETRÔNICO
Valor a Pagar R$  125,00
Chave de Acesso
5206 0433 0099 1100 2506 5501 2000
0007 8002 6730 1615",
    );
    expect(&reading, &[(F::AccessKey, "52060433009911002506550120000007800267301615")]);
}

#[test]
fn the_upper_of_two_addresses_is_the_senders() {
    let reading = read(
        "\
Lena Brandt
Illustration
Kastanienallee 40
10119 Berlin

Kulturverein Ausblick e.V.
Torstraße 6
10119 Berlin

Rechnung 2026-17
Gesamtbetrag 500,00 €",
    );
    expect(&reading, &[(F::SellerName, "Lena Brandt"), (F::BuyerName, "Kulturverein Ausblick e.V.")]);
}

#[test]
fn names_end_where_something_else_begins() {
    let reading = read(
        "\
Reti Comunicatii S.A. Str. Lungă nr. 75, Brașov
C.U.I.: RO14399840
Client: Atelier Vulcan SRL
Factura nr. 8812
Total de plată 121,00 lei",
    );
    expect(&reading, &[(F::SellerName, "Reti Comunicatii S.A."), (F::BuyerName, "Atelier Vulcan SRL")]);
    let reading = read("SkyLine Airways – VAT Receipt\nReceipt number SL-771\nTotal paid GBP 176.42");
    expect(&reading, &[(F::SellerName, "SkyLine Airways")]);
}

#[test]
fn two_words_for_one_party() {
    let reading = read(
        "\
Odbiorca faktury / nabywca:
EL-INSTAL Piotr Gajda
NIP: 6762483671
Faktura nr 5/2026
Do zapłaty: 10,00 zł",
    );
    expect(&reading, &[(F::BuyerName, "EL-INSTAL Piotr Gajda"), (F::BuyerTaxId, "6762483671")]);
}

#[test]
fn a_sum_row_that_only_its_numbers_tell() {
    let reading = read(
        "\
Factura nr. 8812 din 06.10.2025
Descriere servicii          Perioada            Valoare fara TVA    TVA 21%    Total RON
Abonament internet          oct 2025                       70,00      14,70        84,70
Telefonie mobila            oct 2025                       30,00       6,30        36,30
Total                                                     100,00      21,00       121,00",
    );
    expect(&reading, &[(F::TotalNet, "100.00"), (F::TotalVat, "21.00"), (F::TotalGross, "121.00")]);
}

#[test]
fn a_letter_asks_for_nothing_and_is_as_old_as_it_says() {
    let letter = "\
                                     Łódź, 02.11.2026
Urząd Skarbowy Łódź-Północ
Wezwanie do złożenia wyjaśnień
Na podstawie ustawy z dnia 29 sierpnia 1997 r. wzywam do złożenia wyjaśnień
dotyczących faktury nr FV/88/09/2026 na kwotę 1 230,00 zł.
Z poważaniem";
    let reading = read(letter);
    assert_eq!(reading.document_type, DocumentType::Letter);
    expect(&reading, &[(F::IssueDate, "2026-11-02")]);
    for field in [F::TotalGross, F::AmountPayable, F::Currency, F::InvoiceNumber] {
        assert!(!reading.fields.contains_key(&field), "{:#?}", reading.fields);
    }
    assert!(reading.fields.values().all(|field| field.confidence < 0.9), "{:#?}", reading.fields);
}
