//! What is to be paid beside the total, what bears no tax, and sums at unusual places.

use super::{expect, expect_rows, read};
use crate::reading::{DocumentType, FieldName as F};

#[test]
fn a_balance_carried_over_changes_what_is_to_be_paid() {
    let reading = read(
        "\
Faktura VAT nr W/26/02/184
Razem                            624,17   8%   49,93   674,10
Wartość faktury     Nadpłata na 31.01.2026     DO ZAPŁATY
674,10 zł           112,40 zł                  561,70 zł",
    );
    expect(&reading, &[(F::TotalGross, "674.10"), (F::AmountPayable, "561.70")]);
    let reading = read(
        "\
Bill number 300 771
Previous balance               £139.40
Payment received              -£100.00
Overdue                         £39.40
Total excl. VAT                £120.18
VAT @ 23%                       £27.64
Total this invoice             £147.82
Total amount due by 15 Nov 25  £187.22",
    );
    expect(&reading, &[(F::TotalGross, "147.82"), (F::AmountPayable, "187.22"), (F::DueDate, "2025-11-15")]);
}

#[test]
fn what_is_left_below_the_total_is_to_be_paid_whatever_it_is_called() {
    for (off, left) in [("Tahsil edilen (20.10.2025)", "BAKİYEMİZ"), ("Kaparo", "KALAN")] {
        let reading = read(&format!(
            "\
Fatura No: KGT2026000000259
{:<30}15.450,00
{:<30} 1.870,00
{:<30}17.320,00
{off:<30} 5.000,00
{left:<30}12.320,00",
            "Ara Toplam", "Toplam KDV", "GENEL TOPLAM"
        ));
        expect(&reading, &[(F::TotalGross, "17320.00"), (F::AmountPayable, "12320.00")]);
    }
}

#[test]
fn what_bears_no_tax_is_a_row_of_the_summary() {
    // Two columns of services, one of them free of tax.
    let reading = read(
        "\
RECHNUNG Nr. SI-26-17
Leistung                     steuerfrei EUR   steuerpfl. EUR
Seefracht                          2.385,26
Zollabfertigung                                       1.008,84
Nettobetrag gesamt                            3.394,10
19 % MwSt auf 1.008,84                          191,68
Rechnungsbetrag EUR                           3.585,78",
    );
    expect_rows(&reading, &[("19", "1008.84", "191.68"), ("", "2385.26", "0")]);
    // The base of the tax is labelled, what is excluded from it stands beside it.
    let reading = read(
        "\
Parcella n. 31/2026
Imponibile IVA               2.152,80
IVA 22%                        473,62
Anticipazioni escluse art. 15   98,00
Totale parcella              2.724,42",
    );
    expect(&reading, &[(F::TotalNet, "2250.80"), (F::TotalVat, "473.62"), (F::TotalGross, "2724.42")]);
    expect_rows(&reading, &[("22", "2152.80", "473.62"), ("", "98.00", "0")]);
    // All of it.
    let reading = read(
        "\
INVOICE / FAKTURA No. 17/E/2026
Net / Netto:      1 589,70 EUR
VAT NP:               0,00 EUR
TOTAL / RAZEM:    1 589,70 EUR",
    );
    expect_rows(&reading, &[("", "1589.70", "0.00")]);
}

#[test]
fn another_tax_beside_vat_is_not_a_base() {
    let reading = read(
        "\
Fatura No: MSK2026004471822
KDV %1 (matrah 1.936,40)            19,36
KDV %10 (matrah 986,20)             98,62
Toplam KDV                         117,98
Konaklama Vergisi                  138,65
Fatura Tutarı                    3.179,23",
    );
    expect_rows(&reading, &[("1", "1936.40", "19.36"), ("10", "986.20", "98.62")]);
}

#[test]
fn a_base_in_brackets_before_its_tax_is_not_negative() {
    let reading = read(
        "\
Fatura No: KLC2026000001730
KDV %10 (7.120,00)                 712,00
KDV %20 (250,00)                    50,00
Hesaplanan KDV toplamı             762,00
Vergiler Dahil Toplam (TRY)      8.132,00",
    );
    expect_rows(&reading, &[("10", "7120.00", "712.00"), ("20", "250.00", "50.00")]);
}

#[test]
fn several_rates_in_one_line() {
    let reading = read(
        "\
Faktura 3/11/2026
W tym: netto 2 160,00, VAT 8%: 153,60, VAT 23%: 55,20
RAZEM 2 368,80 zł   ZAPŁACONO 300,00 zł   POZOSTAJE 2 068,80 zł",
    );
    expect(
        &reading,
        &[(F::TotalNet, "2160.00"), (F::TotalVat, "208.80"), (F::TotalGross, "2368.80"), (F::AmountPayable, "2068.80")],
    );
    let reading = read(
        "\
Rechnung 2026-118
Total EUR               236,00
   Satz  Netto   USt   Brutto
A 7 %    179,44  12,56  192,00
B 19 % 36,97  7,03   44,00",
    );
    expect(&reading, &[(F::TotalGross, "236.00"), (F::TotalNet, "216.41"), (F::TotalVat, "19.59")]);
}

#[test]
fn lines_whose_tax_tells_their_rate() {
    let reading = read(
        "\
FACTURA  TCL 3392
Descriere                        Fără TVA   TVA 21%   Total lei
Transport intern                 3 900,00    819,00    4 719,00
CMR 118220, comanda 2025/0907 din 05.09.2025
Staționare descărcare 1 zi         600,00    126,00      726,00
TOTAL                            4 500,00    945,00    5 445,00",
    );
    expect(&reading, &[(F::TotalNet, "4500.00"), (F::TotalVat, "945.00"), (F::TotalGross, "5445.00")]);
    expect_rows(&reading, &[("21", "4500.00", "945.00")]);
}

#[test]
fn a_total_that_holds_another_is_the_total() {
    let reading = read(
        "\
COMMERCIAL INVOICE  No: NZK2026000000031
Total FOB Izmir  USD     6,900.00
Freight          USD       310.00
Total CFR Kiel   USD     7,210.00
Gross weight 612 kg, value 6,900.00",
    );
    expect(&reading, &[(F::TotalGross, "7210.00")]);
}

#[test]
fn discounts_charges_and_taxes_withheld() {
    let reading =
        read("Qtde. total de itens  4\nValor total R$  181,87\nDesconto R$  5,00\nAcréscimo R$  15,00\nValor a Pagar R$  191,87");
    expect(&reading, &[(F::TotalGross, "191.87"), (F::AmountPayable, "191.87")]);
    let reading = read(
        "\
NFS-e  Número da Nota 733
IRRF 1,5% R$ 72,00 - PIS/COFINS/CSLL 4,65% R$ 223,20
LÍQUIDO R$ 4.504,80 - vencimento 30/10/2025
VALOR DA NOTA = R$ 4.800,00",
    );
    expect(&reading, &[(F::TotalGross, "4800.00"), (F::AmountPayable, "4504.80"), (F::DueDate, "2025-10-30")]);
}

#[test]
fn strokes_of_a_drawn_table_are_no_text() {
    let reading = read(
        "\
F A K T U R A   VAT   nr 644/10/25
┌──┬──────────────────┬────┬───────┬────────┬─────────┬────┬────────┬─────────┐
│Lp│ Nazwa towaru     │ jm │ ilość │ cena   │ netto   │VAT │ kwota  │ brutto  │
├──┼──────────────────┼────┼───────┼────────┼─────────┼────┼────────┼─────────┤
│ 1│Pręt żebrowany    │ kg │ 340,00│   3,95 │  1343,00│ 23%│  308,89│  1651,89│
│ 2│Cięcie na wymiar  │ usł│   1,00│  60,00 │    60,00│ 23%│   13,80│    73,80│
└──┴──────────────────┴────┴───────┴────────┼─────────┼────┼────────┼─────────┤
                                   R A Z E M:│  1403,00│ X  │  322,69│  1725,69│
                                   w tym:    │  1403,00│ 23%│  322,69│  1725,69│
Wartość ogółem: 1725,69 zł",
    );
    expect(&reading, &[(F::TotalNet, "1403.00"), (F::TotalVat, "322.69"), (F::TotalGross, "1725.69")]);
    expect_rows(&reading, &[("23", "1403.00", "322.69")]);
}

#[test]
fn boxes_of_a_form_have_labels_left_and_values_right() {
    let reading = read(
        "\
NFS-e  Número 4471
Valor dos serviços        Deduções        Base de cálculo           Alíquota
                6.420,00           0,00                  6.420,00       3,0000
ISS retido                INSS            Total retenções           VALOR LÍQUIDO R$
                  192,60        706,20                     898,80              5.521,20",
    );
    expect(&reading, &[(F::TotalGross, "6420.00"), (F::AmountPayable, "5521.20")]);
}

#[test]
fn a_subtotal_of_a_till_proves_no_tax_of_zero() {
    let reading = read(
        "\
SUBTOTAL   69,77
TOTAL LEI   69,77
CARD   69,77
TVA A 21,00%   2,34
TVA B 11,00%   5,43
TVA D 0,00%   0,00
TOTAL TVA   7,77",
    );
    expect(&reading, &[(F::TotalGross, "69.77"), (F::TotalVat, "7.77")]);
}

#[test]
fn a_bill_that_mentions_a_contract_is_a_bill() {
    let reading = read(
        "\
Bill number  30077184512
Total charges before VAT    £814.06
VAT at 20.00% on £814.06    £162.81
Total charges               £976.87
Contract: Fixed 24, ends 31 March 2027.",
    );
    assert_eq!(reading.document_type, DocumentType::Invoice);
    expect(&reading, &[(F::TotalNet, "814.06"), (F::TotalGross, "976.87")]);
}

#[test]
fn a_word_of_the_goods_is_no_currency() {
    let reading = read(
        "\
FACTURA Seria DCE Nr. 14471
Denumirea produselor   U.M.   Cantitatea   Prețul unitar   Valoarea
                                           -lei-           -lei-
PALET LEMN EUR         BUC    2            45,00           90,00
Total de plată                                             90,00",
    );
    expect(&reading, &[(F::Currency, "RON")]);
}
