//! The service comes up, says so, and goes down when told.

use crate::harness::Service;

#[test]
fn it_lives_and_unknown_addresses_are_problems() {
    let service = Service::start();
    let api = service.api("");
    assert_eq!(api.get("/healthz").expect(200).text(), "ok\n");
    let problem = api.get("/v1/nowhere").expect(404);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(problem.json()["code"], "not_found");
}

#[test]
fn an_office_and_its_company_are_made_at_the_command_line() {
    let service = Service::start();
    service.api("").get("/readyz").expect(200);
    service.cli(&["office", "add", "Biuro Rachunkowe Lipa", "--country", "PL"]);
    let added = service.cli(&[
        "company",
        "add",
        "Młyn Łódź",
        "--tax-id",
        "526-025-09-95",
        "--address",
        "mlyn@post.example",
        "--pin",
        "483916",
    ]);
    assert_eq!(added.trim(), "Młyn Łódź  mlyn@post.example  PIN 483916");
    let list = service.cli(&["company", "list"]);
    assert!(list.contains("PL5260250995") && list.contains("mlyn@post.example"), "{list}");
    let pins = service.cli(&["company", "pin", "młyn", "--new"]);
    assert_eq!(pins.lines().count(), 3, "the new one and the old one in rotation: {pins}");
    let refused = service.command(&["company", "add", "Zweite", "--address", "mlyn@post.example"]);
    assert!(!refused.status.success(), "an address belongs to one company");
}

/// A company is there once, and what cannot be added leaves nothing behind.
#[test]
fn a_company_is_added_whole_or_not_at_all() {
    let service = Service::start();
    service.cli(&["office", "add", "Biuro"]);
    service.cli(&["company", "add", "Młyn", "--tax-id", "526-025-09-95", "--address", "mlyn@post.example"]);
    for (name, arguments, why) in [
        ("Zweite", vec!["--tax-id", "5260250996"], "check digit"),
        ("MŁYN", vec!["--tax-id", "PL 526 025 09 95"], "Młyn"),
        ("Zweite", vec!["--address", "mlyn@post.example"], "taken"),
        ("Zweite", vec!["--pin", "2026"], "PIN"),
    ] {
        let output = service.command(&[&["company", "add", name][..], &arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{arguments:?}: {said}");
    }
    assert_eq!(service.cli(&["company", "list"]).lines().count(), 2, "a heading and one company");
    // The schools of a commune have its number.
    service.cli(&["company", "add", "Szkoła nr 3", "--tax-id", "526-025-09-95", "--address", "szkola@post.example"]);
    let refused = service.command(&["office", "add", "Zweites", "--language", "klingon"]);
    assert!(!refused.status.success(), "there is no such language");
}

/// Programs that turn logs send SIGHUP to everybody; and the data folder has one service.
#[test]
fn a_hangup_ends_nothing_and_a_second_service_does_not_start() {
    let mut service = Service::start();
    let kill = std::process::Command::new("kill").args(["-HUP", &service.pid().to_string()]).status().expect("kill");
    assert!(kill.success());
    let second = service.command(&["serve"]);
    assert!(!second.status.success() && String::from_utf8_lossy(&second.stderr).contains("serves the data folder"));
    for arguments in [&["worker"][..], &["serve", "--no-workers"][..]] {
        let refused = service.command(arguments);
        assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("PostgreSQL"), "{arguments:?}");
    }
    assert!(!service.is_dead());
    service.api("").get("/healthz").expect(200);
}

/// Behind a reverse proxy each client has a brake of its own; what others call themselves is not believed.
#[test]
fn wrong_passwords_are_counted_by_who_is_behind_the_proxy() {
    for (proxies, others) in [("127.0.0.1", 401), ("", 429)] {
        let service = Service::with(&[("POSTROOM_HTTP__PROXIES", proxies)]);
        let sign_in = |client: &str, who: &str| {
            let body = serde_json::json!({"email": who, "password": "wrong"});
            let headers = [("content-type", "application/json"), ("x-forwarded-for", client)];
            service.api("").send("POST", "/v1/login", &headers, body.to_string().as_bytes()).status
        };
        let tries: Vec<u16> = (0..8).map(|n| sign_in("203.0.113.7", &format!("anna{n}@post.example"))).collect();
        assert_eq!(tries.last(), Some(&429), "{tries:?}");
        assert_eq!(sign_in("203.0.113.8", "ewa@post.example"), others, "{proxies}");
    }
}

/// A tool beside the service sees what waits; the service's own port does not tell.
#[test]
fn figures_are_at_a_door_of_their_own() {
    let service = Service::with(&[("POSTROOM_HTTP__METRICS_LISTEN", "127.0.0.1:0")]);
    service.api("").get("/metrics").expect(404);
    let text = crate::harness::Api::new(&format!("http://{}", service.door("metrics")), "").get("/metrics").expect(200).text();
    for figure in ["postroom_ready 1", "postroom_pending_blobs 0", "# TYPE postroom_jobs gauge", "process_resident_memory_bytes "]
    {
        assert!(text.contains(figure), "{figure}: {text}");
    }
}
