"""Invented papers: who sold what to whom. Tax ids and accounts have right check digits; every draw follows from a name."""
import random
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "generate"))
import check_digits as check  # noqa: E402

CENT = Decimal("0.01")
KINDS = ("plain", "rates", "exempt", "special", "paid", "credit", "discount", "many")


def cents(value):
    return value.quantize(CENT, ROUND_HALF_UP)


@dataclass
class Party:
    name: str
    street: str
    code: str
    city: str
    country: str
    tax_id: str      # normalised
    shown: str       # as printed
    local: str = ""  # a second number (Steuernummer, J number, tax office, SIRET, IE)
    iban: str = ""
    bic: str = ""
    bank: str = ""
    mail: str = ""
    phone: str = ""


@dataclass
class Line:
    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    rate: Decimal
    discount: Decimal = Decimal(0)  # percent
    code: str = ""

    @property
    def net(self):
        return cents(self.quantity * self.price * (100 - self.discount) / 100)

    @property
    def vat(self):
        return cents(self.net * self.rate / 100)

    @property
    def gross(self):
        return self.net + self.vat


@dataclass
class Paper:
    kind: str
    lang: str
    number: str
    issue: date
    sale: date
    due: date
    currency: str
    seller: Party
    buyer: Party
    lines: list
    corrects: str = ""
    order: str = ""
    paid: Decimal = Decimal(0)
    withheld: Decimal = Decimal(0)
    reverse: bool = False
    split: bool = False
    extra: dict = field(default_factory=dict)

    @property
    def rates(self):
        """Rows (rate, net, vat), highest rate first; VAT on the sum of the rate."""
        nets = {}
        for line in self.lines:
            nets[line.rate] = nets.get(line.rate, Decimal(0)) + line.net
        return [(r, n, cents(n * r / 100)) for r, n in sorted(nets.items(), reverse=True)]

    @property
    def net(self):
        return sum((r[1] for r in self.rates), Decimal(0))

    @property
    def vat(self):
        return sum((r[2] for r in self.rates), Decimal(0))

    @property
    def gross(self):
        return self.net + self.vat

    @property
    def payable(self):
        return self.gross - self.paid - self.withheld


def digits(rng, count):
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))


def nip(rng):
    while True:
        try:
            return check.nip(digits(rng, 9))
        except AssertionError:
            continue


def siren(rng):
    """SIREN (Luhn) with its VAT key: FR + (12 + 3 * (SIREN mod 97)) mod 97."""
    stem = digits(rng, 8)
    total = sum(sum(divmod(int(d) * (2 if i % 2 else 1), 10)) for i, d in enumerate(stem))
    number = stem + str(-total % 10)
    return number, f"FR{(12 + 3 * (int(number) % 97)) % 97:02d}{number}"


def gb_vat(rng):
    """Mod 97 with 55, as numbers from 2010 on."""
    stem = digits(rng, 7)
    total = sum(int(d) * w for d, w in zip(stem, range(8, 1, -1))) + 55
    return stem + f"{97 - total % 97:02d}"


def iban(rng, country):
    account = {"PL": lambda: digits(rng, 24), "RO": lambda: rng.choice(["BTRL", "RNCB", "INGB"]) + digits(rng, 16),
               "TR": lambda: "000" + digits(rng, 2) + "0" + digits(rng, 16), "DE": lambda: digits(rng, 18),
               "FR": lambda: digits(rng, 23), "GB": lambda: "NWBK" + digits(rng, 14)}.get(country)
    return check.iban(country, account()) if account else ""


NAMES = {
    "pl": (["Stolarnia Dębowy Kąt Sp. z o.o.", "Kowalczyk i Wspólnicy s.c.", "Jan Zieliński Usługi Remontowe", "HURT-MAX S.A.",
            "Biuro Projektowe Łuk Anna Wójcik", "TransKurier Sp. z o.o. Sp. k.", "Piekarnia Żytnia Marek Lis", "Agencja Reklamowa Kropka Sp. z o.o.",
            "Elektro-Serwis Paweł Nowak", "Zakład Ślusarski Trybik", "Gabinet Weterynaryjny Łapa lek. wet. Ewa Sroka", "PPHU ROLMECH Stanisław Duda"],
           ["ul. Długa 5/7", "ul. Młyńska 12A", "al. Jerozolimskie 144", "os. Słoneczne 3 m. 14", "Rynek 8", "ul. ks. Popiełuszki 21"],
           [("00-238", "Warszawa"), ("30-002", "Kraków"), ("61-701", "Poznań"), ("80-244", "Gdańsk"), ("90-410", "Łódź"), ("35-030", "Rzeszów")]),
    "tr": (["Yıldız Mobilya Sanayi ve Ticaret Ltd. Şti.", "Akdeniz Gıda Pazarlama A.Ş.", "Ahmet Yılmaz", "ÖZGÜR İNŞAAT TAAHHÜT SAN. VE TİC. LTD. ŞTİ.",
            "Mavi Bilişim Hizmetleri Anonim Şirketi", "Çelik Kardeşler Otomotiv", "Güneş Temizlik Hizmetleri Limited Şirketi", "Ege Ambalaj San. Tic. A.Ş.",
            "Işık Elektrik - Mehmet Işık", "Kuzey Lojistik A.Ş."],
           ["Atatürk Cad. No:15 Kat:3", "Cumhuriyet Mah. Gül Sok. No: 7/2", "Organize Sanayi Bölgesi 4. Cadde No 22", "İstiklal Mah. 1203 Sk. No:4"],
           [("34387", "Şişli / İSTANBUL"), ("06420", "Çankaya / ANKARA"), ("35210", "Konak / İZMİR"), ("07040", "Muratpaşa / ANTALYA"), ("16110", "Nilüfer / BURSA")]),
    "ro": (["Brutăria Soarelui SRL", "S.C. CONSTRUCT NORD S.R.L.", "Popescu Ion PFA", "Grădina Verde SRL-D", "TehnoServ Impex S.A.", "Întreprindere Individuală Marin Elena",
            "Atelier Țesături Fine SRL", "Cabinet de Avocat Ionescu Dan", "Auto Șurub S.R.L.", "Lumina Media Group SRL"],
           ["Str. Mihai Eminescu nr. 14, bl. A2, ap. 7", "Bd. Unirii 45", "Str. Gării nr. 3", "Calea Moșilor 221, sc. B", "Șos. Olteniței 88"],
           [("030167", "București"), ("400001", "Cluj-Napoca"), ("300223", "Timișoara"), ("700505", "Iași"), ("900178", "Constanța")]),
    "de": (["Tischlerei Waldmann GmbH", "Müller & Söhne OHG", "Ingenieurbüro Dr. Krause", "Elbtal Getränke GmbH & Co. KG", "Gasthaus Zur Linde, Inh. Petra Maier",
            "Sonnenschein Gebäudereinigung", "Webstudio Nordlicht UG (haftungsbeschränkt)", "Großhandel Schäfer e.K.", "Hausverwaltung Böhm", "Druckerei Pfeil GmbH"],
           ["Hauptstraße 12", "Am Mühlbach 3a", "Lindenallee 101", "Industriestr. 44", "Goethestraße 7"],
           [("01067", "Dresden"), ("80331", "München"), ("20095", "Hamburg"), ("50667", "Köln"), ("04109", "Leipzig"), ("70173", "Stuttgart")]),
    "br": (["Padaria Trigo Dourado Ltda", "COMERCIO DE FERRAGENS SAO JORGE LTDA ME", "Gráfica Boa Impressão EIRELI", "Maria Aparecida da Silva MEI", "Auto Peças União S.A.",
            "Clínica Sorriso Odontologia Ltda", "TECNOLOGIA E SISTEMAS ALFA LTDA", "Transportadora Rio Verde Ltda", "Consultoria Horizonte S/S Ltda", "Mercado Bom Preço Ltda - EPP"],
           ["Rua das Flores, 123", "Av. Paulista, 1578 - Cj 42", "Rua XV de Novembro, 900", "Rod. BR-116, Km 12", "Travessa da Matriz, 45"],
           [("01310-200", "São Paulo - SP"), ("80020-310", "Curitiba - PR"), ("20040-002", "Rio de Janeiro - RJ"), ("30130-010", "Belo Horizonte - MG")]),
    "en": (["Harbour Cloud Ltd", "Smith & Daughters Catering", "Oakfield Joinery Limited", "J. Patel Consulting", "Northern Paper Supplies plc", "Green Lane Garage",
            "Brightwater Design Studio", "Thistle IT Services Ltd", "The Corner Bakery", "Wren Marketing LLP"],
           ["14 High Street", "Unit 7, Riverside Park", "221 Station Road", "3 Mill Lane", "The Old Forge, Church Street"],
           [("LS1 4AP", "Leeds"), ("M2 5DB", "Manchester"), ("EC1A 1BB", "London"), ("BS1 6QF", "Bristol"), ("EH1 1YZ", "Edinburgh")]),
    "fr": (["Boulangerie du Marché SARL", "Dupont Frères SAS", "Menuiserie Lefèvre", "Cabinet Conseil Héron", "SAS Lumière & Fils", "Marie Rousseau EI",
            "Garage de l'Étoile", "Imprimerie Centrale S.A.", "Atelier Graphique Bleu Nuit EURL", "Transports Girard SASU"],
           ["12 rue de la République", "5 bis avenue Victor Hugo", "ZA des Peupliers, 8 allée du Lac", "27 boulevard Voltaire", "3 place du Marché"],
           [("69002", "Lyon"), ("75011", "Paris"), ("33000", "Bordeaux"), ("44000", "Nantes"), ("59000", "Lille")]),
}

GOODS = {
    "pl": [("Stół dębowy 180x90 cm", "szt.", 500), ("Usługa transportowa Warszawa-Łódź", "usł.", 320), ("Papier ksero A4 80 g", "ryza", 18.9), ("Konsultacja techniczna", "godz.", 180),
           ("Mąka pszenna typ 550", "kg", 2.45), ("Montaż drzwi wewnętrznych", "kpl.", 240), ("Hosting serwera 12 m-cy", "szt", 399), ("Książka „Drewno w domu”", "egz.", 45.5)],
    "tr": [("Ofis masası 160 cm", "Adet", 2450), ("Temizlik hizmeti Ekim 2025", "Ay", 8500), ("A4 fotokopi kağıdı", "Paket", 145.5), ("Yazılım bakım bedeli", "Adet", 12000),
           ("Un 50 kg çuval", "Adet", 875), ("Nakliye bedeli", "Sefer", 3200), ("Danışmanlık hizmeti", "Saat", 950)],
    "ro": [("Masă stejar 180x90", "buc", 1250), ("Servicii consultanță octombrie 2025", "ore", 180), ("Hârtie copiator A4", "top", 24.5), ("Transport marfă București-Cluj", "cursă", 1400),
           ("Făină albă 000", "kg", 3.2), ("Mentenanță site web", "luna", 350), ("Revizie auto", "buc", 420)],
    "de": [("Eichentisch 180 x 90 cm", "Stk", 890), ("Montage vor Ort", "Std.", 62.5), ("Kopierpapier A4 80 g", "Pack", 4.99), ("Beratung Datenschutz", "h", 110),
           ("Apfelsaft naturtrüb 1 l", "Fl.", 1.89), ("Webhosting 10/2025", "Monat", 29.9), ("Unterhaltsreinigung Oktober", "pauschal", 480), ("Fachbuch Holzbau", "St.", 38.32)],
    "br": [("Farinha de trigo 25kg", "SC", 98.5), ("Parafuso sextavado M8", "CX", 42.9), ("Cartão de visita 1000un", "MIL", 180), ("Manutenção de sistema", "UN", 1500),
           ("Pastilha de freio dianteira", "JG", 165.3), ("Frete", "UN", 250), ("Papel A4 75g resma", "UN", 27.4)],
    "en": [("Oak table 180 x 90", "pcs", 640), ("Consulting services, October", "hrs", 95), ("A4 copier paper 80gsm", "box", 18.75), ("Hosting (annual)", "each", 240),
           ("Sandwich platter", "ea", 34.5), ("MOT and service", "job", 189.99), ("Logo design", "item", 450)],
    "fr": [("Table chêne 180 x 90", "pièce", 720), ("Prestation de conseil octobre 2025", "jour", 550), ("Papier A4 80 g", "ramette", 5.4), ("Pose de menuiserie", "h", 48),
           ("Farine T55 sac 25 kg", "sac", 21.9), ("Hébergement web annuel", "u", 149), ("Impression flyers A5", "lot", 86.5)],
}
RATES = {"pl": (23, 8, 0), "tr": (20, 10, 0), "ro": (21, 11, 0), "de": (19, 7, 0), "br": (0, 0, 0), "en": (20, 5, 0), "fr": (20, 5.5, 0)}
COUNTRY = {"pl": "PL", "tr": "TR", "ro": "RO", "de": "DE", "br": "BR", "en": "GB", "fr": "FR"}
CURRENCY = {"pl": "PLN", "tr": "TRY", "ro": "RON", "de": "EUR", "br": "BRL", "en": "GBP", "fr": "EUR"}
BANKS = {"pl": ("mBank S.A.", "BREXPLPWXXX"), "tr": ("Ziraat Bankası", "TCZBTR2AXXX"), "ro": ("Banca Transilvania", "BTRLRO22"), "de": ("Sparkasse Dresden", "OSDDDE81XXX"),
         "br": ("Banco do Brasil", ""), "en": ("NatWest", "NWBKGB2L"), "fr": ("Crédit Agricole", "AGRIFRPP882")}


def party(rng, lang, name):
    _, streets, places = NAMES[lang]
    code, city = rng.choice(places)
    country, local = COUNTRY[lang], ""
    if lang == "pl":
        tax = nip(rng)
        shown = rng.choice([tax, f"{tax[:3]}-{tax[3:6]}-{tax[6:8]}-{tax[8:]}", f"PL{tax}", f"{tax[:3]} {tax[3:6]} {tax[6:8]} {tax[8:]}"])
        local = digits(rng, 9)
    elif lang == "tr":
        tax = check.vkn(digits(rng, 9))
        shown, local = tax, rng.choice(["Zincirlikuyu", "Çankaya", "Konak", "Nilüfer", "Marmara Kurumlar"])
    elif lang == "ro":
        tax = check.cui(digits(rng, rng.randint(6, 8)))
        payer = rng.random() < .8
        shown = f"RO{tax}" if payer else tax
        local = f"J{rng.randint(1, 40):02d}/{rng.randint(100, 9999)}/{rng.randint(1998, 2024)}"
    elif lang == "de":
        tax = check.ust_id(digits(rng, 8))
        shown = rng.choice([tax, f"DE {tax[2:5]} {tax[5:8]} {tax[8:]}"])
        local = f"{rng.randint(100, 399)}/{rng.randint(100, 999)}/{rng.randint(10000, 99999)}"
    elif lang == "br":
        tax = check.cnpj(digits(rng, 8) + "0001")
        shown = f"{tax[:2]}.{tax[2:5]}.{tax[5:8]}/{tax[8:12]}-{tax[12:]}"
        local = digits(rng, 9)
    elif lang == "en":
        tax = "GB" + gb_vat(rng)
        shown = rng.choice([tax, f"GB {tax[2:5]} {tax[5:9]} {tax[9:]}", tax[2:]])
        local = "0" + digits(rng, 7)
    else:
        number, tax = siren(rng)
        shown = rng.choice([tax, f"FR {tax[2:4]} {tax[4:7]} {tax[7:10]} {tax[10:]}"])
        local = number + "000" + digits(rng, 2)
    bank, bic = BANKS[lang]
    domain = "".join(c for c in name.lower() if c.isascii() and c.isalpha())[:10]
    return Party(name, rng.choice(streets), code, city, country, tax, shown, local, iban(rng, country), bic, bank,
                 f"biuro@{domain}.example" if lang == "pl" else f"info@{domain}.example", f"{rng.randint(20, 99)} {rng.randint(100, 999)} {rng.randint(10, 99)} {rng.randint(10, 99)}")


def numbered(rng, lang, year, month):
    n = rng.randint(1, 999)
    return rng.choice({
        "pl": [f"FV/{n}/{month:02d}/{year}", f"{n}/{month:02d}/{year}", f"F {n}/{year}", f"FS-{n}/{year % 100}/MAG", f"FA/{year}/{month:02d}/{n:04d}"],
        "tr": [f"GIB{year}{n:09d}", f"ABC{year}{n:09d}", f"EAR{year}{n:09d}"],
        "ro": [f"SB {n:04d}", f"FCT{n:06d}", f"BRS-{n}", f"{year}{n:05d}"],
        "de": [f"RE-{year}-{n:04d}", f"{year}{n:04d}", f"R{n:05d}", f"{year}/{n}"],
        "br": [f"{n + 1000}", f"{n + 200}"],
        "en": [f"INV-{n:05d}", f"{n + 10000}", f"{year}-{n:03d}", f"SI{n:06d}"],
        "fr": [f"F{year}-{n:04d}", f"FA{year % 100}{month:02d}-{n:04d}", f"{year}{month:02d}{n:03d}", f"FC{n:06d}"],
    }[lang])


def paper(lang, layout, kind):
    """The paper of this kind for a layout: the same names give the same paper."""
    rng = random.Random(f"{lang}/{layout}/{kind}")
    seller_name, buyer_name = rng.sample(NAMES[lang][0], 2)
    seller, buyer = party(rng, lang, seller_name), party(rng, lang, buyer_name)
    issue = date(2025, 9, 1) + timedelta(days=rng.randint(0, 150))
    sale = issue - timedelta(days=rng.choice([0, 0, 1, 5, 12]))
    due = issue + timedelta(days=rng.choice([7, 14, 21, 30]))
    high, low, zero = (Decimal(str(r)) for r in RATES[lang])
    count = {"plain": 1, "many": rng.randint(8, 14)}.get(kind, rng.randint(2, 4))
    goods = [rng.choice(GOODS[lang]) for _ in range(count)]
    if kind != "many":
        goods = rng.sample(GOODS[lang], min(count, len(GOODS[lang])))
    lines = []
    for index, (name, unit, price) in enumerate(goods):
        rate = {"rates": [high, low][index % 2], "many": [high, high, low][index % 3], "exempt": [high, zero][index % 2]}.get(kind, high)
        price = cents(Decimal(str(price)) * Decimal(rng.choice(["1", "0.97", "1.1", "12.5"] if index == 0 else ["1", "1.05"])))
        quantity = Decimal(rng.choice(["1", "2", "3", "10", "1.5" if unit in ("kg", "h", "Std.", "godz.", "ore", "hrs") else "4"]))
        discount = Decimal(rng.choice([5, 10])) if kind == "discount" else Decimal(0)
        lines.append(Line(name, quantity, unit, price, rate, discount, digits(rng, 6)))
    made = Paper(kind, lang, numbered(rng, lang, issue.year, issue.month), issue, sale, due, CURRENCY[lang], seller, buyer, lines)
    if rng.random() < .4:
        made.order = f"ZAM-{digits(rng, 4)}" if lang == "pl" else f"PO{digits(rng, 5)}"
    special(rng, made)
    return made


def special(rng, made):
    """What makes a kind of its own: reverse charge, withholding, a prepayment, a correction."""
    if made.kind == "special":
        if made.lang == "tr":
            made.withheld = cents(made.vat * Decimal("0.5"))
        elif made.lang == "pl" and rng.random() < .5:
            made.split = True
        elif made.lang != "br":
            made.reverse = True
            for line in made.lines:
                line.rate = Decimal(0)
    elif made.kind == "paid":
        made.paid = cents(made.gross * Decimal(rng.choice(["0.3", "0.5", "0.25"])))
    elif made.kind == "credit":
        made.corrects = numbered(rng, made.lang, made.issue.year, made.issue.month)
        if made.lang not in ("tr", "br"):
            for line in made.lines:
                line.quantity = -line.quantity
