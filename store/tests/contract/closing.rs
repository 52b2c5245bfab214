//! The month closes: bookings, lists, rules, suggestions; batches handed over, undone, changed; what the books say.

use bytes::Bytes;
use jiff::Timestamp;
use ocr::reading::FieldName;
use serde_json::{Map, Value, json};
use store::batch::{self, BatchState, Entry, Fate, Made, MadeFile, NewBatch, Reason, Told, Wanted};
use store::booking::{self, Booking, ChoiceKind, NewChoice, NewRule, Why};
use store::document::{self, Action, BooksState, DocumentState};
use store::queue::{JobKind, Lease};
use store::review::{self, Review};
use store::{DocumentId, Error, Role, blob, history, reading};

use crate::panels::someone;
use crate::world::{World, reading as read};

const SELLER: (FieldName, &str) = (FieldName::SellerTaxId, "PL5260250995");

fn patch(what: Value) -> Map<String, Value> {
    if let Value::Object(patch) = what { patch } else { Map::new() }
}

async fn invoice(w: &World, content: &str) -> DocumentId {
    let id = w.document(w.mlyn, content).await;
    document::request_reading(&w.store, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    let paper = read(&[SELLER, (FieldName::InvoiceNumber, content), (FieldName::SellerName, "Hurtownia Zboża")]);
    reading::record(&w.store, &lease, vec![paper], &[]).await.unwrap();
    id
}

async fn approved(w: &World, content: &str) -> DocumentId {
    let id = invoice(w, content).await;
    document::approve(&w.store, &w.owner, id, None, Some("known")).await.unwrap();
    id
}

pub async fn bookings_are_said_and_suggested(w: &World) {
    let s = &w.store;
    let (a, b) = (approved(w, "a").await, invoice(w, "b").await);
    // What is exported is not changed; here both can be.
    let set = booking::set(s, &w.owner, &[a, b], &patch(json!({"category": "402", "note": " x "}))).await.unwrap();
    assert!(set.iter().all(|(_, answer)| answer.as_ref().unwrap().booking.category.as_deref() == Some("402")));
    booking::set(s, &w.owner, &[b], &patch(json!({"category": null, "note": null}))).await.unwrap();
    assert_eq!(document::get(s, &w.owner, b).await.unwrap().booking, Booking::default());
    let changes = history::list(s, &w.owner, b).await.unwrap();
    assert_eq!((changes[0].field.as_str(), changes[0].after.as_deref()), ("note", None));
    assert!(booking::set(s, &w.owner, &[a], &patch(json!({"exchange_rate": "x"}))).await.is_err());

    let found = booking::suggest(s, &w.owner, b).await.unwrap();
    assert_eq!(
        (found[0].part.as_str(), &found[0].value, found[0].why, found[0].same),
        ("category", &json!("402"), Why::Seller, 1)
    );
    let rule = |company, seller: &str| NewRule {
        company,
        seller: Some(seller.to_owned()),
        line: None,
        booking: Booking { category: Some("401".to_owned()), ..Booking::default() },
        at_once: false,
    };
    booking::add_rule(s, &w.owner, rule(Some(w.piekarnia), "hurtownia")).await.unwrap();
    assert_eq!(booking::suggest(s, &w.owner, b).await.unwrap()[0].why, Why::Seller, "another company's rule");
    let id = booking::add_rule(s, &w.owner, rule(None, "HURTOWNIA zboz")).await.unwrap();
    assert_eq!(booking::suggest(s, &w.owner, b).await.unwrap()[0].value, json!("401"));
    booking::remove_rule(s, &w.owner, id).await.unwrap();
    let other = w.document(w.piekarnia, "c").await;
    assert!(booking::suggest(s, &w.owner, other).await.unwrap().is_empty(), "nobody knows this seller");
}

pub async fn rules_are_carried_out_on_what_nobody_has_said(w: &World) {
    let s = &w.store;
    let booked = |id| async move { document::get(s, &w.owner, id).await.unwrap().booking };
    let category = |code: &str, note: Option<&str>| Booking {
        category: Some(code.to_owned()),
        note: note.map(str::to_owned),
        ..Booking::default()
    };
    let (said, open, done) = (approved(w, "a").await, invoice(w, "b").await, approved(w, "c").await);
    booking::set(s, &w.owner, &[said], &patch(json!({"category": "402"}))).await.unwrap();
    let lease = {
        let chosen = NewBatch { documents: vec![done], ..order(w) };
        batch::create(s, &w.owner, chosen).await.unwrap();
        w.claim(JobKind::Export).await.unwrap()
    };
    let handed = entries(w).await.into_iter().filter(|entry| entry.document == done).collect();
    made(w, &lease, handed, "file").await.unwrap();
    let rule = NewRule {
        company: None,
        seller: Some("hurtownia".to_owned()),
        line: None,
        booking: category("401", Some("rule")),
        at_once: true,
    };
    let id = booking::add_rule(s, &w.owner, rule).await.unwrap();
    assert_eq!(booked(open).await, Booking::default(), "nothing happens to what is here until it is asked for");
    // What is read from now on is booked, and a person's word stays over the rule's.
    assert_eq!(booked(invoice(w, "d").await).await, category("401", Some("rule")));
    let applied = booking::apply_rule(s, &w.owner, id).await.unwrap();
    assert_eq!((applied.fits, applied.set), (3, 2), "one is booked already, one is exported");
    assert_eq!((booked(said).await, booked(open).await), (category("402", Some("rule")), category("401", Some("rule"))));
    assert_eq!(booked(done).await, Booking::default());
    assert_eq!(booking::apply_rule(s, &w.owner, id).await.unwrap().set, 0, "a second time sets nothing");
    let changes = history::list(s, &w.owner, open).await.unwrap();
    assert!(changes.iter().any(|change| change.field == "category"), "{changes:?}");
    let ewa = someone(w, "ewa@biuro.example", Role::Bookkeeper, Some(w.piekarnia)).await;
    assert_eq!(booking::apply_rule(s, &ewa, id).await.unwrap().fits, 0, "another company's papers are not hers");
    let jan = someone(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn)).await;
    assert!(matches!(booking::apply_rule(s, &jan, id).await, Err(Error::Forbidden)));
}

pub async fn lists_are_the_offices_and_a_companys_own(w: &World) {
    let s = &w.store;
    let entry = |company, code: &str, name: &str, hidden| NewChoice {
        kind: ChoiceKind::Category,
        company,
        code: code.to_owned(),
        name: name.to_owned(),
        account: None,
        vat_code: None,
        hidden,
    };
    for (company, code, name, hidden) in [
        (None, "401", "Materiały", false),
        (None, "402", "Energia", false),
        (Some(w.mlyn), "401", "Zboże", false),
        (Some(w.mlyn), "402", "", true),
        (Some(w.mlyn), "403", "Worki", false),
    ] {
        booking::add_choice(s, &w.owner, entry(company, code, name, hidden)).await.unwrap();
    }
    let names = |all: &[booking::Choice], company| {
        let list = booking::of_company(all, ChoiceKind::Category, company);
        list.iter().map(|choice| choice.name.clone()).collect::<Vec<_>>()
    };
    let all = booking::choices(s, &w.owner).await.unwrap();
    assert_eq!(names(&all, w.mlyn), ["Zboże", "Worki"]);
    assert_eq!(names(&all, w.piekarnia), ["Materiały", "Energia"]);
    // Said again, it is one entry; a bookkeeper changes their company's own lists only, and sees no other company's.
    booking::add_choice(s, &w.owner, entry(None, "401", "Surowce", false)).await.unwrap();
    let ewa = someone(w, "ewa@biuro.example", Role::Bookkeeper, Some(w.piekarnia)).await;
    let seen = booking::choices(s, &ewa).await.unwrap();
    assert!(seen.len() == 2 && seen.iter().all(|choice| choice.company.is_none()), "{seen:?}");
    assert!(matches!(booking::add_choice(s, &ewa, entry(None, "404", "", false)).await, Err(Error::Forbidden)));
    assert!(matches!(booking::add_choice(s, &ewa, entry(Some(w.mlyn), "404", "", false)).await, Err(Error::NotFound)));
    booking::add_choice(s, &ewa, entry(Some(w.piekarnia), "404", "Mąka", false)).await.unwrap();
    let mlyns = all.iter().find(|choice| choice.company == Some(w.mlyn)).unwrap().id;
    assert!(matches!(booking::remove_choice(s, &ewa, mlyns).await, Err(Error::NotFound)));
    let jan = someone(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn)).await;
    assert!(matches!(booking::choices(s, &jan).await, Err(Error::Forbidden)));
}

fn order(w: &World) -> NewBatch {
    NewBatch { company: w.mlyn, profile: "csv".to_owned(), period: None, documents: vec![], copy: false, corrections: false }
}

fn wanted(w: &World) -> Wanted {
    Wanted { company: w.mlyn, period: None, documents: vec![], exported_too: false }
}

/// Entries as a writer would judge: the number `bad` lacks something, what is the same as before is unchanged.
async fn entries(w: &World) -> Vec<Entry> {
    let papers = batch::papers(&w.store, &w.owner, &wanted(w)).await.unwrap();
    let entry = |paper: batch::Paper| {
        let number = paper.document.number.clone().unwrap_or_default();
        let same = paper.before.is_some_and(|before| before.digest == number);
        let fate = if number == "bad" {
            Fate::LeftOut
        } else if same {
            Fate::Unchanged
        } else {
            Fate::Exported
        };
        let handed = serde_json::json!({ "number": &number });
        let reasons = if fate == Fate::LeftOut { vec![Reason { code: "vat_code".to_owned(), detail: None }] } else { vec![] };
        Entry { document: paper.document.id, fate, reasons, version: paper.document.version, digest: number, handed }
    };
    papers.into_iter().map(entry).collect()
}

async fn made(w: &World, lease: &Lease, entries: Vec<Entry>, content: &str) -> store::Result<()> {
    let inside = entries.iter().any(|entry| entry.fate == Fate::Exported);
    let staged = blob::stage(&w.store, w.office, Bytes::copy_from_slice(content.as_bytes())).await.unwrap();
    let file = inside.then(|| MadeFile { blob: staged, name: "a.csv".to_owned(), media_type: "text/csv".to_owned() });
    batch::record(&w.store, lease, Made { entries, file }).await
}

pub async fn a_batch_hands_over_once_and_is_undone_as_a_whole(w: &World) {
    let s = &w.store;
    let (a, b, bad) = (approved(w, "a").await, approved(w, "b").await, approved(w, "bad").await);
    let state = |id| async move { document::get(s, &w.owner, id).await.unwrap().state };
    let (id, _) = batch::create(s, &w.owner, order(w)).await.unwrap();
    let lease = w.claim(JobKind::Export).await.unwrap();
    assert_eq!(lease.subject, id.to_string());
    batch::progress(s, &lease, 1, 3).await.unwrap();
    let seen = batch::get(s, &w.owner, id).await.unwrap();
    assert_eq!((seen.state, seen.done, seen.total), (BatchState::Making, 1, 3));
    // Somebody changes a document while the file is made: nothing is kept.
    let stale = entries(w).await;
    booking::set(s, &w.owner, &[a], &patch(json!({"note": "late"}))).await.unwrap();
    assert!(matches!(made(w, &lease, stale, "old").await, Err(Error::Stale)));
    assert_eq!((state(a).await, batch::get(s, &w.owner, id).await.unwrap().state), (DocumentState::Approved, BatchState::Making));
    let fresh = entries(w).await;
    made(w, &lease, fresh, "file").await.unwrap();
    let ready = batch::get(s, &w.owner, id).await.unwrap();
    assert_eq!((ready.state, ready.exported, ready.left_out, ready.size), (BatchState::Ready, 2, 1, 4));
    assert_eq!(blob::get(s, w.office, &ready.sha256.unwrap()).await.unwrap(), "file");
    assert_eq!(
        (state(a).await, state(b).await, state(bad).await),
        (DocumentState::Exported, DocumentState::Exported, DocumentState::Approved)
    );
    assert_eq!(document::get(s, &w.owner, a).await.unwrap().batch, Some(id));
    let rows = batch::entries(s, &w.owner, id).await.unwrap();
    assert_eq!(
        rows.iter().filter(|row| row.fate == Fate::LeftOut).map(|row| row.reasons[0].code.as_str()).collect::<Vec<_>>(),
        ["vat_code"]
    );
    assert!(
        booking::set(s, &w.owner, &[a], &patch(json!({"note": "x"}))).await.unwrap()[0].1.is_err(),
        "what was handed over stays"
    );
    // The file is named by the batch: no sweep takes it.
    let later = Timestamp::now() + std::time::Duration::from_secs(90_000);
    blob::sweep(s, later).await.unwrap();
    let swept = blob::sweep(s, later + std::time::Duration::from_secs(90_000)).await.unwrap();
    assert_eq!(batch::get(s, &w.owner, id).await.unwrap().size, 4, "{swept:?}");
    let kept = batch::get(s, &w.owner, id).await.unwrap().sha256.unwrap();
    assert!(blob::exists(s, w.office, &kept).await.unwrap());

    // A second one adds none.
    let (second, _) = batch::create(s, &w.owner, order(w)).await.unwrap();
    let lease = w.claim(JobKind::Export).await.unwrap();
    made(w, &lease, entries(w).await, "none").await.unwrap();
    let second = batch::get(s, &w.owner, second).await.unwrap();
    assert_eq!((second.state, second.exported, second.sha256), (BatchState::Empty, 0, None));

    // Reopened and approved as it was, it is exported again without a file.
    document::decide(s, &w.owner, b, None, Action::Reopen).await.unwrap();
    document::approve(s, &w.owner, b, None, Some("known")).await.unwrap();
    batch::create(s, &w.owner, order(w)).await.unwrap();
    let lease = w.claim(JobKind::Export).await.unwrap();
    made(w, &lease, entries(w).await, "none").await.unwrap();
    assert_eq!(state(b).await, DocumentState::Exported);

    // What the books have is not undone; the rest is, but for what a person has in hand.
    let told = |state| vec![Told { document: a, state, number: Some("PK 1".to_owned()) }];
    batch::set_books(s, &w.owner, told(BooksState::Booked)).await.unwrap();
    assert!(matches!(batch::undo(s, &w.owner, id).await, Err(Error::Conflict { code: "booked", .. })));
    batch::set_books(s, &w.owner, told(BooksState::Buffer)).await.unwrap();
    document::decide(s, &w.owner, b, None, Action::Reopen).await.unwrap();
    let ewa = someone(w, "ewa@biuro.example", Role::Bookkeeper, Some(w.piekarnia)).await;
    assert!(matches!(batch::undo(s, &ewa, id).await, Err(Error::NotFound)));
    assert!(matches!(batch::entries(s, &ewa, id).await.as_deref(), Ok([])));
    assert_eq!(batch::undo(s, &w.owner, id).await.unwrap().state, BatchState::Undone);
    assert_eq!((state(a).await, state(b).await), (DocumentState::Approved, DocumentState::ToReview));
    let a_now = document::get(s, &w.owner, a).await.unwrap();
    assert_eq!((a_now.batch, a_now.books.state, a_now.books.number), (None, BooksState::None, None));
    assert!(matches!(batch::undo(s, &w.owner, id).await, Err(Error::Conflict { .. })));
    let papers = batch::papers(s, &w.owner, &wanted(w)).await.unwrap();
    assert!(papers.iter().all(|paper| paper.before.is_none()), "an undone batch is no earlier handing over");
}

pub async fn papers_of_a_batch_are_as_a_person_left_them(w: &World) {
    let s = &w.store;
    let id = invoice(w, "a").await;
    let number = Review { fields: [(FieldName::InvoiceNumber, Some("A/1".to_owned()))].into(), ..Review::default() };
    review::correct(s, &w.owner, id, None, number).await.unwrap();
    assert!(batch::papers(s, &w.owner, &wanted(w)).await.unwrap().is_empty(), "nobody approved it yet");
    assert_eq!(batch::waiting(s, &w.owner, w.mlyn, None).await.unwrap(), 1);
    document::approve(s, &w.owner, id, None, Some("known")).await.unwrap();
    let papers = batch::papers(s, &w.owner, &wanted(w)).await.unwrap();
    assert_eq!(papers[0].reading.fields[&FieldName::InvoiceNumber].value, "A/1");
    assert_eq!((papers.len(), papers[0].pieces.len()), (1, 1));
    let chosen = Wanted { documents: vec![DocumentId::new()], ..wanted(w) };
    assert!(batch::papers(s, &w.owner, &chosen).await.unwrap().is_empty());
    let early =
        batch::set_books(s, &w.owner, vec![Told { document: id, state: BooksState::Booked, number: None }]).await.unwrap();
    assert!(matches!(early[0].1, Err(Error::Conflict { code: "not_exported", .. })));
}

pub async fn the_books_answer_each_row_by_itself(w: &World) {
    let s = &w.store;
    let (a, b) = (approved(w, "a").await, approved(w, "b").await);
    batch::create(s, &w.owner, NewBatch { documents: vec![a], ..order(w) }).await.unwrap();
    let lease = w.claim(JobKind::Export).await.unwrap();
    let handed = entries(w).await.into_iter().filter(|entry| entry.document == a).collect();
    made(w, &lease, handed, "file").await.unwrap();
    let told = |document, number: &str| Told { document, state: BooksState::Booked, number: Some(number.to_owned()) };
    let rows = vec![told(a, "PK 1"), told(b, "PK 2"), told(DocumentId::new(), "PK 3"), told(a, &"9".repeat(61)), told(a, "PK 5")];
    let answers = batch::set_books(s, &w.owner, rows).await.unwrap();
    let codes: Vec<&str> = answers
        .iter()
        .map(|(_, answer)| match answer {
            Ok(_) => "kept",
            Err(Error::NotFound) => "not_found",
            Err(Error::Conflict { code, .. } | Error::Invalid { code, .. }) => code,
            Err(_) => "other",
        })
        .collect();
    assert_eq!(codes, ["kept", "not_exported", "not_found", "number", "kept"]);
    let books = document::get(s, &w.owner, a).await.unwrap().books;
    assert_eq!((books.state, books.number.as_deref()), (BooksState::Booked, Some("PK 5")), "the last word holds");
}
