//! Every page as axe-core and a narrow screen see it.

use super::*;

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
    let (browser, phone) = (Browser::open(&office.service.url()).await, Browser::phone(&office.service.url()).await);
    for (of, browser) in [("1440", &browser), ("390", &phone)] {
        check(browser, &format!("sign-in-{of}"), "/sign-in", "system").await;
        check(browser, &format!("send-{of}"), &format!("/send/{send}"), "system").await;
    }
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
