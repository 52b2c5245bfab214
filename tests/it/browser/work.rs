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
