"""Polish papers."""
from . import T, add, dnip, g4, iban, nip, nrb

# 1 telecom bill
s, b, acc = nip("o1"), nip("o2"), iban("o3", "PL")
add("pl_telecom", "pl", "weasyprint", ".big{font-size:15pt;color:#f60}.box{border:1pt solid #f60;padding:6pt;width:62mm;float:right}td.n{text-align:right;width:24mm}",
f"""<div class=box>do zapłaty<br><span class=big>126,53 zł</span><br>termin płatności<br><b>20 października 2025</b><br><br>na indywidualny numer konta<br><b>{nrb(acc)}</b></div>
<div style="font-size:16pt">TeleFala</div>
<p>Zakład Usług Geodezyjnych<br>Kątomierz Bartosz Wrona<br>ul. Spokojna 4 lok. 2<br>26-600 Radom</p>
<p>numer klienta: 1.7723451<br>NIP klienta: {b}</p><br><br>
<b>faktura VAT nr F/0083412/10/25</b><br>data wystawienia: 4 października 2025, Warszawa<br>okres rozliczeniowy: od 3 września do 2 października 2025
<h3>podsumowanie rachunku</h3>
<table class=w><tr><td>stan konta na dzień wystawienia poprzedniej faktury<td class=n>126,53 zł</tr><tr><td>wpłaty zaksięgowane do 3 października<td class=n>-126,53 zł</tr>
<tr><td>bieżące opłaty (faktura F/0083412/10/25)<td class=n>126,53 zł</tr><tr><td><b>razem do zapłaty</b><td class=n><b>126,53 zł</b></tr></table>
<p>Prosimy o terminowe regulowanie płatności. Odsetki ustawowe za opóźnienie naliczane są zgodnie z regulaminem.</p>
<div class=pb></div><h3>szczegóły opłat</h3>
<table class="w"><tr><th>numer telefonu 600 100 221<th class=n>netto zł<th class=n>VAT %<th class=n>VAT zł<th class=n>brutto zł</tr>
<tr><td>abonament Firma Plus 60<td class=n>60,00<td class=n>23<td class=n>13,80<td class=n>73,80</tr><tr><td>rata za sprzęt 7/24<td class=n>34,87<td class=n>23<td class=n>8,02<td class=n>42,89</tr>
<tr><td>połączenia międzynarodowe<td class=n>8,00<td class=n>23<td class=n>1,84<td class=n>9,84</tr><tr><td><b>razem</b><td class=n>102,87<td class=n><td class=n>23,66<td class=n>126,53</tr></table>
<p style="font-size:7pt;margin-top:90mm">Sprzedawca: TeleFala Polska S.A. z siedzibą w Warszawie (02-326) przy al. Jerozolimskich 200, wpisana do Rejestru Przedsiębiorców prowadzonego przez Sąd Rejonowy dla m.st. Warszawy, XII Wydział Gospodarczy KRS pod numerem 0000998877; REGON 147258369, NIP {s}; z pokrytym w całości kapitałem zakładowym wynoszącym 93.000.000 złotych.</p>""",
invoice_number="F/0083412/10/25", issue_date="2025-10-04", due_date="2025-10-20", currency="PLN", total_net="102.87", total_vat="23.66", total_gross="126.53", amount_payable="126.53", seller_tax_id=s, buyer_tax_id=b, iban=acc, seller_name="TeleFala Polska S.A.", buyer_name="Zakład Usług Geodezyjnych Kątomierz Bartosz Wrona", rates=[("23", "102.87", "23.66")])
# 2 energy bill placed
s, b, acc = nip("e1"), nip("e2"), iban("e3", "PL")
add("pl_energia", "pl", "placed", "", [
(15, 15, 16, "NordEnergia Obrót S.A.", "B"), (15, 20, 7, "ul. Mickiewicza 17, 35-959 Rzeszów  NIP " + dnip(s) + "  REGON 123456785"),
(120, 38, 9, "Piekarnia „Rumiany Bochen” Helena Mazur"), (120, 43, 9, "Wola Mała 118"), (120, 48, 9, "37-100 Łańcut"),
(15, 40, 12, "FAKTURA VAT nr 02/2510/00008812/E", "B"), (15, 46, 9, "rozliczeniowa za energię elektryczną i usługi dystrybucji"),
(15, 52, 9, "Data wystawienia: 14.10.2025"), (15, 57, 9, "Okres rozliczeniowy: 01.08.2025 - 30.09.2025"), (15, 62, 9, "NIP nabywcy: " + dnip(b)), (15, 67, 9, "Nr PPE: 590322413500812345"), (15, 72, 9, "Nr płatnika 30114578"),
(15, 85, 10, "Rozliczenie należności", "B"),
(15, 92, 9, "Energia elektryczna - sprzedaż"), (150, 92, 9, "812,40", "r"), (15, 97, 9, "Usługa dystrybucji"), (150, 97, 9, "437,60", "r"), (15, 102, 9, "Wartość netto"), (150, 102, 9, "1 250,00", "r"), (15, 107, 9, "Podatek VAT 23%"), (150, 107, 9, "287,50", "r"), (15, 112, 9, "Wartość faktury brutto"), (150, 112, 9, "1 537,50", "r"),
(15, 117, 9, "Należności wynikające z wcześniej wystawionych prognoz"), (150, 117, 9, "-600,00", "r"), (15, 122, 9, "Odsetki za zwłokę"), (150, 122, 9, "0,00", "r"),
(15, 130, 12, "Kwota do zapłaty", "B"), (150, 130, 12, "937,50 zł", "rB"), (15, 136, 10, "Termin płatności"), (150, 136, 10, "28.10.2025", "r"), (15, 142, 9, "Słownie: dziewięćset trzydzieści siedem zł 50/100"), (15, 148, 9, "Nr rachunku bankowego do wpłat: " + nrb(acc)),
(15, 160, 8, "Energia czynna, taryfa C11, układ 1-fazowy, licznik 91234567, odczyt poprzedni 12345, odczyt bieżący 13698, zużycie 1353 kWh"),
(15, 165, 8, "Opłata mocowa 2 m-ce x 16,01    Opłata abonamentowa 2 m-ce x 4,56    Opłata OZE 1,353 MWh x 3,50"),
(15, 280, 7, "Kapitał zakładowy 98 000 000,00 zł wpłacony w całości. KRS 0000987654. Infolinia 800 100 100. Akcyza: energia 1,353 MWh x 5,00 zł = 6,77 zł")],
invoice_number="02/2510/00008812/E", issue_date="2025-10-14", due_date="2025-10-28", currency="PLN", total_net="1250.00", total_vat="287.50", total_gross="1537.50", amount_payable="937.50", seller_tax_id=s, buyer_tax_id=b, iban=acc, seller_name="NordEnergia Obrót S.A.", buyer_name="Piekarnia Rumiany Bochen Helena Mazur", rates=[("23", "1250.00", "287.50")])
# 3 fuel
s, b = nip("f1"), nip("f2")
add("pl_paliwo", "pl", "chromium", "@page{margin:18mm}body{font:8.5pt 'Liberation Mono'}pre{margin:0}",
f"""<pre>Sprzedawca:                                        Oddział:
POLMOTO Sp. z o.o.                                 Stacja Paliw nr 0447
ul. Naftowa 3, 09-411 Płock                        ul. Trakt Lubelski 312, 04-667 Warszawa
NIP: {dnip(s)}   BDO: 000123456

                    FAKTURA VAT  F 00412/0447K3/25
                             ORYGINAŁ
Data wystawienia: 2025-11-06 17:42    Data dostawy: 2025-11-06

Nabywca: FH TOMAR Tomasz Wieczorek
         Kolejowa 9, 05-200 Wołomin
         NIP: {b}        Nr rej.: WWL 4H781

Lp Nazwa                      CN     Ilość  Jm   Cena    Rabat  Wartość  St.
                                                 brutto         brutto   VAT
-----------------------------------------------------------------------------
1  ON Diesel dystr. 4      27102011  61,24  L    6,19    6,12   372,96   23%
2  Płyn do spryskiwaczy    38200000   1,00  szt 24,99    0,00    24,99   23%
3  Kawa duża                          1,00  szt 13,99    0,00    13,99    8%
-----------------------------------------------------------------------------
        Stawka    Netto        VAT       Brutto
        23%      323,54      74,41       397,95
        8%        12,95       1,04        13,99
Razem            336,49      75,45       411,94

DO ZAPŁATY: 411,94 PLN      Zapłacono: KARTA  411,94 PLN
Słownie: czterysta jedenaście złotych 94/100
Do paragonu nr 0447/3/118823

Wystawił: Kasjer 117                       Odebrał: .....................
</pre>""", invoice_number="F 00412/0447K3/25", issue_date="2025-11-06", sale_date="2025-11-06", currency="PLN", total_net="336.49", total_vat="75.45", total_gross="411.94", seller_tax_id=s, buyer_tax_id=b, seller_name="POLMOTO Sp. z o.o.", buyer_name="FH TOMAR Tomasz Wieczorek", rates=[("23", "323.54", "74.41"), ("8", "12.95", "1.04")])
# 4 marketplace seller
s, b = nip("a1"), nip("a2")
add("pl_aukcja", "pl", "chromium", "th{background:#eee;font-size:8pt}h1{font-size:14pt;font-weight:normal;text-align:right}",
f"""<h1>Faktura <b>BL/1187/11/2025</b></h1><table class=w><tr><td style="width:50%"><b>Sprzedawca</b><br>GadżetLand Karolina Bąk<br>os. Bohaterów Września 12/88<br>31-620 Kraków<br>PL{s}<br>sklep@gadzetland.example<td><b>Nabywca</b><br>ART-DOM Sp. j. Wolski i Syn<br>Rzemieślnicza 1<br>62-030 Luboń<br>PL{b}</tr></table>
<p class=r>Miejsce wystawienia: Kraków<br>Data wystawienia: 03-11-2025<br>Data zakończenia dostawy: 02-11-2025<br>Zamówienie nr: 41f7e2c0-b6d1<br>Płatność: przelew online (opłacone)<br>Termin: 03-11-2025</p>
{T([["#","Nazwa","EAN","Ilość","Cena brutto","VAT","Netto","Wartość VAT","Brutto"],["1","Lampka biurkowa LED z ładowarką, biała","5901234123457","2","89,00","23%","144,72","33,28","178,00"],["2","Przesyłka: kurier","","1","14,99","23%","12,19","2,80","14,99"],["","","","","","<b>Razem</b>","156,91","36,08","192,99"],["","","","","","w tym 23%","156,91","36,08","192,99"]],"w b")}
<p>Zapłacono: 192,99 PLN &nbsp; Pozostaje do zapłaty: 0,00 PLN</p><p>Słownie: sto dziewięćdziesiąt dwa 99/100 PLN</p><small>Faktura wygenerowana automatycznie, nie wymaga podpisu. Zwroty: 14 dni.</small>""",
invoice_number="BL/1187/11/2025", issue_date="2025-11-03", sale_date="2025-11-02", due_date="2025-11-03", currency="PLN", total_net="156.91", total_vat="36.08", total_gross="192.99", amount_payable="0.00", seller_tax_id=s, buyer_tax_id=b, seller_name="GadżetLand Karolina Bąk", buyer_name="ART-DOM Sp. j. Wolski i Syn", rates=[("23", "156.91", "36.08")])
# 5 final invoice after advance
s, b, acc = nip("k1"), nip("k2"), iban("k3", "PL")
add("pl_koncowa", "pl", "weasyprint", "body{font-size:9pt}.t td:last-child{text-align:right}",
f"""<table class=w><tr><td><b>STAL-BUD Hale i Wiaty Sp. z o.o.</b><br>ul. Hutnicza 44, 44-100 Gliwice<br>NIP {s}<td class=r>Gliwice, dnia 31.10.2025 r.</tr></table>
<h2 style="text-align:center">FAKTURA KOŃCOWA 18/10/2025</h2><p style="text-align:center">do faktury zaliczkowej nr 9/ZAL/09/2025 z dnia 12.09.2025</p>
<p>Nabywca: <b>Gospodarstwo Rolne Adam Pawlik</b>, Bronów 21A, 43-502 Bronów, NIP {b}</p><p>Data dokonania dostawy: 30.10.2025</p>
{T([["Lp.","Nazwa towaru/usługi","Ilość","J.m.","Cena netto","Wartość netto","VAT","Kwota VAT","Wartość brutto"],["1","Wiata stalowa ocynkowana 8x12 m z montażem","1","kpl.","42 000,00","42 000,00","23%","9 660,00","51 660,00"]],"b w")}
<p><b>Rozliczenie zaliczek</b></p>{T([["Faktura zaliczkowa","Data","Netto","VAT","Brutto"],["9/ZAL/09/2025","12.09.2025","12 000,00","2 760,00","14 760,00"]],"b")}
<br><table class="t" style="float:right"><tr><td>Wartość zamówienia brutto:<td>51 660,00 zł</tr><tr><td>Wpłacone zaliczki:<td>14 760,00 zł</tr><tr><td>Pozostało netto:<td>30 000,00 zł</tr><tr><td>Pozostały VAT:<td>6 900,00 zł</tr><tr><td><b>Do zapłaty:</b><td><b>36 900,00 zł</b></tr></table>
<p>Sposób zapłaty: przelew 14 dni<br>Termin zapłaty: 14.11.2025<br>Bank Spółdzielczy w Gliwicach<br>{nrb(acc)}</p><p>Mechanizm podzielonej płatności</p>""",
invoice_number="18/10/2025", issue_date="2025-10-31", sale_date="2025-10-30", due_date="2025-11-14", currency="PLN", amount_payable="36900.00", seller_tax_id=s, buyer_tax_id=b, iban=acc, seller_name="STAL-BUD Hale i Wiaty Sp. z o.o.", buyer_name="Gospodarstwo Rolne Adam Pawlik")
# 6 correction with before/after
s, b, acc = nip("c1"), nip("c2"), iban("c3", "PL")
h = ["Lp.", "Nazwa", "Ilość", "Cena netto", "Netto", "VAT%", "VAT", "Brutto"]
add("pl_korekta", "pl", "chromium", "h2{margin:4px 0}h4{margin:6px 0 2px}",
f"""<div class=c2><div>Hurtownia Elektryczna WAT<br>Krzysztof Żak<br>ul. Fabryczna 7<br>15-483 Białystok<br>NIP: {dnip(s)}</div><div class=r>Białystok, 2025-11-12</div></div>
<h2>Korekta faktury sprzedaży KFS 31/MAG/11/2025</h2>dotyczy: FS 402/MAG/10/2025 z dnia 2025-10-28<br>przyczyna korekty: zwrot towaru<br><br>Odbiorca faktury / nabywca:<br><b>EL-INSTAL Piotr Gajda</b><br>Zabłudowska 3, 16-061 Juchnowiec Kościelny<br>NIP: {dnip(b)}
<h4>Przed korektą:</h4>{T([h,["1","Przewód YDYp 3x2,5 100 m","10","245,00","2 450,00","23","563,50","3 013,50"]],"b w nr")}<h4>Po korekcie:</h4>{T([h,["1","Przewód YDYp 3x2,5 100 m","8","245,00","1 960,00","23","450,80","2 410,80"]],"b w nr")}
<h4>Podsumowanie korekty</h4>{T([["Stawka VAT","Netto","VAT","Brutto"],["23%","-490,00","-112,70","-602,70"],["Razem","-490,00","-112,70","-602,70"]],"b")}
<p><b>Do zwrotu: 602,70 PLN</b> (słownie: sześćset dwa złote 70/100)</p><p>Forma płatności: przelew, termin 7 dni: 2025-11-19</p>""",
invoice_number="KFS 31/MAG/11/2025", issue_date="2025-11-12", due_date="2025-11-19", currency="PLN", total_net="-490.00", total_vat="-112.70", total_gross="-602.70", seller_tax_id=s, buyer_tax_id=b, seller_name="Hurtownia Elektryczna WAT Krzysztof Żak", buyer_name="EL-INSTAL Piotr Gajda", rates=[("23", "-490.00", "-112.70")])
# 7 handmade, exempt art. 113
s, b, acc = nip("x1"), nip("x2"), iban("x3", "PL")
add("pl_excel113", "pl", "weasyprint", "body{font-family:'Liberation Serif'}table.g td{border:0.5pt solid #000}",
f"""<table class="g w"><tr><td colspan=3>Miejscowość, data<td colspan=2>Zamość, 30 września 2025</tr><tr><td colspan=5 style="text-align:center"><b>Faktura nr 5/2025</b></tr>
<tr><td colspan=2><b>Sprzedawca:</b><td colspan=3><b>Nabywca:</b></tr><tr><td colspan=2>Alicja Kurek Rękodzieło<td colspan=3>Gminny Ośrodek Kultury w Sitnie</tr><tr><td colspan=2>ul. Lwowska 51/3<td colspan=3>Sitno 73</tr><tr><td colspan=2>22-400 Zamość<td colspan=3>22-424 Sitno</tr><tr><td colspan=2>NIP {s}<td colspan=3>NIP {b}</tr>
<tr><td>L.p.<td>Nazwa usługi<td>Ilość<td>Cena jedn.<td>Wartość</tr><tr><td>1<td>Warsztaty ceramiczne dla dzieci (4 spotkania)<td>4<td>350,00<td>1400,00</tr><tr><td>2<td>Materiały<td>1<td>185,50<td>185,50</tr><tr><td><td><td><td>RAZEM<td>1585,50</tr></table>
<p>Do zapłaty: <b>1585,50 zł</b> (jeden tysiąc pięćset osiemdziesiąt pięć zł 50/100)</p><p>Zapłata: przelewem w ciągu 7 dni na konto: {nrb(acc)} do dnia 07.10.2025</p><p>Zwolnienie podmiotowe z VAT – art. 113 ust. 1 ustawy o VAT</p>""",
invoice_number="5/2025", issue_date="2025-09-30", due_date="2025-10-07", currency="PLN", total_gross="1585.50", amount_payable="1585.50", seller_tax_id=s, buyer_tax_id=b, iban=acc, seller_name="Alicja Kurek Rękodzieło", buyer_name="Gminny Ośrodek Kultury w Sitnie")
# 8 EUR with PLN VAT bilingual
s, b, acc = nip("t1"), nip("t2"), iban("t3", "PL")
add("pl_eur", "pl", "chromium", "body{font-size:8.5pt}.h td{width:33%}",
f"""<table class="w h"><tr><td><b>TRANS-BESKID Sp. z o.o. Sp.k.</b><br>ul. Graniczna 88<br>43-300 Bielsko-Biała<br>VAT PL{s}<td><td class=r><b>FAKTURA / INVOICE</b><br>UE/0214/10/25<br>Data wystawienia / Date of issue: 24.10.2025<br>Data usługi / Date of service: 22.10.2025<br>Termin płatności / Due date: 08.12.2025</tr></table><br>
<b>Nabywca / Buyer:</b><br>LOGIMAX POLSKA SP. Z O.O.<br>ul. Spedycyjna 2, 55-040 Bielany Wrocławskie<br>NIP / VAT No: PL{b}<br><br>
{T([["Opis / Description","Ilość / Qty","Cena / Price EUR","Netto / Net EUR","VAT %","VAT EUR","Brutto / Gross EUR"],["Transport: Bielsko-Biała – Brno, zlecenie / order 88213, WGM 22107 / ST 9981P","1","680,00","680,00","23","156,40","836,40"],["Razem / Total","","","680,00","","156,40","836,40"]],"b w")}
<p>Do zapłaty / Amount due: <b>836,40 EUR</b></p><p>Kurs / Exchange rate: 1 EUR = 4,2391 PLN (tabela NBP 206/A/NBP/2025 z dnia 21.10.2025)</p>
{T([["","PLN netto","PLN VAT","PLN brutto"],["23%","2 882,59","663,00","3 545,59"]],"b")}
<p>Bank: ING Bank Śląski, SWIFT INGBPLPW<br>IBAN EUR: {g4(acc)}</p>""",
invoice_number="UE/0214/10/25", issue_date="2025-10-24", sale_date="2025-10-22", due_date="2025-12-08", currency="EUR", total_net="680.00", total_vat="156.40", total_gross="836.40", amount_payable="836.40", seller_tax_id=s, buyer_tax_id=b, iban=acc, seller_name="TRANS-BESKID Sp. z o.o. Sp.k.", buyer_name="LOGIMAX POLSKA SP. Z O.O.", rates=[("23", "680.00", "156.40")])
# 9 till receipt with NIP
s, b = nip("p1"), nip("p2")
add("pl_paragon", "pl", "slip", "", f"""
     MARKET BUDOWLANY ŻUBR
    SKŁADY KOWALIK SP. Z O.O.
   ul. Białowieska 90, 17-200 Hajnówka
        NIP {dnip(s)}
2025-10-17                 nr wydr. 004512
        PARAGON FISKALNY
Gips szpachl. 20kg   2 x34,90    69,80 A
Wiertło SDS 8mm      1 x12,50    12,50 A
Rękawice             3 x 4,99    14,97 B
----------------------------------------
SPRZED. OPOD. PTU A              82,30
KWOTA PTU A 23%                  15,39
SPRZED. OPOD. PTU B              14,97
KWOTA PTU B 8%                    1,11
SUMA PTU                         16,50
SUMA PLN                         97,27
----------------------------------------
00088 #KASA 02  KASJER ANNA   14:08
A1B2C3D4E5F60718293A4B5C6D7E8F9012345678
NIP NABYWCY: {b}
{{PL}} CBF 2101998877
Karta płatnicza                  97,27
""", issue_date="2025-10-17", currency="PLN", total_vat="16.50", total_gross="97.27", seller_tax_id=s, buyer_tax_id=b, seller_name="SKŁADY KOWALIK SP. Z O.O.")
s, b, acc = nip("2p1"), nip("2p2"), iban("2p3", "PL")
rows = "".join(f"<tr><td>{i}<td>{n}<td>{q}<td>{u}<td class=r>{p}<td>{d}<td class=r>{w}<td>{r}</tr>" for i, n, q, u, p, d, w, r in [
 (1,"Farba lateksowa biała 10 l","12","szt","129,00","10%","1 393,20","23%"),(2,"Wałek malarski mikrofibra","20","szt","14,50","10%","261,00","23%"),(3,"Podręcznik „Malarz-tapeciarz”","3","szt","62,00","","186,00","5%"),(4,"Szkolenie BHP okresowe","2","os","150,00","","300,00","zw")])
add("pl2_hurt", "pl", "weasyprint", "td{font-size:8.5pt}",
f"""<table class=w><tr><td><b>KOLOR-BIT Spółka Jawna</b><br>B. Nalepa, R. Szot<br>39-300 Mielec, ul. Wojsławska 3<br>Konto: {nrb(acc)} PKO BP<br>NIP {dnip(s)}<td class=r>Mielec, 2025-10-09<br>Data sprzedaży: 2025-10-08</tr></table><h2 style="text-align:center">Faktura VAT sprzedaż FS 1204/10/2025/M1</h2><center>oryginał</center>
<p>Nabywca:<br>Zakład Remontowy PAWBUD Paweł Bieniek<br>Przecław, ul. 3 Maja 9, 39-320 Przecław<br>NIP {dnip(b)}</p>
<table class="b w"><tr><th>Lp<th>Nazwa<th>Ilość<th>Jm<th>Cena przed rab.<th>Rabat<th>Wart. netto po rab.<th>VAT</tr>{rows}</table>
<div class=pb></div><p>FS 1204/10/2025/M1 &nbsp; strona 2 z 2</p>
<table class=b><tr><th>wg stawki VAT<th>wartość netto<th>kwota VAT<th>wartość brutto</tr><tr><td>23%<td>1 654,20<td>380,47<td>2 034,67</tr><tr><td>5%<td>186,00<td>9,30<td>195,30</tr><tr><td>zw.<td>300,00<td>-<td>300,00</tr><tr><td>Razem:<td>2 140,20<td>389,77<td>2 529,97</tr></table>
<p>Sposób zapłaty: przelew 21 dni. Zapłacić do 2025-10-30</p><p style="font-size:12pt">Razem do zapłaty: <b>2 529,97 PLN</b></p><p>Podstawa zwolnienia: art. 43 ust. 1 pkt 29</p><div class=c2><span>............<br>wystawił(a)</span><span>............<br>odebrał(a)</span></div>""",
invoice_number="FS 1204/10/2025/M1", issue_date="2025-10-09", sale_date="2025-10-08", due_date="2025-10-30", currency="PLN", total_net="2140.20", total_vat="389.77", total_gross="2529.97", amount_payable="2529.97", seller_tax_id=s, buyer_tax_id=b, iban=acc, seller_name="KOLOR-BIT Spółka Jawna", buyer_name="Zakład Remontowy PAWBUD Paweł Bieniek", rates=[("23","1654.20","380.47"),("5","186.00","9.30"),("0","300.00","0.00")])
s, b, acc = nip("2q1"), nip("2q2"), iban("2q3", "PL")
add("pl2_leasing", "pl", "placed", "", [
(140, 15, 14, "EUROLIS", "B"), (140, 20, 7, "EuroLis Leasing S.A., ul. Mostowa 3, 50-001 Wrocław"), (140, 24, 7, "NIP " + s + ", REGON 021122334, kapitał zakładowy 12 000 000 zł"),
(20, 40, 10, "„MEBLOSTYL” Andrzej Cichy"), (20, 45, 10, "ul. Tartaczna 15"), (20, 50, 10, "63-600 Kępno"), (20, 60, 9, "NIP: " + dnip(b)),
(20, 72, 13, "FAKTURA nr 25/10/L/048817/12", "B"), (20, 78, 9, "wystawiona dnia 2025-10-01 we Wrocławiu, data sprzedaży 2025-10-01"), (20, 84, 9, "dotyczy umowy leasingu nr 22/04/11987/L, przedmiot: Pilarka formatowa Altendorf F45, nr ser. 88-123"),
(20, 95, 8, "Opis"), (110, 95, 8, "Netto", "r"), (130, 95, 8, "Stawka", "r"), (155, 95, 8, "VAT", "r"), (185, 95, 8, "Brutto", "r"),
(20, 101, 9, "Rata leasingowa 12/48 - część kapitałowa"), (110, 101, 9, "1 872,40", "r"), (130, 101, 9, "23%", "r"), (155, 101, 9, "430,65", "r"), (185, 101, 9, "2 303,05", "r"),
(20, 106, 9, "Rata leasingowa 12/48 - część odsetkowa"), (110, 106, 9, "401,17", "r"), (130, 106, 9, "23%", "r"), (155, 106, 9, "92,27", "r"), (185, 106, 9, "493,44", "r"),
(20, 113, 9, "Ogółem", "B"), (110, 113, 9, "2 273,57", "rB"), (155, 113, 9, "522,92", "rB"), (185, 113, 9, "2 796,49", "rB"),
(20, 124, 11, "Do zapłaty: 2 796,49 PLN", "B"), (20, 130, 9, "Termin płatności: 2025-10-15, przelew na rachunek nr " + nrb(acc)), (20, 136, 8, "Saldo Państwa konta na dzień 2025-09-30: 0,00 PLN. W razie opóźnienia naliczamy odsetki maksymalne za opóźnienie.")],
invoice_number="25/10/L/048817/12", issue_date="2025-10-01", sale_date="2025-10-01", due_date="2025-10-15", currency="PLN", total_net="2273.57", total_vat="522.92", total_gross="2796.49", amount_payable="2796.49", seller_tax_id=s, buyer_tax_id=b, iban=acc, seller_name="EuroLis Leasing S.A.", buyer_name="„MEBLOSTYL” Andrzej Cichy", rates=[("23","2273.57","522.92")])
s, b, acc = nip("2w1"), nip("2w2"), iban("2w3", "PL")
add("pl2_kasowa", "pl", "chromium", "h1{font-size:13pt;background:#246;color:#fff;padding:4px}",
f"""<h1>Faktura 3/11/2025 <small>(metoda kasowa)</small></h1><table class=w><tr><td>Wystawiono: 5 listopada 2025, Opole<br>Wykonano: 31 października 2025<td class=r>Zapłata: przelew bankowy<br>Zapłacić do: 19 listopada 2025</tr></table><br>
<table class=w><tr><td style="width:50%"><small>SPRZEDAWCA</small><br><b>Studio Tańca Piruet Nina Wolska</b><br>pl. Kopernika 2<br>45-040 Opole<br>NIP {s}<br>BNP {nrb(acc)}<td><small>NABYWCA</small><br><b>Szkoła Podstawowa nr 8 im. Noblistów Polskich</b><br>ul. Zielona 14<br>45-301 Opole<br>NIP {b}</tr></table><br>
{T([["Lp.","Usługa","Ilość","Netto","VAT","Brutto"],["1","Zajęcia taneczne – październik","16 godz.","1 920,00","8%","2 073,60"],["2","Wynajem sali","4 godz.","240,00","23%","295,20"]],"w b")}
<p>W tym: netto 2 160,00, VAT 8%: 153,60, VAT 23%: 55,20</p><p>RAZEM 2 368,80 zł &nbsp;&nbsp; ZAPŁACONO 300,00 zł &nbsp;&nbsp; POZOSTAJE <b>2 068,80 zł</b></p>""",
invoice_number="3/11/2025", issue_date="2025-11-05", sale_date="2025-10-31", due_date="2025-11-19", currency="PLN", total_net="2160.00", total_vat="208.80", total_gross="2368.80", amount_payable="2068.80", seller_tax_id=s, buyer_tax_id=b, iban=acc, seller_name="Studio Tańca Piruet Nina Wolska", buyer_name="Szkoła Podstawowa nr 8 im. Noblistów Polskich", rates=[("8","1920.00","153.60"),("23","240.00","55.20")])
