"""What papers of each language say, in two ways: `a` for the layouts that may be worked with, `b` for those that are held out."""

MONTHS = {
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia".split(),
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık".split(),
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    "br": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(),
    "en": "January February March April May June July August September October November December".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
}

KEYS = ("title credit number issue sale due seller buyer tax local pos name qty unit price disc rate net vat gross "
        "total_net total_vat total_gross payable paid account bic bank method transfer order corrects reverse exempt "
        "zero thanks summary sum").split()


def _words(text):
    values = [v.strip() for v in text.strip().split("|")]
    assert len(values) == len(KEYS), (len(values), len(KEYS), values)
    return dict(zip(KEYS, values))


WORDS = {
    ("pl", "a"): _words("""Faktura VAT | Faktura korygująca | Nr | Data wystawienia | Data sprzedaży | Termin płatności | Sprzedawca | Nabywca | NIP | REGON
        | Lp. | Nazwa towaru / usługi | Ilość | J.m. | Cena netto | Rabat % | VAT | Wartość netto | Kwota VAT | Wartość brutto
        | Wartość netto | Wartość VAT | Wartość brutto | Do zapłaty | Zapłacono | Numer konta | SWIFT | Bank | Sposób płatności | przelew
        | Zamówienie | Korekta do faktury nr | odwrotne obciążenie | zw. | 0% | Dziękujemy za współpracę | Podsumowanie VAT | Razem"""),
    ("pl", "b"): _words("""Faktura | Korekta faktury | Numer faktury | Wystawiono dnia | Data dokonania dostawy | Płatne do | Wystawca | Odbiorca | Nr NIP | Regon
        | L.p. | Opis | Liczba | Jedn. | Cena jedn. netto | Upust | Stawka VAT | Netto | VAT | Brutto
        | Suma netto | Suma VAT | Suma brutto | Pozostało do zapłaty | Wpłacono | Rachunek bankowy | BIC | Nazwa banku | Forma płatności | przelew bankowy
        | Nr zamówienia | Dotyczy faktury | nabywca jest zobowiązany do rozliczenia podatku | ZW | 0 | Prosimy o terminową wpłatę | Stawki | Ogółem"""),
    ("tr", "a"): _words("""e-Arşiv Fatura | İade Faturası | Fatura No | Fatura Tarihi | Fiili Sevk Tarihi | Vade Tarihi | Satıcı | SAYIN | VKN | Vergi Dairesi
        | Sıra | Mal / Hizmet | Miktar | Birim | Birim Fiyat | İskonto % | KDV Oranı | Tutar | KDV Tutarı | KDV Dahil Tutar
        | Mal Hizmet Toplam Tutarı | Hesaplanan KDV | Vergiler Dahil Toplam Tutar | Ödenecek Tutar | Ödenen | IBAN | SWIFT | Banka | Ödeme Şekli | Havale
        | Sipariş No | İade edilen fatura | KDV sorumlu sıfatıyla | İstisna | %0 | Bizi tercih ettiğiniz için teşekkür ederiz | KDV Dökümü | Toplam"""),
    ("tr", "b"): _words("""FATURA | İADE FATURASI | Seri / Sıra No | Düzenlenme Tarihi | İrsaliye Tarihi | Son Ödeme Tarihi | Firma | Müşteri | Vergi No | V.D.
        | # | Açıklama | Adet | Br. | B.Fiyat | İsk. | KDV % | Toplam | KDV | G.Toplam
        | Ara Toplam | KDV Toplam | Genel Toplam | Ödenecek | Alınan Ödeme | Hesap No (IBAN) | Swift Kodu | Banka Adı | Ödeme | EFT
        | Sipariş Numarası | İlgili fatura | KDV alıcı tarafından beyan edilecektir | KDV'den müstesna | 0 | Yalnız | Vergi Özeti | TOPLAM"""),
    ("ro", "a"): _words("""FACTURĂ | FACTURĂ STORNO | Seria și numărul | Data emiterii | Data livrării | Data scadenței | Furnizor | Client | CIF | Reg. Com.
        | Nr. crt. | Denumirea produselor sau a serviciilor | Cantitatea | U.M. | Prețul unitar (fără TVA) | Discount | Cota TVA | Valoarea | Valoarea TVA | Total
        | Total fără TVA | Total TVA | Total general | Total plată | Achitat | Cont IBAN | SWIFT | Banca | Modalitate de plată | Ordin de plată
        | Comanda | Factura stornată | Taxare inversă | scutit | 0% | Vă mulțumim | Detaliere TVA | TOTAL"""),
    ("ro", "b"): _words("""Factura fiscală | Factură de stornare | Factura nr. | Din data de | Data prestării | Termen de plată | Vânzător | Cumpărător | C.U.I. | Nr. ord. reg. com.
        | # | Descriere | Cant. | UM | Preț unitar | Reducere | % TVA | Valoare fără TVA | TVA | Valoare cu TVA
        | Subtotal | TVA | Total de plată | Rest de plată | Încasat | IBAN | BIC | Bancă | Plată prin | transfer bancar
        | Nr. comandă | Stornare factura | TVA se aplică prin taxare inversă | Scutit de TVA | 0 | Factura circulă fără semnătură și ștampilă | Cote TVA | Total"""),
    ("de", "a"): _words("""Rechnung | Rechnungskorrektur | Rechnungsnummer | Rechnungsdatum | Lieferdatum | Fällig am | Rechnungssteller | Rechnungsempfänger | USt-IdNr. | Steuernummer
        | Pos. | Bezeichnung | Menge | Einheit | Einzelpreis | Rabatt | MwSt. | Gesamt netto | MwSt.-Betrag | Gesamt brutto
        | Summe netto | zzgl. MwSt. | Gesamtbetrag | Zahlbetrag | Bereits bezahlt | IBAN | BIC | Bank | Zahlungsart | Überweisung
        | Ihre Bestellnummer | zu Rechnung | Steuerschuldnerschaft des Leistungsempfängers | steuerfrei | 0 % | Vielen Dank für Ihren Auftrag. | Steuerübersicht | Summe"""),
    ("de", "b"): _words("""RECHNUNG | GUTSCHRIFT | Beleg-Nr. | Datum | Leistungsdatum | Zahlbar bis | Auftragnehmer | Kunde | UID-Nr. | St.-Nr.
        | Nr | Leistung | Anz. | ME | Preis/Einh. | Nachl. | USt % | Betrag | USt | Bruttobetrag
        | Nettobetrag | Umsatzsteuer | Endsumme | Noch zu zahlen | Anzahlung | Konto (IBAN) | SWIFT-BIC | Kreditinstitut | Zahlungsweise | auf Rechnung
        | Bestell-Nr. | Bezug Rechnung | Reverse Charge: Die Steuerschuld geht auf den Leistungsempfänger über | USt-frei | 0% | Zahlbar ohne Abzug. | Zusammenstellung | Gesamt"""),
    ("br", "a"): _words("""FATURA | NOTA DE CRÉDITO | Número | Data de emissão | Data da venda | Vencimento | Emitente | Cliente | CNPJ | Inscrição Estadual
        | Item | Descrição | Qtde | Un | Valor unitário | Desc. | Alíq. | Valor total | Imposto | Total
        | Subtotal | Impostos | Valor total | Total a pagar | Valor pago | Conta | SWIFT | Banco | Forma de pagamento | Transferência
        | Pedido | Referente à nota | ICMS recolhido por substituição | Isento | 0% | Obrigado pela preferência | Resumo | Total"""),
    ("br", "b"): _words("""Fatura de Serviços | Nota de devolução | Nº da fatura | Emissão | Data do serviço | Data de vencimento | Prestador | Tomador | CNPJ/CPF | I.E.
        | # | Serviço | Quant. | Unid. | Preço unit. | Desconto | % | Valor | Tributo | Valor bruto
        | Valor dos serviços | Tributos | Total da fatura | Valor a pagar | Já pago | Conta corrente | Swift | Banco | Pagamento | Boleto
        | Ordem de compra | Nota original | Imposto retido | Não tributado | 0 | Dúvidas: fale conosco | Detalhes | TOTAL"""),
    ("en", "a"): _words("""Invoice | Credit note | Invoice number | Invoice date | Date of supply | Due date | From | Bill to | VAT number | Company no.
        | # | Description | Qty | Unit | Unit price | Discount | VAT % | Amount | VAT amount | Total incl. VAT
        | Subtotal | VAT total | Total | Amount due | Amount paid | IBAN | SWIFT/BIC | Bank | Payment method | Bank transfer
        | PO number | Credit for invoice | Reverse charge: customer to account for VAT to HMRC | Exempt | 0% | Thank you for your business | VAT summary | Total"""),
    ("en", "b"): _words("""TAX INVOICE | CREDIT MEMO | No. | Date | Tax point | Pay by | Supplier | Customer | VAT Reg. | Co. Reg.
        | Line | Details | Quantity | U/M | Price each | Disc | VAT rate | Net | VAT | Gross
        | Net total | Total VAT | Invoice total | Balance due | Payments received | Account (IBAN) | BIC | Bank name | Terms | BACS
        | Your order | Original invoice | Domestic reverse charge applies | VAT exempt | 0.00 | E&OE | VAT analysis | Totals"""),
    ("fr", "a"): _words("""Facture | Avoir | Facture n° | Date de facturation | Date de livraison | Date d'échéance | Émetteur | Adressé à | N° TVA | SIRET
        | N° | Désignation | Qté | Unité | P.U. HT | Remise | TVA | Montant HT | Montant TVA | Montant TTC
        | Total HT | Total TVA | Total TTC | Net à payer | Acompte versé | IBAN | BIC | Banque | Mode de règlement | Virement
        | Votre commande | Avoir sur facture | Autoliquidation | Exonéré | 0 % | Merci de votre confiance | Détail TVA | Total"""),
    ("fr", "b"): _words("""FACTURE | FACTURE D'AVOIR | Numéro | Émise le | Date de prestation | À régler avant le | Fournisseur | Facturé à | TVA intracommunautaire | N° SIRET
        | Réf. | Description | Quantité | U. | Prix unitaire HT | Rem. | Taux TVA | Total HT | TVA | TTC
        | Sous-total HT | TVA | Montant total TTC | Reste à payer | Déjà réglé | N° de compte (IBAN) | Code SWIFT | Établissement | Règlement | virement bancaire
        | Bon de commande | Concerne la facture | TVA due par le preneur | TVA non applicable | 0,00 % | Pas d'escompte pour paiement anticipé | Récapitulatif TVA | Totaux"""),
}
