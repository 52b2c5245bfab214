//! Documents over the API: in by mail and upload, read, corrected, decided, downloaded.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::harness::{Mail, Office, Service, eventually, invoice, pdf};

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_mail_becomes_a_document_and_is_read() {
    let office = Office::start();
    let paper = invoice("FV/07/2026");
    office.send(&Mail::new("mlyn@post.example", "Faktura (10/2026) (483916) {FK}").attach(
        "fv-07.pdf",
        "application/pdf",
        &paper,
    ));
    let document = office.documents(1).remove(0);
    let id = document["id"].as_str().expect("an id");
    assert_eq!(document["state"], "new");
    assert_eq!(document["name"], "fv-07.pdf");
    assert!(!document["subject"].as_str().expect("a subject").contains("483916"), "PINs are masked: {document}");

    let api = office.api();
    let jobs = api.post(&format!("/v1/documents/{id}/read?wait=60"), &json!(null)).expect(200).json();
    assert_eq!(jobs["jobs"][0]["state"], "done", "{jobs}");
    let read = api.get(&format!("/v1/documents/{id}")).expect(200);
    assert!(read.header("etag").starts_with('"'));
    let read = read.json();
    assert_eq!(read["state"], "to_review", "{read}");
    assert_eq!(read["reading"]["sha256"], hex(&paper));
    let fields = &read["reading"]["fields"];
    assert_eq!(fields["invoice_number"]["value"], "FV/07/2026", "{fields:#}");
    assert_eq!(fields["total_gross"]["value"], "1230.00", "{fields:#}");
    assert_eq!(fields["issue_date"]["value"], "2026-10-05", "{fields:#}");
    assert!(fields["total_gross"]["box"].is_array() && fields["total_gross"]["page"] == 1, "evidence: {fields:#}");

    let tokens = api.get(&format!("/v1/documents/{id}/tokens")).expect(200).json();
    assert!(tokens["pages"][0]["tokens"].as_array().expect("tokens").len() > 20);
    let image = api.get(&format!("/v1/documents/{id}/pages/1/image")).expect(200);
    assert!(image.header("content-type").starts_with("image/") && image.body.len() > 1_000);
    let size: Vec<f32> = image.header("page-size").split(' ').filter_map(|text| text.parse().ok()).collect();
    assert_eq!(size, [595.0, 842.0]);
    api.get(&format!("/v1/documents/{id}/pages/2/image")).expect(422);

    let log = api.get("/v1/submissions").expect(200).json();
    let submission = log["submissions"][0]["id"].as_str().expect("an id");
    let parts = api.get(&format!("/v1/submissions/{submission}")).expect(200).json();
    let states: Vec<_> = parts["parts"].as_array().expect("parts").iter().map(|part| part["state"].as_str()).collect();
    assert!(states.contains(&Some("document")), "{parts:#}");
}

#[test]
fn corrections_need_the_version_and_decisions_follow_the_table() {
    let office = Office::start();
    let id = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("FV/08/2026"));
    let api = office.api();
    api.post(&format!("/v1/documents/{id}/read?wait=60"), &json!(null)).expect(200);
    let tag = api.get(&format!("/v1/documents/{id}")).header("etag").to_owned();
    let path = format!("/v1/documents/{id}/fields");
    let values = json!({"fields": {"invoice_number": "FV/08/2026/KOR", "due_date": null}});
    api.send("PATCH", &path, &[("content-type", "application/json")], values.to_string().as_bytes()).expect(428);
    let corrected = api.patch(&path, &tag, &values).expect(200).json();
    let field = &corrected["reading"]["fields"]["invoice_number"];
    assert_eq!((field["value"].as_str(), field["source"].as_str()), (Some("FV/08/2026/KOR"), Some("human")));
    assert!(corrected["reading"]["fields"]["due_date"].is_null());
    assert_eq!(corrected["number"], "FV/08/2026/KOR", "lists follow");
    assert_eq!(api.patch(&path, &tag, &values).expect(412).json()["code"], "stale");
    // Any version there is (RFC 9110, 13.1.1).
    let any = json!({"fields": {"purchase_order": "4500017"}});
    assert_eq!(api.patch(&path, "*", &any).expect(200).json()["reading"]["fields"]["purchase_order"]["value"], "4500017");
    api.patch(&format!("/v1/documents/{id}"), "*", &json!({"payment_state": "paid"})).expect(200);
    api.patch("/v1/documents/01890a5d-ac96-774b-bcce-b302099a8057/fields", "*", &any).expect(404);
    // A day that is none, and an amount that is no number, would be missing from every list and export.
    for (field, value) in [
        ("issue_date", "abc"),
        ("issue_date", "2026-02-31"),
        ("due_date", "6.11.2026"),
        ("total_gross", "12,30"),
        ("exchange_rate", "4.2.1"),
    ] {
        let wrong = api.patch(&path, "*", &json!({"fields": {field: value}})).expect(422).json();
        assert_eq!((wrong["code"].as_str(), wrong["errors"][0]["field"].as_str()), (Some("invalid"), Some(field)), "{wrong}");
    }
    assert_eq!(api.patch(&path, "\"1\"", &json!({"fields": {"colour": "red"}})).status, 400);
    let wrong = api.patch(&path, "\"1\"", &json!({"felder": {}})).expect(400).json();
    assert_eq!((wrong["code"].as_str(), wrong["errors"][0]["field"].as_str()), (Some("unknown_field"), Some("felder")));

    // A machine never overwrites a human.
    api.post(&format!("/v1/documents/{id}/read?wait=60"), &json!(null)).expect(200);
    let again = api.get(&format!("/v1/documents/{id}")).expect(200).json();
    assert_eq!(again["reading"]["fields"]["invoice_number"]["value"], "FV/08/2026/KOR");

    let alarmed = api.post(&format!("/v1/documents/{id}/approve"), &json!(null)).expect(422).json();
    assert_eq!((alarmed["code"].as_str(), alarmed["alarms"][0]["code"].as_str()), (Some("alarmed"), Some("first_seller")));
    let many = api.post("/v1/documents/approve", &json!({"ids": [id]})).expect(200).json();
    assert_eq!(
        (&many["documents"][0]["approved"], many["documents"][0]["alarms"].as_array().map(Vec::len)),
        (&json!(false), Some(1))
    );
    assert_eq!(api.get(&format!("/v1/documents/{id}")).json()["state"], "to_review");
    let reason = json!({"reason": "The seller is new, I called them"});
    assert_eq!(api.post(&format!("/v1/documents/{id}/approve"), &reason).expect(200).json()["state"], "approved");
    assert_eq!(api.post(&format!("/v1/documents/{id}/read"), &json!(null)).expect(409).json()["code"], "conflict");
    api.post(&format!("/v1/documents/{id}/trash"), &json!(null)).expect(409);
    assert_eq!(api.post(&format!("/v1/documents/{id}/reopen"), &json!(null)).expect(200).json()["state"], "to_review");
    assert_eq!(api.post(&format!("/v1/documents/{id}/reject"), &json!(null)).expect(200).json()["state"], "rejected");
    api.post(&format!("/v1/documents/{id}/trash"), &json!(null)).expect(200);
    assert_eq!(api.get("/v1/documents").expect(200).json()["documents"], json!([]));
    assert_eq!(api.get("/v1/documents?trashed=true").expect(200).json()["documents"][0]["id"], id.as_str());
    api.post(&format!("/v1/documents/{id}/restore"), &json!(null)).expect(200);
    assert_eq!(office.documents(1)[0]["id"], id.as_str());
}

#[test]
fn originals_are_the_bytes_that_came() {
    let office = Office::start();
    let paper = pdf(&["one", "two"]);
    let id = office.upload("Młyn Łódź", "%C5%BC%C3%B3%C5%82ta.pdf", "application/octet-stream", &paper);
    let api = office.api();
    let path = format!("/v1/documents/{id}/original");
    let whole = api.get(&path).expect(200);
    assert_eq!(hex(&whole.body), hex(&paper));
    assert_eq!(whole.header("etag"), format!("\"{}\"", hex(&paper)));
    assert_eq!(whole.header("content-type"), "application/pdf");
    assert!(whole.header("content-disposition").starts_with("attachment; filename=\"___ta.pdf\"; filename*=UTF-8''%C5%BC"));
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    assert!(whole.header("content-security-policy").contains("sandbox"));
    let part = api.send("GET", &path, &[("range", "bytes=5-9")], &[]).expect(206);
    assert_eq!(part.body, paper[5..10]);
    assert_eq!(part.header("content-range"), format!("bytes 5-9/{}", paper.len()));
    api.send("GET", &path, &[("range", "bytes=999999-")], &[]).expect(416);
    let tag = whole.header("etag").to_owned();
    assert!(api.send("GET", &path, &[("if-none-match", &tag)], &[]).expect(304).body.is_empty());
}

#[test]
fn uploads_say_what_is_wrong() {
    let service = Service::with(&[("POSTROOM_HTTP__MAX_UPLOAD_BYTES", "20000")]);
    service.cli(&["office", "add", "Lipa"]);
    service.cli(&["company", "add", "Młyn", "--address", "m@post.example"]);
    let token = service.cli(&["token", "add", "scan", "--role", "scanner", "--company", "Młyn"]);
    let scanner = service.api(token.trim());
    let kind = [("content-type", "application/pdf")];
    assert_eq!(scanner.send("POST", "/v1/documents", &kind, &[]).expect(422).json()["code"], "empty");
    assert_eq!(scanner.send("POST", "/v1/documents", &kind, &vec![b'x'; 30_000]).expect(413).json()["code"], "too_large");
    assert_eq!(
        scanner.send("POST", "/v1/documents", &[("content-type", "video/mp4")], b"x").expect(415).json()["code"],
        "unsupported_type"
    );
    assert_eq!(scanner.send("POST", "/v1/documents?colour=red", &kind, b"x").expect(400).json()["errors"][0]["field"], "colour");
    let paper = pdf(&["scan"]);
    let key = [kind[0], ("idempotency-key", "scan-1")];
    let first = scanner.send("POST", "/v1/documents?name=s.pdf", &key, &paper).expect(201).json();
    let again = scanner.send("POST", "/v1/documents?name=s.pdf", &key, &paper).expect(201).json();
    assert_eq!(first["files"][0]["submission"], again["files"][0]["submission"]);
    assert_eq!((&first["files"][0]["duplicate"], &again["files"][0]["duplicate"]), (&json!(false), &json!(true)));
    assert_eq!(scanner.send("POST", "/v1/documents", &key, &pdf(&["else"])).expect(422).json()["code"], "key_reused");

    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\nA\r\n--b\r\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"b.pdf\"\r\n\r\nB\r\n--b--\r\n";
    let kind = [("content-type", "multipart/form-data; boundary=b")];
    let both = scanner.send("POST", "/v1/documents", &kind, form.as_bytes()).expect(201).json();
    assert_eq!(both["files"].as_array().expect("files").len(), 2);
}

#[test]
fn lists_filter_sort_and_page() {
    let office = Office::start();
    let api = office.api();
    for number in 1..=7 {
        office.upload("Młyn Łódź", &format!("fv-{number}.pdf"), "application/pdf", &invoice(&format!("FV/{number}/2026")));
    }
    let ids: Vec<String> = office.documents(7).iter().map(|d| d["id"].as_str().expect("an id").to_owned()).collect();
    api.post("/v1/documents/read?wait=60", &json!({"ids": ids[..3]})).expect(200);
    let list = |query: &str| api.get(&format!("/v1/documents?{query}")).expect(200);
    let count = |query: &str| list(query).json()["documents"].as_array().expect("a list").len();
    assert_eq!(count("state=new"), 4);
    assert_eq!(count("state=new&state=to_review"), 7);
    assert_eq!(count("number=FV/2/2026"), 1);
    assert_eq!(count("seller=kowalski"), 3);
    assert_eq!(count("amount_from=1229.99&amount_to=1230"), 3);
    assert_eq!(count("amount_from=1230.01"), 0);
    assert_eq!(count("due_from=2026-10-19&due_to=2026-10-19"), 3);
    assert_eq!(count("text=hurtow"), 3);
    assert_eq!(count("created_from=2020-01-01&created_to=2020-01-02"), 0);
    let counts = api.get("/v1/counts").expect(200).json();
    assert_eq!((counts["states"]["new"].as_u64(), counts["states"]["to_review"].as_u64()), (Some(4), Some(3)));

    let mut seen = Vec::new();
    let mut next = "/v1/documents?limit=3&sort=created&order=asc".to_owned();
    while !next.is_empty() {
        let page = api.get(&next).expect(200);
        seen.extend(
            page.json()["documents"].as_array().expect("a list").iter().map(|d| d["id"].as_str().expect("an id").to_owned()),
        );
        next = page.header("link").split_once('>').map(|(link, _)| link.trim_start_matches('<').to_owned()).unwrap_or_default();
    }
    assert_eq!(seen, ids, "each once, in order");
    let wrong = api.get("/v1/documents?colour=red").expect(400).json();
    assert_eq!((wrong["code"].as_str(), wrong["errors"][0]["field"].as_str()), (Some("unknown_field"), Some("colour")));
    // What is wrong is called as the query calls it.
    let id = &ids[0];
    for (query, field) in [
        ("after=nonsense", "after"),
        (format!("after={id}.zz").as_str(), "after"),
        ("after=nonsense.00", "after"),
        ("amount_from=many", "amount_from"),
        ("amount_to=1,5", "amount_to"),
        ("period=2026-13", "period"),
        ("period=2026-7", "period"),
    ] {
        let wrong = api.get(&format!("/v1/documents?{query}")).expect(422).json();
        assert_eq!((wrong["code"].as_str(), wrong["errors"][0]["field"].as_str()), (Some("invalid"), Some(field)), "{wrong}");
    }
    assert_eq!(api.get("/v1/documents?period=1999-12").expect(200).json()["documents"], json!([]));
}

#[test]
fn held_mails_wait_for_a_decision() {
    let office = Office::start();
    let api = office.api();
    for (number, subject) in [(1, "Faktura"), (2, "Reklama")] {
        let paper = invoice(&format!("H/{number}"));
        office.send(&Mail::new("mlyn@post.example", subject).attach("fv.pdf", "application/pdf", &paper));
    }
    let held = eventually("two held mails", || {
        let list = api.get("/v1/held").expect(200).json();
        let held = list["submissions"].as_array().expect("a list").clone();
        (held.len() == 2).then_some(held)
    });
    assert!(held.iter().all(|mail| mail["reason"].is_string()), "{held:?}");
    let id = |subject: &str| held.iter().find(|mail| mail["subject"] == subject).expect("a mail")["id"].as_str().expect("an id");
    api.post(&format!("/v1/held/{}/once", id("Faktura")), &json!(null)).expect(200);
    assert_eq!(api.post(&format!("/v1/held/{}/discard", id("Reklama")), &json!(null)).expect(200).json()["state"], "discarded");
    api.post(&format!("/v1/held/{}/once", id("Reklama")), &json!(null)).expect(409);
    assert_eq!(office.documents(1)[0]["name"], "fv.pdf");
    assert_eq!(api.get("/v1/held").expect(200).json()["submissions"], json!([]));
}

#[test]
fn people_sign_in_and_guessing_is_slowed() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--role", "bookkeeper"], "long enough now\n");
    let nobody = office.service.api("");
    let login = |password: &str, email: &str| nobody.post("/v1/login", &json!({"email": email, "password": password}));
    let session = login("long enough now", "Anna@lipa.example").expect(200).json();
    let anna = office.service.api(session["token"].as_str().expect("a secret"));
    assert_eq!(anna.get("/v1/me").expect(200).json()["identity"]["email"], "anna@lipa.example");
    anna.post("/v1/logout", &json!(null)).expect(204);
    anna.get("/v1/me").expect(401);
    let (wrong, unknown) = (login("wrong", "anna@lipa.example"), login("wrong", "nobody@lipa.example"));
    assert_eq!((wrong.status, wrong.text()), (unknown.status, unknown.text()), "which accounts exist is nobody's business");
    let slowed = (0..12).map(|_| login("wrong", "anna@lipa.example").status).any(|status| status == 429);
    assert!(slowed, "a dozen wrong passwords in a row");
}

#[test]
fn events_tell_what_changed() {
    use std::io::{BufRead, BufReader, Write};
    let office = Office::start();
    let address = office.service.url().replace("http://", "");
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).expect("a timeout");
    let request =
        format!("GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nLast-Event-ID: 0\r\n\r\n", office.token);
    stream.write_all(request.as_bytes()).expect("writes");
    let id = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("E/1"));
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let mut numbers = Vec::new();
    for line in lines {
        if let Some(number) = line.strip_prefix("id:") {
            numbers.push(number.trim().parse::<u64>().expect("a number"));
        }
        if line.starts_with("data:") && line.contains(&id) {
            break;
        }
    }
    assert!(!numbers.is_empty() && numbers.is_sorted(), "{numbers:?}");
}
