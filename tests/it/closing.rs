//! What an office does in its first month, in one go and in the browser: its clients come by a table, July's papers are exported, one
//! lacks its VAT code, a second export adds none, an edit shows, and all is taken back. `moving` and `export` ask the same of the API.

use serde_json::{Value, json};

use crate::browser::sign_in;
use crate::harness::{Api, Browser, Office, invoice};
use crate::moving::table;

const COMPANY: &str = "Spółka Żółw 3";

/// Twelve invoices of July of one of the companies, approved; the fifth has no VAT code. Gives their ids.
fn july(office: &Office) -> Vec<String> {
    let api = office.api();
    let ids: Vec<String> = (1..=12)
        .map(|n| office.upload(COMPANY, &format!("{n}.pdf"), "application/pdf", &invoice(&format!("FV/{n}/07/2026"))))
        .collect();
    api.post("/v1/documents/read?wait=60", &json!({"ids": ids})).expect(200);
    for id in &ids {
        let tag = api.get(&format!("/v1/documents/{id}")).header("etag").to_owned();
        api.patch(&format!("/v1/documents/{id}"), &tag, &json!({"period": "2026-07", "direction": "purchase"})).expect(200);
    }
    correct(&api, &ids[4], &json!({"vat_breakdown": []}));
    for id in &ids {
        approve(&api, id);
    }
    ids
}

fn approve(api: &Api, id: &str) {
    api.post(&format!("/v1/documents/{id}/approve"), &json!({"reason": "known"})).expect(200);
}

fn correct(api: &Api, id: &str, values: &Value) {
    let tag = api.get(&format!("/v1/documents/{id}")).header("etag").to_owned();
    api.patch(&format!("/v1/documents/{id}/fields"), &tag, values).expect(200);
}

/// 180 companies by a table: two tax ids that are wrong and an address that is taken are explained, the others are there.
async fn move_in(browser: &Browser, office: &Office) {
    let file = office.service.folder().join("klienci.csv");
    std::fs::write(&file, table()).expect("a file");
    browser.go("/companies/import").await;
    browser.fill("#m-file", file.to_str().expect("a plain path")).await;
    browser.click("#check").await;
    browser.until("177 companies can be added").await;
    browser.until("3 lines need a correction").await;
    let said = browser.text().await;
    for line in ["50", "91", "120"] {
        assert!(said.contains(line), "line {line} is explained: {said}");
    }
    assert!(said.contains("mlyn@post.example"), "the address that is taken is named: {said}");
    browser.click("#go").await;
    browser.until("177 companies added").await;
}

#[tokio::test]
async fn an_office_moves_in_and_closes_its_month() {
    let office = Office::start();
    office
        .service
        .cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna Lipska", "--role", "owner"], "long enough now\n");
    let browser = Browser::open(&office.service.url()).await;
    sign_in(&browser, "anna@lipa.example").await;
    move_in(&browser, &office).await;

    let (api, ids) = (office.api(), july(&office));
    let state = |id: &str| api.get(&format!("/v1/documents/{id}")).json()["state"].clone();
    let board = "/export?period=2026-07&profile=csv";
    browser.go(board).await;
    browser.until("Export 11 documents").await;
    browser.click("table details summary").await;
    browser.until("FV/5/07/2026").await;
    browser.until("no VAT code").await;
    assert_eq!(browser.count("ul.checks li").await, 1, "one reason, with a link to its paper");
    assert_eq!(browser.count(&format!("ul.checks a[href='/documents/{}']", ids[4])).await, 1);
    browser.click("form[action='/export'] button.main").await;
    browser.until("Download the file").await;
    let batch = browser.path().await;
    let id = batch.trim_start_matches("/export/").to_owned();
    let file = api.get(&format!("/v1/batches/{id}/file")).expect(200);
    assert_eq!(file.text().lines().count(), 12, "a head and eleven rows");
    assert!(!file.text().contains("FV/5/07/2026"), "the one without a VAT code is not in it");
    assert_eq!((state(&ids[0]), state(&ids[4])), (json!("exported"), json!("approved")));

    // A second export adds none: nothing is ready, and the one that lacks something still says so.
    browser.go(board).await;
    browser.until("1 document lacks something").await;
    assert_eq!(browser.count("form[action='/export'] button.main[disabled]").await, 1, "there is nothing to export");

    // An edit shows as changed, on the batch and in the next export.
    api.post(&format!("/v1/documents/{}/reopen", ids[0]), &Value::Null).expect(200);
    correct(&api, &ids[0], &json!({"fields": {"invoice_number": "FV/1A/07/2026"}}));
    approve(&api, &ids[0]);
    browser.go(&batch).await;
    browser.until("1 document was changed since it was exported").await;
    browser.until("changed since").await;
    browser.go(board).await;
    browser.until("2 documents lack something").await;
    browser.click("table details summary").await;
    browser.until("changed since its export").await;
    browser.go(&format!("{board}&corrections=1")).await;
    browser.until("Export 1 document").await;

    // Taken back as a whole: its documents are approved again, its file can still be had.
    browser.go(&batch).await;
    browser.script("window.confirm = () => true").await;
    browser.click("form[action$='/undo'] button").await;
    browser.until("Taken back").await;
    assert_eq!((state(&ids[1]), state(&ids[0])), (json!("approved"), json!("approved")));
    assert_eq!(api.get(&format!("/v1/batches/{id}/file")).expect(200).body, file.body);
    browser.go(board).await;
    browser.until("Export 11 documents").await;
    browser.close().await;
}
