"""Papers written by hand, one of each layout: telephone and power bills, tills, advances, corrections, hotels, leases, as they look
in each country, with labels of what is printed. Parties, texts and marks are invented; tax ids and accounts have right check digits."""
import random
from decimal import Decimal
from pathlib import Path

import data
from data import check

PAPERS = []
STYLE = ("@page{size:A4;margin:14mm}body{font:9.5pt 'Liberation Sans';color:#111}table{border-collapse:collapse}td,th{padding:2px 5px;"
         "vertical-align:top;text-align:left}.r{text-align:right}.b td,.b th{border:0.5pt solid #555}.w{width:100%}.nr td:nth-child(n+3),"
         ".nr th:nth-child(n+3){text-align:right}.c2{display:flex;justify-content:space-between}.pb{page-break-before:always}")
FONTS = Path("/usr/share/fonts/truetype")


def rng(name):
    return random.Random(f"written/{name}")


def nip(name):
    return data.nip(rng(name))


def dnip(n):
    return f"{n[:3]}-{n[3:6]}-{n[6:8]}-{n[8:]}"


def cui(name, count=7):
    return check.cui(data.digits(rng(name), count))


def vkn(name):
    return check.vkn(data.digits(rng(name), 9))


def cnpj(name):
    return check.cnpj(data.digits(rng(name), 8) + "0001")


def dcnpj(t):
    return f"{t[:2]}.{t[2:5]}.{t[5:8]}/{t[8:12]}-{t[12:]}"


def cpf(name):
    made = data.digits(rng(name), 9)
    for weight in (10, 11):
        made += str(sum(int(a) * b for a, b in zip(made, range(weight, 1, -1))) * 10 % 11 % 10)
    return made


def ust(name):
    return check.ust_id(data.digits(rng(name), 8))


def gb(name):
    return "GB" + data.gb_vat(rng(name))


def iban(name, country):
    return data.iban(rng(name), country)


def g4(text):
    return " ".join(text[i:i + 4] for i in range(0, len(text), 4))


def nrb(account):
    return account[2:4] + " " + g4(account[4:])


def T(rows, cls=""):
    """A table; the first row heads its columns."""
    out = f'<table class="{cls}">'
    for index, row in enumerate(rows):
        cell = "th" if index == 0 else "td"
        out += "<tr>" + "".join(f"<{cell}>{text}</{cell}>" for text in row) + "</tr>"
    return out + "</table>"


def add(name, lang, engine, css, body, **fields):
    """Keeps a paper. `rates` are its rows by rate; what adds up on paper must add up here."""
    rates = fields.pop("rates", None)
    fields = {key: str(value) for key, value in fields.items()}
    if rates:
        fields["vat_breakdown"] = [{"rate": r, "net": n, "vat": v} for r, n, v in rates]
    if all(key in fields for key in ("total_net", "total_vat", "total_gross")):
        net, vat, gross = (Decimal(fields[key]) for key in ("total_net", "total_vat", "total_gross"))
        assert net + vat == gross, name
        assert not rates or (sum(Decimal(r[1]) for r in rates), sum(Decimal(r[2]) for r in rates)) == (net, vat), name
    PAPERS.append({"name": name, "lang": lang, "engine": engine, "css": css, "body": body, "fields": fields})


def html(paper):
    return f'<!doctype html><html lang="{paper["lang"]}"><meta charset="utf-8"><style>{STYLE}{paper["css"]}</style><body>{paper["body"]}'


def slip(text, out):
    """A till's slip, line by line."""
    from fpdf import FPDF
    lines = text.strip("\n").split("\n")
    pdf = FPDF(unit="pt", format=(230, 40 + 11 * len(lines)))
    pdf.set_auto_page_break(False)
    pdf.add_page()
    pdf.add_font("m", "", str(FONTS / "dejavu/DejaVuSansMono.ttf"))
    pdf.set_font("m", size=8)
    for index, line in enumerate(lines):
        pdf.text(12, 24 + 11 * index, line)
    pdf.output(str(out))


def placed(items, out):
    """Text at places in mm: x, y, size, text and perhaps `r` (right-aligned) and `B` (bold), as mass mailers print."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen import canvas
    pdfmetrics.registerFont(TTFont("L", str(FONTS / "liberation/LiberationSans-Regular.ttf")))
    pdfmetrics.registerFont(TTFont("LB", str(FONTS / "liberation/LiberationSans-Bold.ttf")))
    mm = 72 / 25.4
    page = canvas.Canvas(str(out), pagesize=(210 * mm, 297 * mm))
    for x, y, size, text, *form in items:
        form = form[0] if form else ""
        page.setFont("LB" if "B" in form else "L", size)
        (page.drawRightString if "r" in form else page.drawString)(x * mm, (297 - y) * mm, text)
    page.save()


DRAWN = {"slip": slip, "placed": placed}
from . import br, de, en, pl, ro, tr  # noqa: E402,F401  (they fill PAPERS)
