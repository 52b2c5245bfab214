"""The papers: who sold what to whom, and in which form the paper comes. Everything is invented; check digits are right."""
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

import check_digits as n

CENT = Decimal("0.01")


@dataclass
class Party:
    name: str
    country: str
    tax_id: str  # as it stands in XML, without blanks
    street: str
    city: str
    code: str
    shown_id: str = ""  # as printed
    iban: str = ""
    bank: str = ""
    bic: str = ""
    region: str = ""

    def printed_id(self):
        return self.shown_id or self.tax_id


@dataclass
class Line:
    name: str
    quantity: str
    unit: str
    price: str
    rate: str
    code: str = ""

    def net(self):
        return (Decimal(self.quantity) * Decimal(self.price)).quantize(CENT, ROUND_HALF_UP)


@dataclass
class Paper:
    id: str
    form: str  # text | scan | photo | xml | hybrid
    layout: str
    number: str
    issue: str
    sale: str
    due: str
    currency: str
    seller: Party
    buyer: Party
    lines: list
    type: str = "invoice"
    corrects: str = ""
    extra: dict = field(default_factory=dict)

    def brazilian(self):
        return self.seller.country == "BR"

    def rates(self):
        """(rate, net, vat) a rate, highest first; VAT is computed on the sum of the rate. Brazil has no VAT row: ICMS is inside the price."""
        if self.brazilian():
            return []
        nets = {}
        for line in self.lines:
            nets[line.rate] = nets.get(line.rate, Decimal(0)) + line.net()
        rows = sorted(nets.items(), key=lambda row: -Decimal(row[0]))
        return [(rate, net, (net * Decimal(rate) / 100).quantize(CENT, ROUND_HALF_UP)) for rate, net in rows]

    def icms(self):
        """(base, amount): ICMS of all lines, at each line's rate."""
        amount = sum(((line.net() * Decimal(line.rate) / 100).quantize(CENT, ROUND_HALF_UP) for line in self.lines), Decimal(0))
        return self.net(), amount

    def net(self):
        return sum((line.net() for line in self.lines), Decimal(0))

    def vat(self):
        return sum((r[2] for r in self.rates()), Decimal(0))

    def gross(self):
        return self.net() + self.vat()

    def withholding(self):
        return (self.vat() * Decimal(self.extra.get("withheld", "0"))).quantize(CENT, ROUND_HALF_UP)

    def payable(self):
        return self.gross() - self.withholding()


# The office's clients, who buy.
MLYN = Party("Młyn Łódź sp. z o.o.", "PL", n.nip("725180304"), "ul. Młynarska 14", "Łódź", "91-838")
MOARA = Party("Moara Brașov S.R.L.", "RO", n.cui("1890412"), "Str. Morii nr. 7", "Brașov", "500123", region="RO-BV")
MUEHLE = Party("Mühle Görlitz GmbH", "DE", n.ust_id("81234567"), "Mühlweg 3", "Görlitz", "02826")
DEGIRMEN = Party("Değirmen Gıda San. ve Tic. Ltd. Şti.", "TR", n.vkn("273048115"), "Değirmen Sok. No: 5", "İzmir", "35210")
MOINHO = Party("Moinho São João Ltda", "BR", n.cnpj("114447770001"), "Rua do Moinho, 120", "Campinas", "13010-100", region="SP")

# Those who sell.
AGROPOL = Party("Agropol Hurt Zboże S.A.", "PL", n.nip("634012987"), "ul. Spichrzowa 2", "Bydgoszcz", "85-108",
                iban=n.iban("PL", "114020040000310276894512"), bank="mBank S.A.")
KURIER = Party("Szybki Kurier Kowalczyk i Wspólnicy sp. j.", "PL", n.nip("895201443"), "ul. Żołnierska 31/4", "Wrocław", "50-305",
               iban=n.iban("PL", "105015751000009234417803"), bank="ING Bank Śląski")
PAPIERNIK = Party("Papiernik Jolanta Wąsik", "PL", n.nip("778134526"), "ul. Święty Marcin 45", "Poznań", "61-806",
                  iban=n.iban("PL", "109013620000000136428876"), bank="Santander")
STACJA = Party("Stacja Paliw Dąbrówka Sp. z o.o.", "PL", n.nip("526030511"), "ul. Krakowska 210", "Częstochowa", "42-200")
ENERGIA = Party("Energia Zachód Obrót S.A.", "PL", n.nip("851307725"), "al. Piastów 18", "Szczecin", "71-064",
                iban=n.iban("PL", "124039270000000041180095"), bank="Pekao S.A.")
URZAD = Party("Naczelnik Urzędu Skarbowego Łódź-Północ", "PL", "", "ul. Północna 8", "Łódź", "91-420")
TIPOGRAF = Party("Tipograf Transilvan S.R.L.", "RO", n.cui("2736104"), "Bd. Eroilor nr. 21", "Cluj-Napoca", "400129",
                 iban=n.iban("RO", "BTRL0130120266558001"), bank="Banca Transilvania", region="RO-CJ")
DACIA = Party("Dacia Logistic Trans S.A.", "RO", n.cui("1402288"), "Șos. Olteniței nr. 103", "București", "041303",
              iban=n.iban("RO", "RNCB0082004420110001"), bank="BCR", region="RO-B")
MEGA = Party("Băcănia Șerban S.R.L.", "RO", n.cui("3351907"), "Str. Republicii nr. 55", "Brașov", "500030", region="RO-BV")
WALDMANN = Party("Waldmann Verpackungen GmbH", "DE", n.ust_id("29457713"), "Industriestraße 18", "Chemnitz", "09116",
                 iban=n.iban("DE", "870540000012345678"), bank="Sparkasse Chemnitz", bic="CHEKDE81XXX")
ELBTAL = Party("Elbtal Elektro Jürgen Groß e.K.", "DE", n.ust_id("14088236"), "Königsbrücker Str. 77", "Dresden", "01099",
               iban=n.iban("DE", "850503003120004711"), bank="Ostsächsische Sparkasse", bic="OSDDDE81XXX")
BAECKER = Party("Baumarkt Neiße GmbH & Co. KG", "DE", n.ust_id("26677190"), "Zittauer Str. 56", "Görlitz", "02827")
ANADOLU = Party("Anadolu Ambalaj Sanayi A.Ş.", "TR", n.vkn("068421937"), "Organize Sanayi Böl. 12. Cad. No: 8", "Kayseri", "38070",
                iban=n.iban("TR", "0006200011900006672315"), bank="Garanti BBVA")
TEMIZLIK = Party("Işıltı Temizlik Hizmetleri Ltd. Şti.", "TR", n.vkn("481730265"), "Atatürk Cad. No: 214/3", "İzmir", "35220",
                 iban=n.iban("TR", "0001002533081994415001"), bank="Ziraat Bankası")
MARKET = Party("Çınar Kırtasiye Ticaret Ltd. Şti.", "TR", n.vkn("239906418"), "Cumhuriyet Mah. 1. Sok. No: 9", "Manisa", "45020")
TRIGO = Party("Trigo Dourado Comércio de Grãos Ltda", "BR", n.cnpj("045892310001"), "Av. das Indústrias, 1450", "Londrina", "86020-080", region="PR")
LUZ = Party("Gráfica Boa Luz Ltda ME", "BR", n.cnpj("217730640001"), "Rua XV de Novembro, 310", "Campinas", "13015-120", region="SP")
PADARIA = Party("Posto Três Irmãos Ltda", "BR", n.cnpj("330118270001"), "Rod. Anhanguera, km 98", "Campinas", "13065-900", region="SP")
CLOUDY = Party("Harbour Cloud Services Ltd", "IE", "IE8412097K", "12 Custom House Quay", "Dublin", "D01 X4P2",
               iban=n.iban("IE", "BOFI90139812345678"), bank="Bank of Ireland", bic="BOFIIE2DXXX")

PAPERS = [
    # Poland
    Paper("pl/hurtownia-zboza", "text", "grid", "FV/27/10/2026", "2026-10-28", "2026-10-26", "2026-11-11", "PLN", AGROPOL, MLYN,
          [Line("Pszenica konsumpcyjna kl. A", "12.500", "t", "985.00", "5"), Line("Transport do magazynu", "1", "usł.", "640.00", "23"),
           Line("Worki jutowe 50 kg", "40", "szt.", "7.35", "23")]),
    Paper("pl/kurier", "text", "letter", "2026/11/0184/K", "2026-11-03", "2026-10-31", "2026-11-17", "PLN", KURIER, MLYN,
          [Line("Usługi kurierskie za październik 2026", "1", "kpl.", "1284.90", "23"), Line("Opłata paliwowa", "1", "kpl.", "141.34", "23")]),
    Paper("pl/papiernik-skan", "scan", "grid", "FS 512/2026", "2026-10-15", "2026-10-15", "2026-10-29", "PLN", PAPIERNIK, MLYN,
          [Line("Papier ksero A4 80 g", "30", "ryza", "18.90", "23"), Line("Toner HP 106A", "2", "szt.", "219.00", "23"),
           Line("Książka „Młynarstwo”", "1", "szt.", "54.00", "5")]),
    Paper("pl/paragon-stacja", "photo", "receipt", "W018472", "2026-11-05", "2026-11-05", "", "PLN", STACJA, MLYN,
          [Line("ON Diesel", "46.12", "l", "5.227642", "23")], type="receipt"),
    Paper("pl/energia-ksef", "xml", "fa3", "EZ/2026/10/77120", "2026-10-31", "2026-10-31", "2026-11-14", "PLN", ENERGIA, MLYN,
          [Line("Energia elektryczna czynna", "2210", "kWh", "0.6212", "23"), Line("Opłata handlowa", "1", "mies.", "25.00", "23")],
          extra={"split_payment": True}),
    Paper("pl/agropol-korekta", "xml", "fa3", "KOR/3/11/2026", "2026-11-06", "2026-11-06", "2026-11-20", "PLN", AGROPOL, MLYN,
          [Line("Worki jutowe 50 kg", "-10", "szt.", "7.35", "23")], type="credit_note", corrects="FV/27/10/2026"),
    Paper("pl/pismo-urzad", "text", "office-letter", "1435-SKA.4103.88.2026", "2026-11-02", "", "", "PLN", URZAD, MLYN, [], type="letter"),
    # Romania
    Paper("ro/tipograf", "text", "grid", "TTR 2026-1187", "2026-10-20", "2026-10-20", "2026-11-04", "RON", TIPOGRAF, MOARA,
          [Line("Etichete autocolante făină 1 kg", "5000", "buc", "0.18", "21"), Line("Pliante A5 color", "1500", "buc", "0.62", "21")]),
    Paper("ro/tipograf-scan", "scan", "letter", "TTR 2026-1203", "2026-11-02", "2026-11-02", "2026-11-17", "RON", TIPOGRAF, MOARA,
          [Line("Cutii carton imprimate", "800", "buc", "2.45", "21"), Line("Carte „Morile Ardealului”", "4", "buc", "65.00", "11")]),
    Paper("ro/bon-bacanie", "photo", "receipt", "0047", "2026-11-04", "2026-11-04", "", "RON", MEGA, MOARA,
          [Line("Cafea măcinată 250 g", "2", "buc", "24.324324", "11"), Line("Pahare carton", "3", "set", "9.090909", "21")], type="receipt"),
    Paper("ro/dacia-efactura", "xml", "ubl-ro", "DLT0009921", "2026-10-30", "2026-10-30", "2026-11-29", "RON", DACIA, MOARA,
          [Line("Transport marfă Brașov - Constanța", "1", "cursă", "3150.00", "21"), Line("Manipulare paleți", "24", "palet", "12.50", "21")]),
    Paper("ro/dacia-spv", "hybrid", "ubl-ro", "DLT0009958", "2026-11-09", "2026-11-09", "2026-12-09", "RON", DACIA, MOARA,
          [Line("Transport marfă Brașov - Sibiu", "2", "cursă", "980.00", "21")]),
    # Germany
    Paper("de/waldmann", "text", "letter", "RE-2026-10442", "2026-10-22", "2026-10-20", "2026-11-21", "EUR", WALDMANN, MUEHLE,
          [Line("Papiersäcke 25 kg, bedruckt", "3000", "Stk", "0.47", "19"), Line("Palettenfolie", "18", "Rolle", "11.95", "19")]),
    Paper("de/elbtal-scan", "scan", "grid", "20261071", "2026-10-12", "2026-10-08", "2026-10-26", "EUR", ELBTAL, MUEHLE,
          [Line("Wartung Schaltschrank Mühlenantrieb", "6.5", "Std", "72.00", "19"), Line("Anfahrt", "1", "psch", "45.00", "19")]),
    Paper("de/baumarkt-bon", "photo", "receipt", "4711-0932", "2026-11-06", "2026-11-06", "", "EUR", BAECKER, MUEHLE,
          [Line("Schrauben 5x60 200 St", "2", "Pk", "10.882353", "19"), Line("Arbeitshandschuhe", "3", "Paar", "5.033613", "19")], type="receipt"),
    Paper("de/waldmann-xrechnung", "xml", "cii-xrechnung", "RE-2026-10517", "2026-11-04", "2026-11-02", "2026-12-04", "EUR", WALDMANN, MUEHLE,
          [Line("Papiersäcke 5 kg, bedruckt", "8000", "Stk", "0.19", "19")]),
    Paper("de/elbtal-zugferd", "hybrid", "cii-facturx", "20261104", "2026-11-05", "2026-11-03", "2026-11-19", "EUR", ELBTAL, MUEHLE,
          [Line("Austausch Frequenzumrichter", "1", "Stk", "1890.00", "19"), Line("Montage", "5", "Std", "72.00", "19"),
           Line("Fachbuch Elektrosicherheit", "1", "Stk", "39.25", "7")]),
    Paper("de/harbour-cloud", "text", "letter-en", "INV-88201", "2026-11-01", "2026-10-31", "2026-11-15", "EUR", CLOUDY, MUEHLE,
          [Line("Virtual server, October 2026", "1", "month", "84.00", "23"), Line("Backup storage 500 GB", "1", "month", "19.50", "23")]),
    # Türkiye
    Paper("tr/anadolu", "text", "grid", "ANA2026000001482", "2026-10-19", "2026-10-19", "2026-11-18", "TRY", ANADOLU, DEGIRMEN,
          [Line("Un çuvalı 50 kg baskılı", "2500", "Adet", "14.80", "20"), Line("Streç film", "40", "Rulo", "96.50", "20")],
          # The row of totals bears the label of the net total alone: the net is read as the gross until the reader minds the columns.
          extra={"ettn": "6f1d3c52-8b7e-4c0a-9a51-2d4e7b90c311", "reported": ["total_net"]}),
    Paper("tr/isilti-tarama", "scan", "letter", "IST2026000000217", "2026-10-31", "2026-10-31", "2026-11-15", "TRY", TEMIZLIK, DEGIRMEN,
          [Line("Fabrika temizlik hizmeti Ekim 2026", "1", "Ay", "18500.00", "20")], extra={"ettn": "b3a0c7de-52f4-4f0e-8d13-90e6aa4417f2"}),
    Paper("tr/kirtasiye-fis", "photo", "receipt", "0063", "2026-11-05", "2026-11-05", "", "TRY", MARKET, DEGIRMEN,
          [Line("Dosya klasör", "6", "Adet", "62.50", "20"), Line("Kitap", "1", "Adet", "180.00", "10")], type="receipt"),
    Paper("tr/isilti-tevkifat", "xml", "ubl-tr", "IST2026000000231", "2026-11-07", "2026-11-07", "2026-11-22", "TRY", TEMIZLIK, DEGIRMEN,
          [Line("Silo temizlik hizmeti", "1", "Adet", "24000.00", "20")],
          extra={"withheld": "0.9", "ettn": "0d9b7a64-31c8-4e65-b7f8-5c1e62ad0f90"}),
    Paper("tr/anadolu-efatura", "hybrid", "ubl-tr", "ANA2026000001533", "2026-11-10", "2026-11-10", "2026-12-10", "TRY", ANADOLU, DEGIRMEN,
          [Line("Kraft torba 5 kg", "10000", "Adet", "3.15", "20")], extra={"ettn": "f7c2e1b8-0a43-4d9c-8be0-7719d35c2a06"}),
    # Brazil
    Paper("br/trigo-danfe", "text", "danfe", "18344", "2026-10-21", "2026-10-21", "2026-11-20", "BRL", TRIGO, MOINHO,
          [Line("TRIGO EM GRAO TIPO 1", "28000", "KG", "1.42", "12", "1001"), Line("FARELO DE TRIGO", "3000", "KG", "0.98", "12", "1002")]),
    Paper("br/grafica-scan", "scan", "danfe", "902", "2026-10-29", "2026-10-29", "2026-11-28", "BRL", LUZ, MOINHO,
          [Line("ROTULO FARINHA 1KG", "20000", "UN", "0.09", "18", "R01"), Line("FOLDER A4", "500", "UN", "1.15", "18", "F02")]),
    Paper("br/posto-cupom", "photo", "receipt", "55120", "2026-11-06", "2026-11-06", "", "BRL", PADARIA, MOINHO,
          [Line("DIESEL S10", "62.4", "L", "6.09", "0")], type="receipt"),
    Paper("br/trigo-nfe", "xml", "nfe", "18391", "2026-11-03", "2026-11-03", "2026-12-03", "BRL", TRIGO, MOINHO,
          [Line("TRIGO EM GRAO TIPO 1", "14000", "KG", "1.45", "12", "1001")]),
    Paper("br/grafica-nfe", "hybrid", "nfe", "917", "2026-11-10", "2026-11-10", "2026-12-10", "BRL", LUZ, MOINHO,
          [Line("SACO KRAFT IMPRESSO 5KG", "4000", "UN", "0.74", "18", "S05")]),
]

# Photos of several papers at once, and the table they lie on.
TOGETHER = [
    ("pl/paragony-dwa", "dark", [
        Paper("", "photo", "receipt", "W018533", "2026-11-12", "2026-11-12", "", "PLN", STACJA, MLYN, [Line("ON Diesel", "38.40", "l", "5.227642", "23")], type="receipt"),
        Paper("", "photo", "receipt", "000417", "2026-11-13", "2026-11-13", "", "PLN", PAPIERNIK, MLYN,
              [Line("Papier ksero A4", "5", "ryza", "18.90", "23"), Line("Kalendarz 2027", "2", "szt.", "21.463415", "23")], type="receipt")]),
    ("ro/bonuri-trei", "light", [
        Paper("", "photo", "receipt", "0112", "2026-11-10", "2026-11-10", "", "RON", MEGA, MOARA,
              [Line("Cafea măcinată 250 g", "1", "buc", "24.324324", "11"), Line("Șervețele", "4", "buc", "5.454545", "21")], type="receipt"),
        Paper("", "photo", "receipt", "0875", "2026-11-11", "2026-11-11", "", "RON", TIPOGRAF, MOARA, [Line("Copii A4 color", "120", "buc", "0.70", "21")], type="receipt"),
        Paper("", "photo", "receipt", "2231", "2026-11-11", "2026-11-11", "", "RON", DACIA, MOARA, [Line("Colet Brașov - Cluj", "2", "buc", "18.20", "21")], type="receipt")]),
]
