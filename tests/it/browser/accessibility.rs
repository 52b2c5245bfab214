//! Every page as axe-core and a narrow screen see it.

use super::*;
use crate::harness::{Api, SPV_CLIENT, Service, Spv};

/// Every page, in both themes and two widths: without anything that axe-core objects to, and no wider than the window. The pictures
/// are kept in target/screens (`make screenshots`).
#[tokio::test]
async fn every_page_is_accessible() {
    let office = Office::start();
    office
        .service
        .cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna Lipska", "--role", "owner"], "long enough now\n");
    let client = ["user", "add", "jan@mlyn.example", "--name", "Jan", "--role", "company_admin", "--company", "Młyn Łódź"];
    office.service.cli_with(&client, "long enough now\n");
    office.service.cli(&["company", "add", "Tartak Sosna", "--tax-id", "7251801126", "--address", "tartak@post.example"]);
    let read = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("A/1"));
    office.api().post(&format!("/v1/documents/{read}/read?wait=60"), &serde_json::json!({})).expect(200);
    let new = office.upload("Młyn Łódź", "new.pdf", "application/pdf", &invoice("A/2"));
    office.send(&Mail::new("mlyn@post.example", "Bez PIN-u").attach("fv.pdf", "application/pdf", &invoice("H/1")));
    let company = office.company("Młyn Łódź");
    let batch = close_a_month(&office, &company);
    let twin = office.upload("Młyn Łódź", "again.pdf", "application/pdf", &saved_again("A/1"));
    office.api().post(&format!("/v1/documents/{twin}/read?wait=60"), &json!({})).expect(200);
    let (sheet, twin) = (format!("/companies/{company}/sheet"), format!("/documents/{twin}/twin"));
    let link = office.api().post(&format!("/v1/companies/{company}/links"), &json!({"name": "Kasa"})).expect(201).json();
    let send = link["url"].as_str().expect("an address").split_once("/send/").expect("its secret").1;
    let webhook = tried_webhook(&office);
    let (browser, phone) = (Browser::open(&office.service.url()).await, Browser::phone(&office.service.url()).await);
    for (of, browser) in [("1440", &browser), ("390", &phone)] {
        check(browser, &format!("sign-in-{of}"), "/sign-in", "system").await;
        check(browser, &format!("send-{of}"), &format!("/send/{send}"), "system").await;
    }
    let divide = format!("/documents/{new}/divide");
    let (review, unread, paper, one) = (
        format!("/documents/{read}"),
        format!("/documents/{new}"),
        format!("/documents/{read}"),
        format!("/companies/{company}"),
    );
    sign_in(&browser, "anna@lipa.example").await;
    sign_in(&phone, "anna@lipa.example").await;
    browser.go(&review).await;
    browser.click("#talk summary").await;
    browser.fill("#say", "What is this for?").await;
    browser.click("button[name=question][value='1']").await;
    browser.find(".said").await;
    let office_pages = [
        ("inbox", "/"),
        ("nothing", "/?text=nothinglikethis"),
        ("review", &review),
        ("unread", &unread),
        ("divide", &divide),
        ("held", "/held"),
        ("mail-log", "/mail"),
        ("month", "/month"),
        ("export", "/export?period=2026-07&profile=epp"),
        ("batch", &batch),
        ("booking", "/booking"),
        ("companies", "/companies"),
        ("twin", &twin),
        ("silent", "/companies/silent"),
        ("sheet", &sheet),
        ("invitations", "/invitations"),
        ("missing", "/missing?period=2026-07"),
        ("trash", "/?trashed=true"),
        ("move-in", "/companies/import"),
        ("company", &one),
        ("people", "/people"),
        ("audit", "/audit"),
        ("settings", "/settings"),
        ("webhooks", "/settings/webhooks"),
        ("webhook", &webhook),
        ("account", "/account"),
        ("upload", "/upload"),
        ("questions", "/questions"),
        ("find", "/find?text=faktura"),
        ("find-nothing", "/find?text=nothinglikethis"),
        ("not-found", "/documents/none"),
    ];
    round(&browser, &phone, "office", &office_pages).await;
    browser.go("/").await;
    browser.click(".who button").await;
    browser.find("#password").await;
    phone.go("/").await;
    phone.click(".rail .menu").await;
    phone.click(".who button").await;
    phone.find("#password").await;
    sign_in(&browser, "jan@mlyn.example").await;
    sign_in(&phone, "jan@mlyn.example").await;
    let client_pages = [
        ("home", "/"),
        ("papers", "/papers"),
        ("paper", &paper),
        ("upload", "/upload"),
        ("questions", "/questions"),
        ("find", "/find?text=faktura"),
        ("people", "/people"),
        ("company", &one),
        ("account", "/account"),
    ];
    round(&browser, &phone, "client", &client_pages).await;
    // The client answers, and the question is no longer open.
    browser.go(&paper).await;
    browser.fill("#say", "For the mill").await;
    browser.click("#talk button.main").await;
    browser.until("For the mill").await;
    browser.go("/questions").await;
    browser.until("No question is waiting").await;
    browser.close().await;
    phone.close().await;
}

/// The cards of SPV: the office's grant, an inbox with an invoice that cannot be had, one that ANAF lets nobody into; in its language too.
#[tokio::test]
async fn the_inboxes_of_a_romanian_office_are_accessible() {
    let spv = Spv::start("18547290", "a-refresh-token");
    let (address, sign_in_at) = (format!("{}/prod", spv.url()), format!("{}/oauth", spv.url()));
    let service = Service::with(&[
        ("POSTROOM_SPV__ADDRESS", &address),
        ("POSTROOM_SPV__SIGN_IN", &sign_in_at),
        ("POSTROOM_SPV__CLIENT_ID", SPV_CLIENT.0),
        ("POSTROOM_SPV__CLIENT_SECRET", SPV_CLIENT.1),
        ("POSTROOM_SPV__POLL_SECONDS", "1"),
    ]);
    service.cli(&["office", "add", "Birou Tei", "--country", "RO"]);
    service.cli_with(&["user", "add", "ana@tei.example", "--name", "Ana Teiu", "--role", "owner"], "long enough now\n");
    let api = service.api(service.cli(&["token", "add", "tests", "--role", "owner"]).trim());
    spv.store("18547290", "3003", 60, Vec::new());
    spv.state().refusals.insert("3003".to_owned(), "S-au facut deja 10 descarcari in cursul zilei".to_owned());
    let stuck =
        inbox(&service, &api, "Fabrica de Brânză", &json!({"cif": "18547290", "refresh_token": "a-refresh-token"}), "stuck");
    let refused = inbox(&service, &api, "Moara Veche", &json!({"cif": "14399840", "refresh_token": "another"}), "problem");
    api.put("/v1/spv/grant", &json!({"refresh_token": "of-the-office"})).expect(200);
    let (browser, phone) = (Browser::open(&service.url()).await, Browser::phone(&service.url()).await);
    sign_in(&browser, "ana@tei.example").await;
    sign_in(&phone, "ana@tei.example").await;
    browser.go(&stuck).await;
    browser.find("#spv form[action$='/fetch']").await;
    browser.go(&refused).await;
    browser.find("#spv .note.bad").await;
    let pages = [("settings", "/settings"), ("inbox-stuck", stuck.as_str()), ("inbox-refused", refused.as_str())];
    round(&browser, &phone, "ro", &pages).await;
    look(&browser, "light", "ro").await;
    for (name, path) in pages {
        check(&browser, &format!("ro-{name}-1440-ro"), path, "light").await;
        check(&phone, &format!("ro-{name}-390-ro"), path, "light").await;
    }
    browser.close().await;
    phone.close().await;
}

/// A Romanian company whose inbox shows something once it was looked into. Gives its page.
fn inbox(service: &Service, api: &Api, name: &str, access: &serde_json::Value, shows: &str) -> String {
    let address = format!("{}@post.example", name.split(' ').next().unwrap_or_default().to_lowercase());
    service.cli(&["company", "add", name, "--country", "RO", "--address", &address]);
    let list = api.get("/v1/companies").expect(200).json();
    let all = list["companies"].as_array().expect("a list");
    let id = all.iter().find(|one| one["name"] == name).and_then(|one| one["id"].as_str()).expect("an id").to_owned();
    let path = format!("/v1/companies/{id}/spv");
    api.put(&path, access).expect(200);
    eventually(shows, || api.get(&path).expect(200).json()[shows].is_string().then_some(()));
    format!("/companies/{id}")
}

/// A webhook with a message that did not arrive: its name leads to where none may go. Gives its page.
fn tried_webhook(office: &Office) -> String {
    let new = json!({"url": "https://localhost/hook", "name": "Books", "events": ["document.approved", "document.exported"]});
    let made = office.api().post("/v1/webhooks", &new).expect(201).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    office.api().post(&format!("/v1/webhooks/{id}/test"), &json!({})).expect(202);
    eventually("an attempt", || {
        let list = office.api().get(&format!("/v1/webhooks/{id}/deliveries")).expect(200).json();
        (list["deliveries"][0]["attempts"].as_u64() >= Some(1)).then_some(())
    });
    format!("/settings/webhooks/{id}")
}

/// Each page in both themes, wide and on a phone, and in a language with longer words. Theme and language are the person's: both
/// browsers have them.
async fn round(browser: &Browser, phone: &Browser, of: &str, pages: &[(&str, &str)]) {
    for (theme, language) in [("light", "en"), ("dark", "en"), ("dark", "pl")] {
        look(browser, theme, language).await;
        let end = if language == "en" { String::new() } else { format!("-{language}") };
        for (name, path) in pages {
            check(browser, &format!("{of}-{name}-1440{end}"), path, theme).await;
            check(phone, &format!("{of}-{name}-390{end}"), path, theme).await;
        }
    }
    look(browser, "light", "en").await;
}

/// The person chooses theme and language.
async fn look(browser: &Browser, theme: &str, language: &str) {
    browser.go("/account").await;
    let set = format!(
        "document.getElementById('a-theme').value = '{theme}'; document.getElementById('a-language').value = '{language}'"
    );
    browser.script(&set).await;
    browser.click("form[action='/account'] button.main").await;
    browser.find(&format!("html[data-theme={theme}][lang={language}]")).await;
}

async fn check(browser: &Browser, name: &str, path: &str, theme: &str) {
    browser.go(path).await;
    browser.find("main").await;
    browser.picture(&format!("{name}-{theme}")).await;
    let found = browser.axe().await;
    assert!(found.is_empty(), "{name} {theme}: {found:#?}");
    let over = browser.script("return document.documentElement.scrollWidth - window.innerWidth").await;
    assert!(over.as_i64().is_some_and(|over| over <= 0), "{name}: {over} pixels wider than the window");
}
