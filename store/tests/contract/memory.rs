//! What approvals teach, and papers that are one.

use bytes::Bytes;
use jiff::Timestamp;
use ocr::extract::memory as layouts;
use ocr::page::{Code, Page, Token};
use ocr::protocol::{PartVerdict, Role as PieceRole};
use ocr::reading::{DocumentType, Field, FieldName, Mark, Reading, Source};
use store::document::{self, DocumentState, DuplicateReason};
use store::office::{self, NewOffice};
use store::part::{NewDocument, NewPart, NewPiece};
use store::queue::JobKind;
use store::review::{self, Review};
use store::submission::Learnt;
use store::{CompanyId, DocumentId, Scope, blob, memory, part, reading};

use crate::world::{World, reading as exact};

const SELLER: &str = "PL5260250274";

/// A page with a row of words a line; columns are set apart by two blanks.
fn page(text: &str) -> Page {
    let mut tokens = Vec::new();
    for (line, row) in (0u32..).zip(text.lines()) {
        for (at, word) in row.split(' ').scan(0usize, |at, word| {
            let start = *at;
            *at += word.chars().count() + 1;
            Some((start, word))
        }) {
            if !word.is_empty() {
                let (left, top) = (40.0 + 5.0 * at as f32, 40.0 + 14.0 * line as f32);
                let bbox = [left, top, left + 4.8 * word.chars().count() as f32, top + 10.0].into();
                tokens.push(Token { text: word.to_owned(), bbox, confidence: 1.0, line, size: 10.0, bold: false, hidden: false });
            }
        }
    }
    Page {
        number: 1,
        width: 595.0,
        height: 842.0,
        turned: 0,
        skew: 0.0,
        region: None,
        source: Source::Text,
        tokens,
        codes: Vec::new(),
    }
}

fn paper(number: &str, code: &str) -> Page {
    page(&format!(
        "ZIELONA BRAMA\nul. Polna 4, 90-001 Lodz\nNIP: 526-025-02-74\n\nFaktura VAT nr {number}      Data wystawienia: 2026-10-05\n\n\
         Nabywca:\nMlyn sp. z o.o.\nNIP: 725-18-01-126\n\nKod klienta  {code}\nRazem netto:  100,00\nVAT:  23,00\nRazem brutto:  123,00\n"
    ))
}

/// A reading of the page's text, as the reader gives it.
fn read_page(page: &Page) -> Reading {
    ocr::extract::extract(std::slice::from_ref(page), &ocr::context::Context::default())
}

async fn record(w: &World, company: CompanyId, content: &str, reading: Reading, pages: &[Page]) -> DocumentId {
    let id = w.document(company, content).await;
    document::request_reading(&w.store, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    reading::record(&w.store, &lease, vec![reading], pages).await.unwrap();
    id
}

pub async fn approvals_teach_a_sellers_layout(w: &World) {
    let s = &w.store;
    let first = paper("FV/1/2026", "KL-4711");
    let read = read_page(&first);
    let id = record(w, w.mlyn, "first", read, std::slice::from_ref(&first)).await;
    assert!(!memory::any(s, &w.owner).await.unwrap());
    let corrected = Review {
        fields: [(FieldName::SellerName, "Zielona Brama sp. z o.o."), (FieldName::PurchaseOrder, "KL-4711")]
            .map(|(name, value)| (name, Some(value.to_owned())))
            .into(),
        ..Review::default()
    };
    review::correct(s, &w.owner, id, None, corrected).await.unwrap();
    document::approve(s, &w.owner, id, None, Some("known")).await.unwrap();
    let taught = memory::list(s, &w.owner, None).await.unwrap();
    assert_eq!((taught.len(), taught[0].version, taught[0].seller.as_str()), (1, 1, "tax:5260250274"));
    assert_eq!(taught[0].seller_name, "Zielona Brama sp. z o.o.");

    // The next paper, of another company of the office: the memory is the office's.
    let second = paper("FV/2/2026", "KL-0815");
    let mut read = read_page(&second);
    let keys = layouts::keys(std::slice::from_ref(&second), &read);
    let found = memory::find(s, &w.owner, &keys).await.unwrap();
    assert_eq!(found.len(), 1);
    layouts::amend(&mut read, std::slice::from_ref(&second), &found);
    let said = |name: FieldName| read.fields.get(&name).map(|f| (f.value.as_str(), f.via.as_deref()));
    assert_eq!(said(FieldName::SellerName), Some(("Zielona Brama sp. z o.o.", Some("memory"))));
    assert_eq!(said(FieldName::PurchaseOrder), Some(("KL-0815", Some("memory"))));
    assert_eq!(said(FieldName::InvoiceNumber), Some(("FV/2/2026", None)), "what was right stays the reader's");

    // Approved as it is: the same layout, a version on.
    let again = record(w, w.piekarnia, "second", read.clone(), std::slice::from_ref(&second)).await;
    document::approve(s, &w.owner, again, None, Some("known")).await.unwrap();
    let taught = memory::list(s, &w.owner, Some("brama")).await.unwrap();
    assert_eq!((taught.len(), taught[0].version), (1, 2));
    let order = taught[0].lessons.iter().find(|lesson| lesson.field == FieldName::PurchaseOrder).unwrap();
    assert_eq!((order.corrected, order.right, order.labels.as_slice()), (true, 2, &["kodklienta".to_owned()][..]));

    // Another office knows nothing of it, and cannot forget it.
    let other = office::create(s, NewOffice { name: "Other".to_owned(), ..NewOffice::default() }).await.unwrap();
    let other = Scope::operator(other);
    assert_eq!(memory::find(s, &other, &keys).await.unwrap(), []);
    assert_eq!(memory::list(s, &other, None).await.unwrap(), []);
    assert!(memory::revoke(s, &other, taught[0].id).await.is_err());

    // Taken back, then forgotten.
    memory::revert(s, &w.owner, taught[0].id).await.unwrap();
    let back = memory::find(s, &w.owner, &keys).await.unwrap();
    assert_eq!((back[0].version, back[0].layout.clone()), (3, found[0].layout.clone()));
    memory::revoke(s, &w.owner, taught[0].id).await.unwrap();
    assert_eq!(memory::find(s, &w.owner, &keys).await.unwrap(), []);
    assert!(!memory::any(s, &w.owner).await.unwrap());
}

fn invoice(number: &str, date: &str, total: &str) -> Reading {
    exact(&[
        (FieldName::InvoiceNumber, number),
        (FieldName::SellerTaxId, SELLER),
        (FieldName::IssueDate, date),
        (FieldName::TotalGross, total),
    ])
}

pub async fn duplicates_say_why(w: &World) {
    let s = &w.store;
    let first = record(w, w.mlyn, "1", invoice("7/2026", "2026-07-01", "100.00"), &[]).await;
    let reprint = Reading { marks: vec![Mark::Duplicate], ..invoice("7/2026", "2026-07-01", "100.00") };
    let mut bare = invoice("7/2026", "2026-07-01", "100.00");
    bare.fields.insert(FieldName::SellerTaxId, Field::exact("526-025-02-74"));
    let proforma = Reading { document_type: DocumentType::Proforma, ..invoice("7/2026", "2026-07-01", "100.00") };
    for (what, reading, want) in [
        ("again", invoice("7 / 2026", "2026-07-01", "100.00"), Some(DuplicateReason::SameInvoice)),
        ("its seller without a country", bare, Some(DuplicateReason::SameInvoice)),
        ("a reprint", reprint, Some(DuplicateReason::Reprint)),
        ("another total", invoice("7/2026", "2026-07-01", "101.00"), Some(DuplicateReason::OtherTotal)),
        ("next year's number", invoice("7/2026", "2027-07-01", "100.00"), None),
        ("the proforma", proforma, None),
    ] {
        let id = record(w, w.mlyn, what, reading, &[]).await;
        let d = document::get(s, &w.owner, id).await.unwrap();
        assert_eq!((d.duplicate_reason, d.duplicate_of), (want, want.map(|_| first)), "{what}");
    }
    // Another company of the office: no duplicate, but the office is told; the company is not.
    let theirs = record(w, w.piekarnia, "theirs", invoice("7/2026", "2026-07-01", "100.00"), &[]).await;
    let d = document::get(s, &w.owner, theirs).await.unwrap();
    assert_eq!(d.duplicate_of, None);
    let elsewhere = document::elsewhere(s, &w.owner, &d).await.unwrap();
    assert!(elsewhere.iter().any(|other| other.id == first) && elsewhere.iter().all(|other| other.company == w.mlyn));
    let new = store::token::NewToken {
        name: "client".to_owned(),
        role: store::Role::CompanyAdmin,
        company: Some(w.piekarnia),
        expires_at: None,
    };
    let (_, secret) = store::token::create(s, &w.owner, new).await.unwrap();
    let client = store::token::verify(s, &secret, Timestamp::now()).await.unwrap().unwrap();
    assert_eq!(document::elsewhere(s, &client, &d).await.unwrap(), []);
}

pub async fn what_a_person_kept_apart_stays_apart(w: &World) {
    let s = &w.store;
    let first = record(w, w.mlyn, "1", invoice("7/2026", "2026-07-01", "100.00"), &[]).await;
    let second = record(w, w.mlyn, "2", invoice("7/2026", "2026-07-01", "100.00"), &[]).await;
    let third = record(w, w.mlyn, "3", invoice("7/2026", "2026-07-01", "100.00"), &[]).await;
    let of = |id| async move { document::get(s, &w.owner, id).await.unwrap().duplicate_of };
    assert_eq!((of(second).await, of(third).await), (Some(first), Some(first)));
    for _ in 0..2 {
        document::keep_apart(s, &w.owner, third, None).await.unwrap();
        // Corrected, it is judged anew: never against what it was kept apart from, still against others.
        let values = Review { fields: [(FieldName::DueDate, Some("2026-07-15".to_owned()))].into(), ..Review::default() };
        review::correct(s, &w.owner, third, None, values).await.unwrap();
        let next = of(third).await;
        assert_ne!(next, Some(first));
        if next.is_none() {
            break;
        }
        assert_eq!(next, Some(second));
    }
    assert_eq!(of(third).await, None, "it was kept apart from both");
    assert_eq!(of(second).await, Some(first), "nobody said so of the second");
    let nothing = document::keep_apart(s, &w.owner, third, None).await;
    assert!(matches!(nothing, Err(store::Error::Conflict { code: "no_duplicate", .. })), "{nothing:?}");
}

pub async fn receipts_and_pictures_again(w: &World) {
    let s = &w.store;
    // Till receipts: the time tells two of one day apart.
    let receipt = |time: &str| {
        let page = page(&format!("SKLEP\nNIP: 526-025-02-74\nPARAGON FISKALNY\n2026-10-05   {time}\nSUMA PLN   12,50\n"));
        let mut reading = Reading { document_type: DocumentType::Receipt, ..invoice("", "2026-10-05", "12.50") };
        reading.fields.remove(&FieldName::InvoiceNumber);
        let date = page.tokens.iter().find(|t| t.text == "2026-10-05").unwrap();
        let place = Field { page: Some(1), bbox: Some(date.bbox), source: Source::Ocr, ..Field::exact("2026-10-05") };
        reading.fields.insert(FieldName::IssueDate, place);
        (reading, page)
    };
    let mut found = Vec::new();
    for (content, time) in [("r1", "8:15"), ("r2", "17:40"), ("r3", "08:15")] {
        let (reading, page) = receipt(time);
        let id = record(w, w.mlyn, content, reading, &[page]).await;
        found.push((id, document::get(s, &w.owner, id).await.unwrap().duplicate_of));
    }
    let first = found[0].0;
    assert_eq!(found.iter().map(|(_, of)| *of).collect::<Vec<_>>(), [None, None, Some(first)]);

    // The same figures, and nothing that speaks against it.
    let picture = |text: &str| Page { source: Source::Ocr, ..page(text) };
    let (first, again) = ("1111 2222 3333 4444 5555 6666 7777 8888", "8888 1111 2222 3333 4444 5555 6666 777T");
    let other = "9111 9222 9333 9444 9555 9666 9777 9888";
    let of = |total: &str| exact(&[(FieldName::TotalGross, total)]);
    let mut reasons = Vec::new();
    for (content, text, total) in [("p1", first, "55.00"), ("p2", again, "55.00"), ("p3", again, "56.00"), ("p4", other, "55.00")]
    {
        let id = record(w, w.mlyn, content, of(total), &[picture(text)]).await;
        reasons.push(document::get(s, &w.owner, id).await.unwrap().duplicate_reason);
    }
    assert_eq!(reasons, [None, Some(DuplicateReason::SamePicture), None, None]);
}

pub async fn corrections_find_their_original(w: &World) {
    let s = &w.store;
    let correction = |number: &str, of: &str| {
        let mut reading = Reading { document_type: DocumentType::CreditNote, ..invoice(number, "2026-08-01", "-10.00") };
        reading.fields.insert(FieldName::PrecedingInvoice, Field::exact(of));
        reading
    };
    let original = record(w, w.mlyn, "original", invoice("FV/07/2026", "2026-07-01", "100.00"), &[]).await;
    let after = record(w, w.mlyn, "after", correction("KOR/1", "FV 07/2026"), &[]).await;
    let before = record(w, w.mlyn, "before", correction("KOR/2", "FV/08/2026"), &[]).await;
    assert_eq!(document::get(s, &w.owner, before).await.unwrap().corrects, None);
    let later = record(w, w.mlyn, "later", invoice("FV/08/2026", "2026-07-20", "50.00"), &[]).await;
    for (correction, of) in [(after, original), (before, later)] {
        let d = document::get(s, &w.owner, correction).await.unwrap();
        assert_eq!((d.corrects, d.duplicate_of), (Some(of), None));
        let of = document::get(s, &w.owner, of).await.unwrap();
        assert_eq!(document::corrections(s, &w.owner, &of).await.unwrap(), [correction]);
    }
}

/// An XML that is a document of its own.
async fn data(w: &World, content: &str) -> DocumentId {
    w.accept(w.mlyn, &format!("mail with {content}")).await;
    let lease = w.claim(JobKind::Unpack).await.unwrap();
    let blob = blob::stage(&w.store, w.office, Bytes::copy_from_slice(content.as_bytes())).await.unwrap();
    let part = NewPart {
        path: "1".to_owned(),
        name: Some("fv.xml".to_owned()),
        media_type: "application/xml".to_owned(),
        declared_type: None,
        verdict: PartVerdict::Document,
        reason: None,
        message: None,
        blob,
    };
    let pieces = vec![NewPiece { path: "1".to_owned(), role: PieceRole::Structured, page_range: None }];
    let new = vec![NewDocument { name: "fv.xml".to_owned(), pieces }];
    part::record_unpacked(&w.store, &lease, vec![part], new, Learnt::default()).await.unwrap().documents[0]
}

async fn read_as(w: &World, id: DocumentId, reading: Reading, pages: &[Page]) {
    document::request_reading(&w.store, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    reading::record(&w.store, &lease, vec![reading], pages).await.unwrap();
}

/// A page with a KSeF code that names the hash of this XML.
async fn with_code(w: &World, xml: &str) -> Page {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let staged = blob::stage(&w.store, w.office, Bytes::copy_from_slice(xml.as_bytes())).await.unwrap();
    let digit = |c: char| format!("{:04b}", c.to_digit(16).unwrap());
    let bits: String = staged.sha256().as_str().chars().map(digit).collect::<String>() + "00";
    let name = |six: &[u8]| LETTERS[usize::from_str_radix(std::str::from_utf8(six).unwrap(), 2).unwrap()] as char;
    let hash: String = bits.as_bytes().chunks(6).map(name).collect();
    let text = format!("https://qr.ksef.mf.gov.pl/invoice/5260250274/01-07-2026/{hash}");
    let bbox = [400.0, 40.0, 480.0, 120.0].into();
    Page { codes: vec![Code { symbology: "qr".to_owned(), text, bbox }], ..page("") }
}

pub async fn a_ksef_paper_and_its_data_become_one(w: &World) {
    let s = &w.store;
    let text = |reading: Reading| {
        let fields = reading.fields.into_iter().map(|(name, f)| (name, Field { source: Source::Text, ..f })).collect();
        Reading { fields, ..reading }
    };
    // (the paper first?, the XML that the code names, the number)
    for (paper_first, named, number) in [(true, "<a/>", "K/1"), (false, "<b/>", "K/2"), (true, "<other/>", "K/3")] {
        let xml = if named == "<other/>" { "<c/>" } else { named };
        let of = |total: &str| invoice(number, "2026-07-01", total);
        let (mut ids, code) = (Vec::new(), with_code(w, named).await);
        for turn in [paper_first, !paper_first] {
            let id = if turn { w.document(w.mlyn, &format!("paper {number}")).await } else { data(w, xml).await };
            let reading = if turn { text(of("9.00")) } else { of("9.00") };
            read_as(w, id, reading, if turn { std::slice::from_ref(&code) } else { &[] }).await;
            ids.push(id);
        }
        let whole = document::get(s, &w.owner, ids[0]).await.unwrap();
        assert_eq!(whole.state, DocumentState::Reading, "{number}: one document, read again");
        let pieces = document::pieces(s, &w.owner, ids[0]).await.unwrap();
        assert_eq!(pieces.iter().map(|p| p.role).collect::<Vec<_>>(), [PieceRole::Visual, PieceRole::Structured], "{number}");
        let gone = document::get(s, &w.owner, ids[1]).await.unwrap();
        assert_eq!((gone.trashed_at.is_some(), gone.problem.as_deref()), (true, Some("merged")), "{number}");
        let lease = w.claim(JobKind::Read).await.unwrap();
        reading::record(s, &lease, vec![of("9.00")], std::slice::from_ref(&code)).await.unwrap();
    }
    // Without any code: data that has no page, and the paper of the same total; and papers that name the KSeF number.
    for (number, total, ksef, joined) in [
        ("S/1", "9.00", None, true),
        ("S/2", "8.00", None, false),
        ("S/3", "8.00", Some("5260250274-20260701-0100001AF629-9E"), true),
    ] {
        let of = |total: &str| {
            let mut reading = invoice(number, "2026-07-01", total);
            reading.fields.extend(ksef.map(|number| (FieldName::KsefNumber, Field::exact(number))));
            reading
        };
        let paper = w.document(w.mlyn, &format!("paper {number}")).await;
        read_as(w, paper, text(of(total)), &[]).await;
        let bare = data(w, &format!("<{}/>", number.replace('/', ""))).await;
        read_as(w, bare, of("9.00"), &[]).await;
        let pieces = document::pieces(s, &w.owner, paper).await.unwrap();
        assert_eq!(pieces.len() == 2, joined, "{number}");
        let other = document::get(s, &w.owner, bare).await.unwrap();
        assert_eq!((other.trashed_at.is_some(), other.duplicate_of.is_some()), (joined, true), "{number}");
        if joined {
            let lease = w.claim(JobKind::Read).await.unwrap();
            reading::record(s, &lease, vec![of("9.00")], &[]).await.unwrap();
        }
    }
    // What a person decided is not moved.
    let paper = w.document(w.mlyn, "paper K/4").await;
    read_as(w, paper, text(invoice("K/4", "2026-07-01", "9.00")), &[with_code(w, "<d/>").await]).await;
    document::approve(s, &w.owner, paper, None, Some("known")).await.unwrap();
    let xml = data(w, "<d/>").await;
    read_as(w, xml, invoice("K/4", "2026-07-01", "9.00"), &[]).await;
    let d = document::get(s, &w.owner, xml).await.unwrap();
    assert_eq!((d.trashed_at, d.duplicate_of, d.duplicate_reason), (None, Some(paper), Some(DuplicateReason::SameInvoice)));
}
