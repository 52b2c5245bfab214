#!/usr/bin/env python3
"""Write samples/office.json and samples/mail/<mail>.eml with <mail>.json beside each: the envelope, and what must become of it.

The mails look as the usual programs write them; the papers attached are the ones that make_papers.py wrote. Run by `make samples`.
"""
import base64
import io
import json
import pathlib
import quopri
import zipfile
import zlib

from PIL import Image, ImageDraw

import papers

SAMPLES = pathlib.Path(__file__).resolve().parent.parent
DOMAIN = "in.cztery-wiatry.example"
COMPANIES = [
    dict(name=papers.MLYN.name, country="PL", tax_id="PL" + papers.MLYN.tax_id, address="mlyn", pin="483920"),
    dict(name=papers.MOARA.name, country="RO", tax_id="RO" + papers.MOARA.tax_id, address="moara", pin="716053"),
    dict(name=papers.MUEHLE.name, country="DE", tax_id=papers.MUEHLE.tax_id, address="muehle", pin="905274"),
    dict(name=papers.DEGIRMEN.name, country="TR", tax_id="TR" + papers.DEGIRMEN.tax_id, address="degirmen", pin="362817"),
    dict(name=papers.MOINHO.name, country="BR", tax_id="BR" + papers.MOINHO.tax_id, address="moinho", pin="548136"),
]
PIN = {c["address"]: c["pin"] for c in COMPANIES}


def b64(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def word(text):
    """RFC 2047, as most programs do it: one base64 word where ASCII is not enough."""
    return text if text.isascii() else "=?UTF-8?B?" + base64.b64encode(text.encode()).decode() + "?="


def text_part(text, subtype="plain", charset="utf-8"):
    body = quopri.encodestring(text.replace("\n", "\r\n").encode(charset)).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return f'Content-Type: text/{subtype}; charset="{charset}"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'.encode() + body


def file_part(name, data, media_type, disposition="attachment", cid=None, bare=False):
    """`bare` gives what some scanners send: octet-stream, a name, no disposition."""
    head = f'Content-Type: {media_type}; name="{word(name)}"\r\nContent-Transfer-Encoding: base64\r\n'
    if not bare:
        head += f'Content-Disposition: {disposition}; filename="{word(name)}"\r\n'
    if cid:
        head += f"Content-ID: <{cid}>\r\n"
    return head.encode() + b"\r\n" + b64(data)


def multi(subtype, *parts):
    boundary = "b_" + hex(len(parts) * 7919 + sum(map(len, parts)))[2:] + subtype
    glue = f"--{boundary}\r\n".encode()
    body = b"".join(glue + part.rstrip(b"\r\n") + b"\r\n" for part in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode() + body + f"--{boundary}--\r\n".encode()


def message(sender, to, subject, body, date="Mon, 09 Nov 2026 10:12:00 +0100", more=""):
    local = sender.split("<")[-1].strip("<>")
    head = (f"From: {sender}\r\nTo: {to}\r\nSubject: {word(subject)}\r\nDate: {date}\r\nMessage-ID: <{zlib.crc32((subject + sender).encode())}@{local.split('@')[1]}>\r\n"
            f"MIME-Version: 1.0\r\n{more}")
    return head.encode() + body




def paper(path):
    return (SAMPLES / path).read_bytes()


def pdf(path, name=None, **more):
    return file_part(name or pathlib.Path(path).name, paper(path), "application/pdf", **more)


def jpg(path, name, **more):
    return file_part(name, paper(path), "image/jpeg", **more)


def xml(path, name=None):
    return file_part(name or pathlib.Path(path).name, paper(path), "application/xml")


def logo():
    picture = Image.new("RGB", (120, 40), "white")
    ImageDraw.Draw(picture).text((8, 12), "M L Y N", fill=(20, 80, 140))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 9, 10, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def bomb():
    """A ZIP of 300 MB of zeros in 300 KB."""
    return zipped([(f"faktura-{i}.pdf", b"\0" * (30 << 20)) for i in range(10)])


def gmail(note, original_from, original_subject):
    return (f"{note}\n\n---------- Forwarded message ---------\nFrom: {original_from}\nDate: Mon, Nov 9, 2026 at 9:02 AM\nSubject: {original_subject}\n"
            "To: <biuro@mlyn.example>\n\n\nDzień dobry,\nw załączeniu przesyłamy fakturę.\n")


def outlook(note, original_from, original_subject, words=("Od", "Wysłano", "Do", "Temat")):
    a, b, c, d = words
    return f"{note}\n\n________________________________\n{a}: {original_from}\n{b}: 9 listopada 2026 08:41\n{c}: biuro@mlyn.example\n{d}: {original_subject}\n\nDzień dobry, faktury w załączniku.\n"


JAN = "Jan Mlynarz <jan@mlyn.example>"
MARIA = "Maria Morar <maria@moara.example>"
KLAUS = "Klaus Muehle <klaus@muehle.example>"
AYSE = "Ayse Demir <ayse@degirmen.example>"
JOAO = "Joao Silva <joao@moinho.example>"


def at(local):
    return f"{local}@{DOMAIN}"


def signature():
    return b'<?xml version="1.0" encoding="UTF-8"?>\n<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignatureValue>AAAA</SignatureValue></Signature>\n'


class Mails:
    """The mails as they are made, in order."""

    def __init__(self):
        self.made = []

    def add(self, name, sender, to, subject, parts, outcome, header_to=None, more=""):
        """`to` are local parts of the envelope; the header says the same unless `header_to` says otherwise."""
        shown = header_to or ", ".join(map(at, to))
        raw = message(sender, shown, subject, multi("mixed", *parts), more=more)
        envelope = {"mail_from": sender.split("<")[-1].strip("<>"), "rcpt_to": [at(local) for local in to]}
        self.made.append((name, raw, {**envelope, **outcome}))


def polish(mails):
    body = multi("alternative", text_part(gmail("", "Agropol <faktury@agropol.example>", "Faktura FV/27/10/2026")), text_part("<p>Fwd</p>", "html"))
    mails.add("pl-gmail-forward", JAN, ["mlyn"], "(11/2026) (483920) {FK} Fwd: Faktura FV/27/10/2026",
              [body, pdf("pl/hurtownia-zboza.pdf", "Faktura_FV_27_10_2026.pdf")], admitted(["pl/hurtownia-zboza.pdf"], period="2026-11", type="FK"))
    text = text_part(outlook("Proszę o zaksięgowanie", "Kurier <biuro@kurier.example>", "Faktury"))
    page = text_part('<p>Proszę</p><img src="cid:image001.png@01DC">', "html")
    picture = file_part("image001.png", logo(), "image/png", "inline", "image001.png@01DC")
    mails.add("pl-outlook-two-files-and-logo", JAN, ["mlyn"], "PD: Faktury za październik (483920)",
              [multi("related", multi("alternative", text, page), picture), pdf("pl/kurier.pdf", "Kurier żółty.pdf"), pdf("pl/papiernik-skan.pdf", "SKAN_0012.pdf")],
              admitted(["pl/kurier.pdf", "pl/papiernik-skan.pdf"], set_aside=["image001.png"]))
    mails.add("pl-apple-mail-photo-inline", JAN, ["mlyn"], "Paragon ze stacji [483920]",
              [text_part("Paragon\n"), jpg("pl/paragon-stacja.jpg", "IMG_2041.jpeg", disposition="inline"), text_part("\n\nWysłane z iPhone'a\n")],
              admitted(["pl/paragon-stacja.jpg"]), more="X-Mailer: iPhone Mail (23B85)\r\n")
    mails.add("pl-number-beside-pin", JAN, ["mlyn"], "Fwd: Faktura 4839 z 2026 - PIN: 483920",
              [text_part("W załączniku.\n"), xml("pl/energia-ksef.xml")], admitted(["pl/energia-ksef.xml"]))
    mails.add("pl-number-is-no-pin", JAN, ["mlyn"], "Fwd: Faktura 4839 za 2026", [text_part("W załączniku.\n"), pdf("pl/kurier.pdf", "f.pdf")], held("no_pin"))
    mails.add("pl-wrong-pin", JAN, ["mlyn"], "(11/2026) (884417) {FK}", [text_part("\n"), pdf("pl/kurier.pdf")], held("wrong_pin"))
    mails.add("pl-letter", JAN, ["mlyn"], "(483920) {P} Pismo z urzędu", [text_part("Przyszło dzisiaj.\n"), pdf("pl/pismo-urzad.pdf")],
              admitted(["pl/pismo-urzad.pdf"], type="P"))
    inner = message("Agropol <faktury@agropol.example>", "biuro@mlyn.example", "Faktura korygująca KOR/3/11/2026",
                    multi("mixed", text_part("W załączeniu korekta.\n"), xml("pl/agropol-korekta.xml")))
    mails.add("pl-nested-forward", JAN, ["mlyn"], "WG: korekta (483920)",
              [text_part("Przesyłam dalej jako załącznik.\n"), b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + inner],
              admitted(["pl/agropol-korekta.xml"]))
    mails.add("pl-zip-bomb", JAN, ["mlyn"], "Fwd: faktury (483920)", [text_part("\n"), file_part("faktury.zip", bomb(), "application/zip")], admitted([]))
    mails.add("unknown-address", JAN, ["mlynn"], "(11/2026) (483920) {FK}", [text_part("\n"), pdf("pl/kurier.pdf")], {"smtp": {"rcpt": 550}})


def romanian(mails):
    package = zipped([("4291170835.xml", paper("ro/dacia-spv.xml")), ("semnatura_4291170835.xml", signature())])
    mails.add("ro-spv-zip", MARIA, ["moara"], "Fwd: e-Factura Dacia Logistic [716053]",
              [text_part("PIN-ul este în subiect.\n"), file_part("4291170835.zip", package, "application/x-zip-compressed")], admitted(["ro/dacia-spv.xml"]))
    text = ("PIN: 716053\nVă rog să înregistrați.\n\n-------- Mesaj redirecționat --------\nSubiect: Factura TTR 2026-1187\n"
            "De la: Tipograf <office@tipograf.example>\n\nBună ziua\n")
    mails.add("ro-label-in-text", MARIA, ["moara"], "Factura tipografie", [text_part(text), pdf("ro/tipograf.pdf"), pdf("ro/tipograf-scan.pdf", "scan.pdf")],
              admitted(["ro/tipograf.pdf", "ro/tipograf-scan.pdf"]))
    mails.add("ro-bcc-only", MARIA, ["moara"], "Bon și factură (716053)", [text_part("\n"), jpg("ro/bon-bacanie.jpg", "bon.jpg"), xml("ro/dacia-efactura.xml")],
              admitted(["ro/bon-bacanie.jpg", "ro/dacia-efactura.xml"]), header_to="contabilitate@moara.example")


def german(mails):
    scan = file_part("doc00417.pdf", paper("de/elbtal-scan.pdf"), "application/octet-stream", bare=True)
    mails.add("de-octet-stream-scanner", "scanner@muehle.example", ["muehle"], "905274 Scan vom Kopierer", [text_part("\n"), scan], admitted(["de/elbtal-scan.pdf"]))
    text = "Anbei.\n\nVon: Elbtal Elektro\nGesendet: Montag, 9. November 2026\n"
    mails.add("de-zugferd-and-xrechnung", KLAUS, ["muehle"], "WG: Rechnungen (905274)",
              [text_part(text), pdf("de/elbtal-zugferd.pdf", "Rechnung 20261104.pdf"), xml("de/waldmann-xrechnung.xml")],
              admitted(["de/elbtal-zugferd.pdf", "de/waldmann-xrechnung.xml"]))
    mails.add("de-address-in-cc", KLAUS, ["muehle"], "AW: Rechnungen, Pin 905274",
              [text_part("zur Kenntnis\n"), pdf("de/waldmann.pdf"), pdf("de/harbour-cloud.pdf"), jpg("de/baumarkt-bon.jpg", "Bon.jpg")],
              admitted(["de/waldmann.pdf", "de/harbour-cloud.pdf", "de/baumarkt-bon.jpg"]), header_to="team@muehle.example",
              more=f"Cc: Buchhaltung <{at('muehle')}>\r\n")


def turkish(mails):
    text = "şifre 362817\n\n-------- İletilen İleti --------\nKonu: e-Fatura\nKimden: Anadolu <fatura@anadolu.example>\n"
    mails.add("tr-sifre-label", AYSE, ["degirmen"], "İLT: Anadolu Ambalaj faturası",
              [text_part(text), pdf("tr/anadolu.pdf", "Fatura ANA2026000001482.pdf"), jpg("tr/kirtasiye-fis.jpg", "fiş.jpg")],
              admitted(["tr/anadolu.pdf", "tr/kirtasiye-fis.jpg"]))
    mails.add("tr-pdf-and-xml", AYSE, ["degirmen"], "(362817) e-Fatura",
              [text_part("\n"), pdf("tr/anadolu-efatura.pdf", "ANA2026000001533.pdf"), xml("tr/anadolu-efatura.xml", "ANA2026000001533.xml"),
               xml("tr/isilti-tevkifat.xml"), pdf("tr/isilti-tarama.pdf")],
              admitted(["tr/anadolu-efatura.pdf", "tr/isilti-tevkifat.xml", "tr/isilti-tarama.pdf"]))
    mails.add("tr-no-pin", AYSE, ["degirmen"], "Fatura ektedir", [text_part("Merhaba, fatura ektedir.\n"), pdf("tr/anadolu.pdf")], held("no_pin"))


def brazilian(mails):
    mails.add("br-danfe-and-xml", JOAO, ["moinho"], "ENC: NF-e 917 - senha 548136",
              [text_part("Segue.\n"), pdf("br/grafica-nfe.pdf", "NFe 917.pdf"), xml("br/grafica-nfe.xml", "NFe 917.xml")], admitted(["br/grafica-nfe.pdf"]))
    mails.add("br-several", JOAO, ["moinho"], "RES: Notas de novembro (548136)",
              [text_part("Boa tarde\n"), pdf("br/trigo-danfe.pdf"), pdf("br/grafica-scan.pdf", "scan.pdf"), jpg("br/posto-cupom.jpg", "cupom.jpg"), xml("br/trigo-nfe.xml")],
              admitted(["br/trigo-danfe.pdf", "br/grafica-scan.pdf", "br/posto-cupom.jpg", "br/trigo-nfe.xml"]))


def mixed(mails):
    outcome = {"smtp": {"data": 250}, "companies": {"mlyn": {"state": "admitted", "documents": ["pl/kurier.pdf"]}, "muehle": {"state": "held", "reason": "wrong_pin", "documents": []}}}
    mails.add("two-companies", "Sklep <sklep@example.com>", ["mlyn", "muehle"], "Faktura wspólna (483920)", [text_part("\n"), pdf("pl/kurier.pdf", "wspolna.pdf")], outcome)


def admitted(documents, **learnt):
    return {"smtp": {"data": 250}, "state": "admitted", **learnt, "documents": documents}


def held(reason):
    return {"smtp": {"data": 250}, "state": "held", "reason": reason, "documents": []}


def main():
    office = {"name": "Biuro Rachunkowe Cztery Wiatry", "time_zone": "Europe/Warsaw", "domain": DOMAIN, "companies": COMPANIES}
    (SAMPLES / "office.json").write_text(json.dumps(office, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    folder = SAMPLES / "mail"
    folder.mkdir(exist_ok=True)
    mails = Mails()
    for country in (polish, romanian, german, turkish, brazilian, mixed):
        country(mails)
    for name, raw, expectation in mails.made:
        (folder / f"{name}.eml").write_bytes(raw)
        (folder / f"{name}.json").write_text(json.dumps(expectation, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(name, len(raw))


if __name__ == "__main__":
    main()
