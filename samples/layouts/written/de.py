"""German papers."""
from . import T, add, g4, iban, ust

acc = iban("d1", "DE"); s = ust("d0")
add("de_handwerk", "de", "weasyprint", "body{font-size:10pt}.f{position:absolute;bottom:0;font-size:7pt;width:100%}td.r{text-align:right}",
f"""<div style="text-align:right;font-size:15pt"><b>Dachdeckerei Sturmfest</b><br><small>Meisterbetrieb Uwe Hagedorn</small></div><p style="font-size:7pt;margin-top:12mm"><u>Dachdeckerei Sturmfest · Deichweg 8 · 26721 Emden</u></p><p>Herrn und Frau<br>Onno Janssen<br>Fehnstraße 71<br>26802 Moormerland</p>
<table style="float:right"><tr><td>Rechnungsnr.:<td>25-0388</tr><tr><td>Kundennr.:<td>10421</tr><tr><td>Datum:<td>07.10.2025</tr><tr><td>Leistungszeitraum:<td>KW 38/39 2025</tr></table><div style="clear:both"></div>
<p><b>Rechnung</b><br>Bauvorhaben: Dachreparatur Fehnstraße 71</p><p>Sehr geehrte Familie Janssen,<br>für die ausgeführten Arbeiten erlauben wir uns zu berechnen:</p>
<table class=w><tr><th>Pos<th>Menge<th>Bezeichnung<th>EP<th>GP</tr><tr><td>01<td>14,50 m²<td>Tonziegel aufnehmen und neu eindecken<td>48,20 €<td>698,90 €</tr><tr><td>02<td>9,00 Std<td>Facharbeiter Regiestunden<td>61,00 €<td>549,00 €</tr><tr><td>03<td>1,00 psch<td>Gerüst und An-/Abfahrt<td>352,10 €<td>352,10 €</tr>
<tr><td colspan=4 class=r>Zwischensumme netto<td>1.600,00 €</tr><tr><td colspan=4 class=r>zzgl. 19 % MwSt.<td>304,00 €</tr><tr><td colspan=4 class=r><b>Rechnungsbetrag</b><td><b>1.904,00 €</b></tr></table>
<p>Im Bruttobetrag sind Lohnkosten in Höhe von 653,31 € (inkl. MwSt.) nach §35a EStG enthalten.</p><p>Zahlbar bis zum 21.10.2025 ohne Abzug. Bei Zahlung innerhalb von 7 Tagen gewähren wir 2 % Skonto (1.865,92 €).</p>
<div class=f><table class=w><tr><td>Dachdeckerei Sturmfest<br>Inh. Uwe Hagedorn<br>Deichweg 8<br>26721 Emden<td>Tel. 04921 / 88 77 66<br>info@sturmfest.example<br>HWK Aurich<td>Sparkasse Emden<br>IBAN {g4(acc)}<br>BIC BRLADE21EMD<td>St.-Nr. 58/118/04433<br>USt-IdNr. {s}</tr></table></div>""",
invoice_number="25-0388", issue_date="2025-10-07", due_date="2025-10-21", currency="EUR", total_net="1600.00", total_vat="304.00", total_gross="1904.00", amount_payable="1904.00", seller_tax_id=s, iban=acc, seller_name="Dachdeckerei Sturmfest", buyer_name="Onno Janssen", rates=[("19", "1600.00", "304.00")])
acc = iban("d2", "DE")
add("de_klein", "de", "chromium", "body{font-family:'DejaVu Sans';font-size:9pt}",
f"""<div class=c2><div>Lena Marquardt<br>Illustration &amp; Grafik<br>Kastanienallee 40<br>10119 Berlin</div><div class=r>Rechnung<br>2025-17<br>3. November 2025</div></div><br><br>Kulturverein Weitblick e.V.<br>Frau Sommer<br>Torstraße 6<br>10119 Berlin<br><br><p>Liebe Frau Sommer,</p><p>vielen Dank für den Auftrag! Ich stelle Ihnen wie vereinbart in Rechnung:</p>
{T([["Leistung","Betrag"],["Plakatmotiv Herbstfest (2 Entwürfe, Reinzeichnung)","420,00 €"],["Nutzungsrechte, einfach, 1 Jahr","80,00 €"],["Gesamtbetrag","500,00 €"]],"w")}
<p>Gemäß § 19 UStG wird keine Umsatzsteuer berechnet.</p><p>Bitte überweisen Sie den Betrag innerhalb von 14 Tagen auf mein Konto {g4(acc)}.</p><p>Leistungsdatum entspricht Rechnungsdatum. Steuernummer 31/422/60918</p>""",
invoice_number="2025-17", issue_date="2025-11-03", currency="EUR", total_gross="500.00", iban=acc, seller_tax_id="3142260918", seller_name="Lena Marquardt", buyer_name="Kulturverein Weitblick e.V.")
acc = iban("d4", "DE"); s = ust("d5")
add("de_telekom", "de", "placed", "", [
(140, 18, 18, "FerNetz", "B"), (20, 45, 7, "FerNetz Telekommunikation GmbH, Postfach 10 20 30, 53225 Bonn"), (20, 52, 10, "Firma"), (20, 57, 10, "Bäckerei Kornblum OHG"), (20, 62, 10, "Marktplatz 3"), (20, 67, 10, "59494 Soest"),
(125, 50, 8, "Kundennummer"), (160, 50, 8, "4412 9087 31"), (125, 55, 8, "Buchungskonto"), (160, 55, 8, "7100338214"), (125, 60, 8, "Rechnungsnummer"), (160, 60, 8, "52 6110 4470 0918"), (125, 65, 8, "Datum"), (160, 65, 8, "12.09.2025"),
(20, 92, 14, "Ihre Rechnung für September 2025", "B"), (20, 102, 9, "Die Leistungen im Überblick"), (185, 102, 9, "Beträge (EUR)", "r"),
(20, 110, 9, "Monatliche Beträge (01.09. - 30.09.)"), (185, 110, 9, "54,58", "r"), (20, 115, 9, "Verbindungen und sonstige Leistungen"), (185, 115, 9, "3,12", "r"), (20, 122, 9, "Summe netto"), (185, 122, 9, "57,70", "r"), (20, 127, 9, "Umsatzsteuer 19%"), (185, 127, 9, "10,96", "r"), (20, 134, 11, "Rechnungsbetrag", "B"), (185, 134, 11, "68,66", "rB"),
(20, 146, 9, "Der Rechnungsbetrag wird am 22.09.2025 von Ihrem Konto DE12****4711 (SEPA-Lastschrift) abgebucht."), (20, 151, 9, "Mandatsreferenz DE000201000000000000001234567  Gläubiger-ID DE98ZZZ09999999999"),
(20, 282, 6.5, f"FerNetz Telekommunikation GmbH · Rheinaustr. 15 · 53225 Bonn · Handelsregister: Amtsgericht Bonn HRB 98765 · USt-IdNr. {s} · Geschäftsführung: Dr. A. Beispiel · WEEE-Reg.-Nr. 12345678")],
invoice_number="52 6110 4470 0918", issue_date="2025-09-12", due_date="2025-09-22", currency="EUR", total_net="57.70", total_vat="10.96", total_gross="68.66", seller_tax_id=s, seller_name="FerNetz Telekommunikation GmbH", buyer_name="Bäckerei Kornblum OHG", rates=[("19", "57.70", "10.96")])
acc = iban("d6", "DE"); s, b = ust("d7"), ust("d8")
add("de_abschlag", "de", "chromium", "h2{font-size:13pt}.s td:nth-child(n+2){text-align:right}",
f"""<div class=c2><div><small>Ing.-Büro Tragwerk Nord PartG mbB, Speicherstr. 5, 24103 Kiel</small><br><br>Förde Wohnbau GmbH &amp; Co. KG<br>Buchhaltung<br>Holtenauer Str. 120<br>24105 Kiel</div><div><b>Tragwerk Nord</b><br>Beratende Ingenieure<br><br>Kiel, den 15.10.2025<br>Projekt 24-117<br>USt-IdNr.: {s}<br>Ihre USt-IdNr.: {b}</div></div>
<h2>3. Abschlagsrechnung Nr. AR-2025-0093</h2><p>BV Neubau 24 WE Schwentineufer – Tragwerksplanung LPH 4-5</p>
<table class="s w"><tr><th><th>netto<th>USt 19 %<th>brutto</tr><tr><td>Leistungsstand lt. Anlage 62 % von 118.000,00 €<td>73.160,00 €<td>13.900,40 €<td>87.060,40 €</tr><tr><td>abzgl. 1. Abschlagsrechnung AR-2025-0018<td>-25.000,00 €<td>-4.750,00 €<td>-29.750,00 €</tr><tr><td>abzgl. 2. Abschlagsrechnung AR-2025-0051<td>-20.000,00 €<td>-3.800,00 €<td>-23.800,00 €</tr><tr><td><b>Forderung dieser Rechnung</b><td><b>28.160,00 €</b><td><b>5.350,40 €</b><td><b>33.510,40 €</b></tr></table>
<p>Zahlungsziel: 30 Tage netto, fällig am 14.11.2025.</p><p>Förde Sparkasse, IBAN: {g4(acc)}, BIC: NOLADE21KIE</p>""",
invoice_number="AR-2025-0093", issue_date="2025-10-15", due_date="2025-11-14", currency="EUR", total_net="28160.00", total_vat="5350.40", total_gross="33510.40", seller_tax_id=s, buyer_tax_id=b, iban=acc, seller_name="Ing.-Büro Tragwerk Nord PartG mbB", buyer_name="Förde Wohnbau GmbH & Co. KG", rates=[("19", "28160.00", "5350.40")])
s = ust("d9"); 
add("de_shop", "de", "chromium", "body{font-size:8.5pt}.hh{background:#222;color:#fff;padding:4px}",
f"""<div class=c2><div style="font-size:16pt">Regalfabrik<b>24</b></div><div class=r><b>Rechnung</b><br>Bezahlt<br>Zahlbetrag 139,97 €</div></div><hr>
<div class=c2><div><b>Rechnungsadresse</b><br>Zahnarztpraxis Dr. Hill<br>Wilhelmstr. 9<br>65183 Wiesbaden<br>Deutschland</div><div><b>Lieferadresse</b><br>Zahnarztpraxis Dr. Hill<br>Wilhelmstr. 9<br>65183 Wiesbaden</div><div><b>Verkauft von</b><br>Regalfabrik Online GmbH<br>USt-IDNr. {s}<br><br>Rechnungsdatum/Lieferdatum 28. August 2025<br>Rechnungsnummer DE5104XKQAEUI<br>Bestellnummer 304-8812345-1102934<br>Bestelldatum 26. August 2025</div></div>
<p class=hh>Rechnungsdetails</p>{T([["Beschreibung","Menge","Stückpreis (ohne USt.)","USt. %","Stückpreis (inkl. USt.)","Zwischensumme (inkl. USt.)"],["Steckregal verzinkt 180x90x40 | B07XYZ1234","3","37,81 €","19%","44,99 €","134,97 €"],["Versandkosten","","4,20 €","","5,00 €","5,00 €"]],"w nr")}
<p class=r><b>Gesamtpreis 139,97 €</b></p>{T([["USt. %","Zwischensumme (ohne USt.)","USt."],["19%","117,62 €","22,35 €"],["USt. Gesamt","117,62 €","22,35 €"]],"b")}
<p><small>Regalfabrik Online GmbH, Hanauer Landstr. 9, 65926 Frankfurt am Main. Sitz der Gesellschaft: Frankfurt, HRB 123123</small></p>""",
invoice_number="DE5104XKQAEUI", issue_date="2025-08-28", currency="EUR", total_net="117.62", total_vat="22.35", total_gross="139.97", seller_tax_id=s, seller_name="Regalfabrik Online GmbH", buyer_name="Zahnarztpraxis Dr. Hill", rates=[("19", "117.62", "22.35")])
s = ust("2d1"); acc = iban("2d2", "DE")
add("de2_kfz", "de", "weasyprint", "td.r{text-align:right}",
f"""<div class=c2><div><b style="font-size:14pt">Autohaus Brenner</b><br>Inh. Tobias Brenner e.K.<br>Ringstr. 88, 92318 Neumarkt</div><div class=r>Tel. 09181 4455<br>USt-ID {s}<br>Bank: VR-Bank, {g4(acc)}</div></div><br><br>Pflegedienst Morgensonne GmbH<br>Altdorfer Str. 21<br>92318 Neumarkt
<table style="float:right"><tr><td>Rechnung<td>WR-104477</tr><tr><td>Datum<td>24.09.2025</tr><tr><td>Auftrag<td>88123</tr><tr><td>Kennzeichen<td>NM-PM 214</tr><tr><td>km-Stand<td>81.204</tr></table><div style="clear:both"></div>
{T([["Nr.","Arbeit / Teil","Menge","Einzel EUR","Gesamt EUR"],["A1","Inspektion nach Herstellervorgabe","1,8 Std.","118,00","212,40"],["T1","Ölfilter","1 St.","16,90","16,90"],["T2","Motoröl 5W-30","4,5 l","19,80","89,10"],["T3","Altölentsorgung","1","4,60","4,60"]],"w")}
<hr><table class=w><tr><td>Lohn<br>212,40<td>Teile<br>110,60<td>Netto<br>323,00<td>MwSt. 19,00 %<br>61,37<td><b>Endbetrag EUR<br>384,37</b></tr></table><p>Der Betrag wurde am 24.09.2025 mit EC-Karte bezahlt. Vielen Dank.</p>""",
invoice_number="WR-104477", issue_date="2025-09-24", currency="EUR", total_net="323.00", total_vat="61.37", total_gross="384.37", seller_tax_id=s, iban=acc, seller_name="Autohaus Brenner", buyer_name="Pflegedienst Morgensonne GmbH", rates=[("19","323.00","61.37")])
s, b, acc = ust("2g1"), ust("2g2"), iban("2g3", "DE")
add("de2_gutschrift", "de", "chromium", "",
f"""<p style="font-size:7pt">Vertriebsring Süd AG · Königstr. 40 · 70173 Stuttgart</p><p>Handelsvertretung Ferdinand Oechsle<br>Rosenweg 2<br>73728 Esslingen</p><div class=r>Stuttgart, 10. Oktober 2025</div><h2>Provisionsgutschrift Nr. PG-2025/0931</h2><table><tr><td>Abrechnungszeitraum:<td>01.09.2025 – 30.09.2025</tr><tr><td>Ihre USt-IdNr.:<td>{b}</tr><tr><td>Vertreter-Nr.:<td>4471</tr></table>
{T([["Kunde","Umsatz netto","Satz","Provision"],["Kaufhaus Lutz","48.200,00","3 %","1.446,00"],["Möbel Traub","21.000,00","4 %","840,00"]],"w b")}
<table style="margin-left:90mm"><tr><td>Provision netto<td class=r>2.286,00 EUR</tr><tr><td>+ 19 % USt<td class=r>434,34 EUR</tr><tr><td><b>Auszahlungsbetrag</b><td class=r><b>2.720,34 EUR</b></tr></table><p>Die Auszahlung erfolgt bis zum 20.10.2025 auf Ihr Konto {g4(acc)}.</p><p style="font-size:7pt;margin-top:60mm">Vertriebsring Süd AG, Amtsgericht Stuttgart HRB 7712, USt-IdNr. {s}, Vorstand: K. Wagner</p>""",
invoice_number="PG-2025/0931", issue_date="2025-10-10", due_date="2025-10-20", currency="EUR", total_net="2286.00", total_vat="434.34", total_gross="2720.34", iban=acc, rates=[("19","2286.00","434.34")])
s = ust("2h1")
add("de2_hotel", "de", "weasyprint", "body{font-family:'Liberation Serif'}td.r{text-align:right}",
f"""<center><b style="font-size:15pt">Landhotel Forellenhof</b><br>Familie Gruber · Seestraße 5 · 82319 Starnberg · info@forellenhof.example</center><br>Firma<br>Messbau Rheinland GmbH<br>Herr Kling<br>Industriestr. 9<br>50735 Köln<br><br><div class=c2><b>Rechnung 2025-1187</b><span>Zimmer 12 &nbsp; Anreise 13.10.25 &nbsp; Abreise 15.10.25</span><span>15.10.2025</span></div><br>
<table class=w><tr><th>Datum<th>Leistung<th class=r>Anz.<th class=r>Preis<th class=r>Summe<th>USt</tr><tr><td>13.10.<td>Übernachtung<td class=r>2<td class=r>96,00<td class=r>192,00<td>A</tr><tr><td>14.10.<td>Frühstück<td class=r>2<td class=r>14,00<td class=r>28,00<td>B</tr><tr><td>14.10.<td>Stellplatz<td class=r>2<td class=r>8,00<td class=r>16,00<td>B</tr><tr><td colspan=4><b>Total EUR</b><td class=r><b>236,00</b></tr></table>
<p>Enthaltene Umsatzsteuer:</p>{T([["","Satz","Netto","USt","Brutto"],["A","7 %","179,44","12,56","192,00"],["B","19 %","36,97","7,03","44,00"]])}<p>Bezahlt: VISA 236,00 EUR &nbsp; Offen: 0,00 EUR</p><center><small>Inhaber: Anton Gruber · USt-IdNr. {s} · Sparkasse Starnberg</small></center>""",
invoice_number="2025-1187", issue_date="2025-10-15", currency="EUR", total_net="216.41", total_vat="19.59", total_gross="236.00", seller_tax_id=s, seller_name="Landhotel Forellenhof", buyer_name="Messbau Rheinland GmbH", rates=[("7","179.44","12.56"),("19","36.97","7.03")])
