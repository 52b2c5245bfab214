//! Which date is which: where no label says so, where a sentence does, and where dates of other things stand around.

use super::{expect, read};
use crate::reading::FieldName as F;

#[test]
fn a_place_and_a_date_say_when_a_paper_was_written() {
    for (line, want) in [
        ("Tczew, dn. 12.02.2026", "2026-02-12"),
        ("Lübeck, den 3. Februar 2026", "2026-02-03"),
        ("Nowy Targ, 2026-02-12 r.", "2026-02-12"),
        ("Lyon, le 12 février 2026", "2026-02-12"),
        ("São Luís, 12 de fevereiro de 2026", "2026-02-12"),
    ] {
        let text = format!(
            "Ihre Bestellung vom 02.01.2026\n{line}\nNr 8/2026\nSuma 61,50 PLN\n\nza zlecenie nr Z/4 z dnia 30.01.2026: druk"
        );
        expect(&read(&text), &[(F::IssueDate, want)]);
    }
}

#[test]
fn the_ends_of_a_period_are_no_dates_of_the_paper() {
    let reading = read(
        "\
Rechnungsnummer: 88 120
Abrechnungszeitraum: 01.02.2025 bis 31.01.2026, Verbrauch 410 kWh
Datum: 14.02.2026
Rechnungsbetrag  61,50 EUR
Den Betrag buchen wir am 02.03.2026 von Ihrem Konto ab.",
    );
    expect(&reading, &[(F::IssueDate, "2026-02-14"), (F::DueDate, "2026-03-02")]);
    let reading = read("Receipt\nDate paid   January 4, 2026\nPlan  Jan 4 – Feb 4, 2026   £58.80\nTotal   £58.80");
    expect(&reading, &[(F::IssueDate, "2026-01-04")]);
    // The same day twice is no period.
    let reading =
        read("Faktura nr 8/2026 z dnia 2026-02-01\nTermin płatności\n2026-02-14  Do dnia 14.02.2026\nDo zapłaty 61,50 zł");
    expect(&reading, &[(F::DueDate, "2026-02-14")]);
}

#[test]
fn until_when_less_is_taken_is_not_when_all_is_due() {
    let reading = read(
        "\
Rechnung Nr. 8120  Datum: 04.02.2026
Gesamtbetrag EUR  446,25
Zahlungsbedingungen: Bei Zahlung bis 14.02.2026 2,00 % Skonto (8,93 EUR), Zahlung ohne Abzug bis
04.03.2026.",
    );
    expect(&reading, &[(F::DueDate, "2026-03-04")]);
    let reading = read(
        "\
Rechnung Nr. 8120  Datum: 04.02.2026
Gesamtbetrag EUR  446,25
Zahlbar bis zum 18.02.2026 ohne Abzug. Bei Zahlung innerhalb von 7 Tagen gewähren wir 2 % Skonto (8,93 EUR).",
    );
    expect(&reading, &[(F::DueDate, "2026-02-18")]);
}

#[test]
fn the_last_instalment_settles_the_paper() {
    let reading = read(
        "\
Faktura nr FA/33/2026    Data wystawienia: 07.02.2026
Forma płatności  Termin       Kwota      Waluta
gotówka          2026-02-07     500,00   PLN
przelew          2026-02-28   2 398,58   PLN
Razem:                        2 898,58   PLN",
    );
    expect(&reading, &[(F::IssueDate, "2026-02-07"), (F::DueDate, "2026-02-28")]);
}

#[test]
fn dates_of_papers_that_were_deducted_or_cancelled() {
    let reading = read(
        "\
Schlussrechnung 26-017-S
Aying, den 10.02.2026
                                                         Netto       USt 19 %     Brutto
Gesamtleistung                                           18.400,00   3.496,00   21.896,00
abzgl. 1. Abschlagsrechnung 26-017-A1 vom 28.01.2026     -8.000,00  -1.520,00   -9.520,00",
    );
    expect(&reading, &[(F::IssueDate, "2026-02-10")]);
    let reading = read(
        "\
                                     Stornodatum   22.02.2026
                                     zur Rechnung  RG-25-371
                                     vom           09.02.2026
Stornorechnung
Gesamtsumme   -975,27 €",
    );
    expect(&reading, &[(F::IssueDate, "2026-02-22")]);
    let reading = read(
        "\
Our ref: C21-4   Bill No. 419   Date and tax point: 28th February 2026
To our charges in connection with the lease dated 17th February 2026.
Total   £2,434.00",
    );
    expect(&reading, &[(F::IssueDate, "2026-02-28")]);
    let reading = read(
        "\
Mandant 204   Rechnung Nr. 25/00733   18.02.2026
Rechnungsendbetrag                    1.239,39
abzüglich Vorschuss vom 15.01.2026      600,00
Noch zu zahlen                          639,39",
    );
    expect(&reading, &[(F::IssueDate, "2026-02-18"), (F::AmountPayable, "639.39")]);
}
