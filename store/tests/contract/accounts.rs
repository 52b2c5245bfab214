//! Who sees what within a company or an office, and for how long.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use ocr::reading::{DocumentType, FieldName};
use store::accept::{self, Channel};
use store::batch::{self, NewBatch};
use store::document::{self, Action, Booking, Change, Filter, Sort};
use store::office::{self, PasswordRule};
use store::outgoing::Mail;
use store::queue::{self, JobKind};
use store::session::{self, Device};
use store::submission::{self, LogFilter};
use store::token::{self, NewToken};
use store::user::{self, NewMember};
use store::{
    Actor, Companies, CompanyId, DocumentId, Error, Result, Role, Scope, UserId, audit, blob, comment, cover, event, history,
    lookup, month, number, part, reading, restriction, review, search, talk, trash,
};

use crate::world::{World, reading as fields};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn add(w: &World, email: &str, role: Role, company: Option<CompanyId>, own_only: bool) -> UserId {
    let member = NewMember { email: email.to_owned(), name: email.to_owned(), password_hash: None, company, role, own_only };
    user::add(&w.store, &w.owner, member).await.unwrap()
}

async fn scope_at(w: &World, user: UserId, now: Timestamp) -> Scope {
    let secret = session::create(&w.store, user, Device::default(), now, HOUR).await.unwrap();
    session::verify(&w.store, &secret, now).await.unwrap().unwrap().scope(None).unwrap()
}

async fn scope(w: &World, user: UserId) -> Scope {
    scope_at(w, user, Timestamp::now()).await
}

/// A paper that someone uploaded.
async fn upload(w: &World, company: CompanyId, user: Option<UserId>, kind: Option<DocumentType>, content: &str) -> DocumentId {
    let arrival = store::accept::Arrival {
        channel: Channel::Upload,
        user,
        document_type: kind,
        subject: Some(format!("subject of {content}")),
        mail_from: None,
        ..w.arrival(company, &format!("upload of {content}"))
    };
    accept::arrival(&w.store, arrival).await.unwrap();
    w.unpack_next(content).await.documents[0]
}

async fn read(w: &World, id: DocumentId, values: &[(FieldName, &str)]) {
    document::request_reading(&w.store, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    reading::record(&w.store, &lease, vec![fields(values)], &[]).await.unwrap();
}

#[allow(clippy::needless_pass_by_value, reason = "what a call gave is handed over as it is")]
fn gone<T: std::fmt::Debug>(what: &str, result: Result<T>) {
    assert!(matches!(result.as_ref().err(), Some(Error::NotFound)), "{what}: {result:?}");
}

async fn listed(w: &World, scope: &Scope, filter: &Filter) -> Vec<DocumentId> {
    let page = document::list(&w.store, scope, filter, Sort::default(), None, 50).await.unwrap();
    page.documents.into_iter().map(|document| document.id).collect()
}

/// Every door of the store shows `shown` and is shut before `hidden`, both of one company.
async fn shows_only(w: &World, scope: &Scope, shown: DocumentId, hidden: DocumentId) {
    let s = &w.store;
    let of = |id| document::get(s, &w.owner, id);
    let (mine, theirs) = (of(shown).await.unwrap(), of(hidden).await.unwrap());
    assert_eq!(listed(w, scope, &Filter::default()).await, [shown]);
    let text = Filter { text: Some("faktura".to_owned()), ..Filter::default() };
    assert_eq!(listed(w, scope, &text).await, [shown]);
    let seller = Filter { seller: Some("Kowalski".to_owned()), ..Filter::default() };
    assert_eq!(listed(w, scope, &seller).await, [shown]);
    let counts = document::counts(s, scope, None).await.unwrap();
    assert_eq!(counts.states.values().sum::<u64>(), 1, "{counts:?}");
    let found = search::find(s, scope, "kowalski", None, 50).await.unwrap();
    assert_eq!(found.hits.len(), 1, "{found:?}");
    let typo = search::find(s, scope, "kowalsky", None, 50).await.unwrap();
    assert!(!format!("{typo:?}").contains(&hidden.to_string()), "{typo:?}");
    document::get(s, scope, shown).await.unwrap();
    document::pieces(s, scope, shown).await.unwrap();
    reading::get(s, scope, shown, None).await.unwrap();
    gone("document", document::get(s, scope, hidden).await);
    gone("pieces", document::pieces(s, scope, hidden).await);
    gone("reading", reading::get(s, scope, hidden, None).await);
    gone("tokens", reading::tokens(s, scope, hidden).await);
    gone("values", review::effective_reading(s, scope, hidden).await);
    let serial = number::of(s, &w.owner, w.mlyn, &[hidden]).await.unwrap()[&hidden];
    gone("number", number::document(s, scope, serial).await);
    gone("submission", submission::get(s, scope, theirs.submission).await);
    gone("raw", submission::raw(s, scope, theirs.submission).await);
    assert_eq!(part::list(s, scope, theirs.submission).await.unwrap(), []);
    let parts = part::list(s, &w.owner, theirs.submission).await.unwrap();
    let taken = part::take(s, scope, parts[0].id).await;
    assert!(matches!(taken, Err(Error::NotFound | Error::Forbidden)), "{taken:?}");
    let log = submission::list(s, scope, &LogFilter::default(), 50).await.unwrap();
    assert_eq!(log.iter().map(|mail| mail.id).collect::<Vec<_>>(), [mine.submission]);
    comment::add(s, &w.owner, hidden, "Anna", "what is this?", true).await.unwrap();
    assert_eq!(comment::list(s, scope, hidden).await.unwrap(), []);
    assert_eq!(comment::recent(s, scope).await.unwrap(), []);
    assert_eq!(comment::open(s, scope, None).await.unwrap(), []);
    assert_eq!(history::list(s, scope, hidden).await.unwrap(), []);
    assert_eq!(document::of_seller(s, scope, &mine, 5).await.unwrap(), []);
    let subjects = [hidden.to_string(), theirs.submission.to_string()];
    let events = event::after(s, scope, 0, 1000).await.unwrap();
    assert!(events.iter().any(|event| event.subject == shown.to_string()));
    assert!(!events.iter().any(|event| subjects.contains(&event.subject)), "{events:?}");
    let jobs = queue::list(s, scope, None, None, 50).await.unwrap();
    assert!(!jobs.iter().any(|job| subjects.contains(&job.subject)), "{jobs:?}");
    let entries = audit::list(s, scope, None, None, 200).await.unwrap();
    assert!(!entries.iter().any(|entry| subjects.contains(&entry.subject)), "{entries:?}");
    let board = month::board(s, scope, "2026-07").await.unwrap();
    assert_eq!(board.values().map(month::Line::papers).sum::<u64>(), 1, "{board:?}");
    assert_eq!(board.values().map(|line| line.questions).sum::<u64>(), 0);
}

const INVOICE: [(FieldName, &str); 3] =
    [(FieldName::SellerName, "Kowalski"), (FieldName::SellerTaxId, "PL5260250274"), (FieldName::IssueDate, "2026-07-03")];

async fn two_papers(w: &World, mine: DocumentId, theirs: DocumentId) {
    for (id, number) in [(theirs, "A/1"), (mine, "A/2")] {
        let values: Vec<_> = INVOICE.into_iter().chain([(FieldName::InvoiceNumber, number)]).collect();
        read(w, id, &values).await;
        let july = Change { period: Some("2026-07".to_owned()), ..Change::default() };
        document::change(&w.store, &w.owner, id, None, july).await.unwrap();
    }
}

pub async fn a_member_sees_what_they_sent(w: &World) {
    let s = &w.store;
    let ewa = add(w, "ewa@mlyn.example", Role::CompanyMember, Some(w.mlyn), true).await;
    let other = add(w, "ola@mlyn.example", Role::CompanyMember, Some(w.mlyn), false).await;
    let mine = upload(w, w.mlyn, Some(ewa), None, "mine").await;
    let theirs = upload(w, w.mlyn, Some(other), None, "theirs").await;
    two_papers(w, mine, theirs).await;
    shows_only(w, &scope(w, ewa).await, mine, theirs).await;
    assert_eq!(listed(w, &scope(w, other).await, &Filter::default()).await.len(), 2);

    // What they mail is theirs too: the intake knows their address.
    store::address::create(s, &w.owner, w.mlyn, "mlyn", "in.example").await.unwrap();
    let found = lookup::recipient(s, "mlyn", "in.example", Timestamp::now()).await.unwrap();
    assert!(format!("{found:?}").contains("ewa@mlyn.example"), "{found:?}");

    // The limit is taken away, and is nothing for other roles.
    let place = user::list(s, &w.owner).await.unwrap().into_iter().find(|place| place.user == ewa).unwrap();
    assert!(place.own_only);
    user::limit(s, &w.owner, place.id, false).await.unwrap();
    assert_eq!(listed(w, &scope(w, ewa).await, &Filter::default()).await.len(), 2);
    let admin = add(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn), false).await;
    let place = user::list(s, &w.owner).await.unwrap().into_iter().find(|place| place.user == admin).unwrap();
    assert!(matches!(user::limit(s, &w.owner, place.id, true).await, Err(Error::Invalid { code: "own_only", .. })));
    let admin = scope(w, admin).await;
    let place = user::list(s, &w.owner).await.unwrap().into_iter().find(|place| place.user == other).unwrap();
    user::limit(s, &admin, place.id, true).await.unwrap();
    assert_eq!(listed(w, &scope(w, other).await, &Filter::default()).await, [theirs]);
}

pub async fn restricted_types_are_for_those_named(w: &World) {
    let s = &w.store;
    let (ola, nina) = (
        add(w, "ola@biuro.example", Role::Bookkeeper, None, false).await,
        add(w, "nina@biuro.example", Role::Bookkeeper, None, false).await,
    );
    let jan = add(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn), false).await;
    let ewa = add(w, "ewa@mlyn.example", Role::CompanyMember, Some(w.mlyn), false).await;
    let plain = upload(w, w.mlyn, Some(jan), None, "invoice").await;
    let payroll = upload(w, w.mlyn, Some(jan), None, "wages").await;
    two_papers(w, plain, payroll).await;
    restriction::set(s, &w.owner, DocumentType::Payroll, Some([nina].into())).await.unwrap();
    assert!(matches!(
        restriction::set(s, &w.owner, DocumentType::Medical, Some([jan].into())).await,
        Err(Error::Invalid { code: "users", .. })
    ));

    // By hand: whoever says it sees it this once more.
    let olas = scope(w, ola).await;
    let change = Change { document_type: Some(DocumentType::Payroll), ..Change::default() };
    let changed = document::change(s, &olas, payroll, None, change).await.unwrap();
    assert_eq!(changed.document_type, DocumentType::Payroll);
    shows_only(w, &olas, plain, payroll).await;
    let program = NewToken { name: "program".to_owned(), role: Role::Bookkeeper, company: None, expires_at: None };
    let (_, secret) = token::create(s, &w.owner, program).await.unwrap();
    let program = token::verify(s, &secret, Timestamp::now()).await.unwrap().unwrap();
    gone("a program", document::get(s, &program, payroll).await);
    for (who, sees) in [(nina, true), (jan, true), (ewa, false)] {
        let scope = scope(w, who).await;
        assert_eq!(listed(w, &scope, &Filter::default()).await.contains(&payroll), sees, "{who}");
        assert_eq!(document::get(s, &scope, payroll).await.is_ok(), sees, "{who}");
    }

    // By hint: it is hidden from the moment it is here, its mail too. Who sent it sees it.
    let medical = restriction::set(s, &w.owner, DocumentType::Medical, Some([].into())).await;
    medical.unwrap();
    let note = upload(w, w.mlyn, Some(ewa), Some(DocumentType::Medical), "a sick note").await;
    read(w, note, &INVOICE).await;
    assert_eq!(document::get(s, &w.owner, note).await.unwrap().document_type, DocumentType::Medical, "reading leaves it");
    for (who, sees) in [(nina, false), (ola, false), (jan, true), (ewa, true)] {
        assert_eq!(document::get(s, &scope(w, who).await, note).await.is_ok(), sees, "{who}");
    }

    // Nobody hears of it by mail who does not see it.
    while talk::tell(s, w.office, Timestamp::now(), |_, listener| mail_to(&listener.email)).await.unwrap() {}
    comment::add(s, &scope(w, jan).await, payroll, "Jan", "is this right?", false).await.unwrap();
    let (heard, hear) = std::sync::mpsc::channel();
    talk::tell(s, w.office, Timestamp::now(), move |_, listener| {
        let _ = heard.send(listener.email.clone());
        mail_to(&listener.email)
    })
    .await
    .unwrap();
    let heard: Vec<String> = hear.iter().collect();
    assert!(!heard.contains(&"ola@biuro.example".to_owned()), "{heard:?}");

    // An export holds what its maker sees, and is seen by who sees all of it.
    for id in [plain, payroll] {
        document::approve(s, &w.owner, id, None, Some("right")).await.unwrap();
    }
    let new = |copy| NewBatch {
        company: w.mlyn,
        profile: "csv".to_owned(),
        period: Some("2026-07".to_owned()),
        documents: vec![],
        copy,
        corrections: false,
    };
    let (id, _) = batch::create(s, &olas, new(true)).await.unwrap();
    assert_eq!(batch::get(s, &w.owner, id).await.unwrap().documents, [plain]);
    let wanted = batch::Wanted { company: w.mlyn, period: None, documents: vec![], exported_too: true };
    let papers = batch::papers(s, &olas, &wanted).await.unwrap();
    assert_eq!(papers.iter().map(|paper| paper.document.id).collect::<Vec<_>>(), [plain]);
    assert_eq!(batch::papers(s, &w.owner, &wanted).await.unwrap().len(), 2);

    restriction::set(s, &w.owner, DocumentType::Payroll, None).await.unwrap();
    assert!(document::get(s, &scope(w, ola).await, payroll).await.is_ok());
    assert!(!restriction::list(s, &w.owner).await.unwrap().contains_key(&DocumentType::Payroll));
    assert!(matches!(restriction::set(s, &olas, DocumentType::Payroll, None).await, Err(Error::Forbidden)));
}

/// Where somebody answers by mail they answer for as long as they have a place from which they may speak.
pub async fn an_answer_by_mail_is_taken_from_who_may_speak(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    store::address::create(s, &w.owner, w.mlyn, "mlyn", "in.example").await.unwrap();
    let jan = add(w, "jan@mlyn.example", Role::CompanyMember, Some(w.mlyn), false).await;
    let paper = upload(w, w.mlyn, Some(jan), None, "asked about").await;
    while talk::tell(s, w.office, now, |_, listener| mail_to(&listener.email)).await.unwrap() {}
    comment::add(s, &w.owner, paper, "Anna", "What is this for?", true).await.unwrap();
    let (heard, hear) = std::sync::mpsc::channel();
    talk::tell(s, w.office, now, move |_, listener| {
        let _ = heard.send((listener.email.clone(), listener.reply_to.clone()));
        mail_to(&listener.email)
    })
    .await
    .unwrap();
    let (_, reply_to) = hear.iter().find(|(email, _)| email == "jan@mlyn.example").unwrap();
    let reply_to = reply_to.unwrap();
    let (local, domain) = reply_to.split_once('@').unwrap();
    let opens = async || lookup::recipient(s, local, domain, now).await.unwrap().unwrap().thread;
    let thread = opens().await.unwrap();
    let says = async || talk::said(s, w.office, w.mlyn, thread, "jan@mlyn.example", "For the mill.").await.unwrap();
    assert!(says().await.is_some());

    let leave = async || {
        let places = user::list(s, &w.owner).await.unwrap();
        let place = places.iter().find(|place| place.user == jan).unwrap().id;
        user::remove(s, &w.owner, place).await.unwrap();
    };
    leave().await;
    assert_eq!((opens().await, says().await), (None, None), "the mail that is on its way is no answer, and no error");
    add(w, "jan@mlyn.example", Role::ReadOnly, None, false).await;
    assert_eq!((opens().await, says().await), (None, None), "who only looks says nothing");
    leave().await;
    add(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn), false).await;
    assert_eq!(opens().await, Some(thread));
    leave().await;
    user::erase(s, &w.owner, jan).await.unwrap();
    assert_eq!((opens().await, says().await), (None, None));
}

fn mail_to(email: &str) -> Mail {
    Mail { to: email.to_owned(), reply_to: None, answers: None, subject: "s".to_owned(), text: "t".to_owned() }
}

pub async fn somebody_stands_in_for_a_time(w: &World) {
    let s = &w.store;
    let ola = add(w, "ola@biuro.example", Role::Bookkeeper, Some(w.mlyn), false).await;
    let nina = add(w, "nina@biuro.example", Role::Bookkeeper, Some(w.piekarnia), false).await;
    let reader = add(w, "reader@biuro.example", Role::ReadOnly, None, false).await;
    let now: Timestamp = "2026-07-10T10:00:00Z".parse().unwrap();
    let day = |text: &str| text.parse::<Date>().unwrap();
    let days = (day("2026-07-13"), day("2026-07-24"));
    let bad = cover::create(s, &w.owner, ola, ola, days, now).await;
    assert!(matches!(bad, Err(Error::Invalid { code: "to_user", .. })));
    let bad = cover::create(s, &w.owner, ola, reader, days, now).await;
    assert!(matches!(bad, Err(Error::Invalid { code: "to_user", .. })));
    let bad = cover::create(s, &w.owner, ola, nina, (days.1, days.0), now).await;
    assert!(matches!(bad, Err(Error::Invalid { code: "last_day", .. })));
    let bad = cover::create(s, &w.owner, ola, nina, (day("2026-06-01"), day("2026-06-02")), now).await;
    assert!(matches!(bad, Err(Error::Invalid { code: "last_day", .. })));
    let id = cover::create(s, &w.owner, ola, nina, days, now).await.unwrap();
    assert_eq!(cover::list(s, &w.owner, now).await.unwrap()[0].last_day, days.1);

    let both = Companies::Set([w.mlyn, w.piekarnia].into());
    let own = Companies::Set([w.piekarnia].into());
    // Days are of Warsaw: they begin two hours before they do in Greenwich.
    for (at, sees) in [
        ("2026-07-12T21:59:59Z", &own),
        ("2026-07-12T22:00:00Z", &both),
        ("2026-07-24T21:59:59Z", &both),
        ("2026-07-24T22:00:00Z", &own),
    ] {
        let at = at.parse().unwrap();
        assert_eq!(scope_at(w, nina, at).await.companies(), sees, "{at}");
        assert_eq!(*scope_at(w, ola, at).await.companies(), Companies::Set([w.mlyn].into()), "she keeps hers");
    }
    // It says by itself that it is over, once.
    let after: Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
    store::upkeep::tidy(s, after).await.unwrap();
    store::upkeep::tidy(s, after).await.unwrap();
    let told = audit::list(s, &w.owner, Some(&id.to_string()), None, 50).await.unwrap();
    assert_eq!(told.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>(), ["cover.ended", "cover.created"]);
    // One is ended early.
    let id = cover::create(s, &w.owner, ola, nina, days, now).await.unwrap();
    let inside = "2026-07-14T08:00:00Z".parse().unwrap();
    assert_eq!(*scope_at(w, nina, inside).await.companies(), both);
    cover::end(s, &w.owner, id, inside).await.unwrap();
    assert_eq!(*scope_at(w, nina, inside).await.companies(), own);
    assert!(matches!(cover::list(s, &scope(w, ola).await, now).await, Err(Error::Forbidden)));
}

pub async fn the_trash_is_emptied(w: &World) {
    let s = &w.store;
    let (gone_id, kept, approved) = (w.document(w.mlyn, "a").await, w.document(w.mlyn, "b").await, w.document(w.mlyn, "c").await);
    read(w, gone_id, &INVOICE).await;
    comment::add(s, &w.owner, gone_id, "Anna", "tandeta", false).await.unwrap();
    read(w, approved, &[(FieldName::InvoiceNumber, "C/1")]).await;
    document::approve(s, &w.owner, approved, None, Some("right")).await.unwrap();
    document::decide(s, &w.owner, approved, None, Action::Reopen).await.unwrap();
    let now = Timestamp::now();
    for id in [gone_id, kept, approved] {
        document::trash(s, &w.owner, id, None, true).await.unwrap();
    }
    document::trash(s, &w.owner, kept, None, false).await.unwrap();
    let trashed = document::get(s, &w.owner, gone_id).await.unwrap();
    let once = document::get(s, &w.owner, approved).await.unwrap();
    let days = trash::of_documents(s, &w.owner, &[trashed.clone(), once], now).await.unwrap();
    assert_eq!(days.into_iter().collect::<Vec<_>>(), [(gone_id, u64::from(trash::DAYS))], "the other one was approved");
    let (mail, sha256) = (trashed.submission, submission::get(s, &w.owner, trashed.submission).await.unwrap().raw.unwrap());

    assert_eq!(trash::purge(s, now + DAY * 29).await.unwrap(), 0);
    assert_eq!(trash::purge(s, now + DAY * 31).await.unwrap(), 1);
    assert_eq!(trash::purge(s, now + DAY * 31).await.unwrap(), 0);
    gone("the paper", document::get(s, &w.owner, gone_id).await);
    for id in [kept, approved] {
        document::get(s, &w.owner, id).await.unwrap();
    }
    assert!(search::find(s, &w.owner, "tandeta", None, 10).await.unwrap().hits.is_empty(), "nor is what was said of it");
    // The log still says what became of each part; the bytes go with the next sweeps.
    let parts = part::list(s, &w.owner, mail).await.unwrap();
    assert!(parts.iter().all(|part| part.reason.as_deref() == Some("purged")), "{parts:?}");
    assert!(submission::get(s, &w.owner, mail).await.unwrap().raw.is_none());
    assert!(matches!(part::take(s, &w.owner, parts[0].id).await, Err(Error::Conflict { .. })));
    blob::move_pending(s, 64).await.unwrap();
    assert!(blob::get(s, w.office, &sha256).await.is_ok());
    for days in [2, 4] {
        blob::sweep(s, now + DAY * days).await.unwrap();
    }
    assert!(blob::get(s, w.office, &sha256).await.is_err(), "the mail's bytes");
    assert!(blob::get(s, w.office, &parts[0].sha256).await.is_err(), "the paper's bytes");
    assert!(document::pieces(s, &w.owner, kept).await.is_ok());
    let told = audit::list(s, &w.owner, Some(&gone_id.to_string()), None, 1).await.unwrap();
    assert_eq!(told[0].action, "document.purged");
    // The same mail sent again is a new one.
    assert_ne!(w.document(w.mlyn, "a").await, gone_id);
}

pub async fn coding_is_the_offices_own(w: &World) {
    let s = &w.store;
    let jan = add(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn), false).await;
    let id = w.document(w.mlyn, "a").await;
    let booking = Booking { category: Some("402".to_owned()), note: Some("podejrzana prywata".to_owned()), ..Booking::default() };
    document::change(s, &w.owner, id, None, Change { booking: Some(booking.clone()), ..Change::default() }).await.unwrap();
    let jans = scope(w, jan).await;
    assert_eq!(document::get(s, &w.owner, id).await.unwrap().booking, booking);
    assert_eq!(document::get(s, &jans, id).await.unwrap().booking, Booking::default());
    let page = document::list(s, &jans, &Filter::default(), Sort::default(), None, 5).await.unwrap();
    assert_eq!(page.documents[0].booking, Booking::default());
    assert_eq!(history::list(s, &jans, id).await.unwrap(), []);
    assert!(!history::list(s, &w.owner, id).await.unwrap().is_empty());
    // The office finds its note, whoever touched the paper last; the client does not, by no beginning and no slip.
    comment::add(s, &jans, id, "Jan", "czy to dobrze", false).await.unwrap();
    for (text, found) in [("podejrzana", 1), ("podejrz", 1), ("dobrze", 1)] {
        assert_eq!(search::find(s, &w.owner, text, None, 10).await.unwrap().hits.len(), found, "{text}");
    }
    for text in ["podejrzana", "podejrz", "podejrzena", "zqbpodejrzana", "zq", "zqb"] {
        let found = search::find(s, &jans, text, None, 10).await.unwrap();
        assert!(found.hits.is_empty() && found.instead.is_empty(), "{text}: {found:?}");
    }
    assert_eq!(search::find(s, &jans, "dobrze", None, 10).await.unwrap().hits.len(), 1);
}

pub async fn passwords_are_as_every_office_asks(w: &World) {
    let s = &w.store;
    let jan = add(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn), false).await;
    let rules = async |user, office| office::password_rules(s, user, office).await.unwrap();
    assert_eq!(rules(Some(jan), None).await, [PasswordRule::Long]);
    office::set_password_rule(s, &w.owner, PasswordRule::Classic).await.unwrap();
    assert_eq!(office::password_rule(s, &w.owner).await.unwrap(), PasswordRule::Classic);
    assert_eq!(rules(Some(jan), None).await, [PasswordRule::Classic]);
    let other = office::create(s, office::NewOffice { name: "Other".to_owned(), ..office::NewOffice::default() }).await.unwrap();
    assert_eq!(rules(Some(jan), Some(other)).await, [PasswordRule::Classic, PasswordRule::Long], "both hold");
    assert!(matches!(office::set_password_rule(s, &scope(w, jan).await, PasswordRule::Long).await, Err(Error::Forbidden)));
    user::set_password(s, jan, "$argon2id$z".to_owned(), Actor::User(jan)).await.unwrap();
    let told = audit::list(s, &w.owner, Some(&jan.to_string()), None, 5).await.unwrap();
    assert_eq!(told[0].action, "user.password_set");

    // What the office has for its work on a company is nothing that the company's admin sees or ends.
    let new = |role| NewToken { name: "t".to_owned(), role, company: Some(w.mlyn), expires_at: None };
    let (offices, _) = token::create(s, &w.owner, new(Role::Bookkeeper)).await.unwrap();
    let (scanner, _) = token::create(s, &w.owner, new(Role::Scanner)).await.unwrap();
    let jans = scope(w, jan).await;
    assert_eq!(token::list(s, &jans).await.unwrap().iter().map(|token| token.id).collect::<Vec<_>>(), [scanner]);
    gone("the office's", token::revoke(s, &jans, offices).await);
    token::revoke(s, &jans, scanner).await.unwrap();
}
