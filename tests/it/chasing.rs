//! Asking for missing papers, from the sellers' rhythm to the answer that stops it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::sign_in;
use crate::harness::{Api, Browser, Mail, Office, Service, eventually, invoice};
use crate::invitation::{mail_server, plain, relay};

/// The month that is `before` the present one.
fn month(before: u32) -> String {
    let output = std::process::Command::new("date").args(["+%Y-%m-15"]).output().expect("date runs");
    let today = String::from_utf8(output.stdout).expect("text");
    let ago = format!("{} -{before} months", today.trim());
    let output = std::process::Command::new("date").args(["-d", &ago, "+%Y-%m"]).output().expect("date runs");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// An archive of three months of the phone company's bills, for a company.
fn phone_bills(office: &Office, company: &str) {
    let folder = office.service.folder().join(format!("bills {company}"));
    std::fs::create_dir(&folder).expect("a folder");
    let mut table = "file;seller_name;seller_tax_id;period\n".to_owned();
    for before in 2..5 {
        std::fs::write(folder.join(format!("{before}.pdf")), invoice(&format!("{company}/{before}"))).expect("a file");
        table += &format!("{before}.pdf;Orange Polska;5260250995;{}\n", month(before));
    }
    let file = folder.join("table.csv");
    std::fs::write(&file, table).expect("a file");
    office.service.cli(&["company", "archive", company, folder.to_str().expect("plain"), file.to_str().expect("plain")]);
}

fn line(api: &Api, name: &str, office: &Office) -> Value {
    let board = api.get(&format!("/v1/missing?period={}", month(1))).expect(200).json();
    let company = office.company(name);
    let lines = board["companies"].as_array().expect("a list");
    lines.iter().find(|line| line["company"] == company.as_str()).cloned().unwrap_or(Value::Null)
}

#[test]
fn the_phone_bill_is_asked_for_until_it_is_answered() {
    let (port, mails) = mail_server();
    let office = Office::on(Service::with(&relay(&port.to_string())));
    let api = office.api();
    let table = "name;address;contact;language\nTartak;tartak@post.example;jan@tartak.example;pl\nMüller;mueller@post.example;max@mueller.example;de\n";
    api.send("POST", "/v1/companies/import", &[("content-type", "text/csv")], table.as_bytes()).expect(200);
    for company in ["Tartak", "Müller"] {
        phone_bills(&office, company);
    }
    // A paper of another seller came to one of them: it lacks the phone bill, the other one everything.
    let path = format!("/v1/documents?company={}&name=a.pdf&wait=30&period={}", office.company("Tartak"), month(1));
    api.send("POST", &path, &[("content-type", "application/pdf")], &invoice("other")).expect(201);
    let (tartak, mueller) = (line(&api, "Tartak", &office), line(&api, "Müller", &office));
    assert_eq!((&tartak["missing"]["nothing"], &mueller["missing"]["nothing"]), (&json!(false), &json!(true)));
    assert_eq!(tartak["missing"]["sellers"][0]["seller"], "Orange Polska");
    assert_eq!(tartak["missing"]["sellers"][0]["rhythm"], "monthly");
    assert_eq!((&tartak["recipient"], &tartak["sent"]), (&json!("jan@tartak.example"), &json!(0)));
    assert_eq!(line(&api, "Młyn Łódź", &office), Value::Null, "it came after the month");
    assert!(mails.recv_timeout(Duration::from_millis(2_500)).is_err(), "looking sends nothing");

    api.put("/v1/missing/plan", &json!({"active": false, "steps": [{"day": 1}, {"day": 28}]})).expect(200);
    assert_eq!(line(&api, "Tartak", &office)["next"]["what"], "now");
    let asked = api.post("/v1/missing/ask", &json!({"period": month(1)})).expect(200).json();
    assert_eq!(asked["asked"], 2);
    let mut caught: Vec<(String, String)> =
        (0..2).map(|_| mails.recv_timeout(Duration::from_secs(30)).expect("a mail")).collect();
    caught.sort();
    let (polish, german) = (plain(&caught[0].1), plain(&caught[1].1));
    assert!(caught[1].0 == "max@mueller.example" && german.contains("Orange Polska") && german.contains("fehlen"), "{german}");
    assert!(polish.contains("Orange Polska") && polish.contains("brakuje") && !polish.contains("nic jeszcze"), "{polish}");
    assert!(mails.recv_timeout(Duration::from_millis(2_500)).is_err(), "one mail a company");

    // The answer needs no PIN, and its paper is taken in; nobody is asked again.
    let reply_to = polish.lines().find_map(|line| line.strip_prefix("Reply-To: ")).expect("where to answer").trim().to_owned();
    assert!(reply_to.starts_with("tartak+re-"), "{reply_to}");
    let count = api.get("/v1/documents").expect(200).json()["documents"].as_array().expect("a list").len();
    office.send(&Mail::new(&reply_to, "Odp: Dokumenty").attach("orange.pdf", "application/pdf", &invoice("Orange/7")));
    eventually("its paper", || {
        let now = api.get("/v1/documents").expect(200).json()["documents"].as_array().expect("a list").len();
        (now == count + 1).then_some(())
    });
    assert_eq!(line(&api, "Tartak", &office)["next"]["what"], "answered");
    let log = api.get("/v1/submissions").expect(200).text();
    let secret = reply_to.split_once("+re-").expect("an alias").1.split('@').next().expect("an alias").to_owned();
    assert!(log.contains("tartak+re-") && !log.contains(&secret), "the log shows that it is an answer, not the secret");
    // By hand.
    let company = office.company("Müller");
    api.send("POST", &format!("/v1/missing/{company}/{}/stop", month(1)), &[], b"").expect(204);
    assert_eq!(line(&api, "Müller", &office)["next"]["what"], "stopped");
    let again = api.post("/v1/missing/ask", &json!({"period": month(1), "companies": [company]})).expect(200).json();
    assert_eq!(again["asked"], 0);
}

#[tokio::test]
async fn the_month_board_leads_to_what_is_missing() {
    let (port, mails) = mail_server();
    let office = Office::on(Service::with(&relay(&port.to_string())));
    office
        .service
        .cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna Lipska", "--role", "owner"], "long enough now\n");
    let table = "name;address;contact;language\nTartak;tartak@post.example;jan@tartak.example;pl\n";
    office.api().send("POST", "/v1/companies/import", &[("content-type", "text/csv")], table.as_bytes()).expect(200);
    phone_bills(&office, "Tartak");
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, "anna@lipa.example").await;
    browser.go(&format!("/month?period={}", month(1))).await;
    browser.click("#missing").await;
    browser.until("Orange Polska (every month").await;
    browser.click("tr details summary").await;
    browser.until("Dzień dobry").await;
    browser.picture("missing").await;
    assert!(browser.axe().await.is_empty(), "{:#?}", browser.axe().await);
    browser.click("tr input[name=company]").await;
    browser.click("#send").await;
    browser.until("1 mail is on its way").await;
    let (to, _) = mails.recv_timeout(Duration::from_secs(30)).expect("a mail");
    assert_eq!(to, "jan@tartak.example");
    browser.click("tr form button").await;
    browser.find("tr[data-next=stopped]").await;
    browser.click("details.card summary").await;
    browser.click("#p-active").await;
    browser.picture("missing-plan").await;
    browser.click("form[action='/missing/plan'] button.main").await;
    browser.until("by itself").await;
    browser.resize(500, 844).await;
    browser.picture("missing-500").await;
    assert!(browser.axe().await.is_empty(), "{:#?}", browser.axe().await);
    browser.close().await;
}
