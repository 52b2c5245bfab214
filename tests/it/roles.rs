//! Every route x every role x own company, another company, another office, nobody. The routes come from the description that the
//! service serves: a route without a row here fails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::{Api, Mail, Office, PASSPHRASE, Service, certificate, eventually, invoice};

/// Roles of tokens: those of the whole office, then those bound to one company.
const ROLES: [(&str, bool); 7] = [
    ("owner", false),
    ("admin", false),
    ("bookkeeper", true),
    ("read_only", true),
    ("company_admin", true),
    ("company_member", true),
    ("scanner", true),
];

/// Who may use a route.
#[derive(Clone, Copy, PartialEq)]
enum May {
    /// Everybody, signed in or not.
    Public,
    /// Everybody who is signed in.
    All,
    /// No program: people alone.
    Nobody,
    See,
    Send,
    /// The office's people, those included who only look.
    Office,
    /// Whoever both sends papers and looks at them.
    SeeAndSend,
    Work,
    Manage,
    /// Those who manage the office, and a company's admin.
    ManageCompany,
    /// The same, and bookkeepers.
    SeePins,
}

impl May {
    fn allows(self, role: &str) -> bool {
        let manage = matches!(role, "owner" | "admin");
        match self {
            May::Public | May::All => true,
            May::Nobody => false,
            May::See => role != "scanner",
            May::Send => role != "read_only",
            May::Office => manage || matches!(role, "bookkeeper" | "read_only"),
            May::SeeAndSend => !matches!(role, "read_only" | "scanner"),
            May::Work => manage || role == "bookkeeper",
            May::Manage => manage,
            May::ManageCompany => manage || role == "company_admin",
            May::SeePins => manage || matches!(role, "bookkeeper" | "company_admin"),
        }
    }
}

/// A well-formed id that nobody has.
const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

/// Route, who may use it, and the body that is sent.
fn table() -> Vec<(&'static str, May, Option<Value>)> {
    vec![
        ("POST /v1/login", May::Public, Some(json!({"email": "nobody@office.example", "password": "no such password"}))),
        ("POST /v1/logout", May::All, None),
        ("GET /v1/me", May::All, None),
        ("PUT /v1/me/password", May::Nobody, Some(json!({"old": "x", "new": "y"}))),
        ("GET /v1/settings", May::Manage, None),
        ("PUT /v1/settings", May::Manage, Some(json!({}))),
        ("GET /v1/covers", May::Manage, None),
        (
            "POST /v1/covers",
            May::Manage,
            Some(json!({"from_user": NOBODY, "to_user": NOBODY, "first_day": "2026-08-01", "last_day": "2026-08-02"})),
        ),
        ("DELETE /v1/covers/{cover}", May::Manage, None),
        ("GET /v1/tokens", May::ManageCompany, None),
        ("POST /v1/tokens", May::ManageCompany, Some(json!({"name": "t", "role": "scanner", "company": "{own}"}))),
        ("DELETE /v1/tokens/{token}", May::ManageCompany, None),
        ("POST /v1/tokens/{token}/signing", May::ManageCompany, None),
        ("GET /v1/devices", May::ManageCompany, None),
        ("POST /v1/devices", May::ManageCompany, Some(json!({"name": "mfp", "company": "{own}"}))),
        ("DELETE /v1/devices/{device}", May::ManageCompany, None),
        ("POST /v1/pairings", May::ManageCompany, Some(json!({"name": "phone", "company": "{own}"}))),
        ("POST /v1/pairings/exchange", May::Public, Some(json!({"code": "no such code"}))),
        ("GET /v1/companies/{company}/links", May::Work, None),
        ("POST /v1/companies/{company}/links", May::Work, Some(json!({"name": "for a friend"}))),
        ("DELETE /v1/links/{link}", May::Work, None),
        ("GET /v1/companies/{company}/notices", May::See, None),
        ("PUT /v1/companies/{company}/notices", May::ManageCompany, Some(json!({"tag": "Lipa"}))),
        ("GET /v1/companies/{company}/senders", May::See, None),
        ("POST /v1/companies/{company}/senders", May::SeePins, Some(json!({"mailbox": "x@y.example", "kind": "sender"}))),
        ("DELETE /v1/senders/{sender}", May::SeePins, None),
        ("GET /v1/ksef", May::See, None),
        ("GET /v1/ksef/certificate", May::Manage, None),
        ("PUT /v1/ksef/certificate", May::Manage, Some(json!({"certificate": "none"}))),
        ("DELETE /v1/ksef/certificate", May::Manage, None),
        ("GET /v1/companies/{company}/ksef", May::See, None),
        ("PUT /v1/companies/{company}/ksef", May::ManageCompany, Some(json!({"nip": "5265877635", "token": "t"}))),
        ("DELETE /v1/companies/{company}/ksef", May::ManageCompany, None),
        ("POST /v1/companies/{company}/ksef/fetch", May::SeePins, None),
        ("GET /v1/spv", May::See, None),
        ("GET /v1/companies/{company}/spv", May::See, None),
        ("PUT /v1/companies/{company}/spv", May::ManageCompany, Some(json!({"refresh_token": "t"}))),
        ("DELETE /v1/companies/{company}/spv", May::ManageCompany, None),
        ("POST /v1/companies/{company}/spv/fetch", May::SeePins, None),
        ("GET /v1/spv/grant", May::Manage, None),
        ("PUT /v1/spv/grant", May::Manage, Some(json!({"refresh_token": "t"}))),
        ("DELETE /v1/spv/grant", May::Manage, None),
        ("OPTIONS /v1/uploads", May::Public, None),
        ("POST /v1/uploads", May::Send, None),
        ("HEAD /v1/uploads/{upload}", May::Send, None),
        ("PATCH /v1/uploads/{upload}", May::Send, None),
        ("POST /v1/uploads/{upload}", May::Send, None),
        ("DELETE /v1/uploads/{upload}", May::Send, None),
        ("GET /v1/memories", May::Manage, None),
        ("DELETE /v1/memories/{memory}", May::Manage, None),
        ("POST /v1/memories/{memory}/revert", May::Manage, None),
        ("GET /v1/companies", May::See, None),
        ("POST /v1/companies", May::Manage, Some(json!({"name": "Neue", "country": "DE"}))),
        ("POST /v1/companies/import", May::Manage, Some(json!("name"))),
        ("GET /v1/companies/silent", May::Office, None),
        ("GET /v1/missing", May::Office, None),
        ("POST /v1/missing/ask", May::Work, Some(json!({"period": "2026-07"}))),
        ("POST /v1/missing/{company}/{period}/stop", May::Work, None),
        ("POST /v1/missing/{company}/{period}/resume", May::Work, None),
        ("GET /v1/missing/plan", May::Office, None),
        ("PUT /v1/missing/plan", May::Manage, Some(json!({"active": false, "steps": []}))),
        ("GET /v1/invitations", May::ManageCompany, None),
        ("POST /v1/invitations/send", May::ManageCompany, Some(json!({"state": "waiting"}))),
        ("GET /v1/companies/{company}", May::See, None),
        ("PUT /v1/companies/{company}", May::Manage, Some(json!({"name": "Anders", "country": "PL"}))),
        ("GET /v1/companies/{company}/pack", May::Manage, None),
        ("GET /v1/companies/{company}/addresses", May::See, None),
        ("POST /v1/companies/{company}/addresses", May::Manage, Some(json!({}))),
        ("GET /v1/companies/{company}/pins", May::SeePins, None),
        ("POST /v1/companies/{company}/pins", May::ManageCompany, Some(json!({}))),
        ("GET /v1/documents", May::See, None),
        ("POST /v1/documents", May::Send, None),
        ("GET /v1/counts", May::See, None),
        ("GET /v1/documents/{document}", May::See, None),
        ("PATCH /v1/documents/{document}", May::Work, Some(json!({"payment_state": "paid"}))),
        ("PATCH /v1/documents/{document}/fields", May::Work, Some(json!({"fields": {"invoice_number": "X/1"}}))),
        ("GET /v1/documents/{document}/comments", May::See, None),
        ("POST /v1/documents/{document}/comments", May::SeeAndSend, Some(json!({"content": "hello"}))),
        ("GET /v1/documents/{document}/tokens", May::See, None),
        ("GET /v1/documents/{document}/original", May::See, None),
        ("GET /v1/documents/{document}/pages/{page}/image", May::See, None),
        ("POST /v1/documents/{document}/read", May::Work, None),
        ("POST /v1/documents/read", May::Work, Some(json!({"ids": []}))),
        ("POST /v1/documents/{document}/approve", May::Work, None),
        ("POST /v1/documents/approve", May::Work, Some(json!({"ids": []}))),
        ("POST /v1/documents/{document}/reopen", May::Work, None),
        ("POST /v1/documents/{document}/apart", May::Work, None),
        ("POST /v1/documents/{document}/reject", May::Work, None),
        ("POST /v1/documents/{document}/file", May::Work, None),
        ("POST /v1/documents/{document}/trash", May::Work, None),
        ("POST /v1/documents/{document}/restore", May::Work, None),
        ("POST /v1/documents/{document}/split", May::Work, Some(json!({"ranges": [[1, 1]]}))),
        ("POST /v1/documents/{document}/merge", May::Work, Some(json!({"documents": []}))),
        ("POST /v1/documents/{document}/move", May::Work, Some(json!({"company": "{own}"}))),
        ("GET /v1/documents/originals", May::See, None),
        ("POST /v1/documents/booking", May::Work, Some(json!({"ids": []}))),
        ("GET /v1/documents/{document}/booking-suggestions", May::Office, None),
        ("GET /v1/choices", May::Office, None),
        ("POST /v1/choices", May::Work, Some(json!({"kind": "category", "code": "402", "company": "{own}"}))),
        ("DELETE /v1/choices/{choice}", May::Work, None),
        ("GET /v1/booking-rules", May::Office, None),
        ("POST /v1/booking-rules", May::Work, Some(json!({"seller": "x", "booking": {"category": "402"}, "company": "{own}"}))),
        ("POST /v1/booking-rules/{rule}/apply", May::Work, None),
        ("DELETE /v1/booking-rules/{rule}", May::Work, None),
        ("GET /v1/export-profiles", May::Office, None),
        ("GET /v1/batches", May::Office, None),
        ("POST /v1/batches", May::Work, Some(json!({"company": "{own}", "profile": "csv"}))),
        ("POST /v1/batches/preview", May::Office, Some(json!({"company": "{own}", "profile": "csv"}))),
        ("GET /v1/batches/{batch}", May::Office, None),
        ("GET /v1/batches/{batch}/documents", May::Office, None),
        ("GET /v1/batches/{batch}/file", May::Office, None),
        ("POST /v1/batches/{batch}/undo", May::Work, None),
        ("POST /v1/documents/books", May::Work, Some(json!({"documents": []}))),
        ("POST /v1/companies/{company}/books", May::Work, Some(json!({}))),
        ("GET /v1/search", May::See, None),
        ("POST /v1/parts/{part}/take", May::SeeAndSend, None),
        ("GET /v1/submissions", May::See, None),
        ("GET /v1/submissions/{submission}", May::See, None),
        ("GET /v1/submissions/{submission}/raw", May::Work, None),
        ("GET /v1/held", May::See, None),
        ("POST /v1/held/{submission}/once", May::Work, None),
        ("POST /v1/held/{submission}/always", May::Work, None),
        ("POST /v1/held/{submission}/discard", May::Work, None),
        ("GET /v1/jobs", May::See, None),
        ("GET /v1/jobs/{job}", May::See, None),
        ("GET /v1/events", May::See, None),
        ("GET /v1/webhooks", May::Manage, None),
        ("POST /v1/webhooks", May::Manage, Some(json!({"url": "https://hooks.example/here"}))),
        ("GET /v1/webhooks/{webhook}", May::Manage, None),
        ("PATCH /v1/webhooks/{webhook}", May::Manage, Some(json!({"name": "books"}))),
        ("DELETE /v1/webhooks/{webhook}", May::Manage, None),
        ("POST /v1/webhooks/{webhook}/secret", May::Manage, None),
        ("POST /v1/webhooks/{webhook}/test", May::Manage, None),
        ("GET /v1/webhooks/{webhook}/deliveries", May::Manage, None),
        ("POST /v1/deliveries/{delivery}/redeliver", May::Manage, None),
        ("POST /v1/companies/{company}/close", May::Manage, Some(json!({"days": 1}))),
        ("POST /v1/companies/{company}/open", May::Manage, None),
        ("GET /healthz", May::Public, None),
        ("GET /readyz", May::Public, None),
    ]
}

/// The rows of one company, one of each kind.
struct Things {
    owner: Api,
    company: String,
    ids: BTreeMap<&'static str, String>,
}

impl Things {
    fn path(&self, route: &str) -> String {
        let mut path = route.replace("{page}", "1").replace("{period}", "2026-07").replace("{company}", &self.company);
        let held = route.contains("/held/");
        for (name, id) in &self.ids {
            let hole = format!("{{{}}}", if *name == "held" && held { "submission" } else { name });
            if *name != "submission" || !held {
                path = path.replace(&hole, id);
            }
        }
        path
    }
}

fn first<'a>(list: &'a Value, what: &str, fits: impl Fn(&Value) -> bool) -> &'a Value {
    list[what].as_array().and_then(|all| all.iter().find(|one| fits(one))).unwrap_or(&Value::Null)
}

/// Fills a company with one of everything.
fn fill(service: &Service, owner: &Api, office: &str, name: &str, address: &str) -> Things {
    service.cli(&["company", "--office", office, "add", name, "--address", address]);
    let list = owner.get("/v1/companies").expect(200).json();
    let company = first(&list, "companies", |c| c["name"] == name)["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/documents?company={company}&name=a.pdf&wait=30");
    let kept = owner.send("POST", &path, &[("content-type", "application/pdf")], &invoice(name)).expect(201).json();
    let file = &kept["files"][0];
    let document = file["documents"][0].as_str().unwrap_or_else(|| panic!("{kept}")).to_owned();
    assert!(service.smtp().send(&Mail::new(address, "no PIN at all")).starts_with("250"));
    let held = eventually("a held mail", || {
        let list = owner.get(&format!("/v1/held?company={company}")).expect(200).json();
        list["submissions"][0]["id"].as_str().map(str::to_owned)
    });
    let submission = file["submission"].as_str().expect("an id");
    let detail = owner.get(&format!("/v1/submissions/{submission}")).expect(200).json();
    let part = detail["parts"][0]["id"].as_str().expect("a part").to_owned();
    let jobs = owner.get("/v1/jobs?limit=200").expect(200).json();
    let job = first(&jobs, "jobs", |job| job["company"] == company.as_str())["id"].as_str().expect("a job").to_owned();
    let taught = owner.send(
        "POST",
        &format!("/v1/documents?company={company}&name=b.pdf&wait=30"),
        &[("content-type", "application/pdf")],
        &invoice("B/1"),
    );
    let taught = taught.expect(201).json()["files"][0]["documents"][0].as_str().expect("a document").to_owned();
    owner.post(&format!("/v1/documents/{taught}/read?wait=60"), &Value::Null).expect(200);
    owner.post(&format!("/v1/documents/{taught}/approve"), &json!({"reason": "known"})).expect(200);
    let memories = owner.get("/v1/memories").expect(200).json();
    let token = owner.post("/v1/tokens", &json!({"name": "scan", "role": "scanner", "company": company})).expect(201).json();
    let device = owner.post("/v1/devices", &json!({"name": "mfp", "company": company})).expect(201).json();
    let choice = json!({"kind": "category", "code": "401", "company": company});
    let choice = owner.post("/v1/choices", &choice).expect(201).json();
    let batch = owner.post("/v1/batches?wait=30", &json!({"company": company, "profile": "csv"})).expect(200).json();
    let link = owner.post(&format!("/v1/companies/{company}/links"), &json!({"name": "friend"})).expect(201).json();
    let mut people = ["away", "here"].into_iter().map(|who| {
        let email = format!("{who}@{name}.example").to_lowercase();
        service.cli_with(&["user", "--office", office, "add", &email], "a sentence of mine\n").trim().to_owned()
    });
    let today = std::process::Command::new("date").args(["-u", "-d", "+30 days", "+%F"]).output().expect("date runs");
    let day = String::from_utf8_lossy(&today.stdout).trim().to_owned();
    let cover = json!({"from_user": people.next(), "to_user": people.next(), "first_day": day, "last_day": day});
    let cover = owner.post("/v1/covers", &cover).expect(201).json();
    let webhook = webhook(owner);
    let delivery = owner.post(&format!("/v1/webhooks/{webhook}/test"), &Value::Null).expect(202).json();
    let ids = BTreeMap::from([
        ("delivery", delivery["id"].as_str().expect("an id").to_owned()),
        ("webhook", webhook),
        ("cover", cover["id"].as_str().expect("an id").to_owned()),
        ("batch", batch["id"].as_str().expect("an id").to_owned()),
        ("choice", choice["id"].as_str().expect("an id").to_owned()),
        ("rule", rule(owner, &company)),
        ("link", link["id"].as_str().expect("an id").to_owned()),
        ("sender", sender(owner, &company)),
        ("upload", upload(owner, &company)),
        ("device", device["id"].as_str().expect("an id").to_owned()),
        ("document", document),
        ("submission", file["submission"].as_str().expect("an id").to_owned()),
        ("part", part),
        ("held", held),
        ("job", job),
        ("memory", memories["memories"][0]["id"].as_str().expect("a memory").to_owned()),
        ("token", token["id"].as_str().expect("an id").to_owned()),
    ]);
    Things { owner: owner.clone(), company, ids }
}

/// A rule of booking.
fn rule(caller: &Api, company: &str) -> String {
    let rule = json!({"seller": "Kowalski", "booking": {"category": "401"}, "company": company});
    caller.post("/v1/booking-rules", &rule).expect(201).json()["id"].as_str().expect("an id").to_owned()
}

/// A trusted sender.
fn sender(caller: &Api, company: &str) -> String {
    let new = json!({"mailbox": "jan@known.example", "kind": "sender"});
    let made = caller.post(&format!("/v1/companies/{company}/senders"), &new).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

/// A webhook of the office.
fn webhook(caller: &Api) -> String {
    let made = caller.post("/v1/webhooks", &json!({"url": "https://hooks.example/there"})).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

/// Begins a file in pieces.
fn upload(caller: &Api, company: &str) -> String {
    let said = format!("company {}", STANDARD.encode(company));
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", "9"), ("upload-metadata", &*said)];
    let begun = caller.send("POST", "/v1/uploads", &headers, &[]).expect(201);
    begun.header("location").rsplit('/').next().expect("an id").to_owned()
}

#[test]
fn every_route_for_every_role() {
    let service = Service::with(&[("POSTROOM_KSEF__ENABLED", "false"), ("POSTROOM_SPV__ENABLED", "false")]);
    service.cli(&["office", "add", "Lipa"]);
    service.cli(&["office", "add", "Dąb"]);
    let owner_of = |office: &str| service.api(service.cli(&["token", "--office", office, "add", "o", "--role", "owner"]).trim());
    let (lipa, dab) = (owner_of("Lipa"), owner_of("Dąb"));
    let own = fill(&service, &lipa, "Lipa", "Własna", "wlasna@post.example");
    let other = fill(&service, &lipa, "Lipa", "Inna", "inna@post.example");
    let foreign = fill(&service, &dab, "Dąb", "Obca", "obca@post.example");

    let rows = table();
    covers_the_description(&lipa, &rows);
    let mut wrong = Vec::new();
    for (role, bound) in ROLES {
        let mut arguments = vec!["token", "--office", "Lipa", "add", role, "--role", role];
        if bound {
            arguments.extend(["--company", own.company.as_str()]);
        }
        let secret = service.cli(&arguments);
        let caller = service.api(secret.trim());
        for (route, may, body) in &rows {
            let has_id = route.contains('{');
            let mut check = |whose: &str, things: &Things, hidden: bool| {
                let status = call(&caller, route, things, body.as_ref(), &own.company);
                let good = match (may.allows(role), hidden) {
                    (true, false) => !matches!(status, 401 | 403 | 404 | 500) || *may == May::Public,
                    (true, true) => status == 404,
                    (false, false) => status == 403,
                    (false, true) => matches!(status, 403 | 404),
                };
                if !good {
                    wrong.push(format!("{role} {route} ({whose}): {status}"));
                }
            };
            // The others' first: what is done to one's own must not hide behind it.
            if has_id {
                check("another office's", &foreign, true);
                check("another company's", &other, bound);
            }
            check("own", &own, false);
        }
        leaks_nothing(&caller, role, bound, &other, &foreign, &mut wrong);
    }
    for (route, may, body) in &rows {
        let status = call(&service.api(""), route, &own, body.as_ref(), &own.company);
        if *may != May::Public && status != 401 {
            wrong.push(format!("nobody {route}: {status}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn covers_the_description(api: &Api, rows: &[(&str, May, Option<Value>)]) {
    let description = api.get("/openapi.json").expect(200).json();
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let here: BTreeSet<String> = rows.iter().map(|(route, _, _)| (*route).to_owned()).collect();
    assert_eq!(described, here, "left: described; right: rows of this table");
}

fn call(caller: &Api, route: &str, things: &Things, body: Option<&Value>, own: &str) -> u16 {
    let (method, template) = route.split_once(' ').expect("method and path");
    let mut path = things.path(template);
    if template.ends_with("/ksef") || template.ends_with("/ksef/fetch") {
        // The same of inboxes.
        let body = json!({"nip": "5265877635", "token": "t"}).to_string();
        let path = format!("/v1/companies/{}/ksef", things.company);
        things.owner.send("PUT", &path, &[("content-type", "application/json")], body.as_bytes()).expect(200);
    }
    if template == "/v1/ksef/certificate" && body.is_none() {
        static OWN: LazyLock<(String, String)> = LazyLock::new(|| certificate("/CN=Lipa", "prime256v1", 30));
        let body = json!({"certificate": OWN.0, "key": OWN.1, "passphrase": PASSPHRASE});
        things.owner.put("/v1/ksef/certificate", &body).expect(200);
    }
    if template.ends_with("}/spv") || template.ends_with("/spv/fetch") {
        let body = json!({"cif": "18547290", "refresh_token": "t"}).to_string();
        let path = format!("/v1/companies/{}/spv", things.company);
        things.owner.send("PUT", &path, &[("content-type", "application/json")], body.as_bytes()).expect(200);
    }
    if route == "DELETE /v1/uploads/{upload}" {
        // What one role has ended is not there for the next.
        path = format!("/v1/uploads/{}", upload(&things.owner, &things.company));
    }
    if route == "DELETE /v1/senders/{sender}" {
        path = format!("/v1/senders/{}", sender(&things.owner, &things.company));
    }
    if route == "DELETE /v1/booking-rules/{rule}" {
        path = format!("/v1/booking-rules/{}", rule(&things.owner, &things.company));
    }
    if route == "DELETE /v1/webhooks/{webhook}" {
        path = format!("/v1/webhooks/{}", webhook(&things.owner));
    }
    if route == "GET /v1/events" {
        return caller.status_only(&path);
    }
    if route == "POST /v1/documents" {
        let path = format!("{path}?company={}", things.company);
        return caller.send(method, &path, &[("content-type", "application/pdf")], &invoice("role")).status;
    }
    if route == "GET /v1/search" {
        return caller.get("/v1/search?text=faktura").status;
    }
    let body = body.map(|body| body.to_string().replace("{own}", own)).unwrap_or_default();
    let headers = [("content-type", "application/json"), ("if-match", "\"0\"")];
    caller.send(method, &path, if body.is_empty() { &headers[1..] } else { &headers }, body.as_bytes()).status
}

/// Lists and counts of a bound caller hold nothing of other companies; nobody's hold anything of another office.
fn leaks_nothing(caller: &Api, role: &str, bound: bool, other: &Things, foreign: &Things, wrong: &mut Vec<String>) {
    for path in [
        "/v1/companies",
        "/v1/documents",
        "/v1/submissions",
        "/v1/held",
        "/v1/jobs",
        "/v1/tokens",
        "/v1/devices",
        "/v1/webhooks",
        "/v1/ksef",
        "/v1/spv",
        "/v1/choices",
        "/v1/booking-rules",
        "/v1/batches",
        "/v1/documents?text=fakt",
        "/v1/search?text=fakt",
        "/v1/search?text=fakrura",
        "/v1/search?text=pin",
    ] {
        let text = caller.get(path).text();
        let mut hidden = vec![foreign];
        if bound {
            hidden.push(other);
        }
        for things in hidden {
            for id in things.ids.values().chain([&things.company]) {
                if text.contains(id.as_str()) {
                    wrong.push(format!("{role} sees {id} in {path}"));
                }
            }
        }
    }
}

#[test]
fn a_revoked_token_is_refused_within_a_second() {
    let office = Office::start();
    let made = office.api().post("/v1/tokens", &json!({"name": "short", "role": "bookkeeper"})).expect(201).json();
    let token = made["token"].as_str().expect("a secret").to_owned();
    office.service.api(&token).get("/v1/me").expect(200);
    office.service.cli(&["token", "revoke", made["id"].as_str().expect("an id")]);
    std::thread::sleep(std::time::Duration::from_secs(1));
    office.service.api(&token).get("/v1/me").expect(401);
}
