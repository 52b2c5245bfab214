//! An office moves in: companies by a table, at the page, the API and the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::sign_in;
use crate::harness::{Api, Browser, Mail, Office, Service, eventually, invoice};
use crate::invitation::{mail_server, plain, relay};

const CSV: (&str, &str) = ("content-type", "text/csv");

/// A Polish tax id with a right check digit, the `n`th of those made here.
fn tax_id(n: u32) -> String {
    const WEIGHTS: [u32; 9] = [6, 5, 7, 2, 3, 4, 5, 6, 7];
    // Not every beginning has a check digit: 10 is none.
    let ids = (0u32..).map(|i| 521_000_000 + i * 37).filter_map(|start| {
        let digits = format!("{start}");
        let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        (sum % 11 < 10).then(|| format!("{digits}{}", sum % 11))
    });
    let mut ids = ids;
    ids.nth(n as usize).expect("there are many")
}

/// 180 companies as an office has them: two tax ids with a wrong digit (lines 50 and 120), one address that is taken (line 91).
pub fn table() -> String {
    let mut text = "Nazwa firmy;NIP;Adres;PIN;Użytkownicy;Nadawcy;Konto;Język\r\n".to_owned();
    for n in 0..180u32 {
        let line = n + 2;
        let mut id = tax_id(n);
        if line == 50 || line == 120 {
            let last = id.pop().and_then(|c| c.to_digit(10)).expect("a digit");
            write!(id, "{}", (last + 1) % 10).expect("writes");
        }
        let address = if line == 91 { "mlyn@post.example".to_owned() } else { format!("klient-{n}@post.example") };
        let pin = if n % 2 == 0 { format!("7{n:05}") } else { String::new() };
        write!(text, "Spółka Żółw {n};{id};{address};{pin};szef{n}@klient{n}.example, ewa{n}@klient{n}.example;")
            .and_then(|()| write!(text, "@klient{n}.example;61 1090 1014 0000 0712 1981 2874;pl\r\n"))
            .expect("writes");
    }
    text
}

fn import(api: &Api, query: &str, table: &[u8]) -> Value {
    api.send("POST", &format!("/v1/companies/import{query}"), &[CSV], table).expect(200).json()
}

fn counts(answer: &Value) -> [u64; 3] {
    ["new", "known", "wrong"].map(|name| answer[name].as_u64().expect("a number"))
}

/// Line, code and column of every finding.
fn wrong(answer: &Value) -> BTreeSet<(u64, String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let rows = answer["rows"].as_array().expect("rows").iter();
    rows.flat_map(|row| {
        let line = row["line"].as_u64().expect("a line");
        let findings = row["findings"].as_array().expect("findings").iter();
        findings.map(move |one| (line, text(&one["code"]), text(&one["column"]))).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn of_180_companies_three_are_explained_and_the_rest_are_there() {
    let office = Office::start();
    let (api, table) = (office.api(), table());
    let listed = || api.get("/v1/companies").expect(200).json()["companies"].as_array().expect("a list").len();
    let explained = BTreeSet::from(
        [(50, "tax_id_checksum", "tax_id"), (91, "address_taken", "address"), (120, "tax_id_checksum", "tax_id")]
            .map(|(line, code, column)| (line, code.to_owned(), column.to_owned())),
    );
    let dry = import(&api, "?dry_run=true", table.as_bytes());
    assert_eq!((counts(&dry), wrong(&dry)), ([177, 0, 3], explained.clone()));
    assert_eq!((listed(), dry["dry_run"].as_bool()), (1, Some(true)), "a dry run adds nothing");
    let messages: Vec<&str> =
        dry["rows"].as_array().expect("rows").iter().filter_map(|row| row["findings"][0]["message"].as_str()).collect();
    assert!(messages.iter().any(|text| text.contains("mlyn@post.example") && text.contains("choose another")), "{messages:?}");

    let done = import(&api, "", table.as_bytes());
    assert_eq!((counts(&done), wrong(&done), listed()), ([177, 0, 3], explained, 178));
    let again = import(&api, "", table.as_bytes());
    assert_eq!((counts(&again), listed()), ([0, 177, 3], 178), "a second run adds none");

    // The row that was mended comes in, and what belongs to a company came with it.
    let mended = table.replace("mlyn@post.example", "klient-89@post.example");
    assert_eq!(counts(&import(&api, "", mended.as_bytes())), [1, 177, 2]);
    let id = done["rows"][0]["company"].as_str().expect("an id").to_owned();
    let company = api.get(&format!("/v1/companies/{id}")).expect(200).json();
    assert_eq!(company["bank_accounts"], json!(["PL61109010140000071219812874"]));
    assert_eq!((&company["language"], &company["tax_ids"][0]), (&json!("pl"), &json!(format!("PL{}", tax_id(0)))));
    let pins = api.get(&format!("/v1/companies/{id}/pins")).expect(200).json();
    assert_eq!(pins["pins"][0]["value"], "700000");
    let reply = office.service.smtp().send(&Mail::new("klient-0@post.example", "(700000) faktura"));
    assert!(reply.starts_with("250"), "mail goes in at once: {reply}");

    // Windows-1250, as a spreadsheet of this country keeps it.
    let bytes = windows_1250("name;tax_id\r\nŁąka Żółć;7251801126\r\n");
    let answer = import(&api, "", &bytes);
    assert_eq!((answer["charset"].as_str(), answer["rows"][0]["name"].as_str()), (Some("windows-1250"), Some("Łąka Żółć")));
    // No table at all says so.
    let bad = api.send("POST", "/v1/companies/import", &[CSV], b"colour;size\nred;2\n").expect(422).text();
    assert!(bad.contains("name") && bad.contains("colour"), "{bad}");
}

/// The few letters of the test in the code page of Central Europe.
fn windows_1250(text: &str) -> Vec<u8> {
    let byte = |c: char| match c {
        'Ł' => 0xa3,
        'ą' => 0xb9,
        'Ż' => 0xaf,
        'ó' => 0xf3,
        'ł' => 0xb3,
        'ć' => 0xe6,
        c => u8::try_from(c).expect("ASCII"),
    };
    text.chars().map(byte).collect()
}

#[test]
fn the_command_line_brings_the_same() {
    let office = Office::start();
    let file = office.service.folder().join("klienci.csv");
    std::fs::write(&file, "name\ttax_id\tpin\nTartak\t7251801126\t4711x2\nZły\t7251801127\t\n").expect("a file");
    let path = file.to_str().expect("a plain path");
    let run = |more: &[&str]| {
        let output = office.service.command(&[&["company", "import", path], more].concat());
        (output.status.success(), String::from_utf8(output.stdout).expect("text"))
    };
    let (good, said) = run(&["--dry-run"]);
    assert!(
        !good && said.contains("1 would be added, 0 there already, 1 to be corrected") && said.contains("line 3, tax_id:"),
        "{said}"
    );
    let (_, said) = run(&[]);
    assert!(said.contains("4711X2") && said.contains("1 added"), "{said}");
    assert!(run(&[]).1.contains("0 added, 1 there already"), "a second run adds none");
}

#[tokio::test]
async fn in_the_browser() {
    let office = Office::start();
    office
        .service
        .cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna Lipska", "--role", "owner"], "long enough now\n");
    let file = office.service.folder().join("klienci.csv");
    std::fs::write(&file, table()).expect("a file");
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, "anna@lipa.example").await;
    browser.go("/companies").await;
    browser.click("a[href='/companies/import']").await;
    browser.fill("#m-file", file.to_str().expect("a plain path")).await;
    browser.click("#check").await;
    browser.until("177 companies can be added").await;
    browser.until("3 lines need a correction").await;
    assert_eq!(browser.count("tr[data-outcome=wrong]").await, 3);
    browser.picture("move-in-checked").await;
    assert!(browser.axe().await.is_empty(), "{:#?}", browser.axe().await);
    browser.click("#go").await;
    browser.until("177 companies added").await;
    browser.picture("move-in-done").await;
    browser.go("/companies").await;
    browser.until("178 companies").await;
    for (name, path) in [("silent", "/companies/silent"), ("invitations", "/invitations")] {
        browser.go(path).await;
        browser.find("table").await;
        browser.picture(name).await;
        assert!(browser.axe().await.is_empty(), "{name}: {:#?}", browser.axe().await);
    }
    browser.go("/companies/silent").await;
    browser.click("a[href$='/sheet']").await;
    browser.click("#with-pin").await;
    browser.find(".sheet .pin").await;
    browser.picture("sheet").await;
    assert!(browser.axe().await.is_empty(), "{:#?}", browser.axe().await);
    browser.close().await;
}

/// State of each invitation by mail address.
fn invitations(api: &Api) -> BTreeMap<String, String> {
    let list = api.get("/v1/invitations").expect(200).json();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    list["invitations"].as_array().expect("a list").iter().map(|one| (text(&one["email"]), text(&one["state"]))).collect()
}

#[test]
fn invitations_go_out_together_and_tell_how_far_they_are() {
    let (port, mails) = mail_server();
    let office = Office::on(Service::with(&relay(&port.to_string())));
    let api = office.api();
    let table = "name;users;language\nTartak;jan@tartak.example ewa@tartak.example;pl\nMüller;gone@mueller.example;de\nPadaria;ana@padaria.example;pt-BR\n";
    assert_eq!(counts(&import(&api, "", table.as_bytes())), [3, 0, 0]);
    let states = |wanted: &[(&str, &str)]| {
        let wanted: BTreeMap<String, String> = wanted.iter().map(|(to, state)| ((*to).to_owned(), (*state).to_owned())).collect();
        eventually("states", || (invitations(&api) == wanted).then_some(()));
    };
    let (jan, ewa, gone, ana) = ("jan@tartak.example", "ewa@tartak.example", "gone@mueller.example", "ana@padaria.example");
    states(&[(jan, "waiting"), (ewa, "waiting"), (gone, "waiting"), (ana, "waiting")]);
    assert!(mails.recv_timeout(Duration::from_millis(2_500)).is_err(), "nothing goes out by itself");
    let sent = api.post("/v1/invitations/send", &json!({"state": "waiting"})).expect(200).json();
    assert_eq!(sent["sent"], 4);
    let mut caught: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..3 {
        let (to, mail) = mails.recv_timeout(Duration::from_secs(30)).expect("a mail");
        caught.insert(to, plain(&mail));
    }
    assert!(caught[jan].contains("zaprasza") && caught[ana].contains("convida"), "each in its language: {caught:#?}");
    states(&[(jan, "sent"), (ewa, "sent"), (gone, "failed"), (ana, "sent")]);
    assert_eq!(
        api.post("/v1/invitations/send", &json!({"state": "waiting"})).expect(200).json()["sent"],
        0,
        "nobody gets it twice"
    );

    let link = |mail: &str| {
        let rest = mail.split_once("https://post.example").expect("a link").1;
        rest.split_whitespace().next().expect("a path").to_owned()
    };
    let nobody = office.service.api("");
    nobody.get(&link(&caught[jan])).expect(200);
    states(&[(jan, "opened"), (ewa, "sent"), (gone, "failed"), (ana, "sent")]);
    let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    nobody.send("POST", &link(&caught[jan]), &form, b"password=a+sentence+of+mine").expect(303);
    states(&[(ewa, "sent"), (gone, "failed"), (ana, "sent")]);
    // Sent again, the link before is over.
    let list = api.get("/v1/invitations").expect(200).json();
    let id = list["invitations"].as_array().expect("a list").iter().find(|one| one["email"] == ewa).expect("Ewa")["id"].clone();
    api.post("/v1/invitations/send", &json!({"id": id})).expect(200);
    let (to, again) = mails.recv_timeout(Duration::from_secs(30)).expect("a mail");
    assert_eq!(to, ewa);
    assert_eq!(nobody.get(&link(&caught[ewa])).status, 404);
    nobody.get(&link(&plain(&again))).expect(200);
    // Nothing has come from the new ones yet, and the sheet for each is in its language.
    let silent = api.get("/v1/companies/silent").expect(200).json();
    let names: Vec<&str> =
        silent["companies"].as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["Młyn Łódź", "Müller", "Padaria", "Tartak"]);
    office.upload("Tartak", "a.pdf", "application/pdf", &invoice("S/1"));
    let silent = api.get("/v1/companies/silent").expect(200).json();
    assert_eq!(silent["companies"].as_array().expect("a list").len(), 3);
    let sheet = api.get(&format!("/companies/{}/sheet", office.company("Padaria"))).expect(200).text();
    assert!(sheet.contains("lang=\"pt-BR\"") && sheet.contains("Encaminhar") && !sheet.contains("class=\"pin\""), "{sheet}");
    let sheets = api.send("POST", "/companies/sheets", &form, b"").expect(200).text();
    assert_eq!((sheets.matches("<article").count(), sheets.matches("class=\"pin\"").count()), (3, 3));
}

/// All documents of the office.
fn documents(api: &Api) -> Vec<Value> {
    let mut all = Vec::new();
    let mut next = Some("/v1/documents?limit=200&order=asc".to_owned());
    while let Some(path) = next {
        let reply = api.get(&path).expect(200);
        all.extend(reply.json()["documents"].as_array().expect("a list").clone());
        let link = reply.header("link");
        next = link.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path.to_owned());
    }
    all
}

#[test]
fn an_archive_comes_as_its_table_says_and_survives_a_kill() {
    let office = Office::start();
    let (api, folder) = (office.api(), office.service.folder().join("archiwum"));
    std::fs::create_dir_all(folder.join("2024")).expect("a folder");
    let mut table = "Plik;Stan;Numer;Data wystawienia;Sprzedawca;Brutto;Waluta;Kategoria\n".to_owned();
    for n in 0..300 {
        let paper = invoice(&format!("FV/{n}/2024"));
        std::fs::write(folder.join(format!("2024/fv-{n}.pdf")), paper).expect("a file");
        let (state, day, thousands) = (if n % 3 == 0 { "approved" } else { "filed" }, n % 28 + 1, n + 1);
        writeln!(table, "2024\\fv-{n}.pdf;{state};FV/{n}/2024;{day:02}.05.2024;Hurtownia;{thousands} 230,50;PLN;zakupy")
            .expect("writes");
    }
    table += "2024/missing.pdf;filed;;;;;;\n2024/fv-1b.pdf;filed;;31.02.2024;;;;\n";
    std::fs::write(folder.join("2024/loose.pdf"), invoice("L/1")).expect("a file");
    let file = folder.join("pola.csv");
    std::fs::write(&file, &table).expect("a file");
    let arguments = ["company", "archive", "Młyn Łódź", folder.to_str().expect("plain"), file.to_str().expect("plain")];

    // Killed in the middle, begun again.
    let mut first = office.service.spawn(&arguments);
    eventually("some of them", || (documents(&api).len() > 20).then_some(()));
    first.kill().and_then(|()| first.wait()).expect("it ends");
    let half = documents(&api).len();
    assert!(half < 300, "killed too late to tell: {half}");
    let output = office.service.command(&arguments);
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(!output.status.success() && said.contains("not in the table: 2024/loose.pdf"), "{said}");
    assert!(said.contains("missing.pdf") && said.contains("31.02.2024") && !said.contains("pola.csv"), "{said}");
    let all = documents(&api);
    assert_eq!(all.len(), 300);
    assert!(said.contains(&format!("{} added, {half} there already, 2 not added", 300 - half)), "{said}");
    let third = String::from_utf8(office.service.command(&arguments).stdout).expect("text");
    assert!(third.contains("0 added, 300 there already"), "{third}");

    // As the table says: state, values as a person's, period, booking; and the bytes are those of the file.
    let one = all.iter().find(|one| one["number"] == "FV/6/2024").expect("the sixth");
    assert_eq!((&one["state"], &one["period"], &one["amount"]), (&json!("approved"), &json!("2024-05"), &json!("7230.50")));
    assert_eq!(one["booking"]["category"], "zakupy");
    assert_eq!(all.iter().filter(|one| one["state"] == "filed").count(), 200);
    let id = one["id"].as_str().expect("an id");
    let detail = api.get(&format!("/v1/documents/{id}")).expect(200).json();
    assert_eq!(detail["reading"]["fields"]["issue_date"]["source"], "human", "{detail}");
    let original = api.get(&format!("/v1/documents/{id}/original")).expect(200).body;
    assert_eq!(original, std::fs::read(folder.join("2024/fv-6.pdf")).expect("a file"));
}

/// What can be compared of a company's papers wherever they lie: no ids.
fn contents(api: &Api, company: &str) -> Vec<Value> {
    let list = api.get(&format!("/v1/documents?company={company}&limit=200&order=asc")).expect(200).json();
    let of = |document: &Value| {
        let id = document["id"].as_str().expect("an id");
        let detail = api.get(&format!("/v1/documents/{id}")).expect(200).json();
        let original = api.get(&format!("/v1/documents/{id}/original")).expect(200).body;
        json!({
            "state": document["state"], "number": document["number"], "period": document["period"], "created": document["created_at"],
            "reading": detail["reading"], "review": detail["review"], "original": sha256(&original),
        })
    };
    list["documents"].as_array().expect("a list").iter().map(of).collect()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_whole_company_moves_to_another_installation() {
    let office = Office::start();
    let api = office.api();
    let id = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("FV/1"));
    api.post(&format!("/v1/documents/{id}/read?wait=60"), &json!({})).expect(200);
    let version = api.get(&format!("/v1/documents/{id}")).expect(200).header("etag").to_owned();
    api.patch(&format!("/v1/documents/{id}/fields"), &version, &json!({"fields": {"invoice_number": "FV/1/A"}})).expect(200);
    office.send(&Mail::new("mlyn@post.example", "(483916) faktura").attach("fv2.pdf", "application/pdf", &invoice("FV/2")));
    office.documents(2);
    let company = office.company("Młyn Łódź");
    let before = contents(&api, &company);
    assert_eq!(before.len(), 2);

    // As a ZIP over HTTP: unpacked by another program, and its sums checked by another.
    let zip = api.get(&format!("/v1/companies/{company}/pack")).expect(200);
    assert_eq!(zip.header("content-type"), "application/zip");
    let folder = office.service.folder().join("pack");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("mlyn.zip"), &zip.body).expect("a file");
    let run = |program: &str, arguments: &[&str], at: &std::path::Path| {
        let output = std::process::Command::new(program).args(arguments).current_dir(at).output().expect("it runs");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run("python3", &["-m", "zipfile", "-e", "mlyn.zip", "zip"], &folder);
    run("sha256sum", &["--check", "--strict", "--quiet", "SHA256SUMS"], &folder.join("zip"));
    let papers = walk(&folder.join("zip/papers"));
    assert_eq!(papers.len(), 2, "{papers:?}");
    assert!(papers.iter().any(|path| path.ends_with("-fv-1-a.pdf")), "{papers:?}");

    // As a folder by the command line: the same.
    let plain = folder.join("folder");
    office.service.cli(&["company", "pack", "Młyn Łódź", plain.to_str().expect("plain")]);
    assert_eq!(walk(&plain), walk(&folder.join("zip")));

    // Into another installation, and once more: nothing comes twice.
    let other = Service::start();
    other.cli(&["office", "add", "Nowe Biuro"]);
    let token = other.cli(&["token", "add", "tests", "--role", "owner"]).trim().to_owned();
    let said = other.cli(&["company", "unpack", plain.to_str().expect("plain")]);
    assert!(said.contains("mlyn@post.example"), "its address goes with it: {said}");
    let there = other.api(&token);
    let list = there.get("/v1/companies").expect(200).json();
    let moved = list["companies"][0]["id"].as_str().expect("an id").to_owned();
    assert_ne!(moved, company);
    assert_eq!(contents(&there, &moved), before);
    let again = other.cli(&["company", "unpack", plain.to_str().expect("plain"), "--into", &moved]);
    assert!(again.lines().filter(|line| line.starts_with("document ")).all(|line| line.ends_with(" 0")), "{again}");
    assert_eq!(contents(&there, &moved), before);
    let log = |api: &Api| api.get("/v1/submissions").expect(200).json()["submissions"].as_array().expect("a list").len();
    assert_eq!(log(&there), log(&api), "the mail log goes with it");

    // A changed byte is found before anything is brought.
    let paper = plain.join("papers").join(walk(&plain.join("papers")).first().expect("a paper"));
    let mut bytes = std::fs::read(&paper).expect("a file");
    bytes[100] ^= 1;
    std::fs::write(&paper, bytes).expect("a file");
    let output = other.command(&["company", "unpack", plain.to_str().expect("plain")]);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("was changed"));
    assert_eq!(there.get("/v1/companies").expect(200).json()["companies"].as_array().expect("a list").len(), 1);
}

/// Files beneath a folder, by their places in it.
fn walk(folder: &std::path::Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().into_string().expect("plain");
        match entry.path().is_dir() {
            true => found.extend(walk(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}"))),
            false => _ = found.insert(name),
        }
    }
    found
}

#[test]
fn a_client_who_leaves_can_look_for_a_while() {
    let office = Office::start();
    let (api, company) = (office.api(), office.company("Młyn Łódź"));
    let token =
        office.service.cli(&["token", "add", "client", "--role", "company_admin", "--company", "Młyn Łódź"]).trim().to_owned();
    let client = office.service.api(&token);
    let id = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("FV/1"));
    api.post(&format!("/v1/companies/{company}/close"), &json!({"days": 30})).expect(200);
    client.get(&format!("/v1/documents/{id}/original")).expect(200);
    let pdf = [("content-type", "application/pdf")];
    assert_eq!(client.send("POST", "/v1/documents", &pdf, &invoice("FV/2")).status, 409);
    let reply = office.service.smtp().send(&Mail::new("mlyn@post.example", "(483916) x").attach(
        "a.pdf",
        "application/pdf",
        &invoice("FV/3"),
    ));
    assert!(reply.starts_with("550"), "{reply}");
    // Its people look; its PIN is not theirs to change any more.
    let pins = format!("/v1/companies/{company}/pins");
    assert_eq!(client.post(&pins, &json!({})).status, 409);
    api.post(&pins, &json!({})).expect(201);
    api.post(&format!("/v1/companies/{company}/close"), &json!({"days": 0})).expect(200);
    assert_eq!(client.get(&format!("/v1/documents/{id}")).status, 401, "then its people see nothing");
    api.get(&format!("/v1/documents/{id}")).expect(200);
    api.post(&format!("/v1/companies/{company}/open"), &json!({})).expect(200);
    eventually("it is open again", || (client.get(&format!("/v1/documents/{id}")).status == 200).then_some(()));
}

#[test]
fn a_company_is_erased_for_good() {
    let office = Office::start();
    let (api, company) = (office.api(), office.company("Młyn Łódź"));
    office.service.cli(&["company", "add", "Piekarnia Rogal", "--address", "rogal@post.example"]);
    let kept = office.upload("Piekarnia Rogal", "makowiec.pdf", "application/pdf", &invoice("FV/9"));
    let gone = office.upload("Młyn Łódź", "grzybowska.pdf", "application/pdf", &invoice("FV/1"));
    api.post(&format!("/v1/documents/{gone}/read?wait=60"), &json!({})).expect(200);
    api.post(&format!("/v1/documents/{gone}/comments"), &json!({"content": "Grzybowska?", "question": true})).expect(201);
    office.send(&Mail::new("mlyn@post.example", "(483916) Grzybowska").attach("a.pdf", "application/pdf", &invoice("FV/2")));
    office.documents(3);
    let place = tempfile::tempdir().expect("a temporary folder");
    // Rows of a copy are written anew: what is in it is in the rows.
    let rows = |name: &str| {
        let folder = place.path().join(name);
        office.service.cli(&["backup", folder.to_str().expect("a plain path")]);
        let rows = String::from_utf8_lossy(&std::fs::read(folder.join("postroom.db")).expect("rows")).to_lowercase();
        ["grzybowska", "makowiec"].map(|word| rows.contains(word))
    };
    assert_eq!(rows("before"), [true, true]);

    let erase = |arguments: &[&str], typed: &str| {
        let all = [["company", "erase", "Młyn Łódź"].as_slice(), arguments].concat();
        let output = office.service.command_with(&all, typed);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    let (good, said) = erase(&["--years", "0"], "Młyn Łódź\n");
    assert!(!good && said.contains("close it first"), "{said}");
    api.post(&format!("/v1/companies/{company}/close"), &json!({"days": 0})).expect(200);
    let (good, said) = erase(&[], "Młyn Łódź\n");
    assert!(!good && said.contains("to be kept until") && said.contains("2 documents"), "{said}");
    let (good, said) = erase(&["--years", "0"], "\n");
    assert!(!good && said.contains("not the company's name"), "{said}");
    api.get(&format!("/v1/documents/{gone}")).expect(200);
    let (good, said) = erase(&["--years", "0"], "Młyn Łódź\n");
    assert!(good && said.contains(&company), "{said}");

    assert_eq!(api.get(&format!("/v1/documents/{gone}")).status, 404);
    assert_eq!(api.get(&format!("/v1/documents/{gone}/original")).status, 404);
    api.get(&format!("/v1/documents/{kept}/original")).expect(200);
    let list = api.get("/v1/companies").expect(200).json();
    assert_eq!(list["companies"].as_array().map(Vec::len), Some(1), "{list}");
    let refused = office.service.smtp().send(&Mail::new("mlyn@post.example", "(483916) x"));
    assert!(refused.starts_with("550"), "{refused}");
    // Small files wait among the rows until they are in the object store.
    eventually("what it said is gone", || (rows("after") == [false, true]).then_some(()));
    let check = office.service.cli(&["check"]);
    assert!(check.contains("audit of Biuro Rachunkowe Lipa is whole"), "{check}");
}
