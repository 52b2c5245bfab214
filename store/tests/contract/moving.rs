//! Companies that come as a whole.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use ocr::reading::{Direction, DocumentType, FieldName};
use store::archive::{self, ArchiveState, Archived, Paper};
use store::company::CompanyFacts;
use store::document::{self, DocumentState};
use store::invitation::InvitationState;
use store::move_in::{self, NewCompany, Taken};
use store::office::{self, NewOffice};
use store::pack::{self, Row, TABLES};
use store::period::{self, PeriodState};
use store::pin::{self, PinOwner};
use store::review::{self, Review};
use store::sender::{self, SenderKind};
use store::submission::{self, LogFilter};
use store::user::NewMember;
use store::{CompanyId, Error, Role, Scope, address, blob, comment, company, invitation, notice, reading, session, token, user};

use crate::panels::told;
use crate::world::{World, reading as fields};

fn newcomer(name: &str, local: &str, pin: &str) -> NewCompany {
    let person = |email: &str, role| NewMember {
        email: email.to_owned(),
        name: String::new(),
        password_hash: None,
        company: None,
        role,
        own_only: false,
    };
    NewCompany {
        facts: CompanyFacts {
            name: name.to_owned(),
            language: Some("pl".to_owned()),
            contact: Some("biuro@tartak.example".to_owned()),
            bank_accounts: vec!["PL61109010140000071219812874".to_owned()],
            ..CompanyFacts::default()
        },
        address: (local.to_owned(), "in.example".to_owned()),
        pin: Some(pin.to_owned()).filter(|pin| !pin.is_empty()),
        senders: vec!["@tartak.example".to_owned()],
        people: vec![person("jan@tartak.example", Role::CompanyAdmin), person("ewa@tartak.example", Role::CompanyMember)],
    }
}

pub async fn a_company_comes_with_all_that_belongs_to_it(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let added = move_in::add(s, &w.owner, newcomer("Tartak", "Tartak", "ab1234"), now).await.unwrap();
    assert_eq!(added.pin.value, "AB1234");
    let kept = company::get(s, &w.owner, added.company).await.unwrap().facts;
    assert_eq!(kept, newcomer("Tartak", "", "").facts);
    assert_eq!(address::list(s, &w.owner, added.company).await.unwrap()[0].local, "tartak");
    assert_eq!(pin::list(s, &w.owner, PinOwner::Company(added.company)).await.unwrap().len(), 1);
    assert_eq!(sender::list(s, &w.owner, added.company).await.unwrap()[0].mailbox, "@tartak.example");
    let waiting = invitation::list(s, &w.owner).await.unwrap();
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|one| one.state(now) == InvitationState::Waiting && one.company == Some(added.company)));

    let wanted = [("tartak".to_owned(), "in.example".to_owned()), ("free".to_owned(), "in.example".to_owned())];
    let pins = ["AB1234".to_owned(), "ZZ9999".to_owned()];
    let taken = move_in::taken(s, &w.owner, &wanted, &pins).await.unwrap();
    assert_eq!(taken, Taken { addresses: [wanted[0].clone()].into(), pins: [pins[0].clone()].into() });

    // What cannot be kept of one leaves no half of it behind.
    let count = company::list(s, &w.owner).await.unwrap().len();
    for (new, code) in
        [(newcomer("Zweite", "tartak", ""), "address_taken"), (newcomer("Zweite", "zweite", "ab1234"), "pin_taken")]
    {
        let refused = move_in::add(s, &w.owner, new, now).await;
        assert!(matches!(&refused, Err(Error::Conflict { code: said, .. }) if *said == code), "{refused:?}");
    }
    assert_eq!(company::list(s, &w.owner).await.unwrap().len(), count);
    assert_eq!(invitation::list(s, &w.owner).await.unwrap().len(), 2);
    // A generated PIN, and the same people in a second company.
    let second = move_in::add(s, &w.owner, newcomer("Zweite", "zweite", ""), now).await.unwrap();
    assert_eq!((second.pin.value.len(), invitation::list(s, &w.owner).await.unwrap().len()), (6, 4));
}

fn paper(path: &str, state: ArchiveState) -> Paper {
    let values =
        BTreeMap::from([(FieldName::InvoiceNumber, Some("FV/7".to_owned())), (FieldName::TotalGross, Some("12.30".to_owned()))]);
    Paper {
        path: path.to_owned(),
        media_type: "application/pdf".to_owned(),
        content: format!("%PDF-1.4 {path}").into_bytes().into(),
        state,
        document_type: DocumentType::Invoice,
        direction: Direction::Purchase,
        period: Some("2024-05".to_owned()),
        booking: document::Booking { category: Some("zakup".to_owned()), ..document::Booking::default() },
        payment_state: document::PaymentState::Paid,
        values: Review { fields: values, ..Review::default() },
        received_at: Timestamp::now(),
    }
}

pub async fn an_archive_is_known_by_its_places(w: &World) {
    let s = &w.store;
    period::set(s, &w.owner, w.mlyn, "2024-05", PeriodState::Closed).await.unwrap();
    let add = async |one: Paper| archive::add(s, &w.owner, w.mlyn, one).await.unwrap();
    let Archived::Added(id) = add(paper("a/1.pdf", ArchiveState::Approved)).await else { panic!("it is new") };
    assert_eq!(add(paper("a/1.pdf", ArchiveState::Approved)).await, Archived::Known);
    let Archived::Added(filed) = add(paper("a/2.pdf", ArchiveState::Filed)).await else { panic!("it is new") };
    assert_eq!(archive::known(s, &w.owner, w.mlyn).await.unwrap().into_iter().collect::<Vec<_>>(), ["a/1.pdf", "a/2.pdf"]);
    let one = document::get(s, &w.owner, id).await.unwrap();
    assert_eq!(
        (one.state, one.period.as_deref(), one.number.as_deref()),
        (DocumentState::Approved, Some("2024-05"), Some("FV/7"))
    );
    assert_eq!((one.amount.as_deref(), one.booking.category.as_deref(), one.problem), (Some("12.30"), Some("zakup"), None));
    assert_eq!(document::get(s, &w.owner, filed).await.unwrap().state, DocumentState::Filed);
    let piece = &document::pieces(s, &w.owner, id).await.unwrap()[0];
    assert_eq!(&blob::get(s, w.office, &piece.part.sha256).await.unwrap()[..], b"%PDF-1.4 a/1.pdf");
    // The same bytes from another place are another paper, and said to be a duplicate.
    let twin = Paper { content: paper("a/1.pdf", ArchiveState::Filed).content, ..paper("b/1.pdf", ArchiveState::Filed) };
    let Archived::Added(twin) = add(twin).await else { panic!("it is new") };
    assert_eq!(document::get(s, &w.owner, twin).await.unwrap().duplicate_of, Some(id));
    assert!(w.claim(store::queue::JobKind::Unpack).await.is_none(), "nothing is read");
}

/// All rows of a company by table.
async fn all_rows(w: &World, scope: &Scope, company: CompanyId) -> BTreeMap<&'static str, Vec<Row>> {
    let mut all = BTreeMap::new();
    for table in TABLES {
        let rows: &mut Vec<Row> = all.entry(table.name).or_default();
        let mut after = None;
        loop {
            let (some, next) = pack::rows(&w.store, scope, company, table, after, 2).await.unwrap();
            rows.extend(some);
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    all
}

pub async fn a_company_goes_and_comes_whole(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "one").await;
    document::request_reading(s, &w.owner, &[id], store::queue::JobKind::Read).await.unwrap();
    let lease = w.claim(store::queue::JobKind::Read).await.unwrap();
    reading::record(s, &lease, vec![fields(&[(FieldName::InvoiceNumber, "FV/1")])], &[]).await.unwrap();
    let values = Review { fields: [(FieldName::InvoiceNumber, Some("FV/1/A".to_owned()))].into(), ..Review::default() };
    review::correct(s, &w.owner, id, None, values.clone()).await.unwrap();
    comment::add(s, &w.owner, id, "Anna", "What for?", true).await.unwrap();
    period::set(s, &w.owner, w.mlyn, "2026-06", PeriodState::Closed).await.unwrap();
    let second = w.document(w.mlyn, "two").await;
    document::request_reading(s, &w.owner, &[second], store::queue::JobKind::Read).await.unwrap();
    w.document(w.piekarnia, "somebody else's").await;
    w.accept(w.mlyn, "not taken apart yet").await;

    let rows = all_rows(w, &w.owner, w.mlyn).await;
    assert_eq!(rows["document"].len(), 2);
    let target = office::create(s, NewOffice { name: "Biuro Nowe".to_owned(), ..NewOffice::default() }).await.unwrap();
    let there = Scope::operator(target);
    let facts = CompanyFacts { name: "Młyn Łódź".to_owned(), ..CompanyFacts::default() };
    let company = company::create(s, &there, facts).await.unwrap();
    for bytes in ["mail with one", "one", "mail with two", "two", "not taken apart yet"] {
        pack::bring_blob(s, &there, bytes.as_bytes().to_vec().into()).await.unwrap();
    }
    let mut brought = 0;
    for round in 0..2 {
        for table in TABLES {
            let new = pack::bring(s, &there, company, table, rows[table.name].clone()).await.unwrap();
            assert!(round == 0 || new == 0, "{} comes once", table.name);
            brought += new;
        }
    }
    assert_eq!(brought as usize, rows.values().map(Vec::len).sum::<usize>());
    // The same papers, in the same order, with what was said of them.
    let list =
        document::list(s, &there, &document::Filter::default(), document::Sort::default(), None, 50).await.unwrap().documents;
    assert_eq!(list.len(), 2);
    assert_eq!((list[0].state, list[1].number.as_deref()), (DocumentState::New, Some("FV/1/A")), "nobody reads it there");
    let moved = &list[1];
    assert_eq!(review::get(s, &there, moved.id).await.unwrap(), values);
    assert_eq!(
        reading::get(s, &there, moved.id, None).await.unwrap().reading,
        reading::get(s, &w.owner, id, None).await.unwrap().reading
    );
    assert_eq!(comment::list(s, &there, moved.id).await.unwrap()[0].content, "What for?");
    assert_eq!(period::list(s, &there, company).await.unwrap()[0].state, PeriodState::Closed);
    let piece = &document::pieces(s, &there, moved.id).await.unwrap()[0];
    assert_eq!(&blob::get(s, target, &piece.part.sha256).await.unwrap()[..], b"one");
    assert_eq!(submission::list(s, &there, &LogFilter::default(), 50).await.unwrap().len(), 3);
    // What was not taken apart is taken apart here, and what was there stays as it was.
    let mut offices = vec![];
    while let Some(lease) = w.claim(store::queue::JobKind::Unpack).await {
        offices.push(lease.office);
    }
    assert!(offices.len() == 2 && offices.contains(&target), "once in each office");
    assert_eq!(all_rows(w, &w.owner, w.mlyn).await["document"].len(), 2);
    let bookkeeper = NewMember {
        email: "b@x.pl".to_owned(),
        name: String::new(),
        password_hash: None,
        company: None,
        role: Role::Bookkeeper,
        own_only: false,
    };
    let bookkeeper = someone(w, bookkeeper).await.unwrap();
    assert!(matches!(pack::rows(s, &bookkeeper, w.mlyn, &TABLES[0], None, 1).await, Err(Error::Forbidden)));
}

/// The scope of someone who signs in; none where they have no place.
async fn someone(w: &World, member: NewMember) -> Option<Scope> {
    let now = Timestamp::now();
    let user = user::add(&w.store, &w.owner, member).await.unwrap();
    let secret = session::create(&w.store, user, session::Device::default(), now, Duration::from_secs(3600)).await.unwrap();
    session::verify(&w.store, &secret, now).await.unwrap().unwrap().scope(None).ok()
}

pub async fn a_company_that_left_is_looked_at_for_a_while(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let id = w.document(w.mlyn, "one").await;
    let jan = |n: u8| NewMember {
        email: format!("jan{n}@mlyn.example"),
        name: "Jan".to_owned(),
        password_hash: None,
        company: Some(w.mlyn),
        role: Role::CompanyAdmin,
        own_only: false,
    };
    let before = someone(w, jan(1)).await.unwrap();
    let new = token::NewToken { name: "x".to_owned(), role: Role::CompanyAdmin, company: Some(w.mlyn), expires_at: None };
    let (key, secret) = token::create(s, &w.owner, new).await.unwrap();
    let taken = async || {
        let whole = token::verify(s, &secret, now).await.unwrap().is_some();
        (whole, token::signed_by(s, key, now).await.unwrap().is_some())
    };
    company::close(s, &w.owner, w.mlyn, now + Duration::from_secs(600)).await.unwrap();
    let looks = someone(w, jan(2)).await.unwrap();
    document::get(s, &looks, id).await.unwrap();
    assert_eq!(taken().await, (true, true));
    for refused in [
        comment::add(s, &looks, id, "Jan", "Hello?", false).await.err(),
        document::withdraw(s, &looks, id).await.err(),
        period::complete(s, &looks, w.mlyn, "2026-07").await.err(),
        pin::set(s, &looks, PinOwner::Company(w.mlyn), None, jiff::SignedDuration::ZERO).await.err(),
        sender::create(s, &looks, w.mlyn, "ewa@mlyn.example", SenderKind::Sender).await.err(),
        notice::set(s, &looks, w.mlyn, notice::NoticeSetting::default()).await.err(),
        company::takes_papers(s, &before, w.mlyn).await.err(),
    ] {
        assert!(matches!(refused, Some(Error::Conflict { code: "closed", .. })), "{refused:?}");
    }
    comment::add(s, &w.owner, id, "Anna", "For the books", false).await.unwrap();
    company::close(s, &w.owner, w.mlyn, now - Duration::from_secs(1)).await.unwrap();
    assert!(someone(w, jan(3)).await.is_none(), "then it is closed to its people");
    assert_eq!(taken().await, (false, false), "and to its programs, however they sign in");
    let told = told(w, Timestamp::now()).await;
    assert!(told.is_empty(), "nor is anything told to them: {told:?}");
    document::get(s, &w.owner, id).await.unwrap();
    company::open(s, &w.owner, w.mlyn).await.unwrap();
    assert!(someone(w, jan(4)).await.is_some());
}

pub async fn a_company_is_erased_once_its_papers_need_not_be_kept(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let company = move_in::add(s, &w.owner, newcomer("Tartak", "tartak", "ab1234"), now).await.unwrap().company;
    let other = w.document(w.mlyn, "of another company").await;
    let paper = w.document(company, "one").await;
    document::request_reading(s, &w.owner, &[paper], store::queue::JobKind::Read).await.unwrap();
    let lease = w.claim(store::queue::JobKind::Read).await.unwrap();
    let said = fields(&[(FieldName::InvoiceNumber, "FV/1"), (FieldName::SellerName, "Grzegorz Borowikowski")]);
    reading::record(s, &lease, vec![said], &[]).await.unwrap();
    comment::add(s, &w.owner, paper, "Anna", "Was that Brzoskwinia?", true).await.unwrap();
    w.accept(company, "waits to be taken apart").await;
    let new = token::NewToken { name: "x".to_owned(), role: Role::CompanyAdmin, company: Some(company), expires_at: None };
    token::create(s, &w.owner, new).await.unwrap();
    let member = |email: &str, company| NewMember {
        email: email.to_owned(),
        name: "Ewa".to_owned(),
        password_hash: None,
        company: Some(company),
        role: Role::CompanyMember,
        own_only: false,
    };
    for (email, company) in [("jan@tartak.example", company), ("ewa@x.example", company), ("ewa@x.example", w.mlyn)] {
        user::add(s, &w.owner, member(email, company)).await.unwrap();
    }
    let files = [b"mail with one".as_slice(), b"one"].map(blob::Sha256::of);

    let erase = async |name: &str, years, at| company::erase(s, &w.owner, company, name, years, at).await;
    let code = |refused: Result<_, Error>| match refused {
        Err(Error::Conflict { code, .. } | Error::Invalid { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(erase("Tartak", 0, now).await), "not_closed");
    company::close(s, &w.owner, company, now + Duration::from_secs(600)).await.unwrap();
    assert_eq!(code(erase("Tartak", 0, now).await), "not_closed", "its people can still look");
    company::close(s, &w.owner, company, now - Duration::from_secs(1)).await.unwrap();
    assert_eq!(code(erase("Młyn Łódź", 0, now).await), "name");
    assert_eq!(code(erase("Tartak", 5, now).await), "kept");
    let in_warsaw = now.to_zoned(jiff::tz::TimeZone::get("Europe/Warsaw").unwrap());
    let until = company::outlook(s, &w.owner, company, 5).await.unwrap().kept_until;
    assert_eq!(until, Some(jiff::civil::date(in_warsaw.year() + 5, 12, 31)));
    let bookkeeper = NewMember { company: None, role: Role::Owner, ..member("b@x.example", company) };
    let owner = someone(w, bookkeeper).await.unwrap();
    assert!(matches!(company::erase(s, &owner, company, "Tartak", 0, now).await, Err(Error::Forbidden)));
    document::get(s, &w.owner, paper).await.unwrap();

    let later = now + Duration::from_secs(6 * 366 * 24 * 3600);
    let went = erase(" Tartak ", 5, later).await.unwrap();
    assert_eq!((went.documents, went.mails, went.people), (1, 2, 1));
    assert!(matches!(company::get(s, &w.owner, company).await, Err(Error::NotFound)));
    assert!(matches!(document::get(s, &w.owner, paper).await, Err(Error::NotFound)));
    for (table, rows) in all_rows(w, &w.owner, company).await {
        assert!(rows.is_empty(), "{table}");
    }
    assert!(address::list(s, &w.owner, company).await.unwrap().is_empty());
    assert!(invitation::list(s, &w.owner).await.unwrap().is_empty());
    assert!(user::login(s, "jan@tartak.example").await.unwrap().is_none(), "nobody knows who worked for it alone");
    assert!(user::login(s, "ewa@x.example").await.unwrap().is_some(), "she works for another one too");
    for words in ["Borowikowski", "Borowikowsky", "Brzoskwinia"] {
        let found = store::search::find(s, &w.owner, words, None, 10).await.unwrap();
        assert!(found.hits.is_empty() && found.instead.is_empty(), "{found:?}");
    }
    // Nothing of another company went, and its words are found as before, mistyped too.
    document::get(s, &w.owner, other).await.unwrap();
    for words in ["faktura", "fakturra"] {
        assert!(!store::search::find(s, &w.owner, words, Some(w.mlyn), 10).await.unwrap().hits.is_empty(), "{words}");
    }
    assert!(w.claim(store::queue::JobKind::Unpack).await.is_none());
    // What was done is in the audit, which is whole.
    let audit = store::audit::list(s, &w.owner, Some(&company.to_string()), None, 10).await.unwrap();
    assert_eq!((audit[0].action.as_str(), audit[1].action.as_str()), ("company.erased", "company.erasing"));
    store::audit::seal(s, later).await.unwrap();
    assert_eq!(store::audit::verify(s, w.office).await.unwrap(), None);
    // The bytes follow: nothing names them any more.
    blob::move_pending(s, 100).await.unwrap();
    let day = Duration::from_secs(25 * 3600);
    blob::sweep(s, now + day).await.unwrap();
    blob::sweep(s, now + day * 2).await.unwrap();
    for file in &files {
        assert!(!blob::exists(s, w.office, file).await.unwrap(), "{file}");
    }
    assert!(matches!(erase("Tartak", 5, later).await, Err(Error::NotFound)));
}
