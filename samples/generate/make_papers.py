#!/usr/bin/env python3
"""Write samples/<country>/<paper>.{pdf,jpg,xml} and beside each <paper>.json: what must be read from it.

Needs Chromium, poppler-utils and the packages of requirements.txt; run by `make samples`. The files it writes are committed.
"""
import io
import json
import pathlib
import zlib

import facturx
import pages
import pictures
import xml_files
from papers import PAPERS, TOGETHER

SAMPLES = pathlib.Path(__file__).resolve().parent.parent
# What has to be right even on a scan, and on the photo of a receipt; everything else is reported.
KEY_FIELDS = ["invoice_number", "issue_date", "currency", "total_gross", "seller_tax_id"]
RECEIPT_FIELDS = ["issue_date", "total_gross", "seller_tax_id"]


def fields(p):
    if p.type == "letter":
        return {}
    structured = p.form in ("xml", "hybrid")
    prefix = {"RO": "RO" if structured else ""}.get(p.seller.country, "")
    out = {
        "invoice_number": p.number, "issue_date": p.issue, "currency": p.currency, "seller_name": p.seller.name, "seller_tax_id": prefix + p.seller.tax_id,
        "buyer_tax_id": prefix + p.buyer.tax_id, "total_gross": str(p.gross()),
    }
    if p.layout != "receipt":
        out["buyer_name"] = p.buyer.name
        out["amount_payable"] = str(p.payable())
    if p.due:
        out["due_date"] = p.due
    if p.seller.iban and p.layout not in ("danfe", "nfe"):
        out["iban"] = p.seller.iban
    if not p.brazilian():
        out |= {"total_net": str(p.net()), "total_vat": str(p.vat())}
    if p.layout in ("danfe", "nfe"):
        out["access_key"] = xml_files.nfe_key(p)
    if "ettn" in p.extra:
        out["ettn"] = p.extra["ettn"]
    if p.withholding():
        out["withholding"] = str(p.withholding())
    if p.corrects:
        out["preceding_invoice"] = p.corrects
    return out


def expectation(p, file):
    truth = {"file": file, "form": p.form, "document_type": p.type, "fields": fields(p)}
    truth["must"] = sorted(truth["fields"]) if p.form in ("xml", "hybrid", "text") else KEY_FIELDS if p.form == "scan" else RECEIPT_FIELDS
    truth["must"] = [name for name in truth["must"] if name not in p.extra.get("reported", ())]
    if p.layout not in ("receipt", "office-letter"):
        truth["vat_breakdown"] = [{"rate": rate, "net": str(net), "vat": str(vat)} for rate, net, vat in p.rates()]
        truth["lines"] = len(p.lines)
    return truth


def write(p):
    target = SAMPLES / p.id
    target.parent.mkdir(exist_ok=True)
    seed = zlib.crc32(p.id.encode())
    if p.form in ("xml", "hybrid"):
        target.with_suffix(".xml").write_text(xml_files.WRITERS[p.layout](p), encoding="utf-8")
    if p.form == "text":
        target.with_suffix(".pdf").write_bytes(pages.pdf(p))
    elif p.form == "scan":
        target.with_suffix(".pdf").write_bytes(pictures.scan(pages.pdf(p), seed))
    elif p.form == "photo":
        target.with_suffix(".jpg").write_bytes(pictures.photo(pages.pdf(p), seed))
    elif p.form == "hybrid":
        data = pages.pdf(p)
        if p.layout == "cii-facturx":
            data = facturx.generate_from_binary(io.BytesIO(data).getvalue(), target.with_suffix(".xml").read_bytes(), check_xsd=False, flavor="factur-x", level="en16931")
            target.with_suffix(".xml").unlink()
        target.with_suffix(".pdf").write_bytes(data)
    main = target.with_suffix({"photo": ".jpg", "xml": ".xml"}.get(p.form, ".pdf"))
    target.with_suffix(".json").write_text(json.dumps(expectation(p, main.name), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_together(name, table, papers):
    target = SAMPLES / name
    sheets = [pictures.cut_out(pages.pdf(p)) for p in papers]
    target.with_suffix(".jpg").write_bytes(pictures.together(sheets, table, zlib.crc32(name.encode())))
    truths = [{key: value for key, value in expectation(p, "").items() if key not in ("file", "form")} for p in papers]
    truth = {"file": target.name + ".jpg", "form": "photo", "papers": truths}
    target.with_suffix(".json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for name, table, papers in TOGETHER:
        write_together(name, table, papers)
        print(name)
    for paper in PAPERS:
        write(paper)
        print(paper.id)
