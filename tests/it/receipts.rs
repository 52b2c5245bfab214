//! Several receipts on one photo: each is a paper, and a person can say otherwise.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Office, read, sample};
use crate::invitation::{FORM, OURS, signed_in};

/// Photos of several papers, on a dark table and on a light one.
const PHOTOS: [&str; 2] = ["pl/paragony-dwa", "ro/bonuri-trei"];

fn truth(photo: &str) -> Vec<Value> {
    let truth: Value = serde_json::from_slice(&sample(&format!("{photo}.json"))).expect("JSON");
    truth["papers"].as_array().expect("papers").clone()
}

fn assert_says(paper: &Value, reading: &Value) {
    for field in paper["must"].as_array().expect("a list") {
        let name = field.as_str().expect("a name");
        let said = reading["fields"][name]["value"].as_str().unwrap_or("nothing").trim_start_matches("RO");
        assert_eq!(said, paper["fields"][name], "{name} of {}", paper["fields"]["seller_name"]);
    }
}

#[test]
fn each_receipt_on_a_photo_is_read_by_itself() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
    for photo in PHOTOS {
        let (papers, readings) = (truth(photo), read(&[samples.join(format!("{photo}.jpg"))]));
        assert_eq!(readings.len(), papers.len(), "{photo}");
        for (paper, reading) in papers.iter().zip(&readings) {
            assert_says(paper, reading);
            assert!(reading["region"].is_array() && reading["page_range"] == json!([1, 1]), "{reading}");
            assert!(reading["findings"].to_string().contains("a part of page 1"), "{}", reading["findings"]);
        }
    }
}

#[test]
fn receipts_become_documents_and_a_person_decides_otherwise() {
    let office = Office::start();
    let api = office.api();
    let first = office.upload("Młyn Łódź", "paragony.jpg", "image/jpeg", &sample("pl/paragony-dwa.jpg"));
    let whole = api.get(&format!("/v1/documents/{first}/pages/1/image")).expect(200);
    api.post(&format!("/v1/documents/{first}/read?wait=120"), &json!(null)).expect(200);
    let papers = truth("pl/paragony-dwa");
    let documents = office.documents(2);
    let id = |document: &Value| document["id"].as_str().expect("an id").to_owned();
    let second = documents.iter().map(id).find(|id| *id != first).expect("another document");
    for (id, paper) in [(&first, &papers[0]), (&second, &papers[1])] {
        let detail = api.get(&format!("/v1/documents/{id}")).expect(200).json();
        assert_says(paper, &detail["reading"]);
        assert_eq!(detail["pieces"][0]["region"], detail["reading"]["region"], "{detail:#}");
        // The page is the receipt alone, and values stand on it.
        let image = api.get(&format!("/v1/documents/{id}/pages/1/image")).expect(200);
        assert_ne!(image.header("etag"), whole.header("etag"));
        let size = sides(image.header("page-size"));
        let place = &detail["reading"]["fields"]["total_gross"]["box"];
        assert!(size[0] < sides(whole.header("page-size"))[0] * 0.6 && place[2].as_f64() < Some(size[0]), "{size:?} {place}");
    }

    // Read once more, a receipt is read from its own part of the photo.
    api.post(&format!("/v1/documents/{second}/read?wait=120"), &json!(null)).expect(200);
    let again = api.get(&format!("/v1/documents/{second}")).expect(200).json();
    assert_says(&papers[1], &again["reading"]);
    assert_eq!(office.documents(2).len(), 2);

    // They are one after all; and two, where a person draws them.
    let merged = api.post(&format!("/v1/documents/{first}/merge"), &json!({"documents": [second]})).expect(200).json();
    assert_eq!(merged["id"], first.as_str());
    let detail = office_reads(&office, &first);
    assert_eq!(detail["pieces"][0].get("region"), None, "{detail:#}");
    let [width, height] = sides(whole.header("page-size"));
    let drawn = [[0.0, 0.0, width / 2.0, height], [width / 2.0, 0.0, width, height]].map(|area| json!({"page": 1, "box": area}));
    let both = json!({"ranges": [[1, 1]], "regions": drawn});
    api.post(&format!("/v1/documents/{first}/split"), &both).expect(400);
    let two = api.post(&format!("/v1/documents/{first}/split"), &json!({"regions": drawn})).expect(200).json();
    for (id, paper) in two["documents"].as_array().expect("a list").iter().zip(&papers) {
        assert_says(paper, &office_reads(&office, id.as_str().expect("an id"))["reading"]);
    }
}

/// A document once its reader has done with it.
fn office_reads(office: &Office, id: &str) -> Value {
    crate::harness::eventually("the reading", || {
        let detail = office.api().get(&format!("/v1/documents/{id}")).expect(200).json();
        (detail["state"] == "to_review").then_some(detail)
    })
}

fn sides(size: &str) -> [f64; 2] {
    let sides: Vec<f64> = size.split(' ').filter_map(|side| side.parse().ok()).collect();
    [sides[0], sides[1]]
}

/// What was divided wrongly is drawn anew on a page, by whoever works here; what was typed wrongly stays to be mended.
#[test]
fn papers_of_a_photo_are_drawn_anew_on_a_page() {
    let office = Office::start();
    for (who, role) in [("anna", "bookkeeper"), ("rita", "read_only")] {
        office.service.cli_with(&["user", "add", &format!("{who}@lipa.example"), "--role", role], "a sentence of mine\n");
    }
    let (api, nobody) = (office.api(), office.service.api(""));
    let sign_in = |who: &str| signed_in(&nobody, &format!("email={who}%40lipa.example&password=a+sentence+of+mine"));
    let (anna, rita) = (sign_in("anna"), sign_in("rita"));
    let first = office.upload("Młyn Łódź", "paragony.jpg", "image/jpeg", &sample("pl/paragony-dwa.jpg"));
    let whole = api.get(&format!("/v1/documents/{first}/pages/1/image?turn=0")).expect(200);
    let [width, height] = sides(whole.header("page-size"));
    let halves = [[0.0, 0.0, width / 2.0, height], [width / 2.0, 0.0, width, height]].map(|area| json!({"page": 1, "box": area}));
    let two = api.post(&format!("/v1/documents/{first}/split"), &json!({"regions": halves})).expect(200).json();
    let second = two["documents"][1].as_str().expect("an id").to_owned();
    let shown = api.get(&format!("/v1/documents/{second}/pages/1/image?turn=0&whole=true")).expect(200);
    assert_eq!(shown.header("page-size"), whole.header("page-size"), "all of the page");

    let path = format!("/documents/{first}/divide");
    nobody.send("GET", &path, &[("cookie", &rita)], &[]).expect(403);
    let page = nobody.send("GET", &path, &[("cookie", &anna)], &[]).expect(200).text();
    assert!(page.contains(&format!(r#"name="other" value="{second}""#)) && page.contains(r#"value="50.0""#), "{page}");
    let version = api.get(&format!("/v1/documents/{first}")).expect(200).json()["version"].to_string();
    let draw = |who: &str, rows: &[[&str; 4]]| {
        let row = |[left, top, right, bottom]: &[&str; 4]| format!("&page=1&left={left}&top={top}&right={right}&bottom={bottom}");
        let body = format!("version={version}&other={second}{}", rows.iter().map(row).collect::<String>());
        nobody.send("POST", &path, &[FORM, OURS, ("cookie", who)], body.as_bytes())
    };
    let wrong = draw(&anna, &[["0", "0", "50", "100"], ["61.5", "0", "60", "100"]]).expect(422).text();
    assert!(wrong.contains(r#"value="61.5""#) && wrong.contains("Dokument 2:"), "{wrong}");
    draw(&anna, &[["", "", "", ""]]).expect(422);
    let three = [["0", "0", "40", "50"], ["0", "50", "40", "100"], ["40", "0", "100", "100"]];
    draw(&rita, &three).expect(403);
    assert_eq!(office.documents(2).len(), 2, "nothing was done yet");
    let done = draw(&anna, &three).expect(303);
    assert!(done.header("location").starts_with("/?submission="), "{}", done.header("location"));
    office.documents(3);
    let region = api.get(&format!("/v1/documents/{first}")).expect(200).json()["pieces"][0]["region"].clone();
    let near = |at: usize, want: f64| region[at].as_f64().is_some_and(|is| (is - want).abs() < 0.5);
    assert!(near(0, 0.0) && near(1, 0.0) && near(2, width * 0.4) && near(3, height * 0.5), "{region}");
    assert!(api.get(&format!("/v1/documents/{second}")).expect(200).json()["trashed_at"].is_string());
    draw(&anna, &three).expect(412);
}
