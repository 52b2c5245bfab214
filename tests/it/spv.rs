//! Invoices from SPV, against a stand-in of ANAF.

use serde_json::{Value, json};

use crate::harness::{Office, SPV_CLIENT, Service, Spv, eventually, invoice};
use crate::invoices::{SIGNATURE, bring, ubl, zip};

const CIF: &str = "18547290";
const REFRESH: &str = "a-refresh-token";

struct World {
    spv: Spv,
    office: Office,
    company: String,
}

impl World {
    fn new() -> World {
        let spv = Spv::start(CIF, REFRESH);
        let (api, sign_in) = (format!("{}/prod", spv.url()), format!("{}/oauth", spv.url()));
        let office = Office::on(Service::with(&[
            ("POSTROOM_SPV__ADDRESS", &api),
            ("POSTROOM_SPV__SIGN_IN", &sign_in),
            ("POSTROOM_SPV__CLIENT_ID", SPV_CLIENT.0),
            ("POSTROOM_SPV__CLIENT_SECRET", SPV_CLIENT.1),
            ("POSTROOM_SPV__POLL_SECONDS", "1"),
        ]));
        let company = office.company("Młyn Łódź");
        World { spv, office, company }
    }

    fn path(&self) -> String {
        format!("/v1/companies/{}/spv", self.company)
    }

    fn set(&self, body: &Value) -> Value {
        let json = [("content-type", "application/json")];
        self.office.api().send("PUT", &self.path(), &json, body.to_string().as_bytes()).expect(200).json()
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

    fn no_faults(&self) {
        let state = self.spv.state();
        assert!(state.faults.is_empty(), "{:?}", state.faults);
        let mut given = state.given.clone();
        given.sort();
        given.dedup();
        assert_eq!(given.len(), state.given.len(), "none was fetched twice: {:?}", state.given);
    }
}

fn package(number: &str) -> Vec<u8> {
    zip(&[("4213.xml", ubl(number).as_bytes()), ("semnatura_4213.xml", SIGNATURE)])
}

#[test]
fn invoices_of_spv_come_once_whatever_happens() {
    let mut world = World::new();
    world.spv.state().page = 2;
    world.spv.state().busy = 1;
    for n in 1..=5 {
        world.spv.store(CIF, &format!("300{n}"), 60 * n, package(&format!("S {n}")));
    }
    let limit = "S-au facut deja 10 descarcari la mesajul cu id_descarcare=3003 in cursul zilei";
    world.spv.state().refusals.insert("3003".to_owned(), limit.to_owned());
    let inbox = world.set(&json!({"cif": CIF, "refresh_token": REFRESH}));
    assert!(inbox["cif"] == CIF && inbox["access"] == "own" && !inbox.to_string().contains(REFRESH), "{inbox}");

    // One that cannot be had holds nobody up, and is said.
    eventually("all but one", || Some(world.inbox()).filter(|inbox| inbox["fetched"] == 4 && inbox["stuck"].is_string()));
    assert!(world.inbox()["stuck"].as_str().is_some_and(|text| text.contains("3003") && text.contains("10 descarcari")));
    let checked = world.office.service.command(&["doctor"]);
    let checked = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.lines().any(|line| line.contains("BAD") && line.contains("SPV inbox of Młyn Łódź")), "{checked}");

    // The refresh token was used up, and the new one kept: after a restart, with the access token revoked, it is the new one that is used.
    assert_ne!(world.spv.state().refresh, REFRESH);
    world.office.service.kill_and_restart();
    world.spv.state().access.clear();
    world.spv.store(CIF, "3009", 30, package("S 9"));
    let inbox = eventually("the late one", || Some(world.inbox()).filter(|inbox| inbox["fetched"] == 5));
    assert!(inbox["granted_until"].is_string() && inbox["gap"].is_null(), "{inbox}");
    world.no_faults();
    let listed = world.office.service.cli(&["spv", "list"]);
    assert!(listed.contains("Młyn Łódź") && listed.contains(CIF), "{listed}");
    world.office.api().send("DELETE", &world.path(), &[], &[]).expect(204);
    world.office.api().get(&world.path()).expect(404);
}

#[test]
fn what_anaf_refuses_is_said_and_mended() {
    let world = World::new();
    world.spv.store(CIF, "4001", 60, package("R 1"));
    world.set(&json!({"cif": CIF, "refresh_token": "ended"}));
    let inbox = eventually("the refusal", || Some(world.inbox()).filter(|inbox| inbox["problem"] == "grant"));
    assert!(inbox["message"].as_str().is_some_and(|text| text.contains("invalid_grant")), "{inbox}");
    world.spv.state().rights.clear();
    world.set(&json!({"refresh_token": REFRESH}));
    let inbox = eventually("no rights", || Some(world.inbox()).filter(|inbox| inbox["problem"] == "rights"));
    assert!(inbox["message"].as_str().is_some_and(|text| text.contains("Nu aveti drept in SPV")), "{inbox}");
    world.spv.state().rights.insert(CIF.to_owned());
    world.office.api().send("POST", &format!("{}/fetch", world.path()), &[], &[]).expect(202);
    world.fetched(1);
    world.no_faults();
}

#[test]
fn a_package_fetched_from_spv_and_the_brought_pdf_are_one_paper() {
    let world = World::new();
    let api = world.office.api();
    let picture = invoice("SPV 7");
    let id = bring(&world.office, "fv.pdf", "application/pdf", &picture).remove(0);
    api.post(&format!("/v1/documents/{id}/read?wait=60"), &Value::Null);
    world.spv.store(CIF, "5001", 60, package("SPV 7"));
    world.set(&json!({"cif": CIF, "refresh_token": REFRESH}));
    world.fetched(1);
    let detail = eventually("one paper of three files", || {
        let detail = api.get(&format!("/v1/documents/{id}")).expect(200).json();
        (detail["pieces"].as_array().map(Vec::len) == Some(3) && detail["state"] == "to_review").then_some(detail)
    });
    let mut roles: Vec<&str> =
        detail["pieces"].as_array().into_iter().flatten().filter_map(|piece| piece["role"].as_str()).collect();
    roles.sort_unstable();
    assert_eq!(roles, ["signature", "structured", "visual"]);
    let log = api.get("/v1/submissions?limit=20").expect(200).json();
    let fetched = log["submissions"].as_array().into_iter().flatten().find(|one| one["channel"] == "spv");
    assert!(fetched.is_some_and(|one| one["direction"] == "purchase"), "{log:#}");
    world.no_faults();
}
