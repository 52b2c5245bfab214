//! The pages in a real browser.

use crate::harness::{Browser, Mail, Office, invoice};

#[tokio::test]
async fn a_bookkeeper_uploads_reads_corrects_and_approves() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna Lipska"], "long enough\n");
    office.service.cli(&["company", "add", "Tartak Sosna", "--tax-id", "7251801126", "--address", "tartak@post.example"]);
    let paper = office.service.folder().join("Faktura 07.pdf");
    std::fs::write(&paper, invoice("FV/07/2026")).expect("a file");
    office.send(&Mail::new("mlyn@post.example", "Faktura bez PIN-u").attach("fv.pdf", "application/pdf", &invoice("H/1")));

    let browser = Browser::open(&office.service.url()).await;
    browser.go("/").await;
    assert_eq!(browser.path().await, "/sign-in", "nothing is shown before signing in");
    browser.fill("#email", "anna@lipa.example").await;
    browser.fill("#password", "wrong password").await;
    browser.picture("sign-in").await;
    browser.click("button.main").await;
    browser.until("do not belong together").await;
    assert_eq!(browser.find("#email").await.prop("value").await.expect("a field").as_deref(), Some("anna@lipa.example"));
    browser.fill("#password", "long enough").await;
    browser.click("button.main").await;
    browser.until("No documents yet").await;

    browser.click("a[href='/upload'].button").await;
    browser.choose("#company", "Młyn Łódź").await;
    browser.fill("input[type=file]", paper.to_str().expect("a plain path")).await;
    browser.picture("upload").await;
    browser.click("form.card button.main").await;
    browser.find("#read").await;
    wait_for_image(&browser).await;
    browser.picture("document-new").await;
    browser.click("#read").await;
    browser.find("#v-invoice_number").await;
    let number = browser.find("#v-invoice_number").await.prop("value").await.expect("a field");
    assert_eq!(number.as_deref(), Some("FV/07/2026"));
    wait_for_image(&browser).await;
    assert!(browser.count("svg rect[data-field=total_gross]").await >= 1, "the total's place is marked");
    places_fit(&browser).await;
    browser.picture("document-read").await;

    browser.fill("#v-invoice_number", "FV/07/2026/A").await;
    browser.click("#fields button.main").await;
    browser.until("confirmed").await;
    browser.click("#approve").await;
    browser.find(".head .state.approved").await;
    browser.picture("document-approved").await;

    browser.click("nav a[href='/held']").await;
    browser.until("Faktura bez PIN-u").await;
    browser.picture("held").await;
    browser.click("form[action$='/once'] button").await;
    browser.until("No mail is waiting").await;
    browser.click("nav a[href='/mail']").await;
    browser.until("fv.pdf").await;
    browser.picture("mail-log").await;
    browser.go("/?number=FV%2F07&state=approved").await;
    browser.until("FV/07/2026/A").await;
    browser.picture("list").await;
    browser.go("/?text=nothinglikethis").await;
    browser.until("Nothing matches").await;
    browser.click(".who button").await;
    browser.find("#password").await;
    browser.go("/").await;
    assert_eq!(browser.path().await, "/sign-in");
    browser.close().await;
}

async fn wait_for_image(browser: &Browser) {
    browser.find(".page img").await;
    for _ in 0..400 {
        let drawn =
            browser.script("const i = document.querySelector('.page img'); return i.complete && i.naturalWidth > 100").await;
        if drawn == true {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the page was never drawn");
}

/// The layer of boxes lies exactly on the picture, and a box is where dark ink is not far.
async fn places_fit(browser: &Browser) {
    let fits = browser
        .script(
            "const i = document.querySelector('.page img').getBoundingClientRect();
             const s = document.querySelector('.page svg').getBoundingClientRect();
             return Math.max(Math.abs(i.left - s.left), Math.abs(i.top - s.top), Math.abs(i.width - s.width), Math.abs(i.height - s.height));",
        )
        .await;
    assert!(fits.as_f64().is_some_and(|off| off < 1.5), "boxes are {fits} pixels off");
}

#[tokio::test]
async fn what_clients_send_is_shown_as_text() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example"], "long enough\n");
    let evil = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
    office.send(&Mail::new("mlyn@post.example", &format!("{evil} (483916)")).attach(
        "<b>x</b>.pdf",
        "application/pdf",
        &invoice("X/1"),
    ));
    office.documents(1);
    let browser = Browser::open(&office.service.url()).await;
    browser.go("/").await;
    browser.fill("#email", "anna@lipa.example").await;
    browser.fill("#password", "long enough").await;
    browser.click("button.main").await;
    browser.until("<script>").await;
    let title = browser.script("return document.title").await;
    assert_ne!(title, "owned");
    browser.close().await;
}

#[test]
fn forms_of_other_sites_do_nothing() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example"], "long enough\n");
    let nobody = office.service.api("");
    let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let signed = nobody.send("POST", "/sign-in", &form, b"email=anna%40lipa.example&password=long+enough");
    assert_eq!(signed.status, 303, "{}", signed.text());
    let cookie = signed.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let page = nobody.send("GET", "/", &[("cookie", &cookie)], &[]).expect(200);
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert!(!page.text().contains("<script>"), "no script in the page itself");
    let id = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("C/1"));
    let post = |site: &str| {
        let headers = [form[0], ("sec-fetch-site", site), ("cookie", &cookie)];
        nobody.send("POST", &format!("/documents/{id}/reject"), &headers, b"version=").status
    };
    assert_eq!(post("cross-site"), 403);
    assert_eq!(office.documents(1)[0]["state"], "new");
    assert_eq!(post("same-origin"), 303);
    assert_eq!(office.documents(1)[0]["state"], "rejected");
}
