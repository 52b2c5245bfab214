//! E-invoices that people bring: packages of KSeF and SPV; and mails whose text is the invoice.

use serde_json::{Value, json};

use crate::harness::{Api, Office, eventually, pdf};

const FA: &str = include_str!("../../samples/pl/energia-ksef.xml");
/// The number that KSeF gave it, by the rules of such numbers (its seller's NIP, a day, a checksum).
const NUMBER: &str = "8513077259-20261031-0100001AF629-97";

/// A ZIP of files that are stored as they are.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("writes");
    }
    let names = files.iter().map(|(name, _)| *name);
    let mut python = std::process::Command::new("python3");
    crate::harness::run(python.args(["-m", "zipfile", "-c", "a.zip"]).args(names).current_dir(folder.path()));
    std::fs::read(folder.path().join("a.zip")).expect("a ZIP")
}

pub fn bring(office: &Office, name: &str, kind: &str, bytes: &[u8]) -> Vec<String> {
    let path = format!("/v1/documents?company={}&name={name}&wait=30", office.company("Młyn Łódź"));
    let reply = office.api().send("POST", &path, &[("content-type", kind)], bytes).expect(201).json();
    let documents = reply["files"][0]["documents"].as_array().expect("a list").clone();
    documents.iter().map(|id| id.as_str().expect("an id").to_owned()).collect()
}

fn read(api: &Api, id: &str) -> Value {
    api.post(&format!("/v1/documents/{id}/read?wait=60"), &Value::Null).expect(200);
    api.get(&format!("/v1/documents/{id}")).expect(200).json()["reading"].clone()
}

#[test]
fn a_package_of_ksef_gives_its_numbers() {
    let office = Office::start();
    let api = office.api();
    let hash = {
        use base64::Engine;
        use sha2::Digest;
        base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(FA.as_bytes()))
    };
    let metadata =
        json!({"invoices": [{"ksefNumber": NUMBER, "invoiceHash": hash, "invoiceNumber": "EZ/2026/10/77120"}]}).to_string();
    let package = zip(&[("invoice-1.xml", FA.as_bytes()), ("_metadata.json", metadata.as_bytes())]);
    let documents = bring(&office, "export.zip", "application/zip", &package);
    assert_eq!(documents.len(), 1, "the description is no paper");
    let reading = read(&api, &documents[0]);
    assert_eq!(reading["fields"]["ksef_number"]["value"], NUMBER, "{reading:#}");
    // The same by the name of the file alone, as the taxpayer's application saves it; and not by a name that cannot be its number.
    let alone = FA.replace("77120", "77121");
    let documents = bring(&office, &format!("{NUMBER}.xml"), "application/xml", alone.as_bytes());
    assert_eq!(read(&api, &documents[0])["fields"]["ksef_number"]["value"], NUMBER);
    let other = FA.replace("77120", "77122");
    let documents = bring(&office, "5265877635-20250826-0100001AF629-AF.xml", "application/xml", other.as_bytes());
    assert_eq!(read(&api, &documents[0])["fields"]["ksef_number"], Value::Null, "another seller's number");
}

pub fn ubl(number: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\" \
         xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\" \
         xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\"><cbc:CustomizationID>\
         urn:cen.eu:en16931:2017#compliant#urn:efactura.mfinante.ro:CIUS-RO:1.0.1</cbc:CustomizationID><cbc:ID>{number}</cbc:ID>\
         <cbc:IssueDate>2026-10-05</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>PLN\
         </cbc:DocumentCurrencyCode><cac:AccountingSupplierParty><cac:Party><cac:PartyTaxScheme><cbc:CompanyID>PL7251801126</cbc:CompanyID>\
         <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>Hurtownia Zboza \
         Kowalski</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty><cac:LegalMonetaryTotal>\
         <cbc:TaxExclusiveAmount currencyID=\"PLN\">1000.00</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID=\"PLN\">1230.00\
         </cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID=\"PLN\">1230.00</cbc:PayableAmount></cac:LegalMonetaryTotal></Invoice>"
    )
}

/// What the tax office signs with.
pub const SIGNATURE: &[u8] =
    b"<?xml version=\"1.0\"?><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo/></Signature>";

#[test]
fn an_spv_package_and_the_mailed_pdf_are_one_paper_in_either_order() {
    let office = Office::start();
    let api = office.api();
    for (number, package_first) in [("SPV 1", true), ("SPV 2", false)] {
        let xml = ubl(number);
        let package = zip(&[("4213.xml", xml.as_bytes()), ("semnatura_4213.xml", SIGNATURE)]);
        let picture = crate::harness::invoice(number);
        let mut ids = Vec::new();
        for turn in [package_first, !package_first] {
            let brought = match turn {
                true => bring(&office, "4213.zip", "application/zip", &package),
                false => bring(&office, "fv.pdf", "application/pdf", &picture),
            };
            assert_eq!(brought.len(), 1, "one paper with its signature");
            api.post(&format!("/v1/documents/{}/read?wait=60", brought[0]), &Value::Null);
            ids.push(brought[0].clone());
        }
        let detail = eventually("one paper of three files", || {
            let detail = api.get(&format!("/v1/documents/{}", ids[0])).expect(200).json();
            (detail["pieces"].as_array().map(Vec::len) == Some(3) && detail["state"] == "to_review").then_some(detail)
        });
        let mut roles: Vec<&str> =
            detail["pieces"].as_array().into_iter().flatten().filter_map(|piece| piece["role"].as_str()).collect();
        let original = |piece: usize| api.get(&format!("/v1/documents/{}/original?piece={piece}", ids[0])).expect(200).body;
        for (index, role) in roles.iter().enumerate() {
            let bytes: &[u8] = match *role {
                "visual" => &picture,
                "structured" => xml.as_bytes(),
                _ => SIGNATURE,
            };
            assert_eq!(original(index + 1), bytes, "{role}: byte for byte");
        }
        roles.sort_unstable();
        assert_eq!(roles, ["signature", "structured", "visual"]);
        api.get(&format!("/v1/documents/{}/original?piece=4", ids[0])).expect(404);
        assert_eq!(api.get(&format!("/v1/documents/{}", ids[1])).expect(200).json()["problem"], "merged");
    }
}

const HTML: &str = "<html><head><style>td{padding:4px}</style></head><body><div style=\"display:none\">Twoja faktura 999,99</div>\
    <h1>Faktura VAT nr CH/77/2026</h1><p>Data wystawienia: 2026-10-05<br>Termin platnosci: 2026-10-19</p><table><tr><td>Sprzedawca:<br>Chmura \
    Serwer sp. z o.o.<br>ul. Polna 4, 90-001 Lodz<br>NIP: 725-18-01-126</td><td>Nabywca:<br>Mlyn Lodz sp. z o.o.<br>NIP: 526-025-09-95</td></tr>\
    </table><table border=1><tr><th>Nazwa</th><th>Netto</th><th>Stawka</th><th>VAT</th><th>Brutto</th></tr><tr><td>Serwer wirtualny</td>\
    <td>1&nbsp;000,00</td><td>23%</td><td>230,00</td><td>1&nbsp;230,00</td></tr></table><p>Razem netto: 1 000,00 PLN<br>VAT 23%: 230,00 PLN<br>\
    Do zaplaty: 1 230,00 PLN</p><script>document.write('1')</script></body></html>";

fn html_mail(subject: &str, extra: &str) -> Vec<u8> {
    format!(
        "From: Chmura <faktury@chmura.example>\r\nTo: mlyn@post.example\r\nSubject: {subject} (483916)\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nFaktura w wersji HTML.\r\n--y\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         {HTML}\r\n--y--\r\n{extra}--x--\r\n"
    )
    .into_bytes()
}

#[test]
fn a_mail_whose_text_is_the_invoice_becomes_a_paper_if_the_company_wants_that() {
    let office = Office::start();
    let api = office.api();
    let send = |raw: &[u8]| {
        let reply = office.service.smtp().send_raw("faktury@chmura.example", &["mlyn@post.example"], raw);
        let id = reply.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        eventually("taken apart", || {
            let mail = api.get(&format!("/v1/submissions/{id}")).expect(200).json();
            (mail["state"] == "admitted").then_some(mail)
        })
    };
    // Not wanted: it is set aside, and says what it may be; one click takes it.
    let mail = send(&html_mail("First", ""));
    assert_eq!(mail["reason"], "no_documents");
    let part = mail["parts"].as_array().expect("parts").iter().find(|part| part["reason"] == "html_invoice").expect("the text");
    let taken = api.post(&format!("/v1/parts/{}/take", part["id"].as_str().expect("an id")), &Value::Null).expect(201).json();
    let id = taken["document"].as_str().expect("a document");
    let reading = read(&api, id);
    for (field, value) in [
        ("invoice_number", "CH/77/2026"),
        ("issue_date", "2026-10-05"),
        ("due_date", "2026-10-19"),
        ("total_gross", "1230.00"),
        ("total_net", "1000.00"),
    ] {
        assert_eq!(reading["fields"][field]["value"], value, "{field}: {reading:#}");
        assert!(reading["fields"][field]["box"].is_array(), "{field} has a place on the page");
    }
    assert!(reading["fields"]["seller_tax_id"]["value"].as_str().is_some_and(|id| id.ends_with("7251801126")), "{reading:#}");
    let mut values = reading["fields"].as_object().expect("fields").values();
    assert!(
        !values.any(|field| field["value"].as_str().is_some_and(|value| value.contains("999"))),
        "what nobody sees decides nothing"
    );
    let page = api.get(&format!("/v1/documents/{id}/pages/1/image")).expect(200);
    assert_eq!((page.header("content-type"), &page.body[1..4]), ("image/png", &b"PNG"[..]));
    let original = api.get(&format!("/v1/documents/{id}/original")).expect(200);
    assert_eq!(String::from_utf8_lossy(&original.body), HTML, "unchanged");

    let company = office.company("Młyn Łódź");
    let mut facts = api.get(&format!("/v1/companies/{company}")).expect(200).json();
    assert_eq!(facts["body_papers"], false);
    facts["body_papers"] = true.into();
    for key in ["id", "closed_at", "read_only_until", "created_at"] {
        facts.as_object_mut().expect("an object").remove(key);
    }
    api.send("PUT", &format!("/v1/companies/{company}"), &[("content-type", "application/json")], facts.to_string().as_bytes())
        .expect(200);
    let mail = send(&html_mail("Second", ""));
    assert_eq!(mail["reason"], Value::Null, "{mail:#}");
    let documents = api.get(&format!("/v1/documents?submission={}", mail["id"].as_str().expect("an id"))).expect(200).json();
    let name = documents["documents"][0]["name"].as_str().unwrap_or_default();
    assert!(name.starts_with("Second"), "{documents:#}");
    // Beside a file it is the text that the file came with; and an ordinary letter is none.
    let paper = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pdf(&["Faktura"]));
    let file =
        format!("--x\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{paper}\r\n");
    assert_eq!(
        send(&html_mail("Third", &file))["parts"]
            .as_array()
            .expect("parts")
            .iter()
            .filter(|part| part["state"] == "document")
            .count(),
        1
    );
    let letter =
        String::from_utf8(html_mail("Fourth", "")).expect("text").replace(HTML, "<p>Dzien dobry, prosze o telefon do 12.50.</p>");
    assert_eq!(send(letter.as_bytes())["reason"], "no_documents");
}
