//! Documents on their way: unpacked, read, corrected, approved.

use jiff::Timestamp;
use ocr::page::{Box, Page};
use ocr::reading::{Direction, DocumentType, FieldName, Finding, Reading, Severity, Source};
use store::accept;
use store::company::{self, CompanyFacts};
use store::document::{self, Action, Change, Cut, DocumentState};
use store::period::{self, PeriodState};
use store::queue::{self, Failure, JobKind};
use store::review::{self, Review};
use store::submission::Learnt;
use store::{Error, reading, submission};

use crate::world::{World, reading as read};

const NUMBER: (FieldName, &str) = (FieldName::InvoiceNumber, "FV/07/2026");

fn values(values: &[(FieldName, Option<&str>)]) -> Review {
    Review { fields: values.iter().map(|(name, value)| (*name, value.map(str::to_owned))).collect(), ..Review::default() }
}

fn page(number: u32) -> Page {
    let page = serde_json::json!({"number": number, "width": 595.0, "height": 842.0, "source": "text", "tokens": []});
    serde_json::from_value(page).unwrap()
}

pub async fn unpacking_twice_adds_nothing(w: &World) {
    let s = &w.store;
    let accepted = w.accept(w.mlyn, "mail").await;
    let lease = w.claim(JobKind::Unpack).await.unwrap();
    // The first worker is slow, the second one does it all; then the first one comes.
    queue::revive(s, Timestamp::now() + crate::world::LEASE * 2).await.unwrap();
    let second = queue::claim(s, &[JobKind::Unpack], "b", Timestamp::now() + crate::world::LEASE * 9, crate::world::LEASE).await;
    let second = second.unwrap().unwrap();
    let documents = w.unpack(&second, "paper").await.documents;
    let late = store::part::record_unpacked(s, &lease, vec![], vec![], Learnt::default()).await;
    assert!(matches!(late, Err(Error::LeaseLost)));

    let document = document::get(s, &w.owner, documents[0]).await.unwrap();
    assert_eq!((document.state, document.version), (DocumentState::New, 1));
    assert_eq!((document.submission, document.subject.as_deref()), (accepted.submission, Some("Faktura za młyn")));
    assert_eq!(document.period_reason.as_deref(), Some("receipt"));
    let pieces = document::pieces(s, &w.owner, documents[0]).await.unwrap();
    assert_eq!((pieces.len(), pieces[0].part.name.as_deref()), (1, Some("faktura żółta.pdf")));
    assert_eq!(store::blob::get(s, w.office, &pieces[0].part.sha256).await.unwrap(), "paper");
    assert_eq!(submission::get(s, &w.owner, accepted.submission).await.unwrap().state.as_str(), "admitted");
}

pub async fn a_machine_never_overwrites_a_human(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "paper").await;
    let jobs = document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    let again = document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    assert_eq!(jobs[0].1.as_ref().unwrap(), again[0].1.as_ref().unwrap(), "asked twice is asked once");
    let lease = w.claim(JobKind::Read).await.unwrap();
    let net = (FieldName::AmountPayable, "1230.50");
    reading::record(s, &lease, vec![read(&[NUMBER, net])], &[page(1)]).await.unwrap();
    let d = document::get(s, &w.owner, id).await.unwrap();
    assert_eq!(
        (d.state, d.number.as_deref(), d.amount.as_deref()),
        (DocumentState::ToReview, Some("FV/07/2026"), Some("1230.50"))
    );
    assert_eq!(reading::tokens(s, &w.owner, id).await.unwrap(), [page(1)]);

    let corrected = values(&[(FieldName::InvoiceNumber, Some("FV/70/2026")), (FieldName::AmountPayable, None)]);
    let stale = review::correct(s, &w.owner, id, Some(d.version - 1), corrected.clone()).await;
    assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");
    let d = review::correct(s, &w.owner, id, Some(d.version), corrected).await.unwrap();
    assert_eq!((d.number.as_deref(), d.amount), (Some("FV/70/2026"), None));

    // Another reading keeps the human's values on top.
    document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    reading::record(s, &lease, vec![read(&[NUMBER, (FieldName::Currency, "PLN")])], &[]).await.unwrap();
    let d = document::get(s, &w.owner, id).await.unwrap();
    assert_eq!((d.number.as_deref(), d.currency.as_deref(), d.reading_version), (Some("FV/70/2026"), Some("PLN"), Some(2)));
    let shown = review::effective_reading(s, &w.owner, id).await.unwrap().unwrap();
    assert_eq!(shown.fields[&FieldName::InvoiceNumber].source, Source::Human);
    assert_eq!(reading::get(s, &w.owner, id, None).await.unwrap().reading.fields[&FieldName::InvoiceNumber].value, "FV/07/2026");

    // Rejected while a reader has it: the reading is kept, the decision stays.
    document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    document::decide(s, &w.owner, id, None, Action::Reject).await.unwrap();
    reading::record(s, &lease, vec![read(&[(FieldName::InvoiceNumber, "other")])], &[]).await.unwrap();
    let d = document::get(s, &w.owner, id).await.unwrap();
    assert_eq!((d.state, d.number.as_deref(), d.reading_version), (DocumentState::Rejected, Some("FV/70/2026"), Some(3)));
    let refused = document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    assert!(matches!(refused[0].1, Err(Error::Conflict { code: "state", .. })));

    // Approved: no trash, no correction; reopened, both.
    document::decide(s, &w.owner, id, None, Action::Reopen).await.unwrap();
    let d = document::approve(s, &w.owner, id, None, Some("known")).await.unwrap();
    assert!(matches!(document::trash(s, &w.owner, id, None, true).await, Err(Error::Conflict { .. })));
    assert!(review::correct(s, &w.owner, id, Some(d.version), Review::default()).await.is_err());
    document::decide(s, &w.owner, id, None, Action::Reopen).await.unwrap();
    assert!(document::trash(s, &w.owner, id, None, true).await.unwrap().trashed_at.is_some());
    assert_eq!(document::trash(s, &w.owner, id, None, false).await.unwrap().trashed_at, None);

    // A reader that fails leaves the document to a person.
    document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    let failure = Failure { problem: "encrypted".to_owned(), message: "A password is needed.".to_owned(), retry: false };
    assert!(queue::fail(s, &lease, failure, Timestamp::now()).await.unwrap());
    let d = document::get(s, &w.owner, id).await.unwrap();
    assert_eq!((d.state, d.problem.as_deref()), (DocumentState::ToReview, Some("encrypted")));
}

pub async fn two_papers_in_one_file_become_two_documents(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "two papers").await;
    document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    let mut first = read(&[NUMBER]);
    first.pages = 3;
    let mut second = read(&[(FieldName::InvoiceNumber, "FV/08/2026")]);
    (second.pages, second.page_range) = (3, [2, 3]);
    let both = reading::record(s, &lease, vec![first, second], &[page(1), page(2), page(3)]).await.unwrap();
    assert_eq!((both.len(), both[0]), (2, id));
    for (id, number, range) in [(both[0], "FV/07/2026", [1, 1]), (both[1], "FV/08/2026", [2, 3])] {
        let d = document::get(s, &w.owner, id).await.unwrap();
        assert_eq!((d.state, d.number.as_deref()), (DocumentState::ToReview, Some(number)));
        assert_eq!(document::pieces(s, &w.owner, id).await.unwrap()[0].page_range, Some(range));
        let pages: Vec<u32> = reading::tokens(s, &w.owner, id).await.unwrap().iter().map(|page| page.number).collect();
        assert_eq!(pages, (range[0]..=range[1]).collect::<Vec<_>>());
    }
}

pub async fn receipts_on_one_photo_become_documents(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "two receipts").await;
    document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    let areas = [[8.0, 10.5, 200.0, 400.0], [220.0, 30.0, 410.25, 390.0]].map(|area| Some(Box::from(area)));
    let seen = areas.map(|region| Page { region, ..page(1) });
    let said = |number, region| Reading { region, ..read(&[(FieldName::InvoiceNumber, number)]) };
    let both = vec![said("W1", areas[0]), said("W2", areas[1])];
    let both = reading::record(s, &lease, both, &seen).await.unwrap();
    for (id, number, region) in [(both[0], "W1", areas[0]), (both[1], "W2", areas[1])] {
        assert_eq!(document::get(s, &w.owner, id).await.unwrap().number.as_deref(), Some(number));
        let pieces = document::pieces(s, &w.owner, id).await.unwrap();
        assert_eq!((pieces.len(), pieces[0].page_range, pieces[0].region), (1, Some([1, 1]), region));
        let tokens = reading::tokens(s, &w.owner, id).await.unwrap();
        assert_eq!(tokens.iter().map(|page| page.region).collect::<Vec<_>>(), [region]);
    }

    // A person draws what the reader did not see: a third receipt on the second area.
    let drawn =
        [[0.0, 0.0, 190.25, 200.0], [0.0, 210.0, 190.25, 360.0]].map(|area| Cut { pages: [1, 1], region: Some(Box::from(area)) });
    let three = document::divide(s, &w.owner, both[1], None, drawn.into()).await.unwrap();
    let region = |id| async move { document::pieces(s, &w.owner, id).await.unwrap()[0].region };
    assert_eq!(region(three[1]).await, Some(Box::from([220.0, 240.0, 410.25, 390.0])));

    // Put together again, they are an area that holds both, and with the last of them the page as it came.
    for _ in 0..2 {
        let lease = w.claim(JobKind::Read).await.unwrap();
        reading::record(s, &lease, vec![read(&[NUMBER])], &[page(1)]).await.unwrap();
    }
    document::merge(s, &w.owner, both[1], None, vec![three[1]]).await.unwrap();
    assert_eq!(region(both[1]).await, Some(Box::from([220.0, 30.0, 410.25, 390.0])));
    let lease = w.claim(JobKind::Read).await.unwrap();
    reading::record(s, &lease, vec![read(&[NUMBER])], &[page(1)]).await.unwrap();
    document::merge(s, &w.owner, id, None, vec![both[1]]).await.unwrap();
    let pieces = document::pieces(s, &w.owner, id).await.unwrap();
    assert_eq!((pieces.len(), pieces[0].page_range, pieces[0].region), (1, Some([1, 1]), None));
}

pub async fn a_person_draws_a_page_anew(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "two receipts, found wrongly").await;
    let cut = |area: [f32; 4]| Cut { pages: [1, 1], region: Some(Box::from(area)) };
    let halves = vec![cut([0.0, 0.0, 200.0, 400.0]), cut([200.0, 0.0, 400.0, 400.0])];
    let two = document::divide(s, &w.owner, id, None, halves).await.unwrap();
    assert_eq!(document::beside(s, &w.owner, id).await.unwrap(), [two[1]]);
    let elsewhere = w.document(w.mlyn, "another page").await;
    assert!(document::beside(s, &w.owner, elsewhere).await.unwrap().is_empty());

    // Areas are those of the page, also where the document showed a part of it; nothing of another page is replaced.
    let three = [[0.0, 0.0, 400.0, 100.0], [0.0, 100.0, 400.0, 250.0], [10.0, 250.0, 390.0, 400.0]];
    let wrong = document::redraw(s, &w.owner, two[1], None, vec![elsewhere], three.map(cut).into()).await;
    assert!(matches!(wrong, Err(Error::Invalid { .. })), "{wrong:?}");
    let papers = document::redraw(s, &w.owner, two[1], None, vec![id], three.map(cut).into()).await.unwrap();
    assert_eq!((papers.len(), papers[0]), (3, two[1]));
    for (paper, area) in papers.iter().zip(three) {
        assert_eq!(document::pieces(s, &w.owner, *paper).await.unwrap()[0].region, Some(Box::from(area)));
    }
    let replaced = document::get(s, &w.owner, id).await.unwrap();
    assert!(replaced.trashed_at.is_some() && replaced.problem.as_deref() == Some("merged"), "{replaced:?}");
    assert_eq!(document::beside(s, &w.owner, papers[0]).await.unwrap(), papers[1..]);
}

pub async fn closed_periods_move_purchases_only(w: &World) {
    let s = &w.store;
    for month in ["2026-07", "2026-08"] {
        period::set(s, &w.owner, w.mlyn, month, PeriodState::Closed).await.unwrap();
    }
    for (direction, want, reason, problem) in
        [(Direction::Purchase, "2026-09", "next_open", None), (Direction::Sale, "2026-07", "subject", Some("period_closed"))]
    {
        let mut arrival = w.arrival(w.mlyn, want);
        (arrival.period, arrival.direction) = (Some("2026-07".to_owned()), direction);
        accept::arrival(s, arrival).await.unwrap();
        let id = w.unpack_next(want).await.documents[0];
        let d = document::get(s, &w.owner, id).await.unwrap();
        assert_eq!((d.period.as_deref(), d.period_reason.as_deref()), (Some(want), Some(reason)));
        assert_eq!(d.problem.as_deref(), problem);
        let moved = Change { period: Some("2026-10".to_owned()), ..Change::default() };
        let d = document::change(s, &w.owner, id, Some(d.version), moved).await.unwrap();
        assert_eq!((d.period.as_deref(), d.period_reason.as_deref()), (Some("2026-10"), Some("human")));
    }
}

pub async fn duplicates_are_named(w: &World) {
    let s = &w.store;
    // Read as soon as it arrives, since the company wants it.
    let facts = CompanyFacts { name: "Młyn".to_owned(), auto_read: vec![Direction::None], ..CompanyFacts::default() };
    company::change(s, &w.owner, w.mlyn, facts).await.unwrap();
    let fields = [NUMBER, (FieldName::SellerTaxId, "PL5260250274"), (FieldName::IssueDate, "2026-07-01")];
    let mut ids = vec![];
    for (mail, paper) in [("one", "a"), ("two", "b"), ("three", "a")] {
        w.accept(w.mlyn, mail).await;
        ids.push(w.unpack_next(paper).await.documents[0]);
        let lease = w.claim(JobKind::Read).await.expect("automatic reading");
        reading::record(s, &lease, vec![read(&fields)], &[]).await.unwrap();
    }
    let mut named = vec![];
    for id in &ids {
        named.push(document::get(s, &w.owner, *id).await.unwrap().duplicate_of);
    }
    // The second is the same invoice, the third the same bytes.
    assert_eq!(named, [None, Some(ids[0]), Some(ids[0])]);
}

pub async fn a_person_divides_and_puts_together(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "three papers").await;
    let wrong = document::divide(s, &w.owner, id, None, [[1, 2], [2, 3]].map(Cut::from).into()).await;
    assert!(matches!(wrong, Err(Error::Invalid { code: "ranges", .. })), "{wrong:?}");

    // Not read yet: nothing is read by itself.
    let three = document::divide(s, &w.owner, id, None, [[1, 1], [2, 2], [4, 5]].map(Cut::from).into()).await.unwrap();
    assert_eq!((three.len(), three[0]), (3, id));
    for (id, range) in three.iter().zip([[1, 1], [2, 2], [4, 5]]) {
        let pieces = document::pieces(s, &w.owner, *id).await.unwrap();
        assert_eq!((pieces.len(), pieces[0].page_range), (1, Some(range)));
        assert_eq!(document::get(s, &w.owner, *id).await.unwrap().state, DocumentState::New);
    }

    // Read: what is put together is read again.
    document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    assert!(document::merge(s, &w.owner, id, None, vec![three[1]]).await.is_err(), "a reader has it");
    let lease = w.claim(JobKind::Read).await.unwrap();
    reading::record(s, &lease, vec![read(&[NUMBER])], &[page(1)]).await.unwrap();
    let whole = document::merge(s, &w.owner, id, None, vec![three[1]]).await.unwrap();
    assert_eq!(whole.state, DocumentState::Reading);
    let pieces = document::pieces(s, &w.owner, id).await.unwrap();
    assert_eq!((pieces.len(), pieces[0].page_range), (1, Some([1, 2])), "neighbours are one piece");
    let gone = document::get(s, &w.owner, three[1]).await.unwrap();
    assert_eq!((gone.trashed_at.is_some(), gone.problem.as_deref()), (true, Some("merged")));

    // Nothing of another company, nothing that was decided about.
    let other = w.document(w.piekarnia, "elsewhere").await;
    let refused = document::merge(s, &w.owner, three[2], None, vec![other]).await;
    assert!(matches!(refused, Err(Error::Conflict { code: "company", .. })), "{refused:?}");
    document::approve(s, &w.owner, three[2], None, Some("known")).await.unwrap();
    assert!(document::divide(s, &w.owner, three[2], None, [[4, 4], [5, 5]].map(Cut::from).into()).await.is_err());
}

pub async fn a_paper_of_another_company_is_moved_there(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "for the bakery").await;
    document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    assert!(document::move_to(s, &w.owner, id, None, w.piekarnia).await.is_err(), "a reader has it");
    let lease = w.claim(JobKind::Read).await.unwrap();
    reading::record(s, &lease, vec![read(&[NUMBER])], &[page(1)]).await.unwrap();
    let same = document::move_to(s, &w.owner, id, None, w.mlyn).await;
    assert!(matches!(same, Err(Error::Conflict { code: "same_company", .. })), "{same:?}");
    let stale = document::move_to(s, &w.owner, id, Some(1), w.piekarnia).await;
    assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");

    let new = document::move_to(s, &w.owner, id, None, w.piekarnia).await.unwrap();
    assert_eq!((new.company, new.state, new.duplicate_of), (w.piekarnia, DocumentState::Reading, None), "it is read again");
    let old = document::get(s, &w.owner, id).await.unwrap();
    assert_eq!((old.company, old.trashed_at.is_some(), old.problem.as_deref()), (w.mlyn, true, Some("moved")));
    let bytes = |pieces: &[document::Piece]| pieces.iter().map(|piece| piece.part.sha256.clone()).collect::<Vec<_>>();
    let (there, here) = (document::pieces(s, &w.owner, new.id).await.unwrap(), document::pieces(s, &w.owner, id).await.unwrap());
    assert_eq!(bytes(&there), bytes(&here), "the bytes are the same");
    // Of the mail, and of who sent it, the other company learns nothing.
    let arrival = submission::get(s, &w.owner, new.submission).await.unwrap();
    assert_eq!((arrival.company, arrival.raw, arrival.mail_from, arrival.subject), (w.piekarnia, None, None, None));
    let names = document::names(s, &w.owner, &[id, new.id]).await.unwrap();
    assert_eq!(names.get(&id).map(String::as_str), Some(NUMBER.1));
    // Twice is not possible: it lies in the trash.
    assert!(document::move_to(s, &w.owner, id, None, w.piekarnia).await.is_err());

    // Each receipt of a photo stays one receipt, and none is another one again for having come with the same bytes.
    let id = w.document(w.mlyn, "receipts").await;
    let areas = [[0.0, 0.0, 100.0, 200.0], [100.0, 0.0, 200.0, 200.0]].map(|area| Some(Box::from(area)));
    let both = document::divide(s, &w.owner, id, None, areas.map(|region| Cut { pages: [1, 1], region }).into()).await.unwrap();
    let mut there = Vec::new();
    for (id, area) in both.into_iter().zip(areas) {
        let new = document::move_to(s, &w.owner, id, None, w.piekarnia).await.unwrap();
        assert_eq!(document::pieces(s, &w.owner, new.id).await.unwrap()[0].region, area);
        assert_eq!(new.duplicate_of, None);
        there.push(new.id);
    }
    // So do the pages of one file; a file that comes as a whole is one again that has come already.
    let id = w.document(w.mlyn, "two invoices").await;
    let both = document::divide(s, &w.owner, id, None, [[1, 2], [3, 3]].map(Cut::from).into()).await.unwrap();
    for id in both {
        assert_eq!(document::move_to(s, &w.owner, id, None, w.piekarnia).await.unwrap().duplicate_of, None);
    }
    let whole = w.document(w.piekarnia, "receipts").await;
    assert_eq!(document::get(s, &w.owner, whole).await.unwrap().duplicate_of, Some(there[0]));
}

pub async fn an_event_marks_the_note_it_names(w: &World) {
    let s = &w.store;
    let key = (FieldName::AccessKey, "35260728471935000175550010000048211007318421");
    let event = || {
        let mut event = Reading { document_type: DocumentType::Other, ..read(&[key]) };
        let message = "It cancels the note.".to_owned();
        event.findings.push(Finding { code: "cancels_note".to_owned(), severity: Severity::Warning, fields: vec![], message });
        event
    };
    for (content, first, second) in
        [("note first", read(&[NUMBER, key]), event()), ("event first", event(), read(&[NUMBER, key]))]
    {
        let mut note = None;
        for (i, what) in [first, second].into_iter().enumerate() {
            let id = w.document(w.mlyn, &format!("{content} {i}")).await;
            document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
            let lease = w.claim(JobKind::Read).await.unwrap();
            note = if what.document_type == DocumentType::Other { note } else { Some(id) };
            reading::record(s, &lease, vec![what], &[]).await.unwrap();
        }
        let note = document::get(s, &w.owner, note.unwrap()).await.unwrap();
        assert_eq!(note.problem.as_deref(), Some("note_cancelled"), "{content}");
    }
}
