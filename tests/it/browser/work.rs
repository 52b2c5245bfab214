//! What a bookkeeper does with many papers at once, lists under a name, the mail beside a held one, and pages on paper.

use super::*;

const ANNA: &str = "anna@lipa.example";

fn office_with_anna() -> Office {
    let office = Office::start();
    office.service.cli_with(&["user", "add", ANNA, "--name", "Anna Lipska"], "long enough now\n");
    office
}

/// Opens what is done to the rows that are chosen; the rows are chosen first.
async fn more(browser: &Browser, rows: usize) {
    for row in 1..=rows {
        browser.click(&format!("tbody tr:nth-child({row}) td.pick input")).await;
    }
    browser.click(".bulk details summary").await;
}

#[tokio::test]
async fn a_list_stands_in_the_rail_under_its_name() {
    let office = office_with_anna();
    office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("V/1"));
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, ANNA).await;
    browser.go("/?channel=upload&state=new").await;
    browser.click("details.views summary").await;
    browser.fill("#v-name", "Brought by hand").await;
    browser.click("form[action='/views'] button").await;
    browser.find("nav a.within[aria-current=page]").await;
    browser.go("/companies").await;
    browser.click("nav a.within").await;
    browser.find("tr[data-document]").await;
    assert_eq!(browser.script("return location.search").await, "?channel=upload&state=new");
    browser.picture("view-in-rail").await;
    browser.click("details.views summary").await;
    browser.click("form[action$='/remove'] button").await;
    browser.find("nav a[aria-current=page]:not(.within)").await;
    assert_eq!(browser.count("nav a.within").await, 0);
    browser.close().await;
}

#[tokio::test]
async fn papers_are_put_together_divided_moved_and_taken_out() {
    let office = office_with_anna();
    office.service.cli(&["company", "add", "Tartak Sosna", "--tax-id", "7251801126", "--address", "tartak@post.example"]);
    let first = office.upload("Młyn Łódź", "one.pdf", "application/pdf", &invoice("M/1"));
    office.upload("Młyn Łódź", "two.pdf", "application/pdf", &invoice("M/2"));
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, ANNA).await;
    // Asked first, then done: the question is answered by the test.
    let yes = "window.confirm = () => true";
    browser.go("/").await;
    browser.script(yes).await;
    more(&browser, 2).await;
    browser.click(".bulk button[value=merge]").await;
    browser.until("2 documents put together").await;
    let whole = office.documents(1);
    assert_eq!(whole[0]["id"], first.as_str(), "the first that came stays");

    browser.script(yes).await;
    more(&browser, 1).await;
    browser.click(".bulk button[value=split]").await;
    browser.until("1 document divided").await;
    let both = office.documents(2);

    browser.go("/").await;
    more(&browser, 1).await;
    browser.choose("#k-company", "Tartak Sosna").await;
    browser.click(".bulk button[value=move]").await;
    browser.until("1 document moved to the other company").await;
    let sosna = office.company("Tartak Sosna");
    let there = office.api().get(&format!("/v1/documents?company={sosna}")).expect(200).json();
    assert_eq!(there["documents"].as_array().map(Vec::len), Some(1), "{there}");

    // What lies in the trash says how long.
    browser.go("/?trashed=true").await;
    browser.until("30 days left").await;
    browser.picture("trash-days").await;

    // The files of all of them, as they came.
    let ids: Vec<&str> = both.iter().filter_map(|one| one["id"].as_str()).collect();
    let zip = office.api().get(&format!("/v1/documents/originals?ids={}", ids.join(","))).expect(200);
    assert_eq!(zip.header("content-type"), "application/zip");
    let place = office.service.folder().join("originals.zip");
    std::fs::write(&place, &zip.body).expect("a file");
    let names = std::process::Command::new("python3").args(["-m", "zipfile", "-l"]).arg(&place).output().expect("python3");
    let names = String::from_utf8_lossy(&names.stdout).into_owned();
    assert!(names.contains("one.pdf") && names.contains("two.pdf"), "{names}");
    browser.close().await;
}

#[tokio::test]
async fn the_mail_stands_beside_a_held_one() {
    let office = office_with_anna();
    office.send(&Mail::new("mlyn@post.example", "Faktura bez PIN-u").attach("fv.pdf", "application/pdf", &invoice("H/1")));
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, ANNA).await;
    browser.go("/held").await;
    browser.click(".beside summary").await;
    browser.until("fv.pdf").await;
    browser.until("mlyn@post.example").await;
    browser.picture("held-beside").await;
    // The decision is in sight, not beside the table.
    let right = "return document.querySelector('button[value=discard]').getBoundingClientRect().right - innerWidth";
    assert!(browser.script(right).await.as_f64().is_some_and(|over| over < 0.0));
    browser.close().await;
}

/// On paper: no navigation, no buttons, black on white whatever the theme, heads of tables on each sheet.
#[tokio::test]
async fn pages_print() {
    let office = office_with_anna();
    let id = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("P/1"));
    office.api().post(&format!("/v1/documents/{id}/read?wait=60"), &json!({})).expect(200);
    office.send(&Mail::new("mlyn@post.example", "Bez PIN-u").attach("fv.pdf", "application/pdf", &invoice("H/1")));
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, ANNA).await;
    browser.go("/account").await;
    browser.script("document.getElementById('a-theme').value = 'dark'").await;
    browser.click("form[action='/account'] button.main").await;
    browser.find("html[data-theme=dark]").await;
    for (path, table) in [(format!("/documents/{id}"), false), ("/month".to_owned(), true), ("/mail".to_owned(), true)] {
        browser.go(&path).await;
        browser.find("main").await;
        browser.print_media(true).await;
        let seen = "const shown = (css) => [...document.querySelectorAll(css)].some((e) => e.checkVisibility());
                    const style = getComputedStyle(document.body);
                    const head = document.querySelector('thead');
                    return { hands: shown('nav, .rail, button, .button, dialog'), ink: style.color, paper: style.backgroundColor,
                             head: head && getComputedStyle(head).display, said: shown('h1') };";
        let seen = browser.script(seen).await;
        assert_eq!(seen["hands"], false, "{path}: {seen}");
        assert_eq!((&seen["ink"], &seen["paper"]), (&json!("rgb(0, 0, 0)"), &json!("rgb(255, 255, 255)")), "{path}");
        assert_eq!(seen["said"], true, "{path}");
        if table {
            assert_eq!(seen["head"], "table-header-group", "{path}");
        }
        browser.print_media(false).await;
    }
    browser.close().await;
}

/// Papers on a photo are drawn: the first with the mouse, the second by keys alone (WCAG 2.2, 2.5.7).
#[tokio::test]
async fn papers_on_a_photo_are_drawn() {
    let office = office_with_anna();
    let id = office.upload("Młyn Łódź", "paragony.jpg", "image/jpeg", &sample("pl/paragony-dwa.jpg"));
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, ANNA).await;
    browser.go(&format!("/documents/{id}")).await;
    browser.click("#draw").await;
    wait_for_image(&browser).await;
    browser.drag(".page", [0.02, 0.05], [0.48, 0.95]).await;
    browser.find(".cutout").await;
    assert_eq!(browser.count("[data-row]").await, 1);
    // A click draws nothing.
    browser.drag(".page", [0.8, 0.5], [0.8, 0.5]).await;
    assert_eq!(browser.count(".cutout").await, 1);
    browser.script("document.getElementById('add').focus()").await;
    browser.press("\u{e007}").await;
    assert_eq!(browser.script("return document.activeElement.getAttribute('aria-label')").await, "Paper 2: Upper left corner");
    // 25 steps to the right, 20 up; then the sides are typed.
    browser.press(&("\u{e014}".repeat(25) + &"\u{e013}".repeat(20))).await;
    let side = |name: &str| format!("return document.querySelector('[data-row]:nth-child(2) [name={name}]').value");
    assert_eq!(browser.script(&side("left")).await, "50.0");
    assert_eq!(browser.script(&side("top")).await, "5.0");
    browser.retype("[data-row]:nth-child(2) [name=right]", "98").await;
    browser.retype("[data-row]:nth-child(2) [name=bottom]", "96.5").await;
    browser.picture("divide").await;
    browser.click("#go").await;
    browser.until("Divided: these are 2 papers now").await;
    let width = |document: &serde_json::Value| {
        let id = document["id"].as_str().expect("an id");
        let detail = office.api().get(&format!("/v1/documents/{id}")).expect(200).json();
        let region = detail["pieces"][0]["region"].clone();
        region[2].as_f64().zip(region[0].as_f64()).map(|(right, left)| right - left).unwrap_or_else(|| panic!("{detail}"))
    };
    let widths: Vec<f64> = office.documents(2).iter().map(width).collect();
    assert!((widths[0] / widths[1] - 0.46 / 0.48).abs() < 0.02, "{widths:?}");
    browser.close().await;
}

/// A value that is none is not kept and says why; a session that ends while somebody works takes nothing of what they typed.
#[tokio::test]
async fn what_was_typed_stays() {
    let office = office_with_anna();
    let id = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("S/1"));
    office.api().post(&format!("/v1/documents/{id}/read?wait=60"), &json!({})).expect(200);
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, ANNA).await;
    browser.go(&format!("/documents/{id}")).await;
    let tab = "\u{e004}";
    browser.retype("#v-issue_date", "abc").await;
    browser.press(tab).await;
    browser.until("Not a date").await;
    browser.picture("no-day").await;
    browser.retype("#v-issue_date", "6.10.26").await;
    browser.press(tab).await;
    browser.find(".field.confirmed[data-field=issue_date]").await;
    assert_eq!(value(&office, &id, "issue_date"), "2026-10-06");
    browser.retype("#v-total_gross", "1 230,50").await;
    browser.press(tab).await;
    browser.find(".field.confirmed[data-field=total_gross]").await;
    assert_eq!(value(&office, &id, "total_gross"), "1230.50");
    assert_eq!(browser.script("return document.querySelector('#v-total_gross').value").await, "1,230.50");

    let end = "return fetch('/sign-out', { method: 'POST' }).then(() => 1)";
    browser.script(end).await;
    browser.retype("#v-invoice_number", "S/1/A").await;
    browser.press(tab).await;
    browser.until("You were signed out").await;
    browser.picture("signed-out").await;
    assert_eq!(value(&office, &id, "invoice_number"), "S/1");
    // They sign in on another tab and come back to this one.
    let again = format!(
        "return fetch('/sign-in', {{ method: 'POST', body: new URLSearchParams({{ email: '{ANNA}', password: 'long enough now' }}) }})
            .then(() => dispatchEvent(new Event('focus')))"
    );
    browser.script(&again).await;
    browser.find(".field.confirmed[data-field=invoice_number]").await;
    assert_eq!(value(&office, &id, "invoice_number"), "S/1/A");
    assert_eq!(browser.count("#lost:not([hidden])").await, 0);

    // A form that is sent too late leads through the sign-in back to what was written.
    browser.click("#talk summary").await;
    browser.fill("#say", "Please send the second page").await;
    browser.script(end).await;
    browser.click("#talk button[value='1']").await;
    browser.find("#password").await;
    browser.fill("#email", ANNA).await;
    browser.fill("#password", "long enough now").await;
    browser.click("button.main").await;
    browser.find("#say").await;
    assert_eq!(browser.path().await, format!("/documents/{id}"));
    assert_eq!(browser.script("return document.querySelector('#say').value").await, "Please send the second page");
    browser.click("#talk button[value='1']").await;
    browser.find(".said.me").await;
    assert_eq!(browser.script("return document.querySelector('#say').value").await, "");
    browser.close().await;
}

/// One Escape closes the panel; the next lets go of the rows. What is looked for in vain can be looked for in everything.
#[tokio::test]
async fn a_list_says_what_is_wrong_and_where_to_go_on() {
    let office = office_with_anna();
    office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("W/1"));
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, ANNA).await;
    browser.go("/").await;
    more(&browser, 1).await;
    let escape = "\u{e00c}";
    browser.press(escape).await;
    assert_eq!(browser.count(".bulk details[open]").await, 0);
    assert_eq!(browser.count("td.pick input:checked").await, 1);
    browser.press(escape).await;
    assert_eq!(browser.count("td.pick input:checked").await, 0);

    browser.go("/?amount_from=many").await;
    browser.until("Amount from: Not an amount").await;
    browser.go("/?period=2026-13").await;
    browser.until("Period: Not a month").await;
    browser.picture("wrong-filter").await;
    browser.go("/?text=quartz").await;
    browser.click(".empty a.main").await;
    browser.find("#find, form.find").await;
    assert_eq!(browser.path().await, "/find");
    browser.close().await;
}
