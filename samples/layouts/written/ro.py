"""Romanian papers."""
from . import T, add, cui, iban

s, b, acc = cui("r1", 7), cui("r2", 6), iban("r3", "RO")
add("ro_oblio", "ro", "chromium", "h1{font-size:22pt;color:#1a7;margin:0}.g{color:#888}",
f"""<div class=c2><div><h1>Factură</h1>Seria <b>OBL</b> nr. <b>1042</b><br><span class=g>Data emiterii</span> 14/10/2025<br><span class=g>Scadența</span> 29/10/2025<br><span class=g>TVA la încasare</span></div><div class=r><b>GREEN PIXEL STUDIO S.R.L.</b><br>CIF: RO{s}<br>Reg. com.: J12/2231/2016<br>Str. Observatorului 109, Cluj-Napoca, jud. Cluj<br>IBAN: {acc}<br>Banca Transilvania</div></div><hr>
<p><span class=g>Client</span><br><b>PENSIUNEA LA IZVOARE SRL</b><br>CIF: {b}<br>J32/118/2009<br>Sat Bran, com. Bran, jud. Brașov</p>
{T([["Nr.","Denumire produs / serviciu","U.M.","Cant.","Preț","Valoare","TVA"],["1","Creare site prezentare 5 pagini","buc","1","2.800,00","2.800,00","588,00<br><small>21%</small>"],["2","Găzduire web anuală","an","1","390,00","390,00","81,90<br><small>21%</small>"]],"w nr")}
<hr><table style="float:right"><tr><td>Total fără TVA<td class=r>3.190,00 Lei</tr><tr><td>TVA<td class=r>669,90 Lei</tr><tr><td><b>Total de plată</b><td class=r><b>3.859,90 Lei</b></tr></table>
<p class=g style="margin-top:60mm">Întocmit de: Rusu Vlad, CNP - / Prezenta factură circulă fără semnătură și ștampilă conform art. 319 alin. 29 din Codul Fiscal.</p>""",
invoice_number="OBL 1042", issue_date="2025-10-14", due_date="2025-10-29", currency="RON", total_net="3190.00", total_vat="669.90", total_gross="3859.90", amount_payable="3859.90", seller_tax_id="RO" + s, buyer_tax_id=b, iban=acc, seller_name="GREEN PIXEL STUDIO S.R.L.", buyer_name="PENSIUNEA LA IZVOARE SRL", rates=[("21", "3190.00", "669.90")])
s, b = cui("r4", 7), cui("r5", 7)
add("ro_storno", "ro", "weasyprint", "table.b th{background:#dde}",
f"""<table class=w><tr><td>FURNIZOR<br><b>AGROMEC DUNĂREA S.A.</b><br>C.I.F. RO{s}, Nr. Reg. Com. J21/45/1998<br>Șos. Slobozia km 3, Călărași<br>Capital social: 250.000 lei<td class=r>CUMPĂRĂTOR<br><b>Fermierul Harnic Coop. Agricolă</b><br>C.I.F. RO{b}<br>Loc. Dragalina, jud. Călărași</tr></table>
<h2 style="text-align:center">FACTURĂ STORNO<br><small>seria AGD numărul 00778 din data de 05.11.2025</small></h2><p>Stornare parțială a facturii seria AGD nr. 00731 din 20.10.2025 (retur marfă)</p>
{T([["Nr. crt.","Denumirea produselor sau a serviciilor","U.M.","Cantitatea","Prețul unitar (fără T.V.A.) -lei-","Valoarea -lei-","Valoarea T.V.A. -lei-"],["0","1","2","3","4","5 (3x4)","6"],["1","Îngrășământ complex NPK 15-15-15, sac 50 kg","buc","-12","129,50","-1.554,00","-170,94"],["2","Ambalaj returnabil","buc","-12","5,00","-60,00","-12,60"]],"w b")}
<table class="w b"><tr><td rowspan=2 style="width:50%">Semnătura și ștampila furnizorului<td>Total<td class=r>-1.614,00<td class=r>-183,54</tr><tr><td>Total de plată (col.5 + col.6)<td class=r colspan=2>-1.797,54</tr></table><p>Cote T.V.A.: 11% baza -1.554,00 TVA -170,94; 21% baza -60,00 TVA -12,60</p>""",
invoice_number="AGD 00778", issue_date="2025-11-05", currency="RON", total_net="-1614.00", total_vat="-183.54", total_gross="-1797.54", seller_tax_id="RO" + s, buyer_tax_id="RO" + b, seller_name="AGROMEC DUNĂREA S.A.", buyer_name="Fermierul Harnic Coop. Agricolă", rates=[("11", "-1554.00", "-170.94"), ("21", "-60.00", "-12.60")])
s, b, acc = cui("r6", 8), cui("r7", 7), iban("r8", "RO")
add("ro_taxare", "ro", "chromium", "body{font-size:8.5pt}",
f"""<table class=w><tr><td style="width:38%">Furnizor: <b>REMAT OLTENIA SRL</b><br>Nr. ord. reg. com.: J16/901/2011<br>CIF: RO{s}<br>Adresa: Str. Brestei 214, Craiova<br>Județul: Dolj<br>Cont: {acc}<br>Banca: BRD Craiova<td style="text-align:center"><h3>FACTURA FISCALA</h3>Seria REM Nr. 20250318<br>Data (ziua, luna, anul): 17.09.2025<br>Nr. aviz de însoțire: 5512<td style="width:32%">Beneficiar: <b>METALIC PROCES SA</b><br>J03/77/1994<br>CIF: RO{b}<br>Sediul: Pitești, Bd. Petrochimiștilor 5<br>Județul: Argeș</tr></table>
{T([["Nr. crt.","Denumirea","UM","Cant.","Pret unitar","Valoare","TVA"],["1","Deșeuri fier vechi E3","kg","18.420","1,35","24.867,00","taxare inversă"],["2","Deșeuri cupru","kg","120","31,00","3.720,00","taxare inversă"]],"w b nr")}
<table class="w b"><tr><td style="width:55%">Taxare inversă conform art. 331 Cod Fiscal<br>Expedierea s-a făcut în prezența noastră la data de 17.09.2025 ora 10<td>TOTAL<td class=r>28.587,00<td class=r>0,00</tr><tr><td>Termen de plată: 30 zile, 17.10.2025<td><b>TOTAL GENERAL</b><td colspan=2 class=r><b>28.587,00 lei</b></tr></table>""",
invoice_number="REM 20250318", issue_date="2025-09-17", due_date="2025-10-17", currency="RON", total_gross="28587.00", seller_tax_id="RO" + s, buyer_tax_id="RO" + b, iban=acc, seller_name="REMAT OLTENIA SRL", buyer_name="METALIC PROCES SA")
s, b, acc = cui("r9", 7), cui("r10", 8), iban("r11", "RO")
add("ro_net", "ro", "placed", "", [
(15, 18, 20, "netis", "B"), (15, 24, 7, "NETIS COMUNICATII S.A.  Str. Lacului nr. 175, Bucuresti, sector 5"), (15, 28, 7, f"J40/10101/1999, C.U.I.: RO{s}, Capital social 4.200.000 RON"), (15, 32, 7, f"Cont: {acc} ING BANK"),
(120, 18, 11, "FACTURA NTS25 nr. 88120455", "B"), (120, 24, 9, "Data facturii: 06.10.2025"), (120, 29, 9, "Data scadenta: 31.10.2025"), (120, 34, 9, "Cod client: 0021987733"),
(120, 50, 9, "ATELIER AUTO VULCAN SRL"), (120, 55, 9, f"CUI RO{b}"), (120, 60, 9, "STR. CAROL I NR 12, PLOIESTI, PRAHOVA"),
(15, 75, 10, "Sumar", "B"), (15, 82, 9, "Sold anterior"), (95, 82, 9, "0,00", "r"), (15, 87, 9, "Total factura curenta"), (95, 87, 9, "121,00", "r"), (15, 92, 10, "TOTAL DE PLATA", "B"), (95, 92, 10, "121,00 RON", "rB"),
(15, 105, 9, "Descriere servicii"), (95, 105, 9, "Perioada"), (140, 105, 9, "Valoare fara TVA", "r"), (165, 105, 9, "TVA 21%", "r"), (195, 105, 9, "Total RON", "r"),
(15, 111, 9, "Abonament internet fix 1 Gbps"), (95, 111, 9, "01.10-31.10.2025"), (140, 111, 9, "70,00", "r"), (165, 111, 9, "14,70", "r"), (195, 111, 9, "84,70", "r"),
(15, 116, 9, "Telefonie mobila 0722111000"), (95, 116, 9, "01.10-31.10.2025"), (140, 116, 9, "30,00", "r"), (165, 116, 9, "6,30", "r"), (195, 116, 9, "36,30", "r"),
(15, 123, 9, "Total", "B"), (140, 123, 9, "100,00", "rB"), (165, 123, 9, "21,00", "rB"), (195, 123, 9, "121,00", "rB"),
(15, 140, 7, "Puteti plati online, prin debit direct sau la orice casierie. In cazul neplatii facturii pana la data scadenta se percep penalitati de 0,1% pe zi.")],
invoice_number="NTS25 88120455", issue_date="2025-10-06", due_date="2025-10-31", currency="RON", total_net="100.00", total_vat="21.00", total_gross="121.00", amount_payable="121.00", seller_tax_id="RO" + s, buyer_tax_id="RO" + b, iban=acc, seller_name="NETIS COMUNICATII S.A.", buyer_name="ATELIER AUTO VULCAN SRL", rates=[("21", "100.00", "21.00")])
s, b = cui("r12", 8), cui("r13", 7)
add("ro_bon", "ro", "slip", "", f"""
        S.C. PECO NORD S.R.L.
   DN1 km 41, Comuna Puchenii Mari
        Jud. Prahova
   COD FISCAL: RO{s}
   C.I.F. CLIENT: RO{b}
            LEI
MOTORINA PREMIUM
   45,320 L x 7,49           339,45 A
APA PLATA 0.5L
   2 BUC x 4,00                8,00 B
-------------------------------------
TOTAL LEI                    347,45
CARD                         347,45
TVA A - 21,00%                58,91
TVA B - 11,00%                 0,79
TOTAL TVA                     59,70
-------------------------------------
POS 3 OP: 12    NR. CHITANTA 41233
DATA: 22-10-2025   ORA: 08:51:17
NR BON FISCAL: 0098
   BON FISCAL
   Z: 1120  SERIE 8000123456
""", invoice_number="0098", issue_date="2025-10-22", currency="RON", total_vat="59.70", total_gross="347.45", seller_tax_id="RO" + s, buyer_tax_id="RO" + b, seller_name="S.C. PECO NORD S.R.L.")
s, b, acc = cui("2r1", 8), "ATU" , iban("2r3", "RO")
add("ro2_bilingv", "ro", "chromium", "body{font-size:8.5pt}",
f"""<div class=c2><b style="font-size:14pt">CODERIA LABS SRL</b><div class=r>FACTURĂ / INVOICE<br>Seria / Series CDL &nbsp; Nr. / No. 0217<br>Data / Date: 31.10.2025<br>Scadența / Due date: 30.11.2025</div></div>
<table class=w><tr><td><b>Furnizor / Supplier</b><br>CODERIA LABS SRL<br>CIF / VAT: RO{s}<br>Reg. com.: J40/9911/2018<br>Str. Polonă 68-72, București, Sector 1<br>IBAN (EUR): {acc}<br>SWIFT: RZBRROBU<td><b>Client / Customer</b><br>Bergland Software GmbH<br>VAT ID: ATU62134508<br>Mariahilfer Straße 50, 1070 Wien, Austria</tr></table>
{T([["Nr.","Denumire / Description","U.M.","Cant. / Qty","Preț unitar / Unit price (EUR)","Valoare / Amount (EUR)"],["1","Servicii dezvoltare software octombrie 2025 / Software development October 2025","ore / h","152","38,00","5.776,00"]],"b w")}
<p class=r>Total fără TVA / Net total: 5.776,00 EUR<br>TVA / VAT 0% (taxare inversă / reverse charge): 0,00 EUR<br><b>Total de plată / Total due: 5.776,00 EUR</b></p><p>Curs BNR 30.10.2025: 1 EUR = 5,0838 RON. Echivalent: 29.364,03 RON</p>""",
invoice_number="CDL 0217", issue_date="2025-10-31", due_date="2025-11-30", currency="EUR", total_net="5776.00", total_vat="0.00", total_gross="5776.00", amount_payable="5776.00", seller_tax_id="RO"+s, buyer_tax_id="ATU62134508", iban=acc, seller_name="CODERIA LABS SRL", buyer_name="Bergland Software GmbH")
s, b, acc = cui("2e1", 8), cui("2e2", 8), iban("2e3", "RO")
add("ro2_energie", "ro", "placed", "", [
(15, 15, 14, "Voltera Energie", "B"), (15, 20, 7, f"Voltera Energie Muntenia S.A., B-dul Teilor 12, București, CUI RO{s}, J40/20202/2007"),
(15, 32, 9, "Client: SC CROITORIA FINĂ SRL"), (15, 37, 9, "Adresa: Str. Traian 9, Buzău, jud. Buzău"), (15, 42, 9, f"CUI: RO{b}"), (15, 47, 9, "Cod client: 100234567"),
(110, 32, 10, "Factura fiscală seria VEM nr. 09871123456", "B"), (110, 38, 9, "Data emiterii: 09.10.2025"), (110, 43, 9, "Perioada de facturare: 01.09.2025 - 30.09.2025"), (110, 48, 9, "Data scadenței: 10.11.2025"),
(15, 62, 10, "Cât am de plătit?", "B"), (15, 68, 9, "Valoare factură curentă"), (100, 68, 9, "1.089,00 lei", "r"), (15, 73, 9, "Sold din facturi anterioare"), (100, 73, 9, "412,35 lei", "r"), (15, 79, 11, "Total de plată", "B"), (100, 79, 11, "1.501,35 lei", "rB"),
(15, 92, 9, "Detalii factură curentă"), (150, 92, 8, "Valoare fără TVA", "r"), (172, 92, 8, "TVA", "r"), (195, 92, 8, "Total", "r"), (15, 98, 9, "Energie activă 640 kWh x 1,10 lei/kWh"), (150, 98, 9, "704,00", "r"), (172, 98, 9, "147,84", "r"), (195, 98, 9, "851,84", "r"),
(15, 103, 9, "Tarif distribuție, transport, servicii sistem"), (150, 103, 9, "196,00", "r"), (172, 103, 9, "41,16", "r"), (195, 103, 9, "237,16", "r"), (15, 109, 9, "Total factură", "B"), (150, 109, 9, "900,00", "rB"), (172, 109, 9, "189,00", "rB"), (195, 109, 9, "1.089,00", "rB"),
(15, 120, 8, "Cota TVA 21%. Contravaloarea facturii se achită în contul " + acc + " deschis la BCR sau la casierii."), (15, 270, 7, "Index vechi 22130, index nou 22770, determinat prin citire la 30.09.2025. Capital social 12.500.000 lei.")],
invoice_number="VEM 09871123456", issue_date="2025-10-09", due_date="2025-11-10", currency="RON", total_net="900.00", total_vat="189.00", total_gross="1089.00", seller_tax_id="RO"+s, buyer_tax_id="RO"+b, iban=acc, seller_name="Voltera Energie Muntenia S.A.", buyer_name="SC CROITORIA FINĂ SRL", rates=[("21","900.00","189.00")])
