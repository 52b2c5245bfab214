//! Small papers drawn as text: one character is 5 points wide, a line 14 high; two blanks or more set cells apart.

mod days;
mod parties;
mod shapes;
mod sums;
mod unseen;

use super::extract;
use crate::context::{Company, Context};
use crate::page::{Box, Page, Token};
use crate::reading::{Direction, DocumentType, FieldName, Mark, Reading, Source};

fn page(number: u32, text: &str) -> Page {
    let mut tokens = Vec::new();
    for (row, line) in text.lines().enumerate() {
        let mut column = 0;
        for word in line.split(' ') {
            let width = word.chars().count();
            if width > 0 {
                let (left, top) = (20.0 + 5.0 * column as f32, 20.0 + 14.0 * row as f32);
                let bbox = Box { left, top, right: left + 5.0 * width as f32, bottom: top + 10.0 };
                tokens.push(Token {
                    text: word.to_owned(),
                    bbox,
                    confidence: 1.0,
                    line: row as u32,
                    size: 0.0,
                    bold: false,
                    hidden: false,
                });
            }
            column += width + 1;
        }
    }
    Page {
        number,
        width: 595.0,
        height: 842.0,
        source: Source::Text,
        tokens,
        codes: Vec::new(),
        turned: 0,
        skew: 0.0,
        region: None,
    }
}

fn read(text: &str) -> Reading {
    extract(&[page(1, text)], &Context::default())
}

#[track_caller]
fn expect(reading: &Reading, wanted: &[(FieldName, &str)]) {
    for (field, want) in wanted {
        let got = reading.fields.get(field).map(|f| f.value.as_str());
        assert_eq!(got, Some(*want), "{} of {:#?}", field.as_str(), reading.fields);
    }
}

#[track_caller]
fn expect_rows(reading: &Reading, wanted: &[(&str, &str, &str)]) {
    let got: Vec<(&str, &str, &str)> = reading
        .vat_breakdown
        .iter()
        .map(|r| (r.rate.as_deref().unwrap_or(""), r.net.as_deref().unwrap_or(""), r.vat.as_deref().unwrap_or("")))
        .collect();
    assert_eq!(got, wanted);
}

const POLISH: &str = "\
Faktura VAT nr FV/27/02/2025                                   Data wystawienia: 28.02.2025
                                                               Data sprzedaży: 26.02.2025
Sprzedawca:                                   Nabywca:
Stolarnia Kowalski Sp. z o.o.                 Piekarnia pod Lipą s.c.
ul. Długa 5                                   ul. Krótka 7
00-001 Warszawa                               30-002 Kraków
NIP: 526-10-40-828                            NIP: 6762483671

Lp.  Nazwa towaru lub usługi        Ilość  J.m.  Cena netto  Wartość netto  VAT  Kwota VAT  Wartość brutto
1    Stół dębowy                    2      szt.  500,00      1 000,00       23%  230,00     1 230,00
2    Książka o drewnie              1      szt.  40,00       40,00          5%   2,00       42,00

                          Stawka VAT  Netto      VAT      Brutto
                          23%         1 000,00   230,00   1 230,00
                          5%          40,00      2,00     42,00
                          Razem       1 040,00   232,00   1 272,00

Do zapłaty: 1 272,00 PLN
Słownie: jeden tysiąc dwieście siedemdziesiąt dwa złote 00/100
Termin płatności: 14.03.2025
Nr konta: 61 1090 1014 0000 0712 1981 2874
Mechanizm podzielonej płatności";

#[test]
fn reads_a_polish_invoice_with_two_rates_and_parties_side_by_side() {
    let reading = read(POLISH);
    expect(
        &reading,
        &[
            (FieldName::InvoiceNumber, "FV/27/02/2025"),
            (FieldName::IssueDate, "2025-02-28"),
            (FieldName::SaleDate, "2025-02-26"),
            (FieldName::DueDate, "2025-03-14"),
            (FieldName::SellerName, "Stolarnia Kowalski Sp. z o.o."),
            (FieldName::BuyerName, "Piekarnia pod Lipą s.c."),
            (FieldName::SellerTaxId, "5261040828"),
            (FieldName::BuyerTaxId, "6762483671"),
            (FieldName::TotalNet, "1040.00"),
            (FieldName::TotalVat, "232.00"),
            (FieldName::TotalGross, "1272.00"),
            (FieldName::AmountPayable, "1272.00"),
            (FieldName::Currency, "PLN"),
            (FieldName::Iban, "PL61109010140000071219812874"),
        ],
    );
    expect_rows(&reading, &[("23", "1000.00", "230.00"), ("5", "40.00", "2.00")]);
    assert_eq!(reading.document_type, DocumentType::Invoice);
    assert_eq!(reading.language.as_deref(), Some("pl"));
    assert_eq!(reading.marks, [Mark::SplitPayment]);
    let names: Vec<&str> = reading.lines.iter().filter_map(|l| l.name.as_deref()).collect();
    assert_eq!(names, ["Stół dębowy", "Książka o drewnie"]);
    let first = &reading.lines[0];
    assert_eq!(
        (first.quantity.as_deref(), first.unit_price.as_deref(), first.net.as_deref()),
        (Some("2"), Some("500.00"), Some("1000.00"))
    );
}

#[test]
fn every_value_carries_its_place_and_characters() {
    let reading = read(POLISH);
    let number = &reading.fields[&FieldName::InvoiceNumber];
    assert_eq!((number.page, number.raw.as_deref()), (Some(1), Some("FV/27/02/2025")));
    assert!(number.bbox.is_some_and(|b| b.top == 20.0 && b.left > 90.0));
    assert!(number.confidence >= 0.9);
}

#[test]
fn the_companys_own_tax_id_makes_it_a_purchase_or_a_sale() {
    let company = |id: &str| Context {
        company: Some(Company { tax_ids: vec![id.to_owned()], ..Company::default() }),
        ..Context::default()
    };
    for (id, want) in
        [("PL6762483671", Direction::Purchase), ("PL5261040828", Direction::Sale), ("PL1234563218", Direction::None)]
    {
        assert_eq!(extract(&[page(1, POLISH)], &company(id)).direction, want, "{id}");
    }
}

#[test]
fn a_number_that_holds_a_date_gives_no_date() {
    let reading =
        read("Faktura nr 12/03/2026/FV\nSprzedawca: Alfa Sp. z o.o.\nData wystawienia: 15.03.2026\nRazem brutto: 100,00 zł");
    expect(
        &reading,
        &[(FieldName::InvoiceNumber, "12/03/2026/FV"), (FieldName::IssueDate, "2026-03-15"), (FieldName::TotalGross, "100.00")],
    );
}

#[test]
fn what_stands_in_brackets_after_the_title_is_not_the_number() {
    let reading = read("Handelsrechnung (380) Nr. 471102 vom 05.03.2018\nGesamtbetrag 100,00 €");
    expect(&reading, &[(FieldName::InvoiceNumber, "471102"), (FieldName::IssueDate, "2018-03-05")]);
}

#[test]
fn reads_a_german_invoice_whose_totals_are_on_the_second_page() {
    let first = "\
Muster Handel GmbH
Beispielweg 1, 80331 München

Kunde:
Bäckerei Sommer KG
Hauptstr. 5
10115 Berlin

Rechnung Nr. RE-2026-0815 vom 12. März 2026
Kundennummer: 998877          Bestelldatum: 01.03.2026
Leistungsdatum: 10.03.2026

Pos  Bezeichnung           Menge   Einzelpreis   Betrag
1    Mehl Typ 550          100     1,20          120,00
2    Hefe                  10      8,00          80,00";
    let second = "\
Nettobetrag             200,00 €
zzgl. MwSt. 19 %         38,00 €
Gesamtbetrag            238,00 €
Zahlbar bis 11.04.2026 ohne Abzug.
IBAN: DE02 1203 0000 0000 2020 51   BIC: BYLADEM1001
USt-IdNr.: DE136695976";
    let reading = extract(&[page(1, first), page(2, second)], &Context::default());
    expect(
        &reading,
        &[
            (FieldName::InvoiceNumber, "RE-2026-0815"),
            (FieldName::IssueDate, "2026-03-12"),
            (FieldName::SaleDate, "2026-03-10"),
            (FieldName::DueDate, "2026-04-11"),
            (FieldName::SellerName, "Muster Handel GmbH"),
            (FieldName::BuyerName, "Bäckerei Sommer KG"),
            (FieldName::SellerTaxId, "DE136695976"),
            (FieldName::TotalNet, "200.00"),
            (FieldName::TotalVat, "38.00"),
            (FieldName::TotalGross, "238.00"),
            (FieldName::Currency, "EUR"),
            (FieldName::Iban, "DE02120300000000202051"),
            (FieldName::Bic, "BYLADEM1001"),
        ],
    );
    expect_rows(&reading, &[("19", "200.00", "38.00")]);
    assert_eq!(reading.fields[&FieldName::TotalGross].page, Some(2));
}

#[test]
fn reads_turkish_withholding() {
    let reading = read(
        "\
Örnek İnşaat San. ve Tic. Ltd. Şti.                        e-FATURA
Vergi Dairesi: Ziyapaşa
VKN: 6380524938
SAYIN
Deneme Lojistik A.Ş.                          Senaryo:          TICARIFATURA
Vergi Dairesi: Maslak                         Fatura No:        SRM2026000086985
VKN: 3850013413                               Fatura Tarihi:    04-08-2026
ETTN: F47AC10B-58CC-4372-A567-0E02B2C3D479

                                   Mal Hizmet Toplam Tutarı        20.000,00 TL
                                   Hesaplanan KDV(%20)              4.000,00 TL
                                   Hesaplanan KDV Tevkifat(%90)     3.600,00 TL
                                   Vergiler Dahil Toplam Tutar     24.000,00 TL
                                   Ödenecek Tutar                  20.400,00 TL",
    );
    expect(
        &reading,
        &[
            (FieldName::InvoiceNumber, "SRM2026000086985"),
            (FieldName::IssueDate, "2026-08-04"),
            (FieldName::TotalNet, "20000.00"),
            (FieldName::TotalVat, "4000.00"),
            (FieldName::TotalGross, "24000.00"),
            (FieldName::Withholding, "3600.00"),
            (FieldName::AmountPayable, "20400.00"),
            (FieldName::Currency, "TRY"),
            (FieldName::SellerTaxId, "6380524938"),
            (FieldName::BuyerTaxId, "3850013413"),
            (FieldName::BuyerName, "Deneme Lojistik A.Ş."),
            (FieldName::Ettn, "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
        ],
    );
    expect_rows(&reading, &[("20", "20000.00", "4000.00")]);
}

#[test]
fn reads_a_romanian_invoice() {
    let reading = read(
        "\
FACTURĂ
Seria și nr: ABC 1234
Data emiterii: 05.02.2026
Data scadentă: 20.02.2026

Furnizor: Exemplu Prod SRL                 Client: Beta Construct SRL
CIF: RO14399840                            CIF: RO6859662

Total fără TVA         1.000,00 lei
TVA 21%                  210,00 lei
Total de plată         1.210,00 lei",
    );
    expect(
        &reading,
        &[
            (FieldName::InvoiceNumber, "ABC 1234"),
            (FieldName::IssueDate, "2026-02-05"),
            (FieldName::DueDate, "2026-02-20"),
            (FieldName::SellerName, "Exemplu Prod SRL"),
            (FieldName::BuyerName, "Beta Construct SRL"),
            (FieldName::SellerTaxId, "RO14399840"),
            (FieldName::BuyerTaxId, "RO6859662"),
            (FieldName::TotalNet, "1000.00"),
            (FieldName::TotalVat, "210.00"),
            (FieldName::TotalGross, "1210.00"),
            (FieldName::Currency, "RON"),
        ],
    );
}

#[test]
fn reads_a_brazilian_note_by_its_access_key() {
    let reading = read(
        "\
Comercial Exemplo Ltda.                    DANFE
CHAVE DE ACESSO                            Nº 000.047.450
3518 0803 1024 5200 0172 5500 1000 0474 5015 9735 6342
DESTINATÁRIO / REMETENTE
NOME / RAZÃO SOCIAL                        CNPJ / CPF               DATA DA EMISSÃO
PADARIA DO BAIRRO LTDA ME                  11.222.333/0001-81       08/08/2018

VALOR TOTAL DOS PRODUTOS                   VALOR TOTAL DA NOTA
1.175,01                                   1.175,01",
    );
    expect(
        &reading,
        &[
            (FieldName::AccessKey, "35180803102452000172550010000474501597356342"),
            (FieldName::InvoiceNumber, "47450"),
            (FieldName::IssueDate, "2018-08-08"),
            (FieldName::BuyerName, "PADARIA DO BAIRRO LTDA ME"),
            (FieldName::BuyerTaxId, "11222333000181"),
            (FieldName::TotalGross, "1175.01"),
        ],
    );
}

#[test]
fn reads_an_english_receipt() {
    let reading = read(
        "\
HAPPY MART SDN BHD
12 Main Road
TAX INVOICE
Date: 25/12/2018 14:03
Subtotal            10.00
GST 6%               0.60
Total Incl. GST     10.60
Cash                50.00
Change              39.40",
    );
    expect(
        &reading,
        &[
            (FieldName::SellerName, "HAPPY MART SDN BHD"),
            (FieldName::IssueDate, "2018-12-25"),
            (FieldName::TotalNet, "10.00"),
            (FieldName::TotalVat, "0.60"),
            (FieldName::TotalGross, "10.60"),
        ],
    );
}

#[test]
fn a_correction_keeps_its_signs_and_names_its_original() {
    let reading = read(
        "\
Gutschrift Nr. GS-77 vom 03.02.2026
Ursprungsrechnung: RE-2025-100
Verkäufer: Muster Handel GmbH
Nettobetrag           -100,00 €
MwSt. 19 %             -19,00 €
Gesamtbetrag          -119,00 €",
    );
    expect(
        &reading,
        &[
            (FieldName::InvoiceNumber, "GS-77"),
            (FieldName::PrecedingInvoice, "RE-2025-100"),
            (FieldName::TotalNet, "-100.00"),
            (FieldName::TotalVat, "-19.00"),
            (FieldName::TotalGross, "-119.00"),
        ],
    );
    assert_eq!(reading.document_type, DocumentType::CreditNote);
}

#[test]
fn amounts_in_another_currency_do_not_replace_the_totals() {
    let reading = read(
        "\
Faktura nr 5/2026
Data wystawienia: 2026-01-15
Sprzedawca: Alfa Sp. z o.o.
Waluta: EUR          Kurs waluty: 4,2142
Razem netto          1 000,00 EUR
Kwota VAT              230,00 EUR
Razem brutto         1 230,00 EUR
Kwota VAT w PLN        969,27 PLN",
    );
    expect(
        &reading,
        &[
            (FieldName::Currency, "EUR"),
            (FieldName::TotalNet, "1000.00"),
            (FieldName::TotalVat, "230.00"),
            (FieldName::TotalGross, "1230.00"),
        ],
    );
}

#[test]
fn hidden_words_decide_nothing() {
    let mut drawn = page(1, "Rechnung Nr. 77\nGesamtbetrag 100,00 €\nGesamtbetrag 999,00 €");
    for token in drawn.tokens.iter_mut().filter(|t| t.bbox.top > 45.0) {
        token.hidden = true;
    }
    expect(&extract(&[drawn], &Context::default()), &[(FieldName::TotalGross, "100.00")]);
}

#[test]
fn a_page_without_an_invoice_has_no_amounts() {
    for text in ["", "Sehr geehrte Damen und Herren,\nwir kommen am Montag.\nMit freundlichen Grüßen"] {
        let reading = read(text);
        assert!(!reading.fields.contains_key(&FieldName::TotalGross), "{:?}", reading.fields);
        assert!(!matches!(reading.document_type, DocumentType::Invoice | DocumentType::Receipt));
    }
}

proptest::proptest! {
    #[test]
    fn survives_any_words(words in proptest::collection::vec("[ -~ąłşéß€%]{0,12}", 0..60)) {
        let text: String = words.chunks(4).map(|c| c.join("  ")).collect::<Vec<_>>().join("\n");
        let reading = read(&text);
        for field in reading.fields.values() {
            proptest::prop_assert!((0.0..=1.0).contains(&field.confidence));
        }
    }
}

#[test]
fn reads_a_summary_that_stands_beside_the_totals() {
    let reading = read(
        "\
FACTURA  Nr. facturii: SB 12   Data emiterii: 13.10.2025
Nr. crt.  Denumirea produselor    U.M.   Cantitatea   Pret unitar   Valoarea   Cota TVA
1         Masa de stejar          buc    2            100,00        200,00     21%
2         Carte despre lemn       buc    1            50,00         50,00      11%

Cota TVA   Valoarea   Valoarea TVA   Total      Total general   297,50 RON
21%        200,00     42,00          242,00     Total plata     297,50 RON
11%        50,00      5,50           55,50
TOTAL      250,00     47,50          297,50",
    );
    expect(
        &reading,
        &[
            (FieldName::TotalNet, "250.00"),
            (FieldName::TotalVat, "47.50"),
            (FieldName::TotalGross, "297.50"),
            (FieldName::AmountPayable, "297.50"),
        ],
    );
    expect_rows(&reading, &[("21", "200.00", "42.00"), ("11", "50.00", "5.50")]);
    assert_eq!(reading.lines.len(), 2);
}

#[test]
fn taxes_printed_one_rate_a_row_are_added_up() {
    let reading = read(
        "\
Rechnung Nr. R00123
Pos.  Bezeichnung     Menge   Einzelpreis   MwSt.   Gesamt netto
1     Eichentisch     2       100,00        19%     200,00
2     Fachbuch        1       50,00         7%      50,00

                              Summe netto           250,00 EUR
                              zzgl. MwSt. 19%       38,00 EUR
                              zzgl. MwSt. 7%        3,50 EUR
                              Gesamtbetrag          291,50 EUR",
    );
    expect(&reading, &[(FieldName::TotalNet, "250.00"), (FieldName::TotalVat, "41.50"), (FieldName::TotalGross, "291.50")]);
    expect_rows(&reading, &[("19", "200.00", "38.00"), ("7", "50.00", "3.50")]);
}

#[test]
fn the_sender_above_the_window_sells_and_who_is_below_it_buys() {
    let letter = "\
Tischlerei Waldmann GmbH, Hauptstr. 12, 01067 Dresden
Hausverwaltung Krause
Am Markt 3a
80331 Leipzig

Rechnungsnummer: R00123   Rechnungsdatum: 13.10.2025
Gesamtbetrag 119,00 EUR";
    let foot = format!("{letter}{}USt-IdNr. DE136695976", "\n".repeat(47));
    expect(
        &read(&foot),
        &[
            (FieldName::SellerName, "Tischlerei Waldmann GmbH"),
            (FieldName::SellerTaxId, "DE136695976"),
            (FieldName::BuyerName, "Hausverwaltung Krause"),
            (FieldName::BuyerAddress, "Am Markt 3a, 80331 Leipzig"),
        ],
    );
}

#[test]
fn a_word_in_place_of_a_rate_makes_a_row_without_tax() {
    let reading = read(
        "\
Faktura nr 7/2025
Stawka VAT   Netto      VAT     Brutto
23%          100,00     23,00   123,00
zw           50,00      0,00    50,00
Razem        150,00     23,00   173,00
Do zapłaty: 173,00 PLN",
    );
    expect(&reading, &[(FieldName::TotalNet, "150.00"), (FieldName::TotalGross, "173.00")]);
    expect_rows(&reading, &[("23", "100.00", "23.00"), ("", "50.00", "0")]);
}

#[test]
fn who_receives_is_the_buyer_where_nobody_else_is() {
    let reading = read("Faktura nr 7/2025\nWystawca: Alfa Sp. z o.o.\nOdbiorca: Beta Nowak\nRazem brutto: 123,00 zł");
    expect(&reading, &[(FieldName::SellerName, "Alfa Sp. z o.o."), (FieldName::BuyerName, "Beta Nowak")]);
}
