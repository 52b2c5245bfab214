"""The papers as printed pages: HTML in the usual layouts of each country, printed to PDF by headless Chromium."""
import base64
import html
import io
import json
import pathlib
import subprocess
import tempfile
from decimal import Decimal

import barcode
import qrcode
import xml_files

WORDS = {
    "PL": dict(invoice="Faktura VAT", number="Faktura VAT nr", issue="Data wystawienia", sale="Data sprzedaży", due="Termin płatności", seller="Sprzedawca",
               buyer="Nabywca", tax="NIP", item="Nazwa towaru lub usługi", qty="Ilość", unit="J.m.", price="Cena netto", rate="Stawka VAT", net="Wartość netto",
               vat="Kwota VAT", gross="Wartość brutto", total="Razem", pay="Do zapłaty", account="Nr rachunku", place="Miejsce wystawienia", way="Sposób zapłaty: przelew"),
    "RO": dict(invoice="FACTURĂ FISCALĂ", number="Seria și nr.", issue="Data emiterii", sale="Data livrării", due="Data scadenței", seller="Furnizor", buyer="Client",
               tax="CIF", item="Denumirea produselor sau a serviciilor", qty="Cant.", unit="U.M.", price="Preț unitar fără TVA", rate="Cota TVA", net="Valoare",
               vat="Valoare TVA", gross="Total", total="Total", pay="Total de plată", account="IBAN", place="Punct de lucru", way="Plata prin ordin de plată"),
    "DE": dict(invoice="Rechnung", number="Rechnungsnummer", issue="Rechnungsdatum", sale="Leistungsdatum", due="Zahlbar bis", seller="Rechnungssteller", buyer="Rechnung an",
               tax="USt-IdNr.", item="Bezeichnung", qty="Menge", unit="Einheit", price="Einzelpreis", rate="USt.", net="Nettobetrag", vat="Umsatzsteuer",
               gross="Bruttobetrag", total="Summe", pay="Rechnungsbetrag", account="IBAN", place="Ort", way="Bitte überweisen Sie den Betrag ohne Abzug."),
    "TR": dict(invoice="e-FATURA", number="Fatura No", issue="Fatura Tarihi", sale="Sevk Tarihi", due="Son Ödeme Tarihi", seller="Satıcı", buyer="SAYIN", tax="VKN",
               item="Mal Hizmet", qty="Miktar", unit="Birim", price="Birim Fiyat", rate="KDV Oranı", net="Mal Hizmet Tutarı", vat="KDV Tutarı", gross="Toplam",
               total="Mal Hizmet Toplam Tutarı", pay="Ödenecek Tutar", account="IBAN", place="Yer", way="Ödeme: Banka havalesi"),
    "IE": dict(invoice="Invoice", number="Invoice number", issue="Invoice date", sale="Tax point", due="Due date", seller="From", buyer="Bill to", tax="VAT no.",
               item="Description", qty="Qty", unit="Unit", price="Unit price", rate="VAT", net="Net amount", vat="VAT amount", gross="Gross", total="Total",
               pay="Amount due", account="IBAN", place="Place", way="Please pay by bank transfer."),
}
MONEY = {"PL": (" ", ","), "RO": (".", ","), "DE": (".", ","), "TR": (".", ","), "BR": (".", ","), "IE": (",", ".")}
SIGN = {"PLN": "zł", "RON": "lei", "EUR": "€", "TRY": "TL", "BRL": "R$"}
BASE = "body{font:10.5pt '%s';margin:0;color:#111}table{border-collapse:collapse;width:100%%}td,th{padding:3px 6px;vertical-align:top}.r{text-align:right}h1{margin:0 0 6px}"


def esc(text):
    return html.escape(str(text))


def money(p, value, places=2):
    thousands, decimal = MONEY[p.seller.country]
    whole, _, cents = f"{Decimal(value):,.{places}f}".partition(".")
    return whole.replace(",", thousands) + decimal + cents


def date(p, iso):
    year, month, day = iso.split("-")
    return {"BR": f"{day}/{month}/{year}", "IE": f"{day}/{month}/{year}", "TR": f"{day}-{month}-{year}", "PL": f"{day}.{month}.{year}"}.get(
        p.seller.country, f"{day}.{month}.{year}")


def account(party):
    return " ".join(party.iban[i:i + 4] for i in range(0, len(party.iban), 4))


def data_uri(picture):
    out = io.BytesIO()
    picture.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def tax_label(party):
    return {"BR": "CNPJ"}.get(party.country) or WORDS[party.country]["tax"]


def party_block(party, title):
    return (f"<b>{esc(title)}</b><br>{esc(party.name)}<br>{esc(party.street)}<br>{party.code} {esc(party.city)}<br>"
            f"{tax_label(party)}: {party.printed_id()}")


def quantity(p, line):
    return line.quantity.replace(".", MONEY[p.seller.country][1])


def item_rows(p, with_gross):
    rows = []
    for i, l in enumerate(p.lines, 1):
        vat = (l.net() * Decimal(l.rate) / 100).quantize(Decimal("0.01"))
        cells = [f"<td>{i}</td><td>{esc(l.name)}</td><td class=r>{quantity(p, l)}</td><td>{esc(l.unit)}</td><td class=r>{money(p, l.price)}</td>"]
        if with_gross:
            cells.append(f"<td class=r>{l.rate}%</td><td class=r>{money(p, l.net())}</td><td class=r>{money(p, vat)}</td><td class=r>{money(p, l.net() + vat)}</td>")
        else:
            cells.append(f"<td class=r>{l.rate} %</td><td class=r>{money(p, l.net())}</td>")
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return "".join(rows)


def grid(p):
    """Two columns of parties, a ruled table with every amount, a summary a rate: what most programs of small firms print."""
    w = WORDS[p.seller.country]
    head = "".join(f"<th>{w[k]}</th>" for k in ("item", "qty", "unit", "price", "rate", "net", "vat", "gross"))
    summary = "".join(f"<tr><td class=r>{rate}%</td><td class=r>{money(p, net)}</td><td class=r>{money(p, vat)}</td><td class=r>{money(p, net + vat)}</td></tr>"
                      for rate, net, vat in p.rates())
    ettn = f"<p>ETTN: {p.extra['ettn']}</p>" if "ettn" in p.extra else ""
    return f"""<style>{BASE % 'DejaVu Sans'}@page{{size:A4;margin:16mm}}body{{font-size:9pt}}.g td,.g th{{border:1px solid #444}}</style>
<table><tr><td><h1>{w['invoice']}</h1><b>{w['number']}: {esc(p.number)}</b></td><td class=r>{w['issue']}: {date(p, p.issue)}<br>{w['sale']}: {date(p, p.sale)}<br>
{w['due']}: {date(p, p.due)}</td></tr></table><br><table><tr><td width=50%>{party_block(p.seller, w['seller'])}</td><td>{party_block(p.buyer, w['buyer'])}</td></tr></table>
{ettn}<br><table class=g><tr><th>#</th>{head}</tr>{item_rows(p, True)}</table><br>
<table style="width:60%;margin-left:40%" class=g><tr><th>{w['rate']}</th><th>{w['net']}</th><th>{w['vat']}</th><th>{w['gross']}</th></tr>{summary}
<tr><th>{w['total']}</th><th class=r>{money(p, p.net())}</th><th class=r>{money(p, p.vat())}</th><th class=r>{money(p, p.gross())}</th></tr></table>
<p style="font-size:13pt"><b>{w['pay']}: {money(p, p.payable())} {SIGN[p.currency]}</b></p>
<p>{w['way']}<br>{w['account']}: {account(p.seller)}<br>{esc(p.seller.bank)}</p>"""


def letter(p):
    """A letterhead, the address in the window, facts at the right, few rules; seller's data in the footer."""
    w = WORDS[p.seller.country]
    facts = "".join(f"<tr><td>{w[k]}</td><td class=r>{v}</td></tr>" for k, v in (
        ("number", esc(p.number)), ("issue", date(p, p.issue)), ("sale", date(p, p.sale)), ("due", date(p, p.due))))
    totals = f"<tr><td>{w['net']}</td><td class=r>{money(p, p.net())} {SIGN[p.currency]}</td></tr>" + "".join(
        f"<tr><td>{w['vat']} {rate}% ({money(p, net)})</td><td class=r>{money(p, vat)} {SIGN[p.currency]}</td></tr>" for rate, net, vat in p.rates())
    s = p.seller
    ettn = f"<p>ETTN: {p.extra['ettn']}</p>" if "ettn" in p.extra else ""
    return f"""<style>{BASE % 'Liberation Sans'}@page{{size:A4;margin:20mm}}th{{text-align:left;border-bottom:1px solid #888}}</style>
<h1 style="color:#2a4d69">{esc(s.name)}</h1><small>{esc(s.name)} · {esc(s.street)} · {s.code} {esc(s.city)}</small><br><br>
<table><tr><td width=55%>{w['buyer']}<br>{esc(p.buyer.name)}<br>{esc(p.buyer.street)}<br>{p.buyer.code} {esc(p.buyer.city)}<br>{tax_label(p.buyer)} {p.buyer.printed_id()}</td>
<td><table>{facts}</table></td></tr></table>{ettn}<br><h2>{w['invoice']} {esc(p.number)}</h2>
<table><tr><th>#</th><th>{w['item']}</th><th class=r>{w['qty']}</th><th>{w['unit']}</th><th class=r>{w['price']}</th><th class=r>{w['rate']}</th><th class=r>{w['net']}</th></tr>
{item_rows(p, False)}</table><br><table style="width:50%;margin-left:50%">{totals}
<tr style="font-weight:bold;border-top:2px solid #000"><td>{w['pay']}</td><td class=r>{money(p, p.payable())} {SIGN[p.currency]}</td></tr></table>
<p>{w['way']}</p><div style="position:fixed;bottom:0;width:100%;font-size:8pt;border-top:1px solid #888"><table><tr><td>{esc(s.name)}<br>{esc(s.street)}<br>{s.code} {esc(s.city)}</td>
<td>{tax_label(s)}: {s.printed_id()}</td><td>{esc(s.bank)}<br>{w['account']}: {account(s)}</td></tr></table></div>"""


def shown_cnpj(digits):
    return f"{digits[:2]}.{digits[2:5]}.{digits[5:8]}/{digits[8:12]}-{digits[12:]}"


def danfe(p):
    """The Brazilian DANFE with its boxes and the access key as CODE-128."""
    key = xml_files.nfe_key(p)
    picture = data_uri(barcode.get("code128", key, writer=barcode.writer.ImageWriter()).render(
        {"module_width": 0.2, "module_height": 9, "write_text": False, "quiet_zone": 2, "dpi": 300}))
    base, icms = p.icms()
    box = lambda label, value, width: f"<td width={width}%><small>{label}</small><br>{value}</td>"
    s, b = p.seller, p.buyer
    rows = "".join(f"<tr><td>{l.code}</td><td>{l.name}</td><td>10019900</td><td>5101</td><td>{l.unit}</td><td class=r>{money(p, l.quantity, 4)}</td><td class=r>{money(p, l.price, 4)}</td>"
                   f"<td class=r>{money(p, l.net())}</td><td class=r>{money(p, l.net())}</td><td class=r>{money(p, l.net() * Decimal(l.rate) / 100)}</td><td class=r>{money(p, l.rate)}</td></tr>" for l in p.lines)
    zero = money(p, 0)
    return f"""<style>{BASE % 'Liberation Serif'}@page{{size:A4;margin:8mm}}body{{font-size:8.5pt}}td,th{{border:1px solid #000}}small{{font-size:6pt}}table{{margin-bottom:2px}}</style>
<table><tr><td width=40%><b>{esc(s.name)}</b><br>{esc(s.street)}<br>{s.code} - {esc(s.city)} - {s.region}</td><td width=18% style="text-align:center"><b>DANFE</b><br><small>Documento Auxiliar da Nota Fiscal Eletrônica</small><br>
0 - ENTRADA&nbsp; 1 - SAÍDA <b>1</b><br><b>Nº {int(p.number):09,d}<br>SÉRIE 001</b><br>FOLHA 1/1</td><td><img src="{picture}" style="width:100%;height:36px"><br><small>CHAVE DE ACESSO</small><br>{' '.join(key[i:i+4] for i in range(0, 44, 4))}</td></tr></table>
<table><tr>{box('NATUREZA DA OPERAÇÃO', 'VENDA DE MERCADORIA', 60)}{box('PROTOCOLO DE AUTORIZAÇÃO DE USO', f'141260000{int(p.number):06d}', 40)}</tr></table>
<table><tr>{box('INSCRIÇÃO ESTADUAL', '1234567890', 50)}{box('CNPJ', shown_cnpj(s.tax_id), 50)}</tr></table><b>DESTINATÁRIO / REMETENTE</b>
<table><tr>{box('NOME / RAZÃO SOCIAL', esc(b.name), 55)}{box('CNPJ / CPF', shown_cnpj(b.tax_id), 25)}{box('DATA DA EMISSÃO', date(p, p.issue), 20)}</tr></table>
<table><tr>{box('ENDEREÇO', esc(b.street), 45)}{box('MUNICÍPIO', esc(b.city), 25)}{box('UF', b.region, 10)}{box('DATA DA SAÍDA', date(p, p.issue), 20)}</tr></table><b>FATURA / DUPLICATA</b>
<table><tr>{box('NÚMERO', '001', 20)}{box('VENCIMENTO', date(p, p.due), 40)}{box('VALOR', money(p, p.gross()), 40)}</tr></table><b>CÁLCULO DO IMPOSTO</b>
<table><tr>{box('BASE DE CÁLCULO DO ICMS', money(p, base), 25)}{box('VALOR DO ICMS', money(p, icms), 25)}{box('VALOR DO IPI', zero, 20)}{box('VALOR TOTAL DOS PRODUTOS', money(p, p.net()), 30)}</tr></table>
<table><tr>{box('VALOR DO FRETE', zero, 25)}{box('VALOR DO SEGURO', zero, 25)}{box('DESCONTO', zero, 20)}{box('VALOR TOTAL DA NOTA', f'<b>{money(p, p.gross())}</b>', 30)}</tr></table><b>DADOS DOS PRODUTOS / SERVIÇOS</b>
<table><tr><th>CÓD.</th><th>DESCRIÇÃO</th><th>NCM</th><th>CFOP</th><th>UN</th><th>QTDE</th><th>V. UNIT.</th><th>V. TOTAL</th><th>BC ICMS</th><th>V. ICMS</th><th>ALÍQ.</th></tr>{rows}</table>""".replace(
        f"{int(p.number):09,d}", f"{int(p.number):09d}"[:3] + "." + f"{int(p.number):09d}"[3:6] + "." + f"{int(p.number):09d}"[6:])


RECEIPT = {
    "PL": ("PARAGON FISKALNY", "SUMA PLN", "PTU {letter} {rate}%", "NIP nabywcy", "NIP"),
    "RO": ("BON FISCAL", "TOTAL LEI", "TVA {letter} {rate}%", "CIF CLIENT", "CIF"),
    "DE": ("KASSENBON", "SUMME EUR", "{letter} MwSt {rate}%", "Kunde USt-IdNr.", "USt-IdNr."),
    "TR": ("BİLGİ FİŞİ", "TOPLAM", "KDV %{rate}", "ALICI VKN", "VKN"),
    "BR": ("DANFE NFC-e", "VALOR TOTAL R$", "", "CNPJ consumidor", "CNPJ"),
}


def receipt(p):
    title, total, vat_label, buyer_label, tax = RECEIPT[p.seller.country]
    rate_letter = {rate: letter for letter, (rate, _, _) in zip("ABCD", p.rates())}
    rows = "".join(
        f"<tr><td>{esc(l.name)}<br>&nbsp;{quantity(p, l)} {esc(l.unit)} x {money(p, gross_price(p, l))}</td><td class=r>{money(p, gross_of(p, l))} {rate_letter.get(l.rate, '')}</td></tr>" for l in p.lines)
    vats = "".join(f"<tr><td>{vat_label.format(letter=rate_letter[rate], rate=rate)}</td><td class=r>{money(p, vat)}</td></tr>" for rate, _, vat in p.rates())
    s, b = p.seller, p.buyer
    ident = (lambda party: shown_cnpj(party.tax_id)) if p.brazilian() else (lambda party: party.tax_id)
    number = {"PL": "nr wydr.", "RO": "Nr. bon", "DE": "Bon-Nr.", "TR": "FİŞ NO", "BR": "NFC-e nº"}[s.country]
    return f"""<style>{BASE % 'DejaVu Sans Mono'}@page{{size:80mm 150mm;margin:4mm}}body{{font-size:9pt}}td{{padding:1px 0}}</style><center><b>{esc(s.name)}</b><br>{esc(s.street)}<br>{s.code} {esc(s.city)}<br>{tax} {ident(s)}</center>
<hr><table><tr><td>{date(p, p.issue)} 14:32</td><td class=r>{number} {esc(p.number)}</td></tr></table><center><b>{title}</b></center><table>{rows}</table><hr>
<table>{vats}<tr style="font-size:13pt;font-weight:bold"><td>{total}</td><td class=r>{money(p, p.gross())}</td></tr></table><hr>{buyer_label} {ident(b)}<br>"""


def gross_of(p, line):
    return line.net() if p.brazilian() else (line.net() * (100 + Decimal(line.rate)) / 100).quantize(Decimal("0.01"))


def gross_price(p, line):
    return (gross_of(p, line) / Decimal(line.quantity)).quantize(Decimal("0.01"))


def tr_print(p):
    """The Turkish print: the grid with the QR that carries the header as JSON."""
    rate, net, vat = p.rates()[0]
    content = {"vkntckn": p.seller.tax_id, "avkntckn": p.buyer.tax_id, "senaryo": "TICARIFATURA", "tip": "SATIS", "tarih": p.issue, "no": p.number, "ettn": p.extra["ettn"],
               "parabirimi": p.currency, "malhizmettoplam": str(p.net()), f"kdvmatrah({rate})": str(net), f"hesaplanankdv({rate})": str(vat),
               "vergidahil": str(p.gross()), "odenecek": str(p.payable())}
    return grid(p) + f'<img style="position:fixed;bottom:0;right:0;width:34mm" src="{data_uri(qrcode.make(json.dumps(content), border=2).get_image())}">'


def office_letter(p):
    """A letter of an authority: no invoice, though it names one and an amount."""
    return f"""<style>{BASE % 'Liberation Serif'}@page{{size:A4;margin:25mm}}body{{font-size:12pt;line-height:1.5}}</style>
<p style="text-align:right">Łódź, {date(p, p.issue)}</p><p>{esc(p.seller.name)}<br>{esc(p.seller.street)}<br>{p.seller.code} {p.seller.city}</p><p>Znak sprawy: {p.number}</p>
<p style="margin-left:50%">{esc(p.buyer.name)}<br>{esc(p.buyer.street)}<br>{p.buyer.code} {p.buyer.city}</p><h3>Wezwanie do złożenia wyjaśnień</h3>
<p>Na podstawie art. 155 § 1 ustawy z dnia 29 sierpnia 1997 r. – Ordynacja podatkowa wzywam do złożenia, w terminie 7 dni od dnia doręczenia niniejszego pisma,
wyjaśnień w sprawie rozbieżności w złożonej deklaracji za wrzesień 2026 r., w szczególności dotyczących faktury nr FV/88/09/2026 na kwotę 1 230,00 zł.</p>
<p>Wyjaśnienia można złożyć pisemnie lub ustnie do protokołu.</p><p style="margin-left:50%">Z poważaniem<br>Anna Sękowska<br>starszy komisarz skarbowy</p>"""


LAYOUTS = {"office-letter": office_letter, "grid": grid, "letter": letter, "letter-en": letter, "danfe": danfe, "receipt": receipt, "ubl-ro": letter, "cii-facturx": letter, "ubl-tr": tr_print, "nfe": danfe}


def pdf(p):
    """The bytes of the printed paper."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "page.html"), pathlib.Path(folder, "page.pdf")
        source.write_text(f"<!doctype html><meta charset=utf-8>{LAYOUTS[p.layout](p)}", encoding="utf-8")
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri()],
                       check=True, capture_output=True)
        return target.read_bytes()
