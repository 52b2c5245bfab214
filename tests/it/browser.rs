//! The pages in a real browser.

mod accessibility;
mod work;

use serde_json::json;

use crate::harness::{Browser, Mail, Office, eventually, invoice, sample};

#[tokio::test]
async fn a_bookkeeper_uploads_reads_corrects_and_approves() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna Lipska"], "long enough now\n");
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
    browser.fill("#password", "long enough now").await;
    browser.click("button.main").await;
    browser.until("No documents yet").await;

    browser.click("a[href='/upload'].button").await;
    browser.choose("#company", "Młyn Łódź").await;
    browser.fill("input[type=file]", paper.to_str().expect("a plain path")).await;
    browser.picture("upload").await;
    browser.click("form[data-upload] button.main").await;
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

    // A value is kept as soon as it is left; an open alarm stops the one key and wants a reason.
    browser.fill("#v-invoice_number", "FV/07/2026/A").await;
    browser.click("#save").await;
    browser.find(".field.confirmed[data-field=invoice_number]").await;
    browser.find("#history del").await;
    // Approved with others of a list it is left, and the page says why.
    browser.go("/?state=to_review").await;
    browser.click("td.pick input").await;
    browser.click(".bulk button[value=approve]").await;
    browser.find("[data-left]").await;
    browser.picture("bulk").await;
    browser.click("[data-left] a.button").await;
    browser.find("#approve").await;
    browser.click("#approve").await;
    browser.find("[data-alarm=first_seller]").await;
    assert_eq!(browser.script("return document.activeElement.id").await, "reason");
    browser.fill("#reason", "A new supplier, I called them").await;
    browser.picture("document-alarm").await;
    browser.click("#approve").await;
    browser.until("That was the last of this list").await;

    browser.click("nav a[href='/held']").await;
    browser.until("Faktura bez PIN-u").await;
    browser.picture("held").await;
    browser.click("button[value=once]").await;
    browser.until("No mail is waiting").await;
    browser.click("nav a[href='/mail']").await;
    browser.until("fv.pdf").await;
    browser.picture("mail-log").await;
    browser.go("/?number=FV%2F07&state=approved").await;
    browser.until("FV/07/2026/A").await;
    browser.picture("list").await;
    browser.go("/?text=nothinglikethis").await;
    browser.until("Nothing matches").await;
    // "Where is my invoice?", with a slip of the finger.
    browser.go("/find").await;
    browser.fill("main input[type=search]", "faktra FV/07/2026").await;
    browser.click("main form button").await;
    browser.find(".hit mark").await;
    browser.picture("find").await;
    browser.click(".hit a").await;
    browser.until("FV/07/2026/A").await;
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

/// Three approved papers of July: one in a batch, one ready, one that lacks its VAT code; a list and a rule. Gives the batch's address.
fn close_a_month(office: &Office, company: &str) -> String {
    let api = office.api();
    let paper = |number: &str| {
        let id = office.upload("Młyn Łódź", &format!("{number}.pdf").replace('/', "-"), "application/pdf", &invoice(number));
        api.post(&format!("/v1/documents/{id}/read?wait=60"), &json!({})).expect(200);
        let tag = api.get(&format!("/v1/documents/{id}")).header("etag").to_owned();
        api.patch(&format!("/v1/documents/{id}"), &tag, &json!({"period": "2026-07", "direction": "purchase"})).expect(200);
        id
    };
    let approve = |id: &str| api.post(&format!("/v1/documents/{id}/approve"), &json!({"reason": "known"})).expect(200);
    api.post("/v1/choices", &json!({"kind": "category", "code": "402", "name": "Zboże", "account": "402-01"})).expect(201);
    api.post("/v1/booking-rules", &json!({"seller": "Kowalski", "booking": {"category": "402"}})).expect(201);
    approve(&paper("E/1"));
    let made =
        api.post("/v1/batches?wait=60", &json!({"company": company, "profile": "epp", "period": "2026-07"})).expect(200).json();
    approve(&paper("E/2"));
    let bad = paper("E/3");
    let tag = api.get(&format!("/v1/documents/{bad}")).header("etag").to_owned();
    api.patch(&format!("/v1/documents/{bad}/fields"), &tag, &json!({"vat_breakdown": []})).expect(200);
    approve(&bad);
    format!("/export/{}", made["id"].as_str().expect("an id"))
}

/// Signs in with the password that people of tests have.
pub async fn sign_in(browser: &Browser, email: &str) {
    browser.go("/sign-in").await;
    browser.fill("#email", email).await;
    browser.fill("#password", "long enough now").await;
    browser.click("button.main").await;
    browser.find("main h1").await;
    browser.find("a.brand").await;
}

/// A paper that was read without a doubt is approved with one key, and the next of the list is there.
#[tokio::test]
async fn an_ordinary_invoice_takes_one_key() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna Lipska"], "long enough now\n");
    let mut ids = vec![];
    for number in ["K/1", "K/2", "K/3"] {
        let id = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice(number));
        office.api().post(&format!("/v1/documents/{id}/read?wait=60"), &serde_json::json!({})).expect(200);
        ids.push(id);
    }
    // The seller is known since the first was approved.
    let known = serde_json::json!({"reason": "a seller we know"});
    office.api().post(&format!("/v1/documents/{}/approve", ids[0]), &known).expect(200);
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, "anna@lipa.example").await;
    browser.go("/?state=to_review&sort=created&order=asc").await;
    browser.click("tr[data-document] a.whole").await;
    browser.find("#approve").await;
    let alarms = browser.count("[data-alarm]").await;
    assert_eq!(alarms, 0, "nothing speaks against it: {}", browser.text().await);
    // From the key to the next paper, its picture drawn.
    browser
        .script(
            "addEventListener('keydown', (event) => { if (event.key === 'Enter') window.pressed = performance.now(); }, true);
             new MutationObserver(() => {
                 const image = document.querySelector('#review .page img');
                 if (!window.pressed || !image || image.dataset.timed) return;
                 image.dataset.timed = '1';
                 const done = () => { window.opened ??= performance.now() - window.pressed; };
                 if (image.complete) done(); else image.addEventListener('load', done);
             }).observe(document.body, { childList: true, subtree: true });",
        )
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let control_enter = "\u{e009}\u{e007}";
    browser.press(control_enter).await;
    browser.find(&format!("#review[data-document='{}']", ids[2])).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    eprintln!("approved and the next paper on the desk after {} ms", browser.script("return window.opened").await);
    assert_eq!(browser.path().await, format!("/documents/{}", ids[2]), "the address follows");
    browser.press(control_enter).await;
    browser.until("That was the last of this list").await;
    for id in &ids {
        assert_eq!(office.api().get(&format!("/v1/documents/{id}")).expect(200).json()["state"], "approved");
    }
    browser.close().await;
}

/// The same invoice in another file: the very same bytes sent twice are one arrival.
fn saved_again(number: &str) -> Vec<u8> {
    [invoice(number), b"\n% saved again\n".to_vec()].concat()
}

/// What came twice stands side by side with the reason; a person decides, and the machine does not say it again.
#[tokio::test]
async fn a_person_decides_whether_two_papers_are_one() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna Lipska"], "long enough now\n");
    let first = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("T/1"));
    let again = office.upload("Młyn Łódź", "fv-2.pdf", "application/pdf", &saved_again("T/1"));
    for id in [&first, &again] {
        office.api().post(&format!("/v1/documents/{id}/read?wait=60"), &json!({})).expect(200);
    }
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, "anna@lipa.example").await;
    browser.go("/").await;
    browser.click("a.tag[href$='/twin']").await;
    browser.until("The same seller, number and date").await;
    assert_eq!(browser.count(".twins section").await, 2, "both papers are there");
    browser.picture("twin").await;
    browser.click("#is-not").await;
    browser.until("Kept as two papers").await;
    assert!(office.api().get(&format!("/v1/documents/{again}")).expect(200).json()["duplicate_of"].is_null());
    office.api().post(&format!("/v1/documents/{again}/read?wait=60"), &json!({})).expect(200);
    assert!(office.api().get(&format!("/v1/documents/{again}")).expect(200).json()["duplicate_of"].is_null(), "not said again");
    browser.close().await;
}

/// An exported paper that is opened again says what differs from what was exported, on its page and in the list.
#[tokio::test]
async fn what_changed_since_the_export_is_shown() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna Lipska"], "long enough now\n");
    let company = office.company("Młyn Łódź");
    close_a_month(&office, &company);
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, "anna@lipa.example").await;
    browser.go("/?state=exported").await;
    browser.click("tr[data-document] a.whole").await;
    browser.click("#reopen").await;
    browser.find("#since").await;
    browser.until("nothing differs").await;
    browser.retype("#v-invoice_number", "E/1/BIS").await;
    browser.click("#save").await;
    browser.find(".field.confirmed[data-field=invoice_number]").await;
    browser.until("E/1/BIS").await;
    browser.find("#since del").await;
    browser.picture("since").await;
    browser.go("/?reopened=true").await;
    browser.until("1 change since the export").await;
    browser.picture("list-since").await;
    browser.close().await;
}

/// A client with a phone: two photos, one turned, one cut, sent as the pages of one document; the connection breaks meanwhile.
#[tokio::test]
async fn a_client_photographs_two_pages() {
    let office = Office::start();
    let client = ["user", "add", "jan@mlyn.example", "--name", "Jan", "--role", "company_admin", "--company", "Młyn Łódź"];
    office.service.cli_with(&client, "long enough now\n");
    let photo = |name: &str, shade: u8| {
        let path = office.service.folder().join(name);
        image::GrayImage::from_fn(900, 1200, |x, y| image::Luma([if (x / 9 + y / 7) % 5 == 0 { shade / 4 } else { shade }]))
            .save(&path)
            .expect("a photo");
        path
    };
    let (one, dark) = (photo("one.png", 230), photo("dark.png", 40));
    let phone = Browser::phone(&office.service.url()).await;
    sign_in(&phone, "jan@mlyn.example").await;
    phone.click("a.add").await;
    phone.fill("#photo", one.to_str().expect("a plain path")).await;
    phone.fill("#photo", dark.to_str().expect("a plain path")).await;
    phone.until("This photo is dark").await;
    phone.click(".files li:nth-child(1) button[aria-label^='Turn']").await;
    phone.until("one.jpg").await;
    phone.click(".files li:nth-child(1) button[aria-label^='Crop']").await;
    phone.find("dialog.crop .start").await;
    // Ten steps to the right, ten down.
    phone.script("document.querySelector('dialog.crop .start').focus()").await;
    phone.press(&"\u{e014}\u{e015}".repeat(10)).await;
    phone.picture("crop-390").await;
    phone.click("dialog.crop button.main").await;
    phone.find("[data-together]:not([hidden])").await;
    phone.picture("client-pages-390").await;
    // The first piece is lost on its way.
    phone
        .script(
            "const send = XMLHttpRequest.prototype.send;
             XMLHttpRequest.prototype.send = function (body) {
                 XMLHttpRequest.prototype.send = send;
                 setTimeout(() => this.onerror(new Event('error')), 50);
             };",
        )
        .await;
    phone.click("form[data-upload] button.main:not(.add)").await;
    phone.until("1 file arrived safely").await;
    let arrived = office.documents(1);
    assert_eq!(arrived[0]["media_type"], "application/pdf", "two photos are one document");
    phone.close().await;
}

/// Two people change one value: neither is lost, a person chooses.
#[tokio::test]
async fn a_conflict_shows_both_values() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna Lipska"], "long enough now\n");
    let id = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("Z/1"));
    office.api().post(&format!("/v1/documents/{id}/read?wait=60"), &serde_json::json!({})).expect(200);
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, "anna@lipa.example").await;
    browser.go(&format!("/documents/{id}")).await;
    browser.find("#v-invoice_number").await;
    // Another person's change comes while this one types.
    browser.retype("#v-invoice_number", "Z/MINE").await;
    change(&office, &id, "invoice_number", "Z/THEIRS");
    browser.press("\u{e004}").await;
    browser.until("Z/THEIRS").await;
    browser.picture("conflict").await;
    browser.click("[data-both] button:first-of-type").await;
    browser.find(".field.confirmed[data-field=invoice_number]").await;
    assert_eq!(value(&office, &id, "invoice_number"), "Z/MINE");

    // Their change to a value that this person types comes to light by a conflict about another: the value being typed is no less safe.
    browser.retype("#v-currency", "EUR").await;
    browser.retype("#v-invoice_number", "Z/AGAIN").await;
    change(&office, &id, "invoice_number", "Z/THEIRS");
    browser.click("#save").await;
    browser.until("Z/THEIRS").await;
    browser.click(".both[data-field=invoice_number] button:last-of-type").await;
    browser.find(".field.confirmed[data-field=invoice_number]").await;
    assert_eq!(value(&office, &id, "invoice_number"), "Z/THEIRS");
    eventually("the other value is kept", || (value(&office, &id, "currency") == "EUR").then_some(()));

    // A field emptied and left, then filled, as a driver of browsers does it, while somebody else fills it. Whoever is last, nothing
    // is overwritten that was not shown.
    for round in 0..5 {
        let (mine, theirs) = (format!("Z/{round}/MINE"), format!("Z/{round}/THEIRS"));
        browser.fill("#v-invoice_number", &mine).await;
        change(&office, &id, "invoice_number", &theirs);
        browser.click("#save").await;
        let shown = format!(
            "return [document.body.innerText.includes('{theirs}'), document.querySelector('#v-invoice_number').value === '{theirs}']"
        );
        let both = loop {
            match browser.script(&shown).await.as_array().expect("a pair").as_slice() {
                [both, _] if *both == true => break true,
                [_, now] if *now == true => break false,
                _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
            assert_ne!(value(&office, &id, "invoice_number"), mine, "their value was overwritten unseen");
        };
        if both {
            browser.click(".both[data-field=invoice_number] button:first-of-type").await;
            browser.find(".field.confirmed[data-field=invoice_number]").await;
            eventually("mine is kept", || (value(&office, &id, "invoice_number") == mine).then_some(()));
        }
    }
    browser.close().await;
}

/// Somebody else sets a value, whatever happens meanwhile.
fn change(office: &Office, id: &str, field: &str, value: &str) {
    eventually("their change", || {
        let version = office.api().get(&format!("/v1/documents/{id}")).expect(200).header("etag").to_owned();
        let fields = serde_json::json!({"fields": {field: value}});
        (office.api().patch(&format!("/v1/documents/{id}/fields"), &version, &fields).status == 200).then_some(())
    });
}

fn value(office: &Office, id: &str, field: &str) -> String {
    let now = office.api().get(&format!("/v1/documents/{id}")).expect(200).json();
    now["reading"]["fields"][field]["value"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn what_clients_send_is_shown_as_text() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example"], "long enough now\n");
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
    browser.fill("#password", "long enough now").await;
    browser.click("button.main").await;
    browser.until("<script>").await;
    let title = browser.script("return document.title").await;
    assert_ne!(title, "owned");
    browser.close().await;
}

#[test]
fn forms_of_other_sites_do_nothing() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example"], "long enough now\n");
    let nobody = office.service.api("");
    let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let signed = nobody.send("POST", "/sign-in", &form, b"email=anna%40lipa.example&password=long+enough+now");
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
