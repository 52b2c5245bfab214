//! Webhooks, as their receivers meet them: signed, sent again, and only to where they may go.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Api, Office, Service, eventually, invoice};
use crate::invitation::{FORM, OURS, mail_server, plain, relay, signed_in};

/// Networks in which the receivers of these tests are.
const HERE: (&str, &str) = ("POSTROOM_WEBHOOKS__NETWORKS", "127.0.0.0/8");

/// A request as it came.
#[derive(Clone)]
struct Got {
    at: Instant,
    headers: Vec<(String, String)>,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// As the specification's verification goes, with an HMAC of our own (RFC 2104).
    fn is_signed_by(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a prefix")).expect("base64");
        let text = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let wanted = format!("v1,{}", STANDARD.encode(hmac(&key, text.as_bytes())));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
        let sent: u64 = self.header("webhook-timestamp").parse().expect("seconds");
        now.abs_diff(sent) < 300 && self.header("webhook-signature").split(' ').any(|signature| signature == wanted)
    }
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0u8; 64];
    block[..key.len()].copy_from_slice(key);
    let with = |mask: u8| block.map(|byte| byte ^ mask);
    let inner = Sha256::new().chain_update(with(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(with(0x5c)).chain_update(inner).finalize().to_vec()
}

/// An HTTP server that keeps what it gets and answers what it is told, 204 in the end. An empty answer: it says nothing at all.
struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<VecDeque<String>>>,
    connections: Arc<Mutex<u32>>,
}

impl Receiver {
    fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let receiver = Receiver { address, got: Arc::default(), answers: Arc::default(), connections: Arc::default() };
        let (got, answers, connections) = (receiver.got.clone(), receiver.answers.clone(), receiver.connections.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                *connections.lock().expect("whole") += 1;
                let (got, answers) = (got.clone(), answers.clone());
                std::thread::spawn(move || converse(&stream, &got, &answers));
            }
        });
        receiver
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn answer(&self, text: &str) {
        self.answers.lock().expect("whole").push_back(text.to_owned());
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().expect("whole").clone()
    }

    fn wait(&self, count: usize) -> Vec<Got> {
        eventually(&format!("{count} messages"), || Some(self.got()).filter(|got| got.len() >= count))
    }
}

fn converse(stream: &TcpStream, got: &Mutex<Vec<Got>>, answers: &Mutex<VecDeque<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim().split_once(':') else { break };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        got.lock().expect("whole").push(Got { at: Instant::now(), headers, body: String::from_utf8(body).ok()? });
        let answer = answers.lock().expect("whole").pop_front().unwrap_or_else(|| "204 No Content".to_owned());
        if answer.is_empty() {
            std::thread::sleep(Duration::from_secs(60));
            return None;
        }
        let (head, text) = answer.split_once('\n').unwrap_or((&answer, ""));
        let end = if head.starts_with("204") { String::new() } else { format!("Content-Length: {}\r\n", text.len()) };
        let mut writer = stream;
        writer.write_all(format!("HTTP/1.1 {}\r\n{end}\r\n{text}", head.replace('|', "\r\n")).as_bytes()).ok()?;
    }
}

fn make(api: &Api, body: &Value) -> (String, String) {
    let made = api.post("/v1/webhooks", body).expect(201).json();
    (made["id"].as_str().expect("an id").to_owned(), made["secret"].as_str().expect("a secret").to_owned())
}

fn deliveries(api: &Api, webhook: &str) -> Vec<Value> {
    let list = api.get(&format!("/v1/webhooks/{webhook}/deliveries")).expect(200).json();
    list["deliveries"].as_array().expect("a list").clone()
}

#[test]
fn a_receiver_is_told_what_happens() {
    let (port, mails) = mail_server();
    let port = port.to_string();
    let office = Office::on(Service::with(&[&[HERE][..], &relay(&port)].concat()));
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--role", "owner"], "a sentence of mine\n");
    let (api, receiver) = (office.api(), Receiver::start());
    let (webhook, secret) = make(&api, &json!({"url": receiver.url(), "name": "books", "events": ["document.created"]}));
    let listed = api.get("/v1/webhooks").expect(200).text();
    assert!(listed.contains(&webhook) && !listed.contains(&secret), "{listed}");

    // What failed comes again after five seconds, the same message with the same id.
    receiver.answer("500 Oh\nnot now");
    let document = office.upload("Młyn Łódź", "a.pdf", "application/pdf", &invoice("W/1"));
    let first = &receiver.wait(1)[0];
    assert!(first.is_signed_by(&secret) && !first.is_signed_by("whsec_AAAA"));
    assert_eq!(first.header("content-type"), "application/json");
    let told = first.json();
    assert_eq!((&told["type"], &told["data"]["document"]), (&json!("document.created"), &json!(document)));
    assert_eq!(told["data"]["company"], json!(office.company("Młyn Łódź")));
    let failed = eventually("the answer noted", || deliveries(&api, &webhook).pop().filter(|one| one["attempts"] == 1));
    assert_eq!(
        (&failed["state"], &failed["response_code"], &failed["response"]),
        (&json!("waiting"), &json!(500), &json!("not now"))
    );
    let second = receiver.wait(2).pop().expect("two");
    assert_eq!((second.header("webhook-id"), &second.body), (first.header("webhook-id"), &first.body));
    assert!(second.at - first.at > Duration::from_millis(4_500), "{:?}", second.at - first.at);
    let good = eventually("it is delivered", || deliveries(&api, &webhook).pop().filter(|one| one["state"] == "delivered"));
    assert_eq!((&good["id"], &good["attempts"]), (&json!(first.header("webhook-id")), &json!(2)));

    // Both secrets sign for a day.
    let rotated = api.post(&format!("/v1/webhooks/{webhook}/secret"), &Value::Null).expect(200).json();
    api.post(&format!("/v1/webhooks/{webhook}/test"), &Value::Null).expect(202);
    let tested = receiver.wait(3).pop().expect("three");
    assert_eq!(tested.json()["type"], "webhook.test");
    assert!(tested.is_signed_by(&secret) && tested.is_signed_by(rotated["secret"].as_str().expect("a secret")));
    api.post(&format!("/v1/deliveries/{}/redeliver", first.header("webhook-id")), &Value::Null).expect(202);
    assert_eq!(receiver.wait(4)[3].body, first.body);

    // 410: it wants nothing more, and the owner hears of it.
    receiver.answer("410 Gone\n");
    api.post(&format!("/v1/webhooks/{webhook}/test"), &Value::Null).expect(202);
    let path = format!("/v1/webhooks/{webhook}");
    let off = eventually("it is off", || Some(api.get(&path).expect(200).json()).filter(|one| one["active"] == false));
    assert_eq!(off["problem"], "gone");
    let (to, text) = mails.recv_timeout(Duration::from_secs(30)).expect("a mail");
    let text = plain(&text);
    assert!(to.contains("anna@lipa.example") && text.contains("books"), "{to}: {text}");
    assert!(text.contains(&format!("https://post.example/settings/webhooks/{webhook}")), "{text}");
    api.post(&format!("/v1/webhooks/{webhook}/test"), &Value::Null).expect(409);
    assert_eq!(receiver.got().len(), 5);
}

#[test]
fn what_was_cut_off_is_sent_after_the_restart() {
    let mut office = Office::on(Service::with(&[HERE]));
    let receiver = Receiver::start();
    let (webhook, secret) =
        make(&office.api(), &json!({"url": receiver.url(), "events": ["document.created", "document.approved"]}));
    receiver.answer("");
    office.upload("Młyn Łódź", "a.pdf", "application/pdf", &invoice("W/2"));
    office.upload("Młyn Łódź", "b.pdf", "application/pdf", &invoice("W/3"));
    let cut = &receiver.wait(1)[0];
    office.service.kill_and_restart();
    let got = receiver.wait(3);
    assert_eq!(
        (got[1].header("webhook-id"), &got[1].body),
        (cut.header("webhook-id"), &cut.body),
        "the one without an answer first"
    );
    assert!(got.iter().all(|one| one.is_signed_by(&secret)));
    let numbers: Vec<i64> = got.iter().filter_map(|one| one.json()["data"]["seq"].as_i64()).collect();
    assert!(numbers[0] == numbers[1] && numbers[1] < numbers[2], "in their order: {numbers:?}");
    eventually("both are delivered", || {
        let all = deliveries(&office.api(), &webhook);
        (all.len() == 2 && all.iter().all(|one| one["state"] == "delivered")).then_some(())
    });
}

#[test]
fn nothing_within_is_reached() {
    let (office, receiver) = (Office::start(), Receiver::start());
    let (api, port) = (office.api(), receiver.address.port());
    for url in [
        receiver.url(),
        "http://example.com/".to_owned(),
        format!("https://127.0.0.1:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        format!("https://0x7f000001:{port}/"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        let refused = api.post("/v1/webhooks", &json!({"url": url})).expect(422).text();
        assert!(refused.contains("url"), "{refused}");
    }
    // A name that leads here: seen when it is looked up.
    let (webhook, _) = make(&api, &json!({"url": format!("https://localhost:{port}/hook")}));
    api.post(&format!("/v1/webhooks/{webhook}/test"), &Value::Null).expect(202);
    let tried = eventually("an attempt", || deliveries(&api, &webhook).pop().filter(|one| one["attempts"] == 1));
    assert_eq!(
        (&tried["state"], &tried["problem"], &tried["response_code"]),
        (&json!("waiting"), &json!("address"), &Value::Null)
    );
    assert_eq!(*receiver.connections.lock().expect("whole"), 0, "nobody knocked");
}

#[test]
fn a_redirect_is_not_followed() {
    let office = Office::on(Service::with(&[HERE]));
    let (api, receiver, other) = (office.api(), Receiver::start(), Receiver::start());
    receiver.answer(&format!("302 Found|Location: {}\n", other.url()));
    let (webhook, _) = make(&api, &json!({"url": receiver.url()}));
    api.post(&format!("/v1/webhooks/{webhook}/test"), &Value::Null).expect(202);
    let tried = eventually("an attempt", || deliveries(&api, &webhook).pop().filter(|one| one["attempts"] == 1));
    assert_eq!((&tried["problem"], &tried["response_code"]), (&json!("redirect"), &json!(302)));
    assert_eq!(*other.connections.lock().expect("whole"), 0);
    let changed = json!({"events": ["document.read"], "active": false}).to_string();
    let headers = [("content-type", "application/json")];
    let off = api.send("PATCH", &format!("/v1/webhooks/{webhook}"), &headers, changed.as_bytes()).expect(200).json();
    assert_eq!((&off["active"], &off["events"], &off["waiting"]), (&json!(false), &json!(["document.read"]), &json!(0)));
    assert_eq!(deliveries(&api, &webhook)[0]["problem"], "switched_off");
}

/// The page does what the API does: the secret is shown once, what was typed stays, and what went wrong is said with what to do.
#[test]
fn an_owner_looks_after_a_webhook_on_its_page() {
    let office = Office::on(Service::with(&[HERE]));
    let (service, receiver) = (&office.service, Receiver::start());
    for (who, role) in [("anna", "owner"), ("ola", "bookkeeper")] {
        service.cli_with(&["user", "add", &format!("{who}@lipa.example"), "--role", role], "a sentence of mine\n");
    }
    let nobody = service.api("");
    let sign_in = |who: &str| signed_in(&nobody, &format!("email={who}%40lipa.example&password=a+sentence+of+mine"));
    let (anna, ola) = (sign_in("anna"), sign_in("ola"));
    let get = |who: &str, path: &str| nobody.send("GET", path, &[("cookie", who)], &[]);
    let post = |who: &str, path: &str, body: &str| nobody.send("POST", path, &[FORM, OURS, ("cookie", who)], body.as_bytes());
    let all = "/settings/webhooks";
    let good = format!("url={}&name=Ksi%C4%99gi&events=document.created&company=", receiver.url());
    get(&ola, all).expect(403);
    post(&ola, all, &good).expect(403);

    let page =
        post(&anna, all, "url=https%3A%2F%2F169.254.169.254%2Fx&name=Dow%C3%B3d&events=document.approved").expect(422).text();
    for kept in
        [r#"value="https://169.254.169.254/x""#, r#"value="Dowód""#, r#"value="document.approved" checked"#, "publiczne adresy"]
    {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    let made = post(&anna, all, &good).expect(201).text();
    let secret_in = |page: &str| {
        let rest = page.split_once("whsec_").expect("a secret").1;
        format!("whsec_{}", rest.split(['<', '"']).next().expect("an end"))
    };
    let secret = secret_in(&made);
    let id = made.split_once(r#"action="/settings/webhooks/"#).expect("forms").1.split('/').next().expect("an id").to_owned();
    let path = format!("{all}/{id}");
    assert!(!get(&anna, &path).expect(200).text().contains("whsec_"), "it is shown once");
    assert!(get(&anna, all).expect(200).text().contains("Księgi"));
    assert!(get(&anna, "/settings").expect(200).text().contains("1 webhook"));

    post(&anna, &format!("{path}/test"), "").expect(303);
    assert!(receiver.wait(1)[0].is_signed_by(&secret));
    let says = |what: &str| {
        eventually(what, || Some(get(&anna, &path).expect(200).text()).filter(|page| page.contains(what)));
    };
    says("dostarczona");
    // Enough for what comes again by itself.
    (0..3).for_each(|_| receiver.answer("500 Oh\nnot now"));
    post(&anna, &format!("{path}/test"), "").expect(303);
    says("not now");
    says("zajrzyj też do dziennika odbiorcy");

    // Paused, nothing is sent; once on again, what was given up is sent again.
    post(&anna, &format!("{path}/switch"), "on=0").expect(303);
    says("wstrzymany");
    let refused = post(&anna, &format!("{path}/test"), "").expect(409).text();
    assert!(refused.contains("najpierw go włącz"), "{refused}");
    post(&anna, &format!("{path}/switch"), "on=1").expect(303);
    let given_up = deliveries(&office.api(), &id).into_iter().find(|one| one["state"] == "failed").expect("what was given up");
    post(&anna, &format!("{path}/deliveries/{}/again", given_up["id"].as_str().expect("an id")), "").expect(303);
    let got = receiver.wait(3);
    assert_eq!(got[2].body, got[1].body);

    let other = secret_in(&post(&anna, &format!("{path}/secret"), "").expect(200).text());
    assert_ne!(other, secret);
    let page = post(&anna, &path, "url=nowhere&name=Inne").expect(422).text();
    assert!(page.contains(r#"value="nowhere""#) && page.contains(r#"value="Inne""#), "{page}");
    post(&anna, &path, &format!("url={}&name=Inne", receiver.url())).expect(303);
    let changed = office.api().get(&format!("/v1/webhooks/{id}")).expect(200).json();
    assert_eq!((&changed["name"], &changed["events"]), (&json!("Inne"), &json!([])));

    service.cli(&["office", "add", "Dąb"]);
    service.cli_with(&["user", "--office", "Dąb", "add", "jan@dab.example", "--role", "owner"], "a sentence of mine\n");
    let jan = signed_in(&nobody, "email=jan%40dab.example&password=a+sentence+of+mine");
    for (who, status) in [(&jan, 404), (&ola, 403)] {
        get(who, &path).expect(status);
        for act in ["/test", "/secret", "/remove"] {
            post(who, &format!("{path}{act}"), "").expect(status);
        }
        post(who, &path, &good).expect(status);
        post(who, &format!("{path}/switch"), "on=0").expect(status);
    }
    post(&anna, &format!("{path}/remove"), "").expect(303);
    get(&anna, &path).expect(404);
    let audit = get(&anna, "/audit").expect(200).text();
    for line in ["Dodano webhook", "Zmieniono webhook", "Zmieniono sekret webhooka", "Usunięto webhook"] {
        assert!(audit.contains(line), "{line}");
    }
}
