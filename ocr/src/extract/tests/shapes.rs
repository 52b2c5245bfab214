//! Shapes of papers: where headings, sums, numbers and parties may stand.

use super::{expect, expect_rows, read};
use crate::reading::FieldName as F;

#[test]
fn parties_under_headings_that_are_centred_over_them() {
    let reading = read(
        "\
                 Sprzedawca                                        Nabywca
     HURT-MAX S.A.                               Kowalczyk i Wspólnicy s.c.
     ul. Długa 5/7                               ul. ks. Popiełuszki 21
     35-030 Rzeszów                              90-410 Łódź
     NIP: 7275629986                             NIP: 334-933-73-74

                     Faktura VAT FS-63/25/MAG oryginał
Razem do zapłaty: 2615,47 zł",
    );
    expect(
        &reading,
        &[
            (F::SellerName, "HURT-MAX S.A."),
            (F::SellerTaxId, "7275629986"),
            (F::BuyerName, "Kowalczyk i Wspólnicy s.c."),
            (F::BuyerTaxId, "3349337374"),
        ],
    );
}

#[test]
fn totals_in_a_row_of_sums_whatever_stands_above_it() {
    let reading = read(
        "\
Faktura nr FV/7/2026
                          według stawki VAT
      Podstawowy podatek VAT    3037,71   698,67   3736,38
      Razem:                    3037,71   698,67   3736,38",
    );
    expect(&reading, &[(F::TotalNet, "3037.71"), (F::TotalVat, "698.67"), (F::TotalGross, "3736.38")]);
    expect_rows(&reading, &[("23", "3037.71", "698.67")]);
}

#[test]
fn the_sum_of_lines_that_names_the_one_rate() {
    let reading = read(
        "\
RECHNUNG Beleg-Nr. 2025/261
Nr  Leistung              Anz.    Preis/Einh.     Betrag    USt %      USt     Bruttobetrag
1.  Kopierpapier A4          1           4,99       4,99     19 %     0,95             5,94
2.  Beratung                 3         110,00     330,00     19 %    62,70           392,70
                                       Gesamt     334,99     19 %    63,65           398,64
Noch zu zahlen: 198,64 €
Anzahlung: 200,00 €",
    );
    expect(&reading, &[(F::TotalNet, "334.99"), (F::TotalVat, "63.65"), (F::TotalGross, "398.64"), (F::AmountPayable, "198.64")]);
}

#[test]
fn a_discount_off_the_sum_leaves_a_base_that_is_printed_nowhere() {
    let reading = read(
        "\
Fatura No: GIB2009000000011
Mal Hizmet Toplam Tutarı     26.003,40 TL
Toplam İskonto     786,90 TL
Hesaplanan Katma Değer Vergisi(%18)     4.538,97 TL
Vergiler Dahil Toplam Tutar     29.755,47 TL
Ödenecek Tutar     29.755,47 TL",
    );
    expect_rows(&reading, &[("18", "25216.50", "4538.97")]);
}

#[test]
fn labels_above_their_values_beside_another_block() {
    let reading = read(
        "\
TAX INVOICE                       Invoice Date                Oakfield Joinery Limited
                                  14-Jan-2026                 Unit 7, Riverside Park
Harbour Cloud Ltd                 Invoice Number              EH1 1YZ
The Old Forge, Church Street      2026-381                    UNITED KINGDOM
London
EC1A 1BB
Subtotal     103.50
VAT 20 %     20.70
TOTAL GBP     124.20",
    );
    expect(&reading, &[(F::InvoiceNumber, "2026-381"), (F::IssueDate, "2026-01-14")]);
}

#[test]
fn a_number_on_the_line_under_the_title() {
    let reading = read(
        "\
Korekta Faktury VAT
FA/2025/10/0991
oryginał
do dokumentu: FV/941/10/2025
Razem do zwrotu: 8142,86 PLN",
    );
    expect(&reading, &[(F::InvoiceNumber, "FA/2025/10/0991")]);
}

#[test]
fn tax_ids_after_other_words_and_over_two_lines() {
    let reading = read(
        "\
Ege Ambalaj San. Tic. A.Ş.
Çankaya V.D. 8005646114

Sayın : Akdeniz Gıda Pazarlama A.Ş.
Vergi Dairesi / No : Nilüfer / 5188988408
Genel Toplam   105.430,00 TL",
    );
    expect(&reading, &[(F::SellerTaxId, "8005646114"), (F::BuyerTaxId, "5188988408")]);
}

#[test]
fn an_account_that_nothing_names_where_accounts_have_no_country() {
    let reading = read(
        "\
Sprzedawca:
Zakład Ślusarski Trybik
NIP: 9717193097
mBank S.A.
19 9481 0043 8768 1957 1336 0660

Faktura numer F 750/2025
Do zapłaty: 322,14 PLN",
    );
    expect(&reading, &[(F::Iban, "PL19948100438768195713360660")]);
}

#[test]
fn the_sellers_own_block_is_not_the_buyers() {
    let reading = read(
        "\
SAS Lumière & Fils                                    FACTURE
27 boulevard Voltaire
33000 Bordeaux                                        N° FA2512-0302

                              Garage de l'Étoile
                              8 allée du Lac
                              75011 Paris

Total TTC     2 609,95 €
SAS Lumière & Fils au capital de 10 000 €",
    );
    expect(&reading, &[(F::SellerName, "SAS Lumière & Fils"), (F::BuyerName, "Garage de l'Étoile")]);
}

#[test]
fn a_label_for_a_name_does_not_open_the_other_partys_block() {
    let reading = read(
        "\
Rechnungskorrektur (384)     Nr. RK21012345     vom 16.09.2018
Verkäufer
Nummer:        549910
Name:          MUSTERLIEFERANT GMBH
Anschrift:     BAHNHOFSTRASSE 99
               DE 99199 MUSTERHAUSEN
USt.-Id.-Nr.:  DE123456789

Käufer/Leistungsempfänger
Nummer:        009420
Name:          MUSTER-KUNDE GMBH
Anschrift:     KUNDENWEG 88
               DE 40235 DUESSELDORF",
    );
    expect(&reading, &[(F::SellerName, "MUSTERLIEFERANT GMBH"), (F::BuyerName, "MUSTER-KUNDE GMBH")]);
}
