//! One correction is enough: the next paper of the seller is read as it was approved, until the memory is taken back.

use serde_json::{Value, json};

use crate::harness::{Api, Office, pdf};

/// A paper of a seller whose name is only in a picture, and that calls the order by a word of its own.
fn paper(number: &str, order: &str) -> Vec<u8> {
    pdf(&[
        &format!("Faktura VAT nr {number}"),
        "Data wystawienia: 2026-10-05",
        "",
        "ul. Polna 4, 90-001 Lodz",
        "NIP: 725-18-01-126",
        "",
        "Nabywca: Mlyn Lodz sp. z o.o.",
        "NIP: 526-025-09-95",
        "",
        &format!("Kod klienta: {order}"),
        "",
        "Razem netto: 1 000,00 PLN",
        "VAT 23%: 230,00 PLN",
        "Razem brutto: 1 230,00 PLN",
    ])
}

fn read(office: &Office, api: &Api, name: &str, bytes: &[u8]) -> (String, Value) {
    let id = office.upload("Młyn Łódź", name, "application/pdf", bytes);
    api.post(&format!("/v1/documents/{id}/read?wait=60"), &json!(null)).expect(200);
    let read = api.get(&format!("/v1/documents/{id}")).expect(200).json();
    (id, read["reading"]["fields"].clone())
}

#[test]
fn an_approval_teaches_the_sellers_next_papers() {
    let office = Office::start();
    let api = office.api();
    let (id, fields) = read(&office, &api, "1.pdf", &paper("FV/1/2026", "KL-4711"));
    assert_ne!(fields["seller_name"]["value"], "Zielona Brama sp. z o.o.");
    let tag = api.get(&format!("/v1/documents/{id}")).header("etag").to_owned();
    let values = json!({"fields": {"seller_name": "Zielona Brama sp. z o.o.", "purchase_order": "KL-4711"}});
    api.patch(&format!("/v1/documents/{id}/fields"), &tag, &values).expect(200);
    api.post(&format!("/v1/documents/{id}/approve"), &json!({"reason": "known"})).expect(200);

    let (_, fields) = read(&office, &api, "2.pdf", &paper("FV/2/2026", "KL-0815"));
    let said = |name: &str| (fields[name]["value"].as_str().unwrap_or_default(), fields[name]["via"].as_str());
    assert_eq!(said("seller_name"), ("Zielona Brama sp. z o.o.", Some("memory")), "{fields:#}");
    assert_eq!(said("purchase_order"), ("KL-0815", Some("memory")), "{fields:#}");
    assert_eq!(said("invoice_number"), ("FV/2/2026", None), "what the reader knew stays its own");
    assert!(fields["purchase_order"]["box"].is_array(), "with its place: {fields:#}");

    let listed = api.get("/v1/memories?seller=brama").expect(200).json();
    let memory = listed["memories"][0]["id"].as_str().expect("a memory");
    assert_eq!(listed["memories"][0]["seller"], "tax:7251801126", "{listed:#}");
    assert!(office.service.cli(&["memory", "list"]).contains("purchase_order"));
    api.send("DELETE", &format!("/v1/memories/{memory}"), &[], b"").expect(204);
    let (_, fields) = read(&office, &api, "3.pdf", &paper("FV/3/2026", "KL-0816"));
    assert!(fields.as_object().expect("fields").values().all(|field| field["via"].is_null()), "{fields:#}");
}
