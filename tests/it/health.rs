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
