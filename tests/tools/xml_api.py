#!/usr/bin/env python3
"""A client of the market leader's XML calls, from its published description: signs, packs, calls, and prints what matters of the answer.
`xml_api.py URL USERNAME TOKEN COMPANY WHAT [ARGUMENT …]`."""

import base64
import gzip
import hashlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import xml.etree.ElementTree as ET

URL, USERNAME, TOKEN, COMPANY = sys.argv[1:5]


def signed(parameters, token=TOKEN):
    everything = dict(parameters, username=USERNAME, req_id=f"{int(time.time() * 1000)}-{uuid.uuid4().hex[:8]}")
    base = "".join(f"{name}={everything[name]}" for name in sorted(everything))
    digest = hashlib.md5((urllib.parse.quote_plus(base) + token).encode())
    return dict(everything, req_sig=digest.hexdigest())


def pack(xml):
    return base64.b64encode(gzip.compress(xml.encode())).decode()


def call(path, query=None, form=None, token=TOKEN, after=None):
    """GET, or POST where there is a form; the signature covers address and form."""
    query, form = query or {}, form or {}
    everything = signed({**query, **form}, token)
    in_address = {name: value for name, value in everything.items() if name not in form}
    if after:
        in_address.update(after)
    address = f"{URL}{path}?{urllib.parse.urlencode(in_address)}"
    data = urllib.parse.urlencode(form).encode() if form else None
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data=data)) as answer:
            root = ET.fromstring(answer.read())
            assert root.findtext("STATUS") == "OK", ET.tostring(root)
    except urllib.error.HTTPError as error:
        root = ET.fromstring(error.read())
        assert root.findtext("STATUS") == "ERROR" and root.findtext("ERROR_MESSAGE"), ET.tostring(root)
    return root


def of_company(path, xml, **files):
    return call(path, {"company_program_id": COMPANY}, {"command": pack(xml), **files})


def read(path):
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode()


def companies():
    return call("/api/xml/1.0/company/list").findtext("COMPANIES/COMPANY/VAT_NUMBER")


def add(path):
    xml = "<ROOT><DOCUMENTS><DOCUMENT><YEAR>2026</YEAR><MONTH>7</MONTH><ATTMNT>1</ATTMNT><ATTMNT_NAME>fv.pdf</ATTMNT_NAME></DOCUMENT></DOCUMENTS></ROOT>"
    root = of_company("/api/xml/1.0/document/add", xml, attmnt_1=read(path))
    assert root.findtext("RESULTS/DOCUMENT/UPDATE_STATUS") == "CREATED", ET.tostring(root)
    return root.findtext("RESULTS/DOCUMENT/DOCUMENT_ID")


def recognize(number):
    xml = f"<ROOT><DOCUMENTS><DOCUMENT><DOCUMENT_ID>{number}</DOCUMENT_ID><SPLIT_MODE>NO_SPLIT</SPLIT_MODE></DOCUMENT></DOCUMENTS></ROOT>"
    return of_company("/api/xml/1.20/document/recognize", xml).findtext("RESULTS/DOCUMENT/STATUS")


def recognized(number):
    xml = f"<ROOT><OCR_ID_LIST><OCR_ORIGIN_ID>{number}</OCR_ORIGIN_ID></OCR_ID_LIST></ROOT>"
    document = of_company("/api/xml/2.18/document/list_recognized", xml).find("DOCUMENTS/DOCUMENT")
    rate = document.findtext("VAT_REGISTRIES/VAT_REGISTRY/RATE")
    return f"{document.findtext('NUMBER')} {document.findtext('SUM')} {float(rate):.2f}"


def correct(number, printed):
    xml = f"<ROOT><DOCUMENTS><DOCUMENT><DOCUMENT_ID>{number}</DOCUMENT_ID><NUMBER>{printed}</NUMBER></DOCUMENT></DOCUMENTS></ROOT>"
    return of_company("/api/xml/2.0/document/correct", xml).findtext("RESULTS/DOCUMENT/UPDATE_STATUS")


def correct_date(number, date):
    xml = f"<ROOT><DOCUMENTS><DOCUMENT><DOCUMENT_ID>{number}</DOCUMENT_ID><ISSUE_DATE>{date}</ISSUE_DATE></DOCUMENT></DOCUMENTS></ROOT>"
    result = of_company("/api/xml/2.0/document/correct", xml).find("RESULTS/DOCUMENT")
    return f"{result.findtext('UPDATE_STATUS')} {result.findtext('ERROR_MESSAGE') or ''}".strip()


def listed(policy):
    root = call("/api/xml/2.12/document/list", {"company_program_id": COMPANY, "policy": policy})
    return " ".join(one.text for one in root.findall("DOCUMENTS/DOCUMENT/NUMBER"))


def sync(number, status, printed):
    xml = (f"<ROOT><DOCUMENT_SYNCS><DOCUMENT_SYNC><SALDEO_ID>{number}</SALDEO_ID><ACCOUNT_DOCUMENT_NUMBER>{printed}"
           f"</ACCOUNT_DOCUMENT_NUMBER><DOCUMENT_STATUS>{status}</DOCUMENT_STATUS></DOCUMENT_SYNC></DOCUMENT_SYNCS></ROOT>")
    result = of_company("/api/xml/1.13/document/sync", xml).find("RESULTS/DOCUMENT")
    return f"{result.findtext('UPDATE_STATUS')} {result.findtext('ERROR_MESSAGE') or ''}".strip()


def add_recognize(path):
    xml = f"<ROOT><DOCUMENT><VAT_NUMBER>{COMPANY}</VAT_NUMBER><DOCUMENT_TYPE>COST</DOCUMENT_TYPE><SPLIT_MODE>NO_SPLIT</SPLIT_MODE></DOCUMENT></ROOT>"
    document = call("/api/xml/2.0/document/add_recognize", None, {"command": pack(xml), "attmnt_1": read(path)}).find("DOCUMENT")
    return f"{document.findtext('STATUS')} {document.findtext('OCR_ORIGIN_ID')}"


def error(root):
    return root.findtext("ERROR_CODE")


CALLS = {
    "companies": companies,
    "add": add,
    "recognize": recognize,
    "recognized": recognized,
    "correct": correct,
    "correct_date": correct_date,
    "list": listed,
    "sync": sync,
    "add_recognize": add_recognize,
    "wrong_token": lambda: error(call("/api/xml/1.0/company/list", token="0" * 64)),
    "changed": lambda: error(call("/api/xml/2.12/document/list", {"company_program_id": COMPANY, "policy": "SALDEO"}, after={"policy": "LAST_10_DAYS"})),
    "other_company": lambda: error(call("/api/xml/2.12/document/list", {"company_program_id": "1111111111", "policy": "SALDEO"})),
    "unknown": lambda: error(call("/api/xml/1.0/company/create")),
    "bomb": lambda: error(of_company("/api/xml/1.20/document/recognize", " " * (5 << 20))),
}

print(CALLS[sys.argv[5]](*sys.argv[6:]))
