//! The month closes: documents coded, checked, handed over to an accounting program, taken back, and what it says of them.

use serde_json::{Value, json};

use crate::harness::{Api, Office, invoice};

/// Uploads, reads and approves so many invoices of July; gives their ids.
fn july(office: &Office, count: usize) -> Vec<String> {
    let api = office.api();
    let ids: Vec<String> = (1..=count)
        .map(|n| office.upload("Młyn Łódź", &format!("{n}.pdf"), "application/pdf", &invoice(&format!("FV/{n}/07/2026"))))
        .collect();
    api.post("/v1/documents/read?wait=60", &json!({"ids": ids})).expect(200);
    for id in &ids {
        let tag = api.get(&format!("/v1/documents/{id}")).header("etag").to_owned();
        api.patch(&format!("/v1/documents/{id}"), &tag, &json!({"period": "2026-07", "direction": "purchase"})).expect(200);
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

fn batch(api: &Api, order: &Value) -> Value {
    api.post("/v1/batches?wait=60", order).expect(200).json()
}

#[test]
fn twelve_documents_one_without_a_vat_code() {
    let office = Office::start();
    let (api, company) = (office.api(), office.company("Młyn Łódź"));
    let ids = july(&office, 12);
    let row = json!({"rate": null, "category": null, "net": "1000.00", "vat": "230.00", "gross": "1230.00", "confidence": 1.0,
                     "source": "human", "page": null, "box": null});
    correct(&api, &ids[4], &json!({"vat_breakdown": [row]}));
    for id in &ids {
        approve(&api, id);
    }
    let order = json!({"company": company, "profile": "csv", "period": "2026-07"});
    let seen = api.post("/v1/batches/preview", &order).expect(200).json();
    assert_eq!((seen["ready"].as_u64(), seen["left_out"].as_array().map(Vec::len)), (Some(11), Some(1)), "{seen}");
    assert_eq!(seen["left_out"][0]["document"], ids[4].as_str());
    assert_eq!(seen["left_out"][0]["reasons"][0]["code"], "vat_code");

    let made = batch(&api, &order);
    assert_eq!(
        (made["state"].as_str(), made["exported"].as_u64(), made["left_out"].as_u64()),
        (Some("ready"), Some(11), Some(1))
    );
    let path = format!("/v1/batches/{}/file", made["id"].as_str().expect("an id"));
    let file = api.get(&path).expect(200);
    assert!(file.header("content-disposition").contains("mlyn-lodz_2026-07_csv_"), "{:?}", file.headers);
    assert_eq!(file.text().lines().count(), 12, "a head and eleven rows");
    assert!(!file.text().contains("FV/5/07/2026") && file.text().contains("FV/12/07/2026"));
    assert_eq!(api.get(&path).body, file.body, "the same again");
    let state = |id: &str| api.get(&format!("/v1/documents/{id}")).json()["state"].clone();
    assert_eq!((state(&ids[0]), state(&ids[4])), (json!("exported"), json!("approved")));

    // A second export adds none.
    let again = batch(&api, &order);
    assert_eq!(
        (again["state"].as_str(), again["exported"].as_u64(), again["left_out"].as_u64()),
        (Some("empty"), Some(0), Some(1))
    );
    // The missing code said: it goes alone.
    api.post(&format!("/v1/documents/{}/reopen", ids[4]), &Value::Null).expect(200);
    let row = json!({"rate": "23", "category": "S", "net": "1000.00", "vat": "230.00", "gross": "1230.00", "confidence": 1.0,
                     "source": "human", "page": null, "box": null});
    correct(&api, &ids[4], &json!({"vat_breakdown": [row]}));
    approve(&api, &ids[4]);
    assert_eq!(batch(&api, &order)["exported"], 1);

    // An edit shows as changed, and goes as a correction only if that is asked for.
    api.post(&format!("/v1/documents/{}/reopen", ids[0]), &Value::Null).expect(200);
    correct(&api, &ids[0], &json!({"fields": {"invoice_number": "FV/1A/07/2026"}}));
    let entries = api.get(&format!("/v1/batches/{}/documents", made["id"].as_str().expect("an id"))).expect(200).json();
    let changed: Vec<_> = entries["documents"].as_array().expect("rows").iter().filter(|row| row["changed"] == true).collect();
    assert_eq!((changed.len(), changed[0]["document"].as_str()), (1, Some(ids[0].as_str())), "{entries}");
    approve(&api, &ids[0]);
    let seen = api.post("/v1/batches/preview", &order).expect(200).json();
    assert_eq!(seen["left_out"][0]["reasons"][0]["code"], "changed_since", "{seen}");
    let with = json!({"company": company, "profile": "csv", "period": "2026-07", "corrections": true});
    let corrected = batch(&api, &with);
    assert_eq!(corrected["exported"], 1);
    let text = api.get(&format!("/v1/batches/{}/file", corrected["id"].as_str().expect("an id"))).expect(200).text();
    assert!(text.contains("FV/1A/07/2026") && text.lines().count() == 2);

    // Reopened and approved without a change: it is exported again without a file.
    api.post(&format!("/v1/documents/{}/reopen", ids[1]), &Value::Null).expect(200);
    approve(&api, &ids[1]);
    assert_eq!(batch(&api, &order)["state"], "empty");
    assert_eq!(state(&ids[1]), "exported");

    // A copy changes nothing; undo takes all back as a whole.
    let copy = batch(&api, &json!({"company": company, "profile": "originals", "period": "2026-07", "copy": true}));
    assert_eq!((copy["exported"].as_u64(), state(&ids[3])), (Some(12), json!("exported")));
    api.post(&format!("/v1/batches/{}/undo", copy["id"].as_str().expect("an id")), &Value::Null).expect(409);
    let undone = api.post(&format!("/v1/batches/{}/undo", made["id"].as_str().expect("an id")), &Value::Null).expect(200).json();
    assert_eq!(undone["state"], "undone");
    assert_eq!((state(&ids[3]), state(&ids[0]), state(&ids[4])), (json!("approved"), json!("exported"), json!("exported")));
    assert_eq!(api.get(&path).expect(200).body, file.body, "what was handed over can still be looked at");
    assert_eq!(batch(&api, &order)["exported"], 10);
}

#[test]
fn the_books_answer_and_the_client_reads_it() {
    let office = Office::start();
    let (api, company) = (office.api(), office.company("Młyn Łódź"));
    let ids = july(&office, 3);
    for id in &ids {
        approve(&api, id);
    }
    let said = |rows: Value| api.post("/v1/documents/books", &json!({"documents": rows})).expect(200).json();
    let early = said(json!([{"document": ids[0], "state": "booked"}]));
    assert!(early["documents"][0]["message"].is_string(), "not handed over yet: {early}");
    let made = batch(&api, &json!({"company": company, "profile": "csv", "period": "2026-07"}));
    let told = said(json!([{"document": ids[0], "state": "booked", "number": "PK/17"}, {"document": ids[1], "state": "buffer"}]));
    assert!(told["documents"].as_array().expect("rows").iter().all(|row| row["message"].is_null()), "{told}");
    let undo = format!("/v1/batches/{}/undo", made["id"].as_str().expect("an id"));
    api.post(&undo, &Value::Null).expect(409);

    let csv = "invoice_number;seller_tax_id;state;number\r\nfv 3-07/2026;725-18-01-126;entered;\r\nFV/99;;booked;1\r\n";
    let path = format!("/v1/companies/{company}/books");
    let rows = api.send("POST", &path, &[("content-type", "text/csv")], csv.as_bytes()).expect(200).json();
    assert!(rows["documents"][0]["message"].is_null() && rows["documents"][1]["message"].is_string(), "{rows}");
    let books = |id: &str| api.get(&format!("/v1/documents/{id}")).json()["books"].clone();
    assert_eq!(books(&ids[0]), json!({"state": "booked", "number": "PK/17"}));
    assert_eq!(books(&ids[2])["state"], "entered");
    said(json!([{"document": ids[0], "state": "none"}, {"document": ids[2], "state": "none"}]));
    assert_eq!(api.post(&undo, &Value::Null).expect(200).json()["state"], "undone");
}

#[test]
fn bookings_are_set_for_many_and_suggested_with_their_reason() {
    let office = Office::start();
    let (api, company) = (office.api(), office.company("Młyn Łódź"));
    let ids = july(&office, 3);
    let set = json!({"ids": [ids[0], ids[1]], "booking": {"category": "402-01", "register": "ZK"}});
    let answers = api.post("/v1/documents/booking", &set).expect(200).json();
    assert_eq!(answers["documents"][1]["booking"], json!({"category": "402-01", "register": "ZK"}), "{answers}");
    api.post("/v1/documents/booking", &json!({"ids": [ids[1]], "booking": {"register": null}})).expect(200);
    approve(&api, &ids[0]);
    approve(&api, &ids[1]);
    let suggestions = |id: &str| api.get(&format!("/v1/documents/{id}/booking-suggestions")).expect(200).json();
    let found = suggestions(&ids[2]);
    let category = &found["suggestions"][0];
    assert_eq!(category, &json!({"part": "category", "value": "402-01", "why": "seller", "same": 2, "of": 2}), "{found}");
    // A rule comes before what was learnt.
    let rule = json!({"seller": "7251801126", "booking": {"category": "401-02"}, "company": company});
    api.post("/v1/booking-rules", &rule).expect(201);
    let found = suggestions(&ids[2]);
    assert!(found["suggestions"][0]["value"] == "401-02" && found["suggestions"][0]["why"] == "rule", "{found}");
    let taken = api.post("/v1/documents/booking", &json!({"ids": [ids[2]], "suggested": true})).expect(200).json();
    assert_eq!(taken["documents"][0]["booking"]["category"], "401-02", "{taken}");
    let wrong = api.post("/v1/documents/booking", &json!({"ids": [], "booking": {"colour": "red"}})).expect(422).json();
    assert!(wrong.to_string().contains("colour"), "{wrong}");
    // A rule carried out on what is here and, by itself, on what is read from now on.
    let rule = json!({"seller": "Kowalski", "booking": {"register": "ZK2"}, "company": company, "at_once": true});
    let rule = api.post("/v1/booking-rules", &rule).expect(201).json()["id"].as_str().expect("an id").to_owned();
    let applied = api.post(&format!("/v1/booking-rules/{rule}/apply"), &Value::Null).expect(200).json();
    let register = |id: &str| api.get(&format!("/v1/documents/{id}")).json()["booking"]["register"].clone();
    assert_eq!(
        (applied["set"].as_u64(), register(&ids[1]), register(&ids[2])),
        (Some(1), json!("ZK2"), json!("ZK")),
        "{applied}"
    );
    assert_eq!(register(&ids[0]), "ZK", "what a person said, or took, stays");
    let next = office.upload("Młyn Łódź", "4.pdf", "application/pdf", &invoice("FV/4/07/2026"));
    api.post(&format!("/v1/documents/{next}/read?wait=60"), &Value::Null).expect(200);
    assert_eq!(register(&next), "ZK2");
    // What a month's file needs is said before it is made.
    let refused = api.post("/v1/batches", &json!({"company": company, "profile": "jpk-v7m"})).expect(422).json();
    assert!(refused.to_string().contains("period"), "{refused}");
}

/// Every profile over the API, read back by readers that are not ours (`tests/tools/read_export.py`).
#[test]
fn other_readers_read_every_profile() {
    let office = Office::start();
    let api = office.api();
    let papers = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ocr/tests/xml");
    let folder = tempfile::tempdir().expect("a folder");
    let targets = [
        ("datev_consultant", "29098"),
        ("datev_client", "55003"),
        ("datev_chart", "03"),
        ("jpk_tax_office", "1433"),
        ("jpk_email", "biuro@lipa.example"),
        ("dominio_species", "1"),
        ("dominio_cfop", "1556"),
    ];
    for (name, value) in targets {
        api.post("/v1/choices", &json!({"kind": "target", "code": name, "name": value})).expect(201);
    }
    api.post("/v1/choices", &json!({"kind": "category", "code": "mat", "name": "Materiał", "account": "4930"})).expect(201);
    let mut read = Vec::new();
    let countries = [
        ("PL", "ksef/fa3-plain.xml", "PL5260250995"),
        ("DE", "cii/factur-x-en16931.xml", "DE136695976"),
        ("RO", "ubl/cius-ro.xml", "RO1234567897"),
        ("BR", "nfe/st-ipi.xml", "BR12345678000195"),
    ];
    for (country, file, tax_id) in countries {
        let facts = json!({"name": format!("Firma {country}"), "country": country, "tax_ids": [tax_id]});
        api.post("/v1/companies", &facts).expect(201);
        let bytes = std::fs::read(papers.join(file)).expect("a paper");
        let id = office.upload(&format!("Firma {country}"), "e.xml", "application/xml", &bytes);
        api.post(&format!("/v1/documents/{id}/read?wait=60"), &Value::Null).expect(200);
        let document = api.get(&format!("/v1/documents/{id}"));
        let issued = document.json()["reading"]["fields"]["issue_date"]["value"].as_str().expect("a day").to_owned();
        let change =
            json!({"period": issued[..7], "direction": "purchase", "booking": {"category": "mat", "exchange_rate": "4.30"}});
        api.patch(&format!("/v1/documents/{id}"), document.header("etag"), &change).expect(200);
        approve(&api, &id);
        let company = office.company(&format!("Firma {country}"));
        let profiles = api.get("/v1/export-profiles").expect(200).json();
        for profile in profiles["profiles"].as_array().expect("profiles") {
            let name = profile["name"].as_str().expect("a name");
            if profile["country"].as_str().is_some_and(|one| one != country) {
                continue;
            }
            let order = json!({"company": company, "profile": name, "period": issued[..7], "copy": true});
            let made = batch(&api, &order);
            let entries = api.get(&format!("/v1/batches/{}/documents", made["id"].as_str().expect("an id"))).json();
            assert_eq!(made["exported"], 1, "{country} {name}: {entries}");
            let file = api.get(&format!("/v1/batches/{}/file", made["id"].as_str().expect("an id"))).expect(200);
            let path = folder.path().join(format!("{country}-{name}"));
            std::fs::write(&path, &file.body).expect("written");
            let tool = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/read_export.py");
            let said = std::process::Command::new("python3").arg(tool).arg(name).arg(&path).output().expect("python3 runs");
            let said = (said.status.success(), String::from_utf8_lossy(&said.stdout).trim().to_owned(), said.stderr);
            assert!(said.0 && said.1 == "1", "{country} {name}: {} {}", said.1, String::from_utf8_lossy(&said.2));
            read.push(name.to_owned());
        }
    }
    let profiles = [
        "epp",
        "optima",
        "jpk-v7m",
        "ksef",
        "datev",
        "datev-xml",
        "de-xrechnung",
        "saga",
        "ro-ubl",
        "br-xml",
        "dominio",
        "xlsx",
        "originals",
    ];
    for name in profiles {
        assert!(read.iter().any(|one| one == name), "{name} was not tried: {read:?}");
    }
}
