//! The door for files: resumable with a real tus client, repeated under a key, several photos as one paper, paired scanners, links
//! without an account.

use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Api, Office, Reply, eventually, invoice, pdf};

fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A paper that is larger than a piece: bytes behind its end do a PDF no harm.
fn large() -> Vec<u8> {
    let mut file = invoice("FV/TUS/1");
    file.extend((0..3_000_000u32).map(|n| b"0123456789abcdef\n"[n as usize % 17]));
    file.extend_from_slice(b"\n%%EOF\n");
    file
}

fn tuspy(office: &Office, file: &Path, stop: usize, url: &str) -> String {
    let python = std::env::var_os("POSTROOM_TEST_PYTHON")
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/venv/bin/python").into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/tus_client.py");
    let mut command = Command::new(python);
    command.arg(script).args([office.service.url(), office.token.clone(), office.company("Młyn Łódź")]).arg(file);
    let output = command.args([&stop.to_string(), url]).output().expect("python runs (tests/tools/requirements.txt)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[test]
fn a_tus_client_goes_on_after_a_power_cut() {
    let mut office = Office::start();
    let paper = large();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("paper.pdf");
    std::fs::write(&file, &paper).expect("writes");
    let url = tuspy(&office, &file, 1_400_000, "");
    let place = url.strip_prefix(&office.service.url()).expect("an address of the service").to_owned();
    office.service.kill_and_restart();
    let api = office.api();
    let version = [("tus-resumable", "1.0.0")];
    let before = api.send("HEAD", &place, &version, &[]).expect(200);
    assert_eq!((before.header("upload-offset"), before.header("upload-length")), ("1400000", &*paper.len().to_string()));
    assert!(before.header("upload-expires").ends_with(" GMT") && before.header("postroom-submission").is_empty());
    tuspy(&office, &file, 0, &format!("{}{place}", office.service.url()));
    let after = api.send("HEAD", &place, &version, &[]).expect(200);
    let submission = after.header("postroom-submission").to_owned();
    let document = office.documents(1).remove(0);
    assert_eq!((document["name"].as_str(), document["period"].as_str()), (Some("żółta.pdf"), Some("2026-10")));
    assert_eq!(document["submission"], submission.as_str());
    let original = api.get(&format!("/v1/documents/{}/original", document["id"].as_str().expect("an id"))).expect(200);
    assert_eq!(hex(&original.body), hex(&paper));
    api.send("DELETE", &place, &version, &[]).expect(204);
    api.send("HEAD", &place, &version, &[]).expect(404);
    assert_eq!(office.documents(1).len(), 1, "what became a submission stays");
}

#[test]
fn the_protocol_to_the_letter() {
    let office = Office::start();
    let api = office.api();
    let options = office.service.api("").send("OPTIONS", "/v1/uploads", &[], &[]).expect(204);
    assert_eq!(options.header("tus-version"), "1.0.0");
    assert_eq!(options.header("tus-extension"), "creation,expiration,checksum,termination");
    assert!(options.header("tus-checksum-algorithm").contains("sha1"));
    let most: u64 = options.header("tus-max-size").parse().expect("a number");

    let company = format!("company {}", STANDARD.encode(office.company("Młyn Łódź")));
    let begin = |length: &str, metadata: &str| {
        let headers = [("tus-resumable", "1.0.0"), ("upload-length", length), ("upload-metadata", metadata)];
        api.send("POST", "/v1/uploads", &headers, &[])
    };
    assert_eq!(begin(&(most + 1).to_string(), &company).expect(413).json()["code"], "too_large");
    assert_eq!(begin("0", &company).expect(422).json()["code"], "empty");
    api.send("POST", "/v1/uploads", &[("upload-length", "9"), ("upload-metadata", &company)], &[]).expect(412);

    let paper = invoice("FV/TUS/2");
    let (wrong, length) = (format!("{company},sha256 {}", STANDARD.encode(hex(b"else"))), paper.len().to_string());
    let place = begin(&length, &company).expect(201).header("location").to_owned();
    let piece = |place: &str, offset: usize, bytes: &[u8], checksum: &str| {
        let offset = offset.to_string();
        let mut headers = vec![("tus-resumable", "1.0.0"), ("content-type", "application/offset+octet-stream")];
        headers.push(("upload-offset", &offset));
        if !checksum.is_empty() {
            headers.push(("upload-checksum", checksum));
        }
        api.send("PATCH", place, &headers, bytes)
    };
    let checksum = |bytes: &[u8]| format!("sha256 {}", STANDARD.encode(sha256(bytes)));
    piece(&place, 0, &paper[..100], &checksum(b"else")).expect(460);
    assert_eq!(piece(&place, 0, &paper[..100], &checksum(&paper[..100])).expect(204).header("upload-offset"), "100");
    piece(&place, 0, &paper[..100], "").expect(409);
    piece(&place, 100, &[&paper[100..], b"more"].concat(), "").expect(413);
    let at: usize = api
        .send("HEAD", &place, &[("tus-resumable", "1.0.0")], &[])
        .expect(200)
        .header("upload-offset")
        .parse()
        .expect("a number");
    let done = piece(&place, at, &paper[at..], "").expect(204);
    assert!(!done.header("postroom-submission").is_empty());
    assert_eq!(office.documents(1)[0]["direction"], "none");

    let place = begin(&length, &wrong).expect(201).header("location").to_owned();
    assert_eq!(piece(&place, 0, &paper, "").expect(422).json()["code"], "changed");
    api.send("HEAD", &place, &[("tus-resumable", "1.0.0")], &[]).expect(404);
    let override_ = [("tus-resumable", "1.0.0"), ("x-http-method-override", "DELETE")];
    let place = begin(&length, &company).expect(201).header("location").to_owned();
    api.send("POST", &place, &override_, &[]).expect(204);
}

#[test]
fn keys_hashes_and_pages_of_one_paper() {
    let mut office = Office::start();
    let path = format!("/v1/documents?company={}", office.company("Młyn Łódź"));
    let (one, two) = (invoice("FV/1"), pdf(&["second page"]));
    let form = |extra: &str| {
        let mut body = Vec::new();
        for (name, bytes) in [("a.pdf", &one), ("b.pdf", &two)] {
            body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend(extra.bytes());
        body.extend_from_slice(b"--b--\r\n");
        body
    };
    let field = |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let kind = [("content-type", "multipart/form-data; boundary=b"), ("idempotency-key", "phone-7")];
    let hashes = field("sha256", &hex(&one)) + &field("sha256", &hex(&two));
    let together = form(&format!("{hashes}{}", field("together", "true")));
    let first = office.api().send("POST", &path, &kind, &together).expect(201).json();
    let document = office.documents(1).remove(0);
    assert_eq!(document["name"], "a.pdf");
    office.service.kill_and_restart();
    let again = office.api().send("POST", &path, &kind, &together).expect(201).json();
    assert_eq!(first["files"][0]["submission"], again["files"][0]["submission"]);
    assert_eq!((first["files"].as_array().expect("files").len(), &again["files"][0]["duplicate"]), (1, &json!(true)));
    assert_eq!(office.api().send("POST", &path, &kind, &form("")).expect(422).json()["code"], "key_reused");
    let id = document["id"].as_str().expect("an id");
    let jobs = office.api().post(&format!("/v1/documents/{id}/read?wait=60"), &json!(null)).expect(200).json();
    assert_eq!(jobs["jobs"][0]["state"], "done", "{jobs}");
    let read = office.api().get(&format!("/v1/documents/{id}")).expect(200).json();
    assert_eq!(read["reading"]["fields"]["invoice_number"]["value"], "FV/1", "{read}");
    assert_eq!(read["reading"]["pages"], 2, "{read}");

    let swapped = form(&(field("sha256", &hex(&two)) + &field("sha256", &hex(&one))));
    assert_eq!(office.api().send("POST", &path, &kind[..1], &swapped).expect(422).json()["code"], "changed");
    let digest = format!("sha-256=:{}:", STANDARD.encode(sha256(&two)));
    let raw = |digest: &str| {
        let headers = [("content-type", "application/pdf"), ("content-digest", digest)];
        office.api().send("POST", &path, &headers, &two)
    };
    raw(&digest).expect(201);
    assert_eq!(raw(&format!("sha-256=:{}:", STANDARD.encode(sha256(&one)))).expect(422).json()["code"], "changed");
}

#[test]
fn a_scanner_is_paired_once_and_ended() {
    let office = Office::start();
    let (api, nobody) = (office.api(), office.service.api(""));
    let company = office.company("Młyn Łódź");
    let shown = api.post("/v1/pairings", &json!({"company": company, "name": "Hall"})).expect(201).json();
    let code = shown["code"].as_str().expect("a code");
    assert!(
        shown["uri"].as_str().is_some_and(|uri| uri.starts_with("postroom://pair?service=http") && uri.ends_with(code)),
        "{shown}"
    );
    let exchange = || nobody.post("/v1/pairings/exchange", &json!({"code": code, "device": "Pixel of Jan"}));
    let paired = exchange().expect(201).json();
    assert_eq!((paired["company"].as_str(), paired["company_name"].as_str()), (Some(&*company), Some("Młyn Łódź")));
    exchange().expect(422);
    let phone = office.service.api(paired["token"].as_str().expect("a token"));
    phone.send("POST", "/v1/documents?name=scan.pdf", &[("content-type", "application/pdf")], &invoice("S/1")).expect(201);
    phone.get("/v1/documents").expect(403);
    assert_eq!(office.documents(1)[0]["name"], "scan.pdf");
    let tokens = api.get("/v1/tokens").expect(200).json();
    let mine = |list: &Value| list["tokens"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == "Pixel of Jan"));
    assert!(mine(&tokens), "{tokens}");
    api.send("DELETE", &format!("/v1/tokens/{}", paired["id"].as_str().expect("an id")), &[], &[]).expect(204);
    phone.send("POST", "/v1/documents", &[("content-type", "application/pdf")], &invoice("S/2")).expect(401);
}

/// Sends files through a link as its page does.
fn send(link: &Api, path: &str, files: &[(&str, Vec<u8>)]) -> Reply {
    let mut body = Vec::new();
    for (name, bytes) in files {
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    link.send("POST", path, &[("content-type", "multipart/form-data; boundary=b"), ("accept-language", "de")], &body)
}

#[test]
fn a_link_takes_files_within_its_limits_until_it_is_taken_back() {
    let office = Office::start();
    let (api, nobody) = (office.api(), office.service.api(""));
    let links = format!("/v1/companies/{}/links", office.company("Młyn Łódź"));
    let new =
        json!({"name": "Autoleasing", "period": "2026-09", "direction": "purchase", "document_type": "contract", "max_files": 2});
    let made = api.post(&links, &new).expect(201).json();
    let url = made["url"].as_str().expect("an address");
    let path = url.strip_prefix(&office.service.url()).expect("an address of the service");
    for (language, word) in [
        ("pl", "Dokumenty dla"),
        ("ro", "Documente pentru"),
        ("pt-BR", "Documentos para"),
        ("tr", "için belgeler"),
        ("de", "Belege für"),
        ("en", "Documents for"),
    ] {
        let page = nobody.send("GET", path, &[("accept-language", language)], &[]).expect(200);
        assert!(page.text().contains(word) && page.text().contains("Autoleasing"), "{language}: {}", page.text());
        assert_eq!((page.header("x-robots-tag"), page.header("referrer-policy")), ("noindex", "no-referrer"));
    }
    let sent = send(&nobody, path, &[("vertrag.pdf", pdf(&["Leasing"]))]).expect(303);
    assert!(nobody.send("GET", sent.header("location"), &[("accept-language", "de")], &[]).text().contains("1 Datei"));
    let document = office.documents(1).remove(0);
    assert_eq!((document["period"].as_str(), document["document_type"].as_str()), (Some("2026-09"), Some("contract")));
    let log = api.get("/v1/submissions").expect(200).json();
    assert_eq!(log["submissions"][0]["channel"], "link");
    assert_eq!(send(&nobody, path, &[("leer.pdf", Vec::new())]).status, 422, "an empty file takes no place");
    let full = send(&nobody, path, &[("b.pdf", pdf(&["B"])), ("c.pdf", pdf(&["C"]))]).expect(413);
    assert!(full.text().contains("Mehr nimmt dieser Link nicht"), "{}", full.text());
    assert_eq!(office.documents(2).len(), 2);
    eventually("the link is used up", || {
        let list = api.get(&links).expect(200).json();
        (list["links"][0]["files"] == 2).then_some(())
    });

    let made = api.post(&links, &json!({"name": "Second"})).expect(201).json();
    let path = made["url"].as_str().expect("an address").replace(&office.service.url(), "");
    api.send("DELETE", &format!("/v1/links/{}", made["id"].as_str().expect("an id")), &[], &[]).expect(204);
    let over = nobody.send("GET", &path, &[("accept-language", "en")], &[]).expect(200);
    assert!(over.text().contains("This link has expired"), "{}", over.text());
    assert_eq!(send(&nobody, &path, &[("d.pdf", pdf(&["D"]))]).status, 413);
    nobody.get("/send/nosuchlinkatall").expect(404);
}

#[test]
fn who_stalls_holds_nobody_up() {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::{Duration, Instant};

    let office = Office::start();
    let company = office.company("Młyn Łódź");
    let address = office.service.url().trim_start_matches("http://").to_owned();
    // As many as have a turn at once.
    let mut stalled: Vec<TcpStream> = (0..4)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).expect("a connection");
            let head = format!(
                "POST /v1/documents?company={company}&name=a.pdf HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
                 Content-Type: application/pdf\r\nContent-Length: 1000000\r\n\r\n%PDF-1.4",
                office.token
            );
            stream.write_all(head.as_bytes()).expect("writes");
            stream
        })
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    office.upload("Młyn Łódź", "b.pdf", "application/pdf", &invoice("ST/1"));
    assert!(begun.elapsed() < Duration::from_secs(29), "{:?}", begun.elapsed());
    let mut told = 0;
    for stream in &mut stalled {
        stream.set_read_timeout(Some(Duration::from_secs(45))).expect("a timeout");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        told += usize::from(answer.starts_with("HTTP/1.1 408"));
        assert!(answer.starts_with("HTTP/1.1 4"), "each of them is answered and dropped: {answer:?}");
    }
    assert!(told >= 1, "one gave its turn up");
}
