#!/usr/bin/env python3
"""Reads an exported file with readers that are not ours (csv, zipfile, ElementTree of Python's library) and says what is wrong with it:
`read_export.py PROFILE FILE`. Exit status 0 and a line of counts where nothing is."""

import csv
import hashlib
import io
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


def read_datev(data):
    rows = table(data.decode("windows-1252"), ";")
    assert rows[0][:4] == ["EXTF", "700", "21", "Buchungsstapel"] and len(rows[0]) == 31, rows[0]
    assert all(len(row) == 125 for row in rows[1:]), "125 columns"
    assert all(row[1] in "SH" and "," in row[0] and len(row[9]) == 4 for row in rows[2:])
    return len({row[10] for row in rows[2:]})


def read_datev_xml(data):
    document = "{http://xml.datev.de/bedi/tps/document/v06.0}"
    ledger = "{http://xml.datev.de/bedi/tps/ledger/v060}"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        index = ET.fromstring(archive.read("document.xml"))
        named = [one.get("datafile") or one.get("name") for one in index.iter(f"{document}extension")]
        assert sorted(named) == sorted(set(archive.namelist()) - {"document.xml"}), "document.xml names every file"
        for name in (one.get("datafile") for one in index.iter(f"{document}extension") if one.get("datafile")):
            total = ET.fromstring(archive.read(name)).find(f"{ledger}consolidate")
            amounts = [float(one.text) for one in total.iter(f"{ledger}amount")]
            assert abs(sum(amounts) - float(total.get("consolidatedAmount"))) < 0.005, "the entries add up"
        return len(list(index.iter(f"{document}document")))


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
    "jpk-v7m": read_xml("JPK", ("ZakupWiersz",)),
    "saga": read_xml("Facturi", ("Factura",)),
}

if __name__ == "__main__":
    profile, path = sys.argv[1:]
    with open(path, "rb") as file:
        print(READERS.get(profile, read_zip)(file.read()))
