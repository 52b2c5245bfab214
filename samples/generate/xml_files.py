"""The papers as e-invoices: FA(3), UBL (CIUS-RO, UBL-TR), CII (XRechnung, Factur-X), NF-e."""
import check_digits
from xml.sax.saxutils import escape


def e(text):
    return escape(str(text))


def fa3(p):
    """KSeF FA(3): names as in the ministry's schema 1-0E."""
    suffix = {"23": "1", "8": "2", "5": "3"}
    sums = "".join(f"<P_13_{suffix[r]}>{net}</P_13_{suffix[r]}><P_14_{suffix[r]}>{vat}</P_14_{suffix[r]}>" for r, net, vat in p.rates())
    rows = "".join(
        f"<FaWiersz><NrWierszaFa>{i}</NrWierszaFa><P_7>{e(l.name)}</P_7><P_8A>{l.unit}</P_8A><P_8B>{l.quantity}</P_8B><P_9A>{l.price}</P_9A>"
        f"<P_11>{l.net()}</P_11><P_12>{l.rate}</P_12></FaWiersz>" for i, l in enumerate(p.lines, 1))
    correction = "" if not p.corrects else (
        "<PrzyczynaKorekty>Zwrot towaru</PrzyczynaKorekty><DaneFaKorygowanej><DataWystFaKorygowanej>2026-10-28</DataWystFaKorygowanej>"
        f"<NrFaKorygowanej>{p.corrects}</NrFaKorygowanej><NrKSeFN>1</NrKSeFN></DaneFaKorygowanej>")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"><Naglowek><KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza>
<WariantFormularza>3</WariantFormularza><DataWytworzeniaFa>{p.issue}T08:00:00Z</DataWytworzeniaFa></Naglowek>
{fa3_party("Podmiot1", p.seller)}
{fa3_party("Podmiot2", p.buyer, "<JST>2</JST><GV>2</GV>")}
<Fa><KodWaluty>{p.currency}</KodWaluty><P_1>{p.issue}</P_1><P_2>{e(p.number)}</P_2><P_6>{p.sale}</P_6>{sums}<P_15>{p.gross()}</P_15>
<Adnotacje><P_16>2</P_16><P_17>2</P_17><P_18>2</P_18><P_18A>{1 if p.extra.get("split_payment") else 2}</P_18A><Zwolnienie><P_19N>1</P_19N></Zwolnienie>
<NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu><P_23>2</P_23><PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje>
<RodzajFaktury>{"KOR" if p.corrects else "VAT"}</RodzajFaktury>{correction}{rows}
<Platnosc><TerminPlatnosci><Termin>{p.due}</Termin></TerminPlatnosci><FormaPlatnosci>6</FormaPlatnosci>
<RachunekBankowy><NrRB>{p.seller.iban[2:]}</NrRB></RachunekBankowy></Platnosc></Fa></Faktura>
"""


def fa3_party(tag, party, more=""):
    return (f"<{tag}><DaneIdentyfikacyjne><NIP>{party.tax_id}</NIP><Nazwa>{e(party.name)}</Nazwa></DaneIdentyfikacyjne><Adres>"
            f"<KodKraju>PL</KodKraju><AdresL1>{e(party.street)}</AdresL1><AdresL2>{party.code} {e(party.city)}</AdresL2></Adres>{more}</{tag}>")


UBL = ('xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" '
       'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
       'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"')


def ubl_ro(p):
    c = p.currency
    customization = "urn:cen.eu:en16931:2017#compliant#urn:efactura.mfinante.ro:CIUS-RO:1.0.1"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice {UBL}><cbc:CustomizationID>{customization}</cbc:CustomizationID><cbc:ID>{p.number}</cbc:ID><cbc:IssueDate>{p.issue}</cbc:IssueDate>
<cbc:DueDate>{p.due}</cbc:DueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>{c}</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty>{ubl_ro_party(p.seller)}</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty>{ubl_ro_party(p.buyer)}</cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>42</cbc:PaymentMeansCode><cac:PayeeFinancialAccount><cbc:ID>{p.seller.iban}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
{ubl_totals(p)}{ubl_lines(p, "H87")}</Invoice>
"""


def ubl_ro_party(party):
    return (f"<cac:Party><cac:PostalAddress><cbc:StreetName>{e(party.street)}</cbc:StreetName><cbc:CityName>{e(party.city)}</cbc:CityName>"
            f"<cbc:CountrySubentity>{party.region}</cbc:CountrySubentity><cac:Country><cbc:IdentificationCode>RO</cbc:IdentificationCode></cac:Country>"
            f"</cac:PostalAddress><cac:PartyTaxScheme><cbc:CompanyID>RO{party.tax_id}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
            f"</cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>{e(party.name)}</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party>")


def ubl_totals(p):
    c = p.currency
    subtotals = "".join(
        f'<cac:TaxSubtotal><cbc:TaxableAmount currencyID="{c}">{net}</cbc:TaxableAmount><cbc:TaxAmount currencyID="{c}">{vat}</cbc:TaxAmount>'
        f"<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{rate}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal>"
        for rate, net, vat in p.rates())
    return (f'<cac:TaxTotal><cbc:TaxAmount currencyID="{c}">{p.vat()}</cbc:TaxAmount>{subtotals}</cac:TaxTotal>\n<cac:LegalMonetaryTotal>'
            f'<cbc:LineExtensionAmount currencyID="{c}">{p.net()}</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="{c}">{p.net()}</cbc:TaxExclusiveAmount>'
            f'<cbc:TaxInclusiveAmount currencyID="{c}">{p.gross()}</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="{c}">{p.payable()}</cbc:PayableAmount>'
            "</cac:LegalMonetaryTotal>\n")


def ubl_lines(p, unit):
    c = p.currency
    return "".join(
        f'<cac:InvoiceLine><cbc:ID>{i}</cbc:ID><cbc:InvoicedQuantity unitCode="{unit}">{l.quantity}</cbc:InvoicedQuantity>'
        f'<cbc:LineExtensionAmount currencyID="{c}">{l.net()}</cbc:LineExtensionAmount><cac:Item><cbc:Name>{e(l.name)}</cbc:Name>'
        f"<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{l.rate}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory>"
        f'</cac:Item><cac:Price><cbc:PriceAmount currencyID="{c}">{l.price}</cbc:PriceAmount></cac:Price></cac:InvoiceLine>\n'
        for i, l in enumerate(p.lines, 1))


def ubl_tr(p):
    """UBL-TR 1.2; VAT is tax type 0015, withheld VAT stands in WithholdingTaxTotal."""
    c = p.currency
    subtotals = "".join(
        f'<cac:TaxSubtotal><cbc:TaxableAmount currencyID="{c}">{net}</cbc:TaxableAmount><cbc:TaxAmount currencyID="{c}">{vat}</cbc:TaxAmount><cbc:Percent>{rate}</cbc:Percent>'
        "<cac:TaxCategory><cac:TaxScheme><cbc:Name>KDV</cbc:Name><cbc:TaxTypeCode>0015</cbc:TaxTypeCode></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal>"
        for rate, net, vat in p.rates())
    withheld = "" if not p.withholding() else (
        f'<cac:WithholdingTaxTotal><cbc:TaxAmount currencyID="{c}">{p.withholding()}</cbc:TaxAmount><cac:TaxSubtotal>'
        f'<cbc:TaxableAmount currencyID="{c}">{p.vat()}</cbc:TaxableAmount><cbc:TaxAmount currencyID="{c}">{p.withholding()}</cbc:TaxAmount><cbc:Percent>90</cbc:Percent>'
        "<cac:TaxCategory><cac:TaxScheme><cbc:Name>Temizlik hizmeti</cbc:Name><cbc:TaxTypeCode>612</cbc:TaxTypeCode></cac:TaxScheme></cac:TaxCategory>"
        "</cac:TaxSubtotal></cac:WithholdingTaxTotal>\n")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice {UBL}><cbc:UBLVersionID>2.1</cbc:UBLVersionID><cbc:CustomizationID>TR1.2</cbc:CustomizationID><cbc:ProfileID>TICARIFATURA</cbc:ProfileID>
<cbc:ID>{p.number}</cbc:ID><cbc:CopyIndicator>false</cbc:CopyIndicator><cbc:UUID>{p.extra["ettn"]}</cbc:UUID><cbc:IssueDate>{p.issue}</cbc:IssueDate>
<cbc:InvoiceTypeCode>{"TEVKIFAT" if withheld else "SATIS"}</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>{c}</cbc:DocumentCurrencyCode>
<cbc:LineCountNumeric>{len(p.lines)}</cbc:LineCountNumeric>
<cac:AccountingSupplierParty>{ubl_tr_party(p.seller)}</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty>{ubl_tr_party(p.buyer)}</cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>42</cbc:PaymentMeansCode><cbc:PaymentDueDate>{p.due}</cbc:PaymentDueDate><cac:PayeeFinancialAccount>
<cbc:ID>{p.seller.iban}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="{c}">{p.vat()}</cbc:TaxAmount>{subtotals}</cac:TaxTotal>
{withheld}<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="{c}">{p.net()}</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount currencyID="{c}">{p.net()}</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="{c}">{p.gross()}</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="{c}">{p.payable()}</cbc:PayableAmount></cac:LegalMonetaryTotal>
{ubl_lines(p, "C62")}</Invoice>
"""


def ubl_tr_party(party):
    return (f'<cac:Party><cac:PartyIdentification><cbc:ID schemeID="VKN">{party.tax_id}</cbc:ID></cac:PartyIdentification>'
            f"<cac:PartyName><cbc:Name>{e(party.name)}</cbc:Name></cac:PartyName><cac:PostalAddress><cbc:StreetName>{e(party.street)}</cbc:StreetName>"
            f"<cbc:CityName>{e(party.city)}</cbc:CityName><cac:Country><cbc:Name>Türkiye</cbc:Name></cac:Country></cac:PostalAddress></cac:Party>")


def cii(p, guideline):
    c = p.currency
    day = lambda iso: f'<udt:DateTimeString format="102">{iso.replace("-", "")}</udt:DateTimeString>'
    taxes = "".join(
        f"<ram:ApplicableTradeTax><ram:CalculatedAmount>{vat}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>{net}</ram:BasisAmount>"
        f"<ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>{rate}</ram:RateApplicablePercent></ram:ApplicableTradeTax>" for rate, net, vat in p.rates())
    lines = "".join(
        f"<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>{i}</ram:LineID></ram:AssociatedDocumentLineDocument>"
        f"<ram:SpecifiedTradeProduct><ram:Name>{e(l.name)}</ram:Name></ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>"
        f"<ram:ChargeAmount>{l.price}</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement><ram:SpecifiedLineTradeDelivery>"
        f'<ram:BilledQuantity unitCode="H87">{l.quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery><ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax>'
        f"<ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>{l.rate}</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
        f"<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{l.net()}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>"
        "</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>\n" for i, l in enumerate(p.lines, 1))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>{guideline}</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>{p.number}</ram:ID><ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime>{day(p.issue)}</ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>{lines}<ram:ApplicableHeaderTradeAgreement><ram:BuyerReference>MG-2026</ram:BuyerReference>
{cii_party("SellerTradeParty", p.seller)}
{cii_party("BuyerTradeParty", p.buyer)}</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery><ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>{day(p.sale)}</ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent></ram:ApplicableHeaderTradeDelivery>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>{c}</ram:InvoiceCurrencyCode><ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode>
<ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{p.seller.iban}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
{taxes}<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>{day(p.due)}</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>{p.net()}</ram:LineTotalAmount><ram:TaxBasisTotalAmount>{p.net()}</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="{c}">{p.vat()}</ram:TaxTotalAmount><ram:GrandTotalAmount>{p.gross()}</ram:GrandTotalAmount><ram:DuePayableAmount>{p.payable()}</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>
"""


def cii_party(tag, party):
    return (f"<ram:{tag}><ram:Name>{e(party.name)}</ram:Name><ram:PostalTradeAddress><ram:PostcodeCode>{party.code}</ram:PostcodeCode>"
            f"<ram:LineOne>{e(party.street)}</ram:LineOne><ram:CityName>{e(party.city)}</ram:CityName><ram:CountryID>{party.country}</ram:CountryID></ram:PostalTradeAddress>"
            f'<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{party.tax_id}</ram:ID></ram:SpecifiedTaxRegistration></ram:{tag}>')


def nfe_key(p):
    uf = {"PR": 41, "SP": 35}[p.seller.region]
    return check_digits.access_key(uf, p.issue[2:4] + p.issue[5:7], p.seller.tax_id, 55, 1, int(p.number), 10000000 + int(p.number) * 37)


def nfe(p):
    """NF-e 4.00 with its protocol (nfeProc)."""
    base, icms = p.icms()
    rows = "".join(
        f'<det nItem="{i}"><prod><cProd>{l.code}</cProd><xProd>{l.name}</xProd><NCM>10019900</NCM><CFOP>5101</CFOP><uCom>{l.unit}</uCom><qCom>{l.quantity}</qCom>'
        f"<vUnCom>{l.price}</vUnCom><vProd>{l.net()}</vProd><indTot>1</indTot></prod><imposto><ICMS><ICMS00><orig>0</orig><CST>00</CST><vBC>{l.net()}</vBC>"
        f"<pICMS>{l.rate}.00</pICMS></ICMS00></ICMS></imposto></det>\n" for i, l in enumerate(p.lines, 1))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<nfeProc versao="4.00" xmlns="http://www.portalfiscal.inf.br/nfe"><NFe><infNFe Id="NFe{nfe_key(p)}" versao="4.00"><ide><cUF>35</cUF><natOp>VENDA DE MERCADORIA</natOp>
<mod>55</mod><serie>1</serie><nNF>{p.number}</nNF><dhEmi>{p.issue}T09:15:00-03:00</dhEmi><tpNF>1</tpNF><tpEmis>1</tpEmis><finNFe>1</finNFe></ide>
<emit><CNPJ>{p.seller.tax_id}</CNPJ><xNome>{e(p.seller.name)}</xNome>{nfe_address("enderEmit", p.seller)}<IE>1234567890</IE></emit>
<dest><CNPJ>{p.buyer.tax_id}</CNPJ><xNome>{e(p.buyer.name)}</xNome>{nfe_address("enderDest", p.buyer)}</dest>
{rows}<total><ICMSTot><vBC>{base}</vBC><vICMS>{icms}</vICMS><vProd>{p.net()}</vProd><vFrete>0.00</vFrete><vDesc>0.00</vDesc><vIPI>0.00</vIPI><vNF>{p.gross()}</vNF></ICMSTot></total>
<cobr><dup><nDup>001</nDup><dVenc>{p.due}</dVenc><vDup>{p.gross()}</vDup></dup></cobr><pag><detPag><tPag>15</tPag><vPag>{p.gross()}</vPag></detPag></pag></infNFe></NFe>
<protNFe versao="4.00"><infProt><chNFe>{nfe_key(p)}</chNFe><dhRecbto>{p.issue}T09:15:30-03:00</dhRecbto><nProt>141260000{int(p.number):06d}</nProt><cStat>100</cStat></infProt></protNFe></nfeProc>
"""


def nfe_address(tag, party):
    return f"<{tag}><xLgr>{e(party.street)}</xLgr><xMun>{e(party.city)}</xMun><UF>{party.region}</UF><CEP>{party.code.replace('-', '')}</CEP></{tag}>"


FACTUR_X = "urn:cen.eu:en16931:2017"
XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
WRITERS = {"fa3": fa3, "ubl-ro": ubl_ro, "ubl-tr": ubl_tr, "cii-xrechnung": lambda p: cii(p, XRECHNUNG), "cii-facturx": lambda p: cii(p, FACTUR_X), "nfe": nfe}
