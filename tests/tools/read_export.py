#!/usr/bin/env python3
"""Reads an exported file with readers that are not ours (csv, zipfile, ElementTree of Python's library), holds it against the layout that
its format's documentation gives, and says what is wrong with it: `read_export.py PROFILE FILE`. Exit status 0 and a line of counts
where nothing is."""

import csv
import hashlib
import io
import re
import sys
import xml.etree.ElementTree as ET
import zipfile


def table(text, delimiter=","):
    return list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))


def read_csv(data):
    rows = table(data.decode("utf-8"))
    assert len({len(row) for row in rows}) == 1, "every row has all columns"
    assert len(set(rows[0])) == len(rows[0]), "each column has a name of its own"
    assert not any(cell[:1] in "=@" and cell for row in rows[1:] for cell in row), "no cell is a formula"
    return len(rows) - 1


def read_xlsx(data):
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        names = [sheet.get("name") for sheet in ET.fromstring(book.read("xl/workbook.xml")).iter(f"{main}sheet")]
        assert names == ["documents", "vat", "lines", "taxes"], names
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert not list(sheet.iter(f"{main}f")), "no cell is a formula"
        rows = list(sheet.iter(f"{main}row"))
    return len(rows) - 1


def read_zip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        rows = table(archive.read("index.csv").decode("utf-8"))
        named = [dict(zip(rows[0], row)) for row in rows[1:]]
        assert sorted(row["file"] for row in named) == sorted(set(archive.namelist()) - {"index.csv"}), "the index names every file"
        for row in named:
            assert hashlib.sha256(archive.read(row["file"])).hexdigest() == row["sha256"], row["file"]
    return len(named)


def read_epp(data):
    sections, now = [], None
    for line in data.decode("windows-1250").split("\r\n"):
        if line.startswith("["):
            now = (line, [])
            sections.append(now)
        elif line:
            now[1].extend(table(line))
    assert sections[0][0] == "[INFO]" and len(sections[0][1][0]) == 24, "table 2 has 24 fields"
    heads = [rows for name, rows in sections if name == "[NAGLOWEK]"]
    assert all(len(rows) == 1 and len(rows[0]) == 62 for rows in heads), "table 3 has 62 fields"
    bodies = [rows for name, rows in sections if name == "[ZAWARTOSC]"]
    assert len(bodies) == len(heads)
    for head, body in zip(heads, bodies):
        assert all(len(row) == 5 for row in body) and len(body) == int(head[0][24]), "table 4 has 5 fields"
        for field, column in ((27, 2), (28, 3), (29, 4)):
            assert abs(float(head[0][field]) - sum(float(row[column]) for row in body)) < 0.005, "the rows add up to the head"
    return len(heads)


# Fields of a booking, by DATEV's numbers, as the description of the DATEV-Format has them (Buchungsstapel, version 13).
DATEV_FIELDS = {
    1: r"(?!0+,00)\d{1,10},\d{2}",
    2: r"[SH]",
    3: r"[A-Z]{3}",
    4: r"([1-9]\d{0,3},\d{2,6}|0,\d{2,6})?",
    5: r"(\d{1,10},\d{2})?",
    6: r"([A-Z]{3})?",
    7: r"[1-9]\d{0,8}",
    8: r"[1-9]\d{0,8}",
    9: r"\d{0,4}",
    10: r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])",
    11: r"[A-Za-z0-9$&%*+\-/]{0,36}",
    12: r"[A-Za-z0-9$&%*+\-/]{0,12}",
    14: r".{0,60}",
    40: r"([A-Z]{2}[A-Z0-9+*]{2,13})?",
    114: r"[01]",
    115: r"(\d{8})?",
    116: r"(\d{8})?",
    117: r"(\d{8})?",
}

# Accounts of SKR03 and SKR04 that find the tax by themselves: a key beside them is refused (but for 40).
AUTOMATIC = {
    "03": {"3300", "3400", "8120", "8125", "8300", "8310", "8315", "8336", "8338", "8400", "8449"},
    "04": {"5300", "5400", "4120", "4125", "4300", "4310", "4315", "4336", "4338", "4400", "4449"},
}


def read_datev(data):
    text = data.decode("windows-1252")
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", ""), "lines end with CR and LF"
    rows = table(text, ";")
    head = rows[0]
    assert head[:5] == ["EXTF", "700", "21", "Buchungsstapel", "13"] and len(head) == 31, head
    assert re.fullmatch(r"20\d{15}", head[5]), "field 6: made at"
    assert re.fullmatch(r"\d{4,7}", head[10]) and int(head[10]) >= 1001, "field 11: Berater"
    assert re.fullmatch(r"[1-9]\d{0,4}", head[11]), "field 12: Mandant"
    begins, first, last = head[12], head[14], head[15]
    assert all(re.fullmatch(r"20\d{6}", day) for day in (begins, first, last)), "fields 13, 15, 16: days"
    assert begins <= first <= last and first[:4] == last[:4], "the days lie in one calendar year, within the financial one"
    assert head[13] in "45678" and len(head[16]) <= 30 and head[20] in ("0", "1") and re.fullmatch("[A-Z]{3}", head[21]), head
    assert all(len(row) == 125 for row in rows[1:]), "125 columns"
    for row in rows[2:]:
        for field, form in DATEV_FIELDS.items():
            assert re.fullmatch(form, row[field - 1]), f"field {field}, {rows[1][field - 1]}: {row[field - 1]!r}"
        assert (row[4] == "") == (row[5] == ""), "fields 5 and 6 come together"
        assert len(row[6]) <= int(head[13]) + 1 and len(row[7]) <= int(head[13]) + 1, "an account is as long as the header says"
        day = first[:4] + row[9][2:] + row[9][:2]
        assert first <= day <= last, "the day lies in the header's days"
        assert row[114] == "" or row[115] != "", "a day of supply has the period of its tax beside it"
        own = AUTOMATIC.get(head[26], set()) & {row[6], row[7]}
        assert not own or row[8] in ("", "40"), f"a key on {own}"
    return len({row[10] for row in rows[2:]})


# Elements of an entry in the order of Belegverwaltung_online_ledger_import_v060 (base, base1, the ledger's own).
LEDGER = (
    "date amount discountAmount accountNo buCode costAmount costCategoryId costCategoryId2 tax information currencyCode invoiceId"
    " bookingText typeOfReceivable ownVatId shipFromCountry partyId paidAt internalInvoiceId vatId shipToCountry exchangeRate bankCode"
    " bankAccount bankCountry iban swiftCode accountName paymentConditionsId paymentOrder discountPercentage discountPaymentDate"
    " discountAmount2 discountPercentage2 discountPaymentDate2 dueDate bpAccountNo deliveryDate orderId supplierName supplierCity"
    " customerName customerCity"
).split()
LEDGER_FORMS = {
    "date": r"\d{4}-\d\d-\d\d",
    "amount": r"-?(?!0\.00$)\d{1,10}\.\d{2}",
    "accountNo": r"\d{1,9}",
    "buCode": r"\d{1,4}",
    "tax": r"\d{1,2}\.\d{2}",
    "information": r".{1,120}",
    "currencyCode": r"[A-Z]{3}",
    "invoiceId": r"[A-Za-z0-9$&%*+\-/]{0,36}",
    "bookingText": r".{1,30}",
    "paidAt": r"\d{4}-\d\d-\d\d",
    "dueDate": r"\d{4}-\d\d-\d\d",
    "deliveryDate": r"\d{4}-\d\d-\d\d",
    "bpAccountNo": r"\d{1,9}",
    "supplierName": r".{1,50}",
    "customerName": r".{1,50}",
}


def in_order(element, names, forms):
    """The element's children stand in the order of the list, each once, in their form."""
    last = -1
    for child in element:
        name = child.tag.rsplit("}")[-1]
        assert name in names, f"{name} is not known in {element.tag}"
        assert names.index(name) > last, f"{name} stands where it must not"
        last = names.index(name)
        if name in forms:
            assert re.fullmatch(forms[name], child.text or ""), f"{name}: {child.text!r}"


def read_datev_xml(data):
    document = "{http://xml.datev.de/bedi/tps/document/v06.0}"
    ledger = "{http://xml.datev.de/bedi/tps/ledger/v060}"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        index = ET.fromstring(archive.read("document.xml"))
        named = [one.get("datafile") or one.get("name") for one in index.iter(f"{document}extension")]
        assert sorted(named) == sorted(set(archive.namelist()) - {"document.xml"}), "document.xml names every file"
        assert index.get("version") == "6.0" and index[0].tag == f"{document}header" and index[1].tag == f"{document}content"
        for one in index.iter(f"{document}property"):
            assert one.get("key") in ("1", "3") and one.get("value"), one.attrib
        for name in (one.get("datafile") for one in index.iter(f"{document}extension") if one.get("datafile")):
            total = ET.fromstring(archive.read(name)).find(f"{ledger}consolidate")
            for entry in total:
                in_order(entry, LEDGER, LEDGER_FORMS)
            amounts = [float(one.text) for one in total.iter(f"{ledger}amount")]
            assert abs(sum(amounts) - float(total.get("consolidatedAmount"))) < 0.005, "the entries add up"
        return len(list(index.iter(f"{document}document")))


# JPK_V7M(3) v1-0E, as classes that were made from the ministry's schema have it: what is there, in which order and form.
DAY = r"\d{4}-\d\d-\d\d"
AMOUNT = r"-?\d{1,16}\.\d{2}"
TOKEN = r"\S+( \S+)*"
HEADER = "KodFormularza WariantFormularza DataWytworzeniaJPK NazwaSystemu CelZlozenia KodUrzedu Rok Miesiac".split()
PURCHASE = (
    "LpZakupu KodKrajuNadaniaTIN NrDostawcy NazwaDostawcy DowodZakupu DataZakupu DataWplywu NrKSeF OFF BFK DI DokumentZakupu IMP"
    " K_40 K_41 K_42 K_43 K_44 K_45 K_46 K_47 ZakupVAT_Marza"
).split()
PURCHASE_FORMS = {
    "LpZakupu": r"[1-9]\d{0,13}",
    "KodKrajuNadaniaTIN": r"[A-Z][A-QS-Z]",
    "NrDostawcy": r"(?=.{1,50}$)" + TOKEN,
    "NazwaDostawcy": r"(?=.{1,512}$)" + TOKEN,
    "DowodZakupu": r"(?=.{1,256}$)" + TOKEN,
    "DataZakupu": DAY,
    "DataWplywu": DAY,
    "NrKSeF": r"([1-9]((\d[1-9])|([1-9]\d))\d{7}|M\d{9}|[A-Z]{3}\d{7})-20\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])-[0-9A-F]{6}-?[0-9A-F]{6}-[0-9A-F]{2}",
    "OFF": "1",
    "BFK": "1",
    "DI": "1",
    **{f"K_{n}": AMOUNT for n in range(40, 48)},
}


def read_jpk(data):
    name = "{http://crd.gov.pl/wzor/2025/12/19/14090/}"
    tree = ET.fromstring(data)
    assert tree.tag == f"{name}JPK" and [one.tag for one in tree] == [f"{name}{part}" for part in ("Naglowek", "Podmiot1", "Ewidencja")]
    head, taxpayer, records = tree
    in_order(head, HEADER, {"KodUrzedu": r"\d{4}", "Rok": r"20(2[6-9]|[3-9]\d)", "Miesiac": r"[1-9]|1[0-2]", "CelZlozenia": "[12]"})
    assert [one.tag for one in head] == [f"{name}{part}" for part in HEADER], "the header is whole"
    who = taxpayer[0]
    assert re.fullmatch(r"[1-9]((\d[1-9])|([1-9]\d))\d{7}", who[0].text), who[0].text
    assert re.fullmatch(r"(.)+@(.)+", who.find(f"{name}Email").text)
    kinds = [one.tag.removeprefix(name) for one in records]
    rows = [one for one in records if one.tag == f"{name}ZakupWiersz"]
    assert kinds == ["SprzedazCtrl"] + ["ZakupWiersz"] * len(rows) + ["ZakupCtrl"], kinds
    tax = 0
    for n, row in enumerate(rows, 1):
        in_order(row, PURCHASE, PURCHASE_FORMS)
        said = [one.tag.removeprefix(name) for one in row]
        assert sum(mark in said for mark in ("NrKSeF", "OFF", "BFK", "DI")) == 1, "one of the four"
        assert row[0].text == str(n)
        tax += sum(float(one.text) for one in row if one.tag in (f"{name}K_41", f"{name}K_43"))
    count, total = records[-1]
    assert count.text == str(len(rows)) and abs(float(total.text) - tax) < 0.005, "the control sums"
    return len(rows)


def read_dominio(data):
    """Leiaute Domínio Sistemas com Separador: bars at both ends, so many fields a registro, suppliers before their notes."""
    fields = {"0000": 2, "0020": 33, "1000": 92, "1020": 19}
    lines = data.decode("windows-1252").split("\r\n")
    assert lines.pop() == "", "the last line ends"
    known, notes = set(), 0
    for n, line in enumerate(lines):
        assert line.startswith("|") and line.endswith("|"), line
        row = line[1:-1].split("|")
        assert len(row) == fields[row[0]], (row[0], len(row))
        assert (row[0] == "0000") == (n == 0), "the company stands first, once"
        if row[0] == "0020":
            known.add(row[1])
        if row[0] == "1000":
            notes += 1
            assert row[2] in known and row[4].isdigit() and row[5].isdigit() and row[7].isdigit(), row
            assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", row[field]) for field in (10, 11)), row
            assert re.fullmatch(r"-?\d+,\d\d", row[12]) and re.fullmatch(r"(\d{44})?", row[53]), row
    return notes


def read_xml(root, entry):
    def read(data):
        tree = ET.fromstring(data)
        assert tree.tag.rsplit("}")[-1] == root, tree.tag
        return len([one for one in tree.iter() if one.tag.rsplit("}")[-1] in entry])

    return read


READERS = {
    "csv": read_csv,
    "xlsx": read_xlsx,
    "epp": read_epp,
    "datev": read_datev,
    "datev-xml": read_datev_xml,
    "optima": read_xml("ROOT", ("REJESTR_ZAKUPU_VAT", "REJESTR_SPRZEDAZY_VAT")),
    "jpk-v7m": read_jpk,
    "dominio": read_dominio,
    "saga": read_xml("Facturi", ("Factura",)),
}

if __name__ == "__main__":
    profile, path = sys.argv[1:]
    with open(path, "rb") as file:
        print(READERS.get(profile, read_zip)(file.read()))
