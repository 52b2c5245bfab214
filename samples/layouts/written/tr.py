"""Turkish papers."""
from . import T, add, g4, iban, vkn

s, b, acc = vkn("t1"), vkn("t2"), iban("t3", "TR")
add("tr_tevkifat", "tr", "chromium", "body{font-size:8.5pt}.x td,.x th{border:.5pt solid #999}",
f"""<table class=w><tr><td style="width:40%"><b>PARLAK ENTEGRE TESİS YÖNETİMİ A.Ş.</b><br>Barbaros Bulvarı No:74/5 Beşiktaş/İstanbul<br>Tel: 0212 555 12 34<br>Vergi Dairesi: BEŞİKTAŞ<br>VKN: {s}<br>Mersis No: 0721034567800015<td style="text-align:center"><b>e-FATURA</b><td style="width:35%">{T([["Özelleştirme No:","TR1.2"],["Senaryo:","TICARIFATURA"],["Fatura Tipi:","TEVKIFAT"],["Fatura No:","PRL2025000000417"],["Fatura Tarihi:","31-10-2025"],["Son Ödeme Tarihi:","30-11-2025"]],"x")}</tr></table>
<p>SAYIN<br><b>KARTAL LOJİSTİK VE DEPOCULUK LİMİTED ŞİRKETİ</b><br>Yakacık Yeni Mah. Anadolu Cad. No:52<br>Kartal/ İstanbul<br>Vergi Dairesi: KARTAL<br>VKN: {b}</p><p>ETTN: 3f2b8c10-7a4d-4e22-9b1c-0a6d5e8f7712</p>
{T([["Sıra No","Mal Hizmet","Miktar","Birim Fiyat","KDV Oranı","KDV Tutarı","Mal Hizmet Tutarı"],["1","Ekim 2025 dönemi temizlik hizmeti (6 personel)","1 Adet","185.000,00 TL","%20,00","37.000,00 TL","185.000,00 TL"],["2","Ekim 2025 güvenlik hizmeti","1 Adet","92.500,00 TL","%20,00","18.500,00 TL","92.500,00 TL"]],"x w nr")}
<table class=x style="float:right;margin-top:6pt"><tr><td>Mal Hizmet Toplam Tutarı<td class=r>277.500,00 TL</tr><tr><td>Toplam İskonto<td class=r>0,00 TL</tr><tr><td>Hesaplanan KDV(%20)<td class=r>55.500,00 TL</tr><tr><td>Tevkifata Tabi İşlem Tutarı(9/10)<td class=r>277.500,00 TL</tr><tr><td>Hesaplanan KDV Tevkifat(%90)<td class=r>49.950,00 TL</tr><tr><td>Vergiler Dahil Toplam Tutar<td class=r>333.000,00 TL</tr><tr><td>Ödenecek Tutar<td class=r>283.050,00 TL</tr></table>
<div style="clear:both"><p>Yalnız #İkiYüzSeksenÜçBinElliTL#dir.</p><p>Not: 612 - Temizlik hizmeti, 614 - Güvenlik. {g4(acc)} Garanti BBVA</p></div>""",
invoice_number="PRL2025000000417", issue_date="2025-10-31", due_date="2025-11-30", currency="TRY", total_net="277500.00", total_vat="55500.00", total_gross="333000.00", amount_payable="283050.00", seller_tax_id=s, buyer_tax_id=b, iban=acc, ettn="3f2b8c10-7a4d-4e22-9b1c-0a6d5e8f7712", seller_name="PARLAK ENTEGRE TESİS YÖNETİMİ A.Ş.", buyer_name="KARTAL LOJİSTİK VE DEPOCULUK LİMİTED ŞİRKETİ", rates=[("20", "277500.00", "55500.00")])
s, b = vkn("t4"), vkn("t5")
add("tr_elektrik", "tr", "placed", "", [
(15, 16, 13, "ANADOLU PERAKENDE ELEKTRİK SATIŞ A.Ş.", "B"), (15, 21, 7, "Çınar Mah. 1012 Sok. No:3 Çukurova/ADANA   V.D. ZİYAPAŞA  V.No: " + s),
(130, 30, 9, "Fatura No"), (195, 30, 9, "APE2025001234567", "r"), (130, 35, 9, "Fatura Tarihi"), (195, 35, 9, "18.10.2025", "r"), (130, 40, 9, "Son Ödeme Tarihi"), (195, 40, 9, "28.10.2025", "r"), (130, 45, 9, "Ödenecek Tutar"), (195, 45, 11, "2.486,40 TL", "rB"),
(15, 32, 9, "Sayın"), (15, 37, 10, "MEHMET USTA DÖNER GIDA SAN. TİC. LTD. ŞTİ.", "B"), (15, 42, 9, "Reşatbey Mah. Cumhuriyet Cad. 14/A Seyhan ADANA"), (15, 47, 9, "Vergi No: " + b), (15, 52, 9, "Sözleşme Hesap No: 1002345678"), (15, 57, 9, "Tesisat No: 4410098765"),
(15, 68, 9, "Tarife: Ticarethane AG Tek Terim"), (15, 73, 9, "İlk Okuma Tarihi 16.09.2025   Son Okuma Tarihi 17.10.2025   Gün 31"),
(15, 85, 9, "Enerji Bedeli (Gündüz)"), (80, 85, 9, "412,000 kWh", "r"), (110, 85, 9, "2,915400", "r"), (150, 85, 9, "1.201,14", "r"), (15, 90, 9, "Dağıtım Bedeli"), (80, 90, 9, "412,000 kWh", "r"), (110, 90, 9, "1,951700", "r"), (150, 90, 9, "804,10", "r"), (15, 95, 9, "Belediye Tüketim Vergisi (%5)"), (150, 95, 9, "66,76", "r"),
(15, 102, 9, "KDV Matrahı"), (150, 102, 9, "2.072,00", "r"), (15, 107, 9, "KDV (%20)"), (150, 107, 9, "414,40", "r"), (15, 112, 9, "Fatura Tutarı", "B"), (150, 112, 9, "2.486,40", "rB"), (15, 117, 9, "Önceki Dönem Borcu"), (150, 117, 9, "0,00", "r"), (15, 122, 9, "Gecikme Zammı"), (150, 122, 9, "0,00", "r"), (15, 127, 9, "Yuvarlama"), (150, 127, 9, "0,00", "r"), (15, 133, 10, "ÖDENECEK TUTAR", "B"), (150, 133, 10, "2.486,40 TL", "rB"),
(15, 145, 7, "Faturanızı son ödeme tarihine kadar ödemediğiniz takdirde gecikme zammı uygulanır ve enerjiniz kesilebilir."), (15, 270, 7, "ETTN: 8d1f0b7e-55aa-4c1d-8f0e-3b2a19c4d5e6")],
invoice_number="APE2025001234567", issue_date="2025-10-18", due_date="2025-10-28", currency="TRY", total_vat="414.40", total_gross="2486.40", amount_payable="2486.40", seller_tax_id=s, buyer_tax_id=b, ettn="8d1f0b7e-55aa-4c1d-8f0e-3b2a19c4d5e6", seller_name="ANADOLU PERAKENDE ELEKTRİK SATIŞ A.Ş.", buyer_name="MEHMET USTA DÖNER GIDA SAN. TİC. LTD. ŞTİ.")
s, acc = vkn("t6"), iban("t7", "TR")
add("tr_ihracat", "tr", "weasyprint", "",
f"""<div class=c2><div><b>NAZİK TEKSTİL DIŞ TİCARET LTD. ŞTİ.</b><br>Nişancı Mah. Feshane Cad. 3/1 Eyüpsultan / İSTANBUL<br>VD: Bayrampaşa VN: {s}</div><div class=r><b>COMMERCIAL INVOICE / İHRACAT FATURASI</b><br>No: NZK2025000000031<br>Date / Tarih: 09.09.2025</div></div><hr>
<p>Buyer / Alıcı:<br><b>Moda Heller GmbH</b><br>Königsallee 12<br>40212 Düsseldorf, GERMANY</p>
{T([["Description of goods","HS Code","Quantity","Unit","Unit price USD","Total USD"],["Ladies cotton T-shirts","6109.10","1,200","pcs","3.45","4,140.00"],["Men's knitted trousers","6103.42","400","pcs","6.90","2,760.00"]],"b w nr")}
<table style="float:right"><tr><td>Total FOB Istanbul<td class=r>USD 6,900.00</tr><tr><td>Freight<td class=r>USD 310.00</tr><tr><td><b>Total CFR Hamburg</b><td class=r><b>USD 7,210.00</b></tr></table>
<div style="clear:both">KDV Kanunu 11/1-a maddesi gereği KDV'den istisnadır. Kur: 1 USD = 41,2715 TL<br>TL karşılığı: 297.567,52 TL<br>Gross weight 612 kg, net weight 580 kg, 34 cartons<br>Delivery: CFR Hamburg. Payment: cash against goods, 60 days.<br>Bank: Türkiye İş Bankası, IBAN {g4(acc)}</div>""",
invoice_number="NZK2025000000031", issue_date="2025-09-09", currency="USD", total_gross="7210.00", seller_tax_id=s, iban=acc, seller_name="NAZİK TEKSTİL DIŞ TİCARET LTD. ŞTİ.", buyer_name="Moda Heller GmbH")
s, b = vkn("t8"), vkn("t9")
add("tr_gsm", "tr", "chromium", ".k{background:#e8f0ff;padding:6px}",
f"""<div class=c2><div style="font-size:18pt;color:#039">fonhat</div><div>Fonhat İletişim Hizmetleri A.Ş.<br>Esentepe Mah. Kule Sok. 16 Şişli İstanbul<br>Büyük Mükellefler V.D. {s}</div></div>
<div class="k c2"><div>Fatura Dönemi: Ekim 2025<br>Fatura Kesim Tarihi: 01/11/2025<br>Fatura Seri / Sıra No: FHN2025011223344</div><div>Son Ödeme Tarihi<br><b>15/11/2025</b></div><div>Ödenecek Tutar<br><b>573,10 TL</b></div></div>
<p>Sn. DENİZ KAYA MİMARLIK LTD. ŞTİ.<br>Kızılay Mah. Ziya Gökalp Cad. 8/14 Çankaya Ankara<br>VKN {b}<br>Hizmet No: 5321112233</p>
<table style="width:60%"><tr><td>Tarife Ücreti<td class=r>420,00</tr><tr><td>Paket Aşım<td class=r>21,00</tr><tr><td>Toplam (vergiler hariç)<td class=r>441,00</tr><tr><td>KDV (%20)<td class=r>88,20</tr><tr><td>ÖİV (%10)<td class=r>44,10</tr><tr><td>Fatura Toplamı<td class=r>573,30</tr><tr><td>Bir önceki aydan küsurat<td class=r>-0,20</tr><tr><td><b>Ödenecek Tutar</b><td class=r><b>573,10</b></tr></table>
<p>Yalnız BeşYüzYetmişÜç TL On Kuruş</p>""",
invoice_number="FHN2025011223344", issue_date="2025-11-01", due_date="2025-11-15", currency="TRY", total_net="441.00", total_gross="573.30", amount_payable="573.10", seller_tax_id=s, buyer_tax_id=b, seller_name="Fonhat İletişim Hizmetleri A.Ş.", buyer_name="DENİZ KAYA MİMARLIK LTD. ŞTİ.")
s = vkn("t10")
add("tr_slip", "tr", "slip", "", f"""
        LEZZET LOKANTASI
   HASAN ÇETİN VE ORTAKLARI
   Kemeraltı Cad. 41 Karaköy
   BEYOĞLU V.D. {s}
TARİH: 12.10.2025   SAAT: 13:22
FİŞ NO: 0147
MERCİMEK ÇORBA   2 X 90,00
                 %10        *180,00
ADANA DÜRÜM      %10        *310,00
AYRAN            %10         *45,00
------------------------------------
TOPKDV                       *48,64
TOPLAM                      *535,00
KREDİ KARTI                 *535,00
------------------------------------
EKÜ NO 0002   Z NO 1877
MF AB 10012345
""", invoice_number="0147", issue_date="2025-10-12", currency="TRY", total_vat="48.64", total_gross="535.00", seller_tax_id=s, seller_name="LEZZET LOKANTASI HASAN ÇETİN VE ORTAKLARI")
s, b, acc = vkn("2t1"), vkn("2t2"), iban("2t3", "TR")
add("tr2_smm", "tr", "chromium", "td{padding:3px 6px}",
f"""<center><h2>e-SERBEST MESLEK MAKBUZU</h2></center><div class=c2><div><b>AV. SELİN AKÇAY</b><br>Akçay Hukuk Bürosu<br>Mithatpaşa Cad. 30/7 Kızılay ANKARA<br>Mithatpaşa Vergi Dairesi – {s}</div><div><table class=b><tr><td>Makbuz No<td>SMM2025000000088</tr><tr><td>Tarih<td>03/11/2025</tr><tr><td>Saat<td>11:20</tr></table></div></div>
<p>Sayın: <b>BOZKIR YAPI KOOPERATİFİ</b><br>Eryaman Mah. 4. Cad. No:2 Etimesgut ANKARA<br>Etimesgut V.D. {b}</p>
{T([["Açıklama","Tutar"],["Dava vekalet ücreti – 2025/418 E.","60.000,00 TL"]],"b w")}
<table class=b style="float:right;margin-top:8px"><tr><td>Brüt Ücret<td class=r>60.000,00 TL</tr><tr><td>Gelir Vergisi Stopajı (%20)<td class=r>12.000,00 TL</tr><tr><td>Net Ücret<td class=r>48.000,00 TL</tr><tr><td>KDV (%20)<td class=r>12.000,00 TL</tr><tr><td>Tahsil Edilen Toplam<td class=r>60.000,00 TL</tr></table><p style="clear:both">Yalnız AltmışBin TL tahsil edilmiştir. {g4(acc)}</p>""",
invoice_number="SMM2025000000088", issue_date="2025-11-03", currency="TRY", total_net="60000.00", total_vat="12000.00", amount_payable="60000.00", seller_tax_id=s, buyer_tax_id=b, iban=acc, seller_name="AV. SELİN AKÇAY", buyer_name="BOZKIR YAPI KOOPERATİFİ")
s, b = vkn("2s1"), "11111111110"
add("tr2_eticaret", "tr", "weasyprint", "table.k td{border-bottom:.5pt solid #ccc}",
f"""<table class=w><tr><td><b>PATİDÜKKAN E-TİCARET LTD. ŞTİ.</b><br>Yenişehir Mah. Osmanlı Blv. 9 Pendik İSTANBUL<br>V.D.: Pendik &nbsp; VKN: {s}<br>destek@patidukkan.example<td style="text-align:center"><h3>e-Arşiv Fatura</h3><td><table class=k><tr><td>Fatura Numarası<td>PTD2025000031145</tr><tr><td>Düzenleme Tarihi<td>22.10.2025 15:44</tr><tr><td>Sipariş Numarası<td>9912034455</tr><tr><td>Kargo<td>Aras Kargo</tr></table></tr></table>
<p>Alıcı:<br><b>Ozan Demirci Veteriner Kliniği</b><br>Bahçelievler Mah. 7. Sk. No:12/A Ümraniye İstanbul</p>
<table class="k w"><tr><th>Ürün<th>Adet<th>Birim Fiyat<th>İndirim<th>KDV<th>Tutar</tr><tr><td>Kedi maması somonlu 15 kg<td>2<td>1.250,00 TL<td>250,00 TL<td>%10<td>2.250,00 TL</tr><tr><td>Kedi kumu 10 L<td>4<td>160,00 TL<td>40,00 TL<td>%20<td>600,00 TL</tr></table>
<table class=k style="margin-left:110mm"><tr><td>Ara Toplam (İndirim öncesi)<td class=r>3.140,00 TL</tr><tr><td>Toplam İndirim<td class=r>-290,00 TL</tr><tr><td>KDV Matrahı<td class=r>2.850,00 TL</tr><tr><td>KDV %10<td class=r>225,00 TL</tr><tr><td>KDV %20<td class=r>120,00 TL</tr><tr><td><b>Genel Toplam</b><td class=r><b>3.195,00 TL</b></tr></table><p>Ödeme: Kredi Kartı. İrsaliye yerine geçer. Bu satış internet üzerinden yapılmıştır.</p>""",
invoice_number="PTD2025000031145", issue_date="2025-10-22", currency="TRY", total_net="2850.00", total_vat="345.00", total_gross="3195.00", seller_tax_id=s, seller_name="PATİDÜKKAN E-TİCARET LTD. ŞTİ.", buyer_name="Ozan Demirci Veteriner Kliniği", rates=[("10","2250.00","225.00"),("20","600.00","120.00")])
