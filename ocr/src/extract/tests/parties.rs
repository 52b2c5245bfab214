//! Whose name, number and tax id it is on papers without the usual labels: series apart from their numbers, names in the foot, blocks
//! without headings, numbers without words for them.

use super::{expect, read};
use crate::reading::FieldName as F;

#[test]
fn a_series_stands_apart_from_its_number() {
    for (text, want) in [
        ("FACTURA FISCALA\nSeria TRM207   Nr. 00031882\nData: 12.09.2025\nTOTAL  605,95 lei", "TRM207 00031882"),
        ("FACTURĂ STORNO\nSeria KLV · Număr 00341 · Data 04-11-2025\nTotal: -403,60 RON", "KLV 00341"),
        ("FACTURA FISCALA\nSeria OBL nr. 1042\nData: 12.09.2025\nTOTAL  605,95 lei", "OBL 1042"),
    ] {
        expect(&read(text), &[(F::InvoiceNumber, want)]);
    }
}

#[test]
fn numbers_under_a_title_and_words_between() {
    for (text, want) in [
        ("Faktura VAT sprzedaż FS 2204/SKL/2025\nData wystawienia: 09.10.2025\nDo zapłaty: 12,30 zł", "FS 2204/SKL/2025"),
        ("FACTURĂ PROFORMĂ\nPRF-2025-0177 / 13.11.2025\nOferta nr. 655 din 06.11.2025\nTotal 12,10 RON", "PRF-2025-0177"),
        (
            "                 E-ARŞİV FATURA\n               LTS2025000000318\nSözleşme: LT-2024/12\nDüzenleme Tarihi 03.11.2025\nGENEL TOPLAM 17.320,00₺",
            "LTS2025000000318",
        ),
        (
            "Stornorechnung\nStornonummer  ST-09-25-00412\nzur Rechnung  RG-09-25-20118\nvom  09.09.2025\nGesamtsumme -75,27 €",
            "ST-09-25-00412",
        ),
    ] {
        expect(&read(text), &[(F::InvoiceNumber, want)]);
    }
}

#[test]
fn what_a_payer_quotes_is_the_number_too() {
    let reading = read(
        "\
Ciepło Miejskie Sp. z o.o.                      FAKTURA VAT nr
NIP 5261040828                                  C/25/09/0022417
Licznik   JS-2.5 nr 22417718
Do zapłaty: 615,00 zł
Polecenie przelewu tytułem C/25/09/0022417",
    );
    expect(&reading, &[(F::InvoiceNumber, "C/25/09/0022417")]);
}

#[test]
fn the_tax_id_whose_check_digit_is_right() {
    let reading = read(
        "\
Pierogarnia s.c.
22-400 Zamość, Rynek Wielki 11
NIP 526-10-40-828
PARAGON FISKALNY
Pierogi ruskie                         171,30
Sprzedaż opodatk. B                    171,30
SUMA     PLN                           171,30
Gotówka                                200,00
NIP NABYWCY              7275629986
000412 #3 Kelner Ola     21-09-2025 18:41",
    );
    expect(&reading, &[(F::BuyerTaxId, "7275629986")]);
}

#[test]
fn a_tax_id_without_a_word_for_it() {
    let reading = read(
        "\
FACTURA FISCALA Seria VTL nr. 118 din 12.09.2025
Furnizor                                 Client
LEMN VERDE SRL                           CABINET MEDICAL DR. IONA RUS
RO14399840                               14186770
Brașov, str. Lungă 50                    Codlea, str. Scurtă 11
Total cu TVA: 121,00 RON",
    );
    expect(&reading, &[(F::SellerTaxId, "RO14399840"), (F::BuyerTaxId, "14186770")]);
    let reading = read(
        "\
Schreinerei Muster AG
Mühlegasse 14
3550 Langnau
CHE-116.281.710 MWST
Rechnung 25-0901
Rechnungsbetrag CHF 2'046.75",
    );
    expect(&reading, &[(F::SellerTaxId, "CHE116281710")]);
}

#[test]
fn the_company_in_the_foot_under_a_mark_at_the_head() {
    let reading = read(
        "\
                    THE HARBOUR VIEW HOTEL
             Marine Parade, Gozo, Malta | +356 2100 0190

Tern Marine Surveyors Ltd                    Tax Invoice: HV/25/04418
44, Triq il-Mina                             Date: 19-Oct-2025
Msida MSD 9020
VAT MT20200019

Date      Description            VAT       Charges
15-Oct    Bed & Breakfast        7%          95.00
                              Total         95.00
                              Balance due   95.00 EUR


Settlement by bank transfer within thirty days, with thanks for your stay.

Tern Bay Hospitality (Gozo) Ltd, C 81177 VAT Reg. No. MT15122234",
    );
    expect(
        &reading,
        &[
            (F::SellerName, "Tern Bay Hospitality (Gozo) Ltd"),
            (F::SellerTaxId, "MT15122234"),
            (F::BuyerName, "Tern Marine Surveyors Ltd"),
            (F::BuyerTaxId, "MT20200019"),
        ],
    );
}

#[test]
fn neither_an_aside_nor_a_heading_nor_a_title_is_a_party() {
    let reading = read(
        "\
Faktura nr FA/3320/2025
Sprzedawca:                                     Nabywca: (kod PIEK-044)
Młyny Kowalskie Spółka Akcyjna                  Piekarnia Rogal s.c. M. i T. Nowak
00-001 Warszawa, Długa 5                        88-150 Kruszwica, Kolejowa 3
NIP: 526-10-40-828                              NIP: 6762483671
Do zapłaty: 615,00 zł",
    );
    expect(&reading, &[(F::BuyerName, "Piekarnia Rogal s.c. M. i T. Nowak")]);
    let reading = read(
        "\
RECIBO DE ALUGUEL    Nº 47/2025
Raimundo Prado Lustosa
CPF 111.444.777-35
TOTAL  3.766,33",
    );
    expect(&reading, &[(F::SellerName, "Raimundo Prado Lustosa")]);
}

#[test]
fn headings_in_two_languages_and_codes_after_a_legal_form() {
    let reading = read(
        "\
FACTURA / INVOICE Nr. / No. 217 din 12.09.2025
Furnizor / Supplier                      Client / Customer
LEMN VERDE SRL                           Nordwald Software GmbH
CUI RO14399840                           80331 München
Total de plată / Total due: 1.210,00 EUR",
    );
    expect(&reading, &[(F::SellerName, "LEMN VERDE SRL"), (F::BuyerName, "Nordwald Software GmbH")]);
    let reading = read(
        "\
   STACJA PALIW \"KOS\" nr 7
 Kos Paliwa Sp. z o.o. 62-200 Gniezno
   ul. Leśna 101 NIP 5261040828
 FAKTURA VAT 7/2025/11/00412
 Data wystawienia:      2025-11-05
 SUMA PLN                       397,92",
    );
    expect(&reading, &[(F::SellerName, "Kos Paliwa Sp. z o.o."), (F::SellerTaxId, "5261040828")]);
}

#[test]
fn an_amount_is_no_number_and_a_mark_no_sure_buyer() {
    let reading = read("Nota fiscal fatura nº  R$ 289,80\nTotal a pagar: R$ 289,80");
    assert!(reading.fields.get(&F::InvoiceNumber).is_none_or(|f| !f.value.contains("289")));
}
