"""Layouts that are drawn at coordinates, as desktop programs do: one with reportlab (Tahoma-like, words placed one by one), one with fpdf2."""
from pathlib import Path

FONTS = Path("/usr/share/fonts/truetype/dejavu")


def plain(out, p, w, f):
    """reportlab: label and value in columns, table without rules, totals at the left."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen import canvas
    pdfmetrics.registerFont(TTFont("V", FONTS / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont("B", FONTS / "DejaVuSans-Bold.ttf"))
    page = canvas.Canvas(str(out), pagesize=A4)
    top = A4[1]

    def text(x, y, value, font="V", size=8.5, right=False):
        page.setFont(font, size)
        (page.drawRightString if right else page.drawString)(x, top - y, str(value))
    text(40, 50, p.seller.name, "B", 12)
    text(40, 64, f"{p.seller.street}, {p.seller.code} {p.seller.city}")
    text(40, 76, f"{w['tax']}: {p.seller.shown}   {w['local']}: {p.seller.local}")
    text(40, 112, f"{w['credit'] if p.corrects else w['title']}", "B", 14)
    facts = [(w["number"], p.number), (w["issue"], f.d(p.issue)), (w["sale"], f.d(p.sale)), (w["due"], f.d(p.due)), (w["method"], w["transfer"])]
    if p.order:
        facts.append((w["order"], p.order))
    if p.corrects:
        facts.append((w["corrects"], p.corrects))
    for i, (label, value) in enumerate(facts):
        text(40, 134 + 13 * i, f"{label}:")
        text(170, 134 + 13 * i, value)
    for i, line in enumerate([w["buyer"], p.buyer.name, p.buyer.street, f"{p.buyer.code} {p.buyer.city}", f"{w['tax']}: {p.buyer.shown}"]):
        text(340, 134 + 13 * i, line, "B" if i == 0 else "V")
    y = 250
    columns = [(40, w["name"], 0), (300, w["qty"], 1), (310, w["unit"], 0), (400, w["price"], 1), (450, w["rate"], 1), (550, w["net"], 1)]
    if f.disc:
        columns.insert(4, (425, "%", 1))
    for x, label, right in columns:
        text(x, y, label, "B", 7.5, right)
    for line in p.lines:
        y += 14
        cells = [line.name, f.q(line.quantity), line.unit, f.m(line.price), f.pct(line.rate), f.m(line.net)]
        if f.disc:
            cells.insert(4, str(line.discount))
        for (x, _, right), cell in zip(columns, cells):
            text(x, y, cell, "V", 8, right)
    y += 30
    rows = [(w["total_net"], f.mc(p.net))] + [(f"{w['vat']} {f.pct(r)}", f.mc(v)) for r, _, v in p.rates] + [(w["total_gross"], f.mc(p.gross))]
    if p.paid:
        rows += [(w["paid"], f.mc(p.paid))]
    if p.payable != p.gross:
        rows += [(w["payable"], f.mc(p.payable))]
    for label, value in rows:
        text(40, y, label)
        text(300, y, value, right=True)
        y += 13
    if p.seller.iban:
        text(40, y + 20, f"{w['bank']}: {p.seller.bank}, {w['account']}: {f.account(p.seller.iban)}")
    if p.reverse:
        text(40, y + 34, w["reverse"])
    if p.split:
        text(40, y + 34, "Mechanizm podzielonej płatności")
    page.save()


def grid(out, p, w, f):
    """fpdf2: cells with borders, buyer above seller, summary by rate under the lines, totals in one row with labels above."""
    from fpdf import FPDF
    pdf = FPDF(format="A4")
    pdf.add_font("V", "", str(FONTS / "DejaVuSansCondensed.ttf"))
    pdf.add_font("V", "B", str(FONTS / "DejaVuSansCondensed-Bold.ttf"))
    pdf.add_page()

    def cell(width, value, align="L", border=0, bold=False, size=8.5, newline=False):
        pdf.set_font("V", "B" if bold else "", size)
        pdf.cell(width, 5.2, str(value), border=border, align=align, new_x="LMARGIN" if newline else "RIGHT", new_y="NEXT" if newline else "TOP")
    cell(110, f"{w['credit'] if p.corrects else w['title']} {p.number}", bold=True, size=13)
    cell(0, f"{w['issue']}: {f.d(p.issue)}", "R", newline=True)
    cell(0, f"{w['sale']}: {f.d(p.sale)}", "R", newline=True)
    if p.corrects:
        cell(0, f"{w['corrects']} {p.corrects}", newline=True)
    pdf.ln(6)
    for label, x in ((w["buyer"], p.buyer), (w["seller"], p.seller)):
        cell(28, label, bold=True)
        cell(0, x.name, newline=True)
        cell(28, "")
        cell(0, f"{x.street}, {x.code} {x.city}", newline=True)
        cell(28, "")
        cell(0, f"{w['tax']} {x.shown}", newline=True)
        pdf.ln(2)
    widths = [8, 62, 16, 14, 24, 24, 16, 26]
    heads = [w["pos"], w["name"], w["qty"], w["unit"], w["price"], w["net"], w["rate"], w["gross"]]
    for i, (width, head) in enumerate(zip(widths, heads)):
        cell(width, head, "C", 1, True, 7, i == len(widths) - 1)
    for n, line in enumerate(p.lines, 1):
        values = [n, line.name, f.q(line.quantity), line.unit, f.m(line.price), f.m(line.net), f.pct(line.rate), f.m(line.gross)]
        for i, (width, value) in enumerate(zip(widths, values)):
            cell(width, value, "L" if i in (1, 3) else "R", 1, False, 7.5, i == len(widths) - 1)
    pdf.ln(4)
    cell(0, w["summary"], bold=True, newline=True)
    for i, head in enumerate((w["rate"], w["net"], w["vat"], w["gross"])):
        cell(30, head, "R", "B", newline=i == 3)
    for rate, net, vat in p.rates:
        for i, value in enumerate((f.pct(rate), f.m(net), f.m(vat), f.m(net + vat))):
            cell(30, value, "R", newline=i == 3)
    pdf.ln(6)
    totals = [(w["total_net"], p.net), (w["total_vat"], p.vat), (w["total_gross"], p.gross)] + ([(w["paid"], p.paid)] if p.paid else []) + [(w["payable"], p.payable)]
    for i, (label, _) in enumerate(totals):
        cell(36, label, "C", 1, size=7.5, newline=i == len(totals) - 1)
    for i, (_, value) in enumerate(totals):
        cell(36, f.mc(value), "C", 1, True, newline=i == len(totals) - 1)
    pdf.ln(5)
    cell(0, f"{w['due']}: {f.d(p.due)}    {w['method']}: {w['transfer']}", newline=True)
    if p.seller.iban:
        cell(0, f"{w['account']} {f.account(p.seller.iban)}  {w['bic']} {p.seller.bic}", newline=True)
    if p.reverse:
        cell(0, w["reverse"], newline=True)
    if p.split:
        cell(0, "Mechanizm podzielonej płatności", newline=True)
    pdf.output(str(out))


DRAWN = {"plain": plain, "grid": grid}
