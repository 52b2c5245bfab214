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
