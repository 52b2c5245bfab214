//! An office with companies, as tests need it again and again.

use std::sync::LazyLock;

use serde_json::Value;

use super::{Api, Mail, Service, eventually};

/// A service with one office, owned by whoever has the token.
pub struct Office {
    /// The service.
    pub service: Service,
    /// The owner's token.
    pub token: String,
}

impl Office {
    /// A new service with a Polish office and the company "Młyn Łódź" at mlyn@post.example with the PIN 483916.
    pub fn start() -> Office {
        Office::on(Service::start())
    }

    /// The same on a service that runs already.
    pub fn on(service: Service) -> Office {
        service.cli(&["office", "add", "Biuro Rachunkowe Lipa"]);
        service.cli(&[
            "company",
            "add",
            "Młyn Łódź",
            "--tax-id",
            "5260250995",
            "--address",
            "mlyn@post.example",
            "--pin",
            "483916",
        ]);
        let token = service.cli(&["token", "add", "tests", "--role", "owner"]).trim().to_owned();
        Office { service, token }
    }

    /// The API as the owner.
    pub fn api(&self) -> Api {
        self.service.api(&self.token)
    }

    /// Id of the company of that name.
    pub fn company(&self, name: &str) -> String {
        let list = self.api().get("/v1/companies").expect(200).json();
        let fits = |company: &&Value| company["name"] == name;
        let company =
            list["companies"].as_array().and_then(|all| all.iter().find(fits)).unwrap_or_else(|| panic!("{name}: {list}"));
        company["id"].as_str().expect("an id").to_owned()
    }

    /// Uploads a file and waits for its one document.
    pub fn upload(&self, company: &str, name: &str, media_type: &str, bytes: &[u8]) -> String {
        let path = format!("/v1/documents?company={}&name={name}&wait=30", self.company(company));
        let reply = self.api().send("POST", &path, &[("content-type", media_type)], bytes).expect(201).json();
        let documents = reply["files"][0]["documents"].as_array().expect("a list");
        assert_eq!(documents.len(), 1, "{reply}");
        documents[0].as_str().expect("an id").to_owned()
    }

    /// Sends a mail that must be answered 250.
    pub fn send(&self, mail: &Mail) {
        let reply = self.service.smtp().send(mail);
        assert!(reply.starts_with("250"), "{reply}");
    }

    /// Waits until so many documents are listed.
    pub fn documents(&self, count: usize) -> Vec<Value> {
        eventually(&format!("{count} documents"), || {
            let list = self.api().get("/v1/documents?order=asc").expect(200).json();
            let documents = list["documents"].as_array().expect("a list").clone();
            (documents.len() == count).then_some(documents)
        })
    }
}

/// A one-page PDF with lines of text, made here so that no test needs a file.
pub fn pdf(lines: &[&str]) -> Vec<u8> {
    pdf_with(lines, "null")
}

fn pdf_with(lines: &[&str], picture: &str) -> Vec<u8> {
    let content = format!("{}q 80 0 0 80 480 720 cm /P Do Q", set(lines));
    pdf_of(&[(content.as_str(), "")], picture)
}

/// A ToUnicode map that makes a blank of every character (each code of its own: a range would count on).
static BLANKS: LazyLock<String> = LazyLock::new(|| {
    let each: String = (0x20..0x7f).map(|code| format!("<{code:02X}> <0020>\n")).collect();
    let (head, tail) = ("/CIDInit /ProcSet findresource begin begincmap", "endcmap end");
    format!("{head}\n1 begincodespacerange\n<00> <FF>\nendcodespacerange\n95 beginbfchar\n{each}endbfchar\n{tail}")
});

/// What writes lines of text down a page.
pub fn set(lines: &[&str]) -> String {
    let mut content = String::from("BT /F1 11 Tf 14 TL 60 780 Td\n");
    for line in lines {
        let escaped = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        content += &format!("({escaped}) Tj T*\n");
    }
    content + "ET\n"
}

/// A PDF of pages, each of a content and of further entries; they have a font /F1, a font /F2 that says blanks whatever it shows, a picture
/// /P and a state /G that makes all transparent.
pub fn pdf_of(pages: &[(&str, &str)], picture: &str) -> Vec<u8> {
    const FIRST: usize = 8;
    let kids: String = (0..pages.len()).map(|i| format!("{} 0 R ", FIRST + 2 * i)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {} /MediaBox [0 0 595 842] >>", pages.len()),
        "<< /Font << /F1 4 0 R /F2 5 0 R >> /XObject << /P 6 0 R >> /ExtGState << /G << /ca 0 /CA 0 >> >> >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>".to_owned(),
        picture.to_owned(),
        format!("<< /Length {} >>\nstream\n{}\nendstream", BLANKS.len(), *BLANKS),
    ];
    for (i, (content, entries)) in pages.iter().enumerate() {
        let of = FIRST + 2 * i + 1;
        objects.push(format!("<< /Type /Page /Parent 2 0 R /Resources 3 0 R /Contents {of} 0 R {entries} >>"));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut file = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let table = file.len();
    file += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        file += &format!("{place:010} 00000 n \n");
    }
    file += &format!("trailer << /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    file.into_bytes()
}

/// An invoice for "Młyn Łódź" as a PDF.
pub fn invoice(number: &str) -> Vec<u8> {
    invoice_with(number, "null")
}

/// The lines of such an invoice.
pub fn invoice_lines(number: &str) -> Vec<String> {
    let first = format!("Faktura VAT nr {number}");
    let lines = [
        first.as_str(),
        "Data wystawienia: 2026-10-05",
        "Data sprzedazy: 2026-10-02",
        "Termin platnosci: 2026-10-19",
        "",
        "Sprzedawca: Hurtownia Zboza Kowalski sp. z o.o.",
        "ul. Polna 4, 90-001 Lodz",
        "NIP: 725-18-01-126",
        "",
        "Nabywca: Mlyn Lodz sp. z o.o.",
        "NIP: 526-025-09-95",
        "",
        "Pszenica konsumpcyjna   2 t   500,00   1 000,00   23%   230,00   1 230,00",
        "",
        "Razem netto: 1 000,00 PLN",
        "VAT 23%: 230,00 PLN",
        "Razem brutto: 1 230,00 PLN",
        "Do zaplaty: 1 230,00 PLN",
    ];
    lines.map(str::to_owned).to_vec()
}

/// The same with a picture in the corner, an object of the PDF.
pub fn invoice_with(number: &str, picture: &str) -> Vec<u8> {
    let lines = invoice_lines(number);
    pdf_with(&lines.iter().map(String::as_str).collect::<Vec<_>>(), picture)
}
