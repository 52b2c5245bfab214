#!/usr/bin/env python3
"""Draws the layout set: papers as small firms' programs of each country print them, with labels in the form of the other sets.

    python3 make.py OUT [--half open|held|written] [--only LAYOUT]

Each layout is `open` (may be worked with), `held` (only ever scored) or `written` (by hand, one paper each: see written/).
OUT/<half>/*.pdf and OUT/<half>/labels.jsonl, whose `group` is the layout and `lang` the language. Nothing of the output is kept in the project.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
import uuid
from decimal import Decimal
from pathlib import Path

import data
import jinja2
import written
from drawn import DRAWN
from words import MONTHS, WORDS

HERE = Path(__file__).resolve().parent
# layout: language, engine, half, numbers, dates, where the currency stands
SKELETONS = {"letter": ("chromium", "open", "a"), "strip": ("weasyprint", "open", "a"), "plain": ("drawn", "open", "a"),
             "stacked": ("chromium", "held", "b"), "ledger": ("weasyprint", "held", "b"), "grid": ("drawn", "held", "b")}
COUNTRY = {"pl_wf": ("chromium", "open"), "pl_fakt": ("chromium", "held"), "pl_sub": ("weasyprint", "held"), "tr_gib": ("chromium", "open"),
           "tr_logo": ("weasyprint", "held"), "ro_sb": ("weasyprint", "open"), "ro_saga": ("chromium", "held"), "de_lex": ("chromium", "open"),
           "de_word": ("weasyprint", "held"), "br_danfe": ("chromium", "held"), "br_nfse": ("chromium", "open"), "br_boleto": ("weasyprint", "held"),
           "fr_pme": ("chromium", "held"), "en_xero": ("weasyprint", "held"), "pl_opt": ("weasyprint", "held"), "pl_inf": ("chromium", "held"),
           "ro_smart": ("weasyprint", "held"), "ro_tabel": ("chromium", "held"), "tr_paras": ("chromium", "held"), "de_sev": ("weasyprint", "held"),
           "br_omie": ("weasyprint", "held"), "en_sage": ("chromium", "held")}
NUMBERS = {"pl": ("blank", "plain", "blank"), "tr": ("dot",), "ro": ("dot", "plain", "english"), "de": ("dot", "plain"), "br": ("dot",),
           "en": ("english",), "fr": ("blank",)}
DATES = {"pl": ("%d.%m.%Y", "%Y-%m-%d", "%d-%m-%Y", "long"), "tr": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y"), "ro": ("%d.%m.%Y", "%d/%m/%Y", "long"),
         "de": ("%d.%m.%Y", "long"), "br": ("%d/%m/%Y", "long"), "en": ("%d/%m/%Y", "long", "%d-%b-%Y"), "fr": ("%d/%m/%Y", "long")}
SIGNS = {"PLN": ("zł", "PLN"), "TRY": ("TL", "₺", "TRY"), "RON": ("lei", "RON"), "EUR": ("€", "EUR"), "BRL": ("R$",), "GBP": ("£", "GBP")}


class Form:
    """How one layout writes numbers, dates and accounts."""

    def __init__(self, layout, paper):
        rng = random.Random(layout)
        self.numbers, self.dates, self.sign = (rng.choice(c) for c in (NUMBERS[paper.lang], DATES[paper.lang], SIGNS[paper.currency]))
        self.lang, self.grouped, self.disc = paper.lang, rng.random() < .6, paper.kind == "discount"

    def m(self, value):
        text = f"{Decimal(value):,.2f}"
        if self.numbers == "english":
            return text
        return text.translate(str.maketrans({",": {"blank": "\u00a0", "dot": ".", "plain": ""}[self.numbers], ".": ","}))

    def mc(self, value):
        before = self.sign in ("£", "R$") or (self.sign in ("₺", "GBP") and self.grouped)
        return f"{self.sign}{'' if self.sign == '£' else ' '}{self.m(value)}" if before else f"{self.m(value)} {self.sign}"

    def q(self, value):
        text = f"{Decimal(value).normalize():f}"
        return text if self.numbers == "english" else text.replace(".", ",")

    def q4(self, value):
        return f"{Decimal(value):.4f}".replace(".", ",")

    def pct(self, rate):
        if rate == 0 and self.lang == "pl":
            return "zw"
        return f"{self.q(rate)}%" if self.grouped else f"{self.q(rate)} %"

    def d(self, day):
        if self.dates != "long":
            return day.strftime(self.dates)
        month = MONTHS[self.lang][day.month - 1]
        return {"de": f"{day.day}. {month} {day.year}", "br": f"{day.day} de {month} de {day.year}"}.get(self.lang, f"{day.day} {month} {day.year}")

    def account(self, iban):
        if self.lang == "pl" and not self.grouped:
            iban = iban[2:]
            return " ".join([iban[:2]] + [iban[i:i + 4] for i in range(2, len(iban), 4)])
        return " ".join(iban[i:i + 4] for i in range(0, len(iban), 4)) if self.grouped else iban

    def spelled(self, value):
        return {"pl": "sto dwadzieścia trzy złote 00/100", "tr": "YüzYirmiÜçTL"}[self.lang] if value else ""


def context(layout, p, f):
    rng = random.Random(f"{layout}/{p.kind}/extra")
    icms = data.cents(p.gross * 18 / 100)
    number = int("".join(c for c in p.number if c.isdigit()) or 1) % 10**8
    key = data.check.access_key(35, p.issue.strftime("%y%m"), p.seller.tax_id, 55, 1, number, rng.randint(10**7, 10**8 - 1)) if p.lang == "br" else ""
    before = sum((data.cents(l.quantity * l.price) for l in p.lines), Decimal(0))
    nine = f"{number:09d}"
    return {"p": p, "f": f, "m": f.m, "mc": f.mc, "q": f.q, "q4": f.q4, "pct": f.pct, "d": f.d, "account": f.account, "spelled": f.spelled, "disc": f.disc,
            "before": before, "icms": icms, "iss": data.cents(p.gross * 5 / 100), "ir": data.cents(p.gross * Decimal("0.015")) if p.kind == "special" else Decimal(0),
            "note9": f"{nine[:3]}.{nine[3:6]}.{nine[6:]}", "note8": f"{number:08d}", "key": key, "key4": " ".join(key[i:i + 4] for i in range(0, 44, 4)),
            "verif": "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=8)), "ettn": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "number": number}


def label(layout, p, extra, name):
    """What is printed, in the words of a reading; what a layout does not print is left out."""
    fields = {"invoice_number": p.number, "issue_date": str(p.issue), "sale_date": str(p.sale), "due_date": str(p.due), "currency": p.currency,
              "total_net": str(p.net), "total_vat": str(p.vat), "total_gross": str(p.gross), "amount_payable": str(p.payable), "iban": p.seller.iban,
              "seller_name": p.seller.name, "seller_tax_id": p.seller.tax_id, "buyer_name": p.buyer.name, "buyer_tax_id": p.buyer.tax_id,
              "vat_breakdown": [{"rate": str(r), "net": str(n), "vat": str(v)} for r, n, v in p.rates], "line_count": len(p.lines),
              "purchase_order": p.order, "preceding_invoice": p.corrects, "amount_paid": str(p.paid) if p.paid else "", "withholding": str(p.withheld) if p.withheld else "",
              "bic": p.seller.bic, "marks": (["reverse_charge"] if p.reverse else []) + (["split_payment"] if p.split else []),
              "document_type": "credit_note" if p.corrects else "invoice",
              "seller_address": f"{p.seller.street}, {p.seller.code} {p.seller.city}", "buyer_address": f"{p.buyer.street}, {p.buyer.code} {p.buyer.city}"}
    absent = {"pl_wf": "bic purchase_order", "pl_fakt": "bic", "pl_sub": "bic purchase_order", "tr_gib": "bic sale_date preceding_invoice", "tr_logo": "bic sale_date",
              "ro_sb": "sale_date bic seller_address buyer_address", "ro_saga": "bic purchase_order sale_date", "de_lex": "buyer_tax_id", "de_word": "bic purchase_order buyer_tax_id",
              "fr_pme": "sale_date", "en_xero": "sale_date buyer_tax_id", "br_boleto": "sale_date iban bic preceding_invoice", "pl_opt": "bic", "pl_inf": "bic purchase_order", "ro_smart": "sale_date bic", "ro_tabel": "sale_date bic purchase_order",
              "tr_paras": "sale_date bic", "de_sev": "buyer_tax_id", "br_omie": "sale_date preceding_invoice", "en_sage": "sale_date buyer_tax_id", "strip": "bic", "plain": "bic", "ledger": "bic", "grid": "purchase_order"}
    stem = layout.split("-")[0]
    for key in absent.get(stem, "").split():
        fields.pop(key)
    if p.reverse and stem in ("de_lex", "de_word", "de_sev"):
        fields["buyer_tax_id"] = p.buyer.tax_id
    if p.lang == "br":
        for key in ("total_vat", "vat_breakdown", "total_net", "iban", "bic"):
            fields.pop(key, None)
    if stem in SKELETONS:
        fields.pop("withholding")
    if stem == "br_danfe":
        fields |= {"invoice_number": str(extra["number"]), "access_key": extra["key"], "amount_payable": str(p.gross)}
        [fields.pop(k, None) for k in ("preceding_invoice", "amount_paid")]
    if stem == "br_nfse":
        fields |= {"invoice_number": extra["note8"], "amount_payable": str(p.gross - extra["ir"]), "document_type": "invoice"}
        [fields.pop(k, None) for k in ("sale_date", "preceding_invoice", "amount_paid", "line_count")]
    if stem == "tr_gib":
        fields |= {"ettn": extra["ettn"]}
        if p.corrects:
            fields["document_type"] = "credit_note"
    if stem == "pl_opt" and p.corrects:
        fields.pop("amount_payable")  # printed without its sign
    if stem == "pl_wf" and p.paid == 0:
        fields.pop("amount_paid")
    fields = {k: v for k, v in fields.items() if v not in ("", [], None)}
    return {"file": name, "format": "layout", "lang": p.lang, "group": layout, "kind": p.kind, "fields": fields}


def layouts():
    for name, (engine, half, words) in SKELETONS.items():
        for lang in data.NAMES:
            yield f"{name}-{lang}", lang, name, engine, half, WORDS[lang, words]
    for name, (engine, half) in COUNTRY.items():
        yield name, name[:2], name, engine, half, {}


def print_all(pages, engine):
    if engine == "weasyprint":
        import weasyprint
        for html, out in pages:
            weasyprint.HTML(string=html).write_pdf(out)
        return
    for html, out in pages:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "paper.html"
            source.write_text(html, encoding="utf-8")
            subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile",
                            f"--print-to-pdf={out}", source.as_uri()], check=True, capture_output=True, timeout=120)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("out", type=Path)
    ap.add_argument("--half", choices=("open", "held", "written"))
    ap.add_argument("--only")
    args = ap.parse_args()
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE / "templates"), undefined=jinja2.StrictUndefined)
    labels, pages = {"open": [], "held": [], "written": []}, {"chromium": [], "weasyprint": []}
    for layout, lang, template, engine, half, words in layouts():
        if (args.half and half != args.half) or (args.only and args.only not in layout):
            continue
        (args.out / half).mkdir(parents=True, exist_ok=True)
        for kind in data.KINDS:
            if lang == "br" and kind in ("rates", "exempt"):
                continue
            p = data.paper(lang, layout, kind)
            f = Form(layout, p)
            extra = context(layout, p, f)
            name = f"{layout}__{kind}.pdf"
            labels[half].append(label(layout, p, extra, name))
            if engine == "drawn":
                DRAWN[template](args.out / half / name, p, words, f)
            else:
                html = f'<!doctype html><html lang="{lang}"><meta charset="utf-8">' + env.get_template(f"{template}.html").render(w=words, **extra)
                pages[engine].append((html, args.out / half / name))
    for paper in written.PAPERS:
        if args.half not in (None, "written") or (args.only and args.only not in paper["name"]):
            continue
        (args.out / "written").mkdir(parents=True, exist_ok=True)
        out = args.out / "written" / f"{paper['name']}.pdf"
        labels["written"].append({"file": out.name, "format": "layout", "lang": paper["lang"], "group": paper["name"], "fields": paper["fields"]})
        if paper["engine"] in written.DRAWN:
            written.DRAWN[paper["engine"]](paper["body"], out)
        else:
            pages[paper["engine"]].append((written.html(paper), out))
    for engine, list_of in pages.items():
        print_all(list_of, engine)
    for half, rows in labels.items():
        if rows:
            (args.out / half / "labels.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
            print(f"{half}: {len(rows)} papers in {len({r['group'] for r in rows})} layouts", file=sys.stderr)


if __name__ == "__main__":
    main()
