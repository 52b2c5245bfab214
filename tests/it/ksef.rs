//! Invoices from KSeF, against a stand-in of it.

use serde_json::{Value, json};

use crate::harness::{
    Api, Ksef, LATER, Mail, Office, PASSPHRASE, Reply, Service, certificate, eventually, invoice_lines, pdf, verify_xades,
};
use crate::invitation::{OURS, signed_in};

const NIP: &str = "5260250995";
const SELLER: &str = "7251801126";
const TOKEN: &str = "20261001-EC-398D2D8000-AECC6044CB-97|nip-5260250995|6f0ac0ffee";

/// An invoice as a seller's program sends it to KSeF (FA(3)).
fn xml(number: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Faktura xmlns=\"http://crd.gov.pl/wzor/2025/06/25/13775/\"><Naglowek>\
         <KodFormularza kodSystemowy=\"FA (3)\" wersjaSchemy=\"1-0E\">FA</KodFormularza><WariantFormularza>3</WariantFormularza>\
         <DataWytworzeniaFa>2026-10-05T08:00:00Z</DataWytworzeniaFa></Naglowek><Podmiot1><DaneIdentyfikacyjne><NIP>{SELLER}</NIP>\
         <Nazwa>Hurtownia Zboża Kowalski sp. z o.o.</Nazwa></DaneIdentyfikacyjne><Adres><KodKraju>PL</KodKraju><AdresL1>ul. Polna 4</AdresL1>\
         </Adres></Podmiot1><Podmiot2><DaneIdentyfikacyjne><NIP>{NIP}</NIP><Nazwa>Młyn Łódź sp. z o.o.</Nazwa></DaneIdentyfikacyjne>\
         <JST>2</JST><GV>2</GV></Podmiot2><Fa><KodWaluty>PLN</KodWaluty><P_1>2026-10-05</P_1><P_2>{number}</P_2><P_6>2026-10-02</P_6>\
         <P_13_1>1000.00</P_13_1><P_14_1>230.00</P_14_1><P_15>1230.00</P_15><Adnotacje><P_16>2</P_16><P_17>2</P_17><P_18>2</P_18>\
         <P_18A>2</P_18A><Zwolnienie><P_19N>1</P_19N></Zwolnienie><NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu>\
         <P_23>2</P_23><PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje><RodzajFaktury>VAT</RodzajFaktury><FaWiersz>\
         <NrWierszaFa>1</NrWierszaFa><P_7>Pszenica konsumpcyjna</P_7><P_8A>t</P_8A><P_8B>2</P_8B><P_9A>500.00</P_9A><P_11>1000.00</P_11>\
         <P_12>23</P_12></FaWiersz></Fa></Faktura>"
    )
}

/// The picture of it that the seller mails, with the number that KSeF gave.
fn picture(number: &str, ksef: &str) -> Vec<u8> {
    let mut lines = invoice_lines(number);
    lines.push(format!("Numer KSeF: {ksef}"));
    pdf(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

struct World {
    ksef: Ksef,
    office: Office,
    company: String,
}

impl World {
    fn new() -> World {
        let ksef = Ksef::start(NIP, TOKEN);
        let url = ksef.url();
        let office = Office::on(Service::with(&[("POSTROOM_KSEF__ADDRESS", &url), ("POSTROOM_KSEF__POLL_SECONDS", "1")]));
        let company = office.company("Młyn Łódź");
        World { ksef, office, company }
    }

    fn path(&self) -> String {
        format!("/v1/companies/{}/ksef", self.company)
    }

    /// Sets the inbox up by the API.
    fn set(&self, token: &str) -> Value {
        let body = json!({"token": token, "since": "2026-10-01T00:00:00Z"}).to_string();
        let api = self.office.api();
        api.send("PUT", &self.path(), &[("content-type", "application/json")], body.as_bytes()).expect(200).json()
    }

    fn inbox(&self) -> Value {
        self.office.api().get(&self.path()).expect(200).json()
    }

    /// The inbox, once so many invoices were fetched and the look that fetched them has ended well.
    fn fetched(&self, count: u64) -> Value {
        eventually(&format!("{count} invoices"), || {
            let inbox = self.inbox();
            (inbox["fetched"] == count && inbox["waiting"] == 0 && inbox["problem"].is_null()).then_some(inbox)
        })
    }

    fn log(&self) -> Vec<Value> {
        let log = self.office.api().get("/v1/submissions?limit=200").expect(200).json();
        log["submissions"].as_array().expect("a list").clone()
    }

    fn no_faults(&self) {
        let state = self.ksef.state();
        assert!(state.faults.is_empty(), "{:?}", state.faults);
        let mut given = state.given.clone();
        given.sort();
        given.dedup();
        assert_eq!(given.len(), state.given.len(), "none was fetched twice: {:?}", state.given);
    }

    fn put(&self, api: &Api, body: &Value) -> Reply {
        api.put(&self.path(), body)
    }
}

/// A person who may read the company's invoices, as certificates of KSeF name one.
const PERSON: &str = "/C=PL/GN=Łucja/SN=Żak/CN=Łucja Żak/serialNumber=PNOPL-44051401359";

/// The files as the API takes them.
fn files((certificate, key): &(String, String)) -> Value {
    json!({"certificate": certificate, "key": key, "passphrase": PASSPHRASE})
}

#[test]
fn a_certificate_signs_in_and_another_program_finds_its_signature_good() {
    let world = World::new();
    let api = world.office.api();
    world.ksef.store("2026-10-02T08:00:00", SELLER, &xml("Z/1"));
    let seal = "/C=PL/O=Młyn Łódź sp. z o.o./organizationIdentifier=VATPL-5260250995/CN=Młyn Łódź";
    for (subject, kind, method, who) in [
        (PERSON, "prime256v1", "ecdsa-sha256", "certificateSubject"),
        (seal, "rsa:2048", "rsa-sha256", "certificateSubject"),
        ("/C=DE/CN=Hans Müller/serialNumber=PAS-C01X00T47", "prime256v1", "ecdsa-sha256", "certificateFingerprint"),
    ] {
        let own = certificate(subject, kind, 365);
        world.ksef.grant(&own.0, &[NIP]);
        let inbox = world.put(&api, &json!({"certificate": files(&own), "since": "2026-10-01T00:00:00Z"})).expect(200);
        assert!(!inbox.text().contains("PRIVATE") && !inbox.text().contains("maślane"), "{}", inbox.text());
        let inbox = inbox.json();
        let named = subject.rsplit("CN=").next().expect("a name").split('/').next();
        assert_eq!((inbox["access"].as_str(), inbox["certificate"]["subject"].as_str()), (Some("certificate"), named));
        let (document, found) = eventually("a signed document", || {
            let state = world.ksef.state();
            state.signed.iter().find(|(_, found)| found["method"] == method && found["subject_type"] == who).cloned()
        });
        assert_eq!(found["nip"], NIP, "{found}");
        let challenge = found["challenge"].as_str().expect("a challenge");
        // The verifier sees each change of what is signed, and of the signature.
        for (from, to) in [
            (challenge, "20261001-CR-FFFFFFFFFF-AAAAAAAAAA-0A"),
            (format!("<Nip>{NIP}").as_str(), format!("<Nip>{SELLER}").as_str()),
            (who, if who == "certificateSubject" { "certificateFingerprint" } else { "certificateSubject" }),
            ("T09:30:00Z</xades", "T09:31:00Z</xades"),
            ("<xades:MimeType>text/xml", "<xades:MimeType>text/xsl"),
            ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
            ("<ds:SignedInfo ", "<ds:SignedInfo Id=\"x\" "),
            ("<Challenge>", " <Challenge>"),
        ] {
            let found = verify_xades(&document, Some((from, to)));
            assert!(found["error"].is_string(), "{from} -> {to}: {found}");
        }
        // White space between attributes is none of the canonical form: what is signed holds all the same.
        let same = verify_xades(&document, Some(("<ds:SignedInfo ", "<ds:SignedInfo  ")));
        assert_eq!(same["challenge"], challenge, "{same}");
    }
    let inbox = world.fetched(1);
    assert!(inbox["checked_at"].is_string(), "{inbox}");
    world.no_faults();
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_and_its_end_is_seen_coming() {
    let world = World::new();
    let api = world.office.api();
    let (own, other) = (certificate(PERSON, "prime256v1", 10), certificate(PERSON, "prime256v1", 365));
    for (given, field, says) in [
        (json!({"certificate": own.0, "key": own.1}), "passphrase", "locked"),
        (json!({"certificate": own.0, "key": own.1, "passphrase": "hasło"}), "passphrase", "locked"),
        (json!({"certificate": own.0, "key": other.1, "passphrase": PASSPHRASE}), "key", "does not belong"),
        (json!({"certificate": own.0}), "key", "no private key"),
        (json!({"certificate": own.1, "passphrase": PASSPHRASE}), "certificate", "no certificate"),
    ] {
        let refused = world.put(&api, &json!({"certificate": given})).expect(422).json();
        let error = &refused["errors"][0];
        assert!(error["field"] == field && error["message"].as_str().is_some_and(|text| text.contains(says)), "{refused}");
    }
    let both = json!({"certificate": files(&own), "token": TOKEN});
    world.put(&api, &both).expect(422);

    // KSeF does not know the certificate; then its owner has no rights; then all is well, by the command line.
    world.ksef.store("2026-10-02T08:00:00", SELLER, &xml("W/1"));
    world.put(&api, &json!({"certificate": files(&own), "since": "2026-10-01T00:00:00Z"})).expect(200);
    let inbox = eventually("the refusal", || Some(world.inbox()).filter(|inbox| inbox["problem"] == "certificate"));
    assert!(inbox["message"].as_str().is_some_and(|text| text.contains("460")), "{inbox}");
    world.ksef.grant(&own.0, &[SELLER]);
    eventually("no rights", || Some(world.inbox()).filter(|inbox| inbox["problem"] == "rights"));
    world.ksef.grant(&own.0, &[NIP]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writes");
        path.to_str().expect("plain").to_owned()
    };
    let (certificate, key) = (file("a.crt", &own.0), file("a.key", &own.1));
    let options = ["Młyn Łódź", "--certificate", &certificate, "--key", &key, "--passphrase-file", "-"];
    let said = |verb: &str| {
        let arguments: Vec<&str> = ["ksef", verb].into_iter().chain(options).collect();
        world.office.service.cli_with(&arguments, PASSPHRASE)
    };
    assert!(said("test").contains("signed in; "));
    assert!(said("set").contains("with the certificate of Łucja Żak"));
    world.fetched(1);
    let listed = world.office.service.cli(&["ksef", "list"]);
    assert!(listed.contains("certificate, ends "), "{listed}");
    let checked = world.office.service.command(&["doctor"]);
    let checked = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.lines().any(|line| line.contains("BAD") && line.contains("its certificate ends on")), "{checked}");

    // The page warns, and takes files; what is wrong is said in the reader's language.
    world.office.service.cli_with(&["user", "add", "anna@lipa.example", "--role", "owner"], "a sentence of mine\n");
    let nobody = world.office.service.api("");
    let cookie = signed_in(&nobody, "email=anna%40lipa.example&password=a+sentence+of+mine");
    let path = format!("/companies/{}", world.company);
    let page = nobody.send("GET", &path, &[("cookie", &cookie)], &[]).expect(200).text();
    assert!(page.contains("Certyfikat: Łucja Żak") && page.contains("wkrótce wygaśnie"), "{page}");
    let post = |path: &str, fields: &[(&str, &str)]| {
        let part = |(name, value): &(&str, &str)| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body: String = fields.iter().map(part).chain(["--b--\r\n".to_owned()]).collect();
        let kind = ("content-type", "multipart/form-data; boundary=b");
        nobody.send("POST", path, &[kind, OURS, ("cookie", &cookie)], body.as_bytes())
    };
    let form = |passphrase: &'static str| {
        [
            ("present", "certificate"),
            ("access", "certificate"),
            ("certificate", &*other.0),
            ("key", &*other.1),
            ("passphrase", passphrase),
        ]
    };
    let refused = post(&format!("{path}/ksef"), &form("nie to")).expect(422).text();
    assert!(refused.contains("to nie jest jego hasło"), "{refused}");
    post(&format!("{path}/ksef"), &form(PASSPHRASE)).expect(303);
    let page = nobody.send("GET", &path, &[("cookie", &cookie)], &[]).expect(200).text();
    assert!(page.contains("Certyfikat: Łucja Żak") && !page.contains("wkrótce wygaśnie"), "{page}");
    // Saved again as it is shown: nothing changes.
    post(&format!("{path}/ksef"), &[("present", "certificate"), ("access", "certificate"), ("certificate", ""), ("key", "")])
        .expect(303);
    assert_eq!(world.inbox()["access"], "certificate");
    post("/settings/ksef", &form("nie to")).expect(422);
    post("/settings/ksef", &form(PASSPHRASE)).expect(303);
    let page = nobody.send("GET", "/settings", &[("cookie", &cookie)], &[]).expect(200).text();
    assert!(page.contains("Certyfikat: Łucja Żak"), "{page}");
    post("/settings/ksef/remove", &[]).expect(303);
    world.no_faults();
}

#[test]
fn one_certificate_of_the_office_opens_the_inboxes_of_its_companies() {
    let world = World::new();
    let (office, api) = (&world.office, world.office.api());
    let own = certificate("/C=PL/O=Biuro Rachunkowe Lipa/organizationIdentifier=VATPL-7251801126/CN=Lipa", "prime256v1", 365);
    office.service.cli(&["company", "add", "Piekarnia", "--tax-id", "7962971868", "--address", "p@post.example"]);
    let bakery = format!("/v1/companies/{}/ksef", office.company("Piekarnia"));
    world.ksef.grant(&own.0, &[NIP]);
    world.ksef.store("2026-10-02T08:00:00", SELLER, &xml("B/1"));
    let by_office = json!({"office_certificate": true, "since": "2026-10-01T00:00:00Z"});
    world.put(&api, &by_office).expect(422);
    assert_eq!(api.put("/v1/ksef/certificate", &files(&own)).expect(200).json()["subject"], "Lipa");

    // A client may neither see it nor use it; what it may set is its own way in.
    let company = ["--company", world.company.as_str()];
    let client = office.service.cli(&["token", "add", "c", "--role", "company_admin", company[0], company[1]]);
    let client = office.service.api(client.trim());
    client.get("/v1/ksef/certificate").expect(403);
    world.put(&client, &by_office).expect(403);
    world.put(&api, &by_office).expect(200);
    world.put(&client, &json!({"nip": SELLER})).expect(403);
    world.fetched(1);
    assert_eq!(world.inbox()["certificate"]["subject"], "Lipa");

    // The bakery has not granted the office anything; then it has.
    api.put(&bakery, &by_office).expect(200);
    let problem = || api.get(&bakery).expect(200).json()["problem"].clone();
    eventually("no rights", || Some(()).filter(|()| problem() == "rights"));
    world.ksef.grant(&own.0, &[NIP, "7962971868"]);
    eventually("rights", || Some(()).filter(|()| problem().is_null() && api.get(&bakery).json()["checked_at"].is_string()));
    api.send("DELETE", "/v1/ksef/certificate", &[], &[]).expect(204);
    eventually("it is gone", || Some(()).filter(|()| problem() == "certificate"));
    // Both companies see the invoice, so it is given twice.
    assert_eq!(world.ksef.state().faults, [""; 0]);
}

#[test]
fn a_session_that_ends_in_the_middle_is_renewed() {
    let world = World::new();
    for number in 1..=9 {
        world.ksef.store(&format!("2026-10-{number:02}T08:00:00"), SELLER, &xml(&format!("S/{number}")));
    }
    world.ksef.state().uses = Some(4);
    world.set(TOKEN);
    world.fetched(9);
    assert!(world.ksef.state().renewed >= 2);
    world.no_faults();
}

#[test]
fn invoices_come_once_whatever_happens() {
    let mut world = World::new();
    // Few on a page, and fewer than there are shown at all: pages, then from the last on.
    world.ksef.state().page = 2;
    world.ksef.state().most = 5;
    world.ksef.state().mark = "2026-10-12T12:00:00.0000000+00:00".to_owned();
    let numbers: Vec<String> =
        (1..=8).map(|n| world.ksef.store(&format!("2026-10-{n:02}T08:00:00"), SELLER, &xml(&format!("K/{n}")))).collect();
    let stuck = numbers[2].clone();
    world.ksef.state().broken.insert(stuck.clone());
    world.ksef.state().busy.insert("/invoices/query".to_owned(), 1);
    let inbox = world.set(TOKEN);
    assert_eq!((&inbox["nip"], &inbox["fetched"]), (&json!(NIP), &json!(0)));
    assert!(!inbox.to_string().contains(TOKEN));

    // One that cannot be had holds nobody up, and is said.
    eventually("all but one", || Some(world.inbox()).filter(|inbox| inbox["fetched"] == 7));
    let inbox = eventually("why it waits", || Some(world.inbox()).filter(|inbox| inbox["stuck"].is_string()));
    assert!(inbox["stuck"].as_str().is_some_and(|text| text.contains(&stuck) && text.contains("jeszcze dostępna")), "{inbox}");
    let checked = world.office.service.command(&["doctor"]);
    let checked = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.lines().any(|line| line.contains("BAD") && line.contains("KSeF inbox of Młyn Łódź")), "{checked}");

    world.office.service.kill_and_restart();
    world.ksef.state().broken.clear();
    world.ksef.state().mark = LATER.to_owned();
    let late = world.ksef.store("2026-10-20T08:00:00", SELLER, &xml("K/9"));
    let inbox = world.fetched(9);
    assert_eq!(inbox["stuck"], Value::Null);
    assert!(
        inbox["checked_at"].is_string() && inbox["point"].as_str().is_some_and(|point| point.starts_with("2026-11-20")),
        "{inbox}"
    );
    assert!(world.ksef.state().given.contains(&late));
    world.no_faults();

    let log = world.log();
    assert_eq!(log.len(), 9, "{log:#?}");
    assert!(log.iter().all(|one| one["channel"] == "ksef" && one["direction"] == "purchase"), "{log:#?}");
    let documents = eventually("all read", || {
        let list = world.office.api().get("/v1/documents?order=asc").expect(200).json();
        let documents = list["documents"].as_array()?.clone();
        (documents.len() == 9 && documents.iter().all(|one| one["state"] == "to_review")).then_some(documents)
    });
    assert!(documents.iter().all(|one| one["ksef"] == "number" && one["amount"] == "1230.00"), "{documents:#?}");
    let id = documents.iter().find(|one| one["number"] == "K/1").expect("the first")["id"].as_str().expect("an id");
    let reading = world.office.api().get(&format!("/v1/documents/{id}")).expect(200).json()["reading"].clone();
    assert_eq!(reading["fields"]["ksef_number"]["value"], numbers[0].as_str(), "{reading:#}");
    let original = world.office.api().get(&format!("/v1/documents/{id}/original")).expect(200);
    assert_eq!(original.body, xml("K/1").into_bytes(), "served byte for byte");
}

#[test]
fn many_invoices_come_in_one_package() {
    let mut world = World::new();
    let stored = |n: u32| format!("2026-10-02T08:{n:02}:00");
    let numbers: Vec<String> = (1..=32).map(|n| world.ksef.store(&stored(n), SELLER, &xml(&format!("M/{n}")))).collect();
    world.ksef.state().mark = "2026-10-02T12:00:00.0000000+00:00".to_owned();
    world.set(TOKEN);
    world.fetched(32);
    assert_eq!(world.ksef.state().packages, [32]);
    // Few come one by one, and what came in the package does not come again.
    world.office.service.kill_and_restart();
    world.ksef.store("2026-10-03T08:00:00", SELLER, &xml("M/33"));
    world.ksef.state().mark = LATER.to_owned();
    let inbox = world.fetched(33);
    assert_eq!((&inbox["problem"], &inbox["stuck"]), (&Value::Null, &Value::Null), "{inbox}");
    assert_eq!(world.ksef.state().packages, [32]);
    world.no_faults();

    let log = world.log();
    assert_eq!(log.len(), 2, "{log:#?}");
    assert!(log.iter().all(|one| one["channel"] == "ksef" && one["direction"] == "purchase"), "{log:#?}");
    let documents = eventually("all read", || {
        let list = world.office.api().get("/v1/documents?order=asc&limit=100").expect(200).json();
        let documents = list["documents"].as_array()?.clone();
        (documents.len() == 33 && documents.iter().all(|one| one["state"] == "to_review")).then_some(documents)
    });
    assert!(documents.iter().all(|one| one["ksef"] == "number" && one["duplicate_of"].is_null()), "{documents:#?}");
    let id = documents.iter().find(|one| one["number"] == "M/7").expect("the seventh")["id"].as_str().expect("an id");
    let reading = world.office.api().get(&format!("/v1/documents/{id}")).expect(200).json()["reading"].clone();
    assert_eq!(reading["fields"]["ksef_number"]["value"], numbers[6].as_str(), "{reading:#}");
    let original = world.office.api().get(&format!("/v1/documents/{id}/original")).expect(200);
    assert_eq!(original.body, xml("M/7").into_bytes(), "byte for byte");
}

#[test]
fn a_package_of_other_invoices_is_not_taken() {
    let world = World::new();
    // It says one less than were listed: then they come one by one.
    world.ksef.state().short = 1;
    for n in 1..=31 {
        world.ksef.store(&format!("2026-10-02T08:{n:02}:00"), SELLER, &xml(&format!("O/{n}")));
    }
    world.set(TOKEN);
    world.fetched(31);
    assert_eq!(world.ksef.state().packages, [31]);
    assert_eq!(world.log().len(), 31);
    world.no_faults();
}

#[test]
fn a_wrong_token_is_said_in_plain_words_and_mended() {
    let world = World::new();
    world.ksef.store("2026-10-02T08:00:00", SELLER, &xml("W/1"));
    world.set("20261001-EC-0000000000-0000000000-00|nip|wrong");
    let inbox = eventually("the refusal", || Some(world.inbox()).filter(|inbox| inbox["problem"] == "token"));
    assert!(inbox["message"].as_str().is_some_and(|text| text.contains("450")), "{inbox}");
    world.office.service.cli_with(&["ksef", "set", "Młyn Łódź", "--token-file", "-"], TOKEN);
    world.fetched(1);
    let told = world.office.service.cli_with(&["ksef", "test", "Młyn Łódź", "--token-file", "-"], TOKEN);
    assert!(told.contains("signed in"), "{told}");
    let listed = world.office.service.cli(&["ksef", "list"]);
    assert!(listed.contains("Młyn Łódź") && listed.contains(NIP), "{listed}");
    let api = world.office.api();
    for (body, field) in [(json!({"token": TOKEN, "nip": "5260250990"}), "NIP"), (json!({"token": "a b"}), "token")] {
        let refused = api.send("PUT", &world.path(), &[("content-type", "application/json")], body.to_string().as_bytes());
        assert!(refused.status == 422 && refused.text().contains(field), "{}", refused.text());
    }
    api.send("DELETE", &world.path(), &[], &[]).expect(204);
    api.get(&world.path()).expect(404);
    world.no_faults();
}

#[test]
fn the_mailed_picture_and_the_invoice_are_one_paper() {
    let world = World::new();
    let api = world.office.api();
    let read = |subject: &str| {
        let id = eventually(subject, || {
            let list = api.get("/v1/documents?order=asc").expect(200).json();
            let found =
                list["documents"].as_array()?.iter().find(|one| one["subject"].as_str().is_some_and(|s| s.contains(subject)))?;
            found["id"].as_str().map(str::to_owned)
        });
        api.post(&format!("/v1/documents/{id}/read?wait=60"), &Value::Null);
        id
    };
    // The picture first, then the invoice; and the other way round.
    world.ksef.state().mark = "2026-10-05T12:00:00.0000000+00:00".to_owned();
    let first = world.ksef.store("2026-10-05T08:00:00", SELLER, &xml("P/1"));
    let mail = Mail::new("mlyn@post.example", "Faktura P1 (483916)").attach("p1.pdf", "application/pdf", &picture("P/1", &first));
    world.office.send(&mail);
    let paper = read("P1");
    world.set(TOKEN);
    world.fetched(1);
    world.ksef.state().mark = LATER.to_owned();
    let second = world.ksef.store("2026-10-06T08:00:00", SELLER, &xml("P/2"));
    world.fetched(2);
    eventually("the second was read", || {
        let list = api.get("/v1/documents").expect(200).json();
        list["documents"].as_array()?.iter().find(|one| one["number"] == "P/2" && one["state"] == "to_review").map(drop)
    });
    let mail =
        Mail::new("mlyn@post.example", "Faktura P2 (483916)").attach("p2.pdf", "application/pdf", &picture("P/2", &second));
    world.office.send(&mail);
    read("P2");
    let documents = eventually("two papers of two files each", || {
        let list = api.get("/v1/documents?order=asc").expect(200).json();
        let documents = list["documents"].as_array()?.clone();
        let whole = |one: &Value| {
            let detail = api.get(&format!("/v1/documents/{}", one["id"].as_str().unwrap_or_default())).expect(200).json();
            detail["pieces"].as_array().is_some_and(|pieces| pieces.len() == 2) && detail["state"] == "to_review"
        };
        (documents.len() == 2 && documents.iter().all(whole)).then_some(documents)
    });
    assert_eq!(documents[0]["id"], paper.as_str(), "the earlier one stays");
    for document in &documents {
        let path = format!("/v1/documents/{}", document["id"].as_str().expect("an id"));
        let reading = api.get(&path).expect(200).json()["reading"].clone();
        assert_eq!(reading["fields"]["total_gross"]["source"], "xml", "{reading:#}");
        assert!(reading["fields"]["total_gross"]["page"].is_u64(), "its place on the picture: {reading:#}");
    }
    world.no_faults();
}
