//! Accounts as people have them: passwords as the office asks, papers that not everyone sees, who stands in, the office's own provider,
//! passkeys.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Api, Browser, Office, Service, eventually, free_port, invoice};
use crate::invitation::{FORM, OURS, signed_in};

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn a_password_is_as_the_office_asks() {
    let office = Office::start();
    let service = &office.service;
    let add = |email: &str, password: &str| {
        let output = service.command_with(&["user", "add", email, "--role", "owner"], &format!("{password}\n"));
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (taken, why) = add("anna@lipa.example", "elevenchars");
    assert!(!taken && why.contains("too short: it needs 12"), "{why}");
    let (taken, why) = add("anna@lipa.example", "password1234");
    assert!(!taken && why.contains("Many people have this password"), "{why}");
    assert!(add("anna@lipa.example", "a sentence of mine").0);

    // The classic rule, chosen by page; each page and the API say what is missing.
    let nobody = service.api("");
    let anna = signed_in(&nobody, "email=anna%40lipa.example&password=a+sentence+of+mine");
    let cookie = ("cookie", anna.as_str());
    let page = nobody.send("GET", "/settings", &[cookie], &[]).expect(200).text();
    assert!(page.contains(r#"value="long" checked"#), "{page}");
    nobody.send("POST", "/settings/passwords", &[FORM, OURS, cookie], b"rule=classic").expect(303);
    assert_eq!(office.api().get("/v1/settings").expect(200).json()["password_rule"], "classic");
    let change = |new: &str| {
        let body = format!("old=a+sentence+of+mine&new={new}");
        nobody.send("POST", "/account/password", &[FORM, OURS, cookie], body.as_bytes())
    };
    let said = change("onlysmall").expect(422).text();
    assert!(said.contains("brakuje jeszcze: cyfra, wielka litera, znak"), "{said}");
    let session = nobody.post("/v1/login", &json!({"email": "anna@lipa.example", "password": "a sentence of mine"})).expect(200);
    let api = service.api(session.json()["token"].as_str().expect("a session"));
    let weak = json!({"old": "a sentence of mine", "new": "Passw0rd!"});
    let said = api.put("/v1/me/password", &weak).expect(422).json();
    assert!(said["errors"][0]["message"].as_str().expect("a sentence").contains("Many people"), "{said}");
    let wrong = json!({"old": "not mine", "new": "wT9!okret"});
    api.put("/v1/me/password", &wrong).expect(401);
    let good = json!({"old": "a sentence of mine", "new": "wT9!okret"});
    api.put("/v1/me/password", &good).expect(204);
    api.get("/v1/me").expect(401);
    assert_eq!(nobody.send("GET", "/account", &[cookie], &[]).status, 303, "all sessions ended");
    signed_in(&nobody, "email=anna%40lipa.example&password=wT9%21okret");
}

/// Someone of the office or the company who signed in, as an API.
fn someone(service: &Service, email: &str, more: &[&str]) -> (String, Api) {
    let mut arguments = vec!["user", "add", email];
    arguments.extend(more);
    let id = service.cli_with(&arguments, "a sentence of mine\n").trim().to_owned();
    let login = json!({"email": email, "password": "a sentence of mine"});
    let session = service.api("").post("/v1/login", &login).expect(200).json();
    (id, service.api(session["token"].as_str().expect("a session")))
}

#[test]
fn papers_that_not_everyone_sees() {
    let office = Office::start();
    let (service, owner) = (&office.service, office.api());
    let company = office.company("Młyn Łódź");
    let (_, ola) = someone(service, "ola@lipa.example", &["--role", "bookkeeper"]);
    let (nina_id, nina) = someone(service, "nina@lipa.example", &["--role", "bookkeeper"]);
    let member = ["--role", "company_member", "--company", "Młyn Łódź"];
    let (_, ewa) = someone(service, "ewa@mlyn.example", &[&member[..], &["--own-only"]].concat());
    let (_, jan) = someone(service, "jan@mlyn.example", &member);
    let restricted = json!({"restricted": [{"document_type": "payroll", "users": [nina_id]}]});
    owner.put("/v1/settings", &restricted).expect(200);

    let send = |who: &Api, more: &str, name: &str| {
        let path = format!("/v1/documents?company={company}&name={name}.pdf&wait=30{more}");
        let kept = who.send("POST", &path, &[("content-type", "application/pdf")], &invoice(name)).expect(201).json();
        kept["files"][0]["documents"][0].as_str().unwrap_or_else(|| panic!("{kept}")).to_owned()
    };
    let wages = send(&jan, "&document_type=payroll", "wages");
    let bill = send(&jan, "", "bill");
    let hers = send(&ewa, "", "hers");
    let sees = |who: &Api| {
        let list = who.get("/v1/documents").expect(200).json();
        let mut ids: Vec<String> = list["documents"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["id"].as_str().expect("an id").to_owned())
            .collect();
        ids.sort();
        ids
    };
    let all = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    for (who, name, ids) in [
        (&owner, "owner", all(&[&wages, &bill, &hers])),
        (&nina, "nina", all(&[&wages, &bill, &hers])),
        (&ola, "ola", all(&[&bill, &hers])),
        (&jan, "jan", all(&[&wages, &bill, &hers])),
        (&ewa, "ewa", all(&[&hers])),
    ] {
        assert_eq!(sees(who), ids, "{name}");
        for id in [&wages, &bill, &hers] {
            let status = if ids.contains(id) { 200 } else { 404 };
            for path in ["", "/original", "/comments"] {
                let got = who.get(&format!("/v1/documents/{id}{path}")).status;
                assert!(got == status || (path == "/comments" && status == 404), "{name} {path}: {got}");
            }
        }
        let count = who.get("/v1/counts").expect(200).json();
        let states: u64 = count["states"].as_object().expect("states").values().filter_map(Value::as_u64).sum();
        assert_eq!(states, ids.len() as u64, "{name}: {count}");
    }
    assert!(!ola.get("/v1/search?text=wages").expect(200).text().contains(&wages));

    // The office's coding is its own.
    let version = owner.get(&format!("/v1/documents/{bill}")).expect(200).header("etag").to_owned();
    let note = json!({"booking": {"category": "402", "note": "podejrzane"}});
    owner.patch(&format!("/v1/documents/{bill}"), &version, &note).expect(200);
    assert!(ola.get(&format!("/v1/documents/{bill}")).expect(200).text().contains("podejrzane"));
    assert!(!jan.get(&format!("/v1/documents/{bill}")).expect(200).text().contains("podejrzane"));
    // As a word of the JSON: its digits alone may stand in any id.
    assert!(ola.get("/v1/documents").expect(200).text().contains(r#""402""#));
    assert!(!jan.get("/v1/documents").expect(200).text().contains(r#""402""#));
    assert!(ola.get("/v1/search?text=podejrzane").expect(200).text().contains(&bill));
    assert!(!jan.get("/v1/search?text=podejrzane").expect(200).text().contains(&bill));
}

/// An OpenID Connect provider of somebody else's making, as a process.
struct Provider {
    child: Child,
    issuer: String,
}

impl Provider {
    fn start(people: &[Value]) -> Provider {
        let address = free_port();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/venv/bin/oidc-provider-mock");
        let mut command = Command::new(program);
        command.args(["--port", &address.port().to_string(), "--require-nonce", "true"]);
        for person in people {
            command.arg("--user-claims").arg(person.to_string());
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.expect("oidc-provider-mock is installed: tests/tools/requirements.txt");
        let provider = Provider { child, issuer: format!("http://{address}") };
        eventually("a provider", || Api::new(&provider.issuer, "").try_get("/.well-known/openid-configuration"));
        provider
    }

    /// What it calls itself.
    fn issuer(&self) -> String {
        let found = Api::new(&self.issuer, "").get("/.well-known/openid-configuration").json();
        found["issuer"].as_str().expect("an issuer").to_owned()
    }

    /// Goes the way of a browser: there, as this person, and back. Gives the address it is sent back to, and the cookie it keeps.
    fn go(&self, service: &Service, person: &str) -> (String, String) {
        let nobody = service.api("");
        let there = nobody.send("GET", "/sign-in/oidc?next=%2Fpapers%3Fa%3Db", &[], &[]).expect(303);
        let cookie = there.header("set-cookie").split(';').next().expect("a pair").to_owned();
        let place = there.header("location");
        let path = &place[place.find("/oauth2").expect("its form")..];
        assert!(path.contains("code_challenge_method=S256") && path.contains("nonce="), "{path}");
        let body = format!("sub={person}");
        let back = Api::new(&self.issuer, "").send("POST", path, &[FORM], body.as_bytes()).expect(302);
        let back = back.header("location").to_owned();
        (back[back.find("/sign-in").expect("our address")..].to_owned(), cookie)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn people_sign_in_at_the_offices_own_provider() {
    let person =
        |sub: &str, verified: bool| json!({"sub": sub, "email": format!("{sub}@lipa.example"), "email_verified": verified});
    let provider = Provider::start(&[person("anna", true), person("zed", false), person("nobody", true)]);
    let issuer = provider.issuer();
    let office = Office::on(Service::with(&[
        ("POSTROOM_OIDC__ISSUER", &issuer),
        ("POSTROOM_OIDC__CLIENT_ID", "postroom"),
        ("POSTROOM_OIDC__CLIENT_SECRET", "a secret/of+ours"),
        ("POSTROOM_OIDC__LABEL", "Lipa"),
    ]));
    let service = &office.service;
    for name in ["anna", "zed"] {
        service.cli_with(&["user", "add", &format!("{name}@lipa.example")], "a sentence of mine\n");
    }
    let nobody = service.api("");
    assert!(nobody.get("/sign-in").expect(200).text().contains("Sign in with Lipa"));

    let (back, cookie) = provider.go(service, "anna");
    let come = |path: &str, cookie: &str| nobody.send("GET", path, &[("cookie", cookie)], &[]);
    assert_eq!(come(&back, "x=y").status, 403, "another browser has no ticket");
    let (other, _) = provider.go(service, "anna");
    assert_eq!(come(&other, &cookie).status, 403, "a ticket of another sign-in");
    let done = come(&back, &cookie).expect(303);
    assert_eq!(done.header("location"), "/papers?a=b");
    let session = done.header("set-cookie").split(';').next().expect("a pair").to_owned();
    let page = nobody.send("GET", "/account", &[("cookie", &session)], &[]).expect(200).text();
    assert!(page.contains("anna@lipa.example"), "{page}");
    assert_eq!(come(&back, &cookie).status, 403, "a code is worth something once");

    // An address that the provider has not verified opens nothing, nor does one that was not invited.
    for name in ["zed", "nobody"] {
        let (back, cookie) = provider.go(service, name);
        assert_eq!(come(&back, &cookie).status, 403, "{name}");
    }
    // Without a provider there is no such door.
    let plain = Service::start();
    assert_eq!(plain.api("").get("/sign-in/oidc").status, 404);
}

#[tokio::test]
async fn a_passkey_opens_its_account_alone() {
    let office = Office::start();
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna", "--role", "owner"], "a sentence of mine\n");
    // Passkeys are bound to a name, not to a number.
    let browser = Browser::open(&office.service.url().replace("127.0.0.1", "localhost")).await;
    browser.go("/sign-in").await;
    browser.plug_in_authenticator().await;
    browser.fill("#email", "anna@lipa.example").await;
    browser.fill("#password", "a sentence of mine").await;
    browser.click("button.main").await;
    browser.until("Anna").await;
    browser.go("/account").await;
    browser.fill("#a-passkey", "Anna's phone").await;
    browser.click("[data-passkey=add]").await;
    browser.until("The passkey is added").await;
    browser.until("Anna's phone").await;
    let found = browser.axe().await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    browser.picture("account-passkey").await;

    browser.click("form[action='/sign-out'] button").await;
    browser.find("[data-passkey=sign-in]").await;
    browser.go("/sign-in?next=/audit").await;
    browser.click("[data-passkey=sign-in]").await;
    browser.until("Passkey added").await;
    assert_eq!(browser.path().await, "/audit");

    // Taken away, it opens nothing.
    browser.go("/account").await;
    browser.click("form[action^='/account/passkeys/'] button").await;
    browser.until("Saved").await;
    browser.click("form[action='/sign-out'] button").await;
    browser.find("[data-passkey=sign-in]").await;
    browser.click("[data-passkey=sign-in]").await;
    browser.until("does not open an account here").await;
    browser.close().await;

    // What no browser made opens nothing either.
    let nobody = office.service.api("");
    let begun = nobody.send("POST", "/sign-in/passkey/begin", &[OURS], &[]).expect(200).json();
    let forged = json!({"id": "AAAA", "signature": "AAAA", "client_data": begun["challenge"], "authenticator_data": "AAAA"});
    nobody.send("POST", "/sign-in/passkey", &[JSON, OURS], forged.to_string().as_bytes()).expect(401);
    nobody.send("POST", "/sign-in/passkey", &[JSON], forged.to_string().as_bytes()).expect(403);
}
