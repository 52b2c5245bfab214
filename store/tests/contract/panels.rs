//! What the panels keep: invitations, second factors, comments, changes, desks, views, the month board.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use ocr::reading::FieldName;
use store::document::{self, Action, Cursor, DocumentState, Filter, Sort};
use store::outgoing::Mail;
use store::period::{self, PeriodState};
use store::queue::JobKind;
use store::review::{self, Review};
use store::session::{self, Device};
use store::submission::{self, Learnt, LogFilter};
use store::user::{self, NewMember};
use store::{
    CompanyId, DocumentId, Error, Role, Scope, comment, desk, history, invitation, month, part, reading, setting, talk, view,
};

use crate::world::{World, reading as fields};

const HOUR: Duration = Duration::from_secs(3600);

fn member(email: &str, role: Role, company: Option<CompanyId>) -> NewMember {
    NewMember { email: email.to_owned(), name: "Jan".to_owned(), password_hash: None, company, role, own_only: false }
}

/// Someone who signed in.
pub async fn someone(w: &World, email: &str, role: Role, company: Option<CompanyId>) -> Scope {
    let now = Timestamp::now();
    let user = user::add(&w.store, &w.owner, member(email, role, company)).await.unwrap();
    let secret = session::create(&w.store, user, Device::default(), now, HOUR).await.unwrap();
    session::verify(&w.store, &secret, now).await.unwrap().unwrap().scope(None).unwrap()
}

async fn read(w: &World, id: DocumentId, values: &[(FieldName, &str)]) {
    let asked = document::request_reading(&w.store, &w.owner, &[id], JobKind::Read).await.unwrap();
    assert!(asked.into_iter().all(|(_, job)| job.is_ok()));
    let lease = w.claim(JobKind::Read).await.unwrap();
    reading::record(&w.store, &lease, vec![fields(values)], &[]).await.unwrap();
}

pub async fn papers_are_looked_after(w: &World) {
    let s = &w.store;
    let person = |scope: &Scope| match scope.actor() {
        store::Actor::User(user) => user,
        other => panic!("{other}"),
    };
    let ewa = someone(w, "ewa@biuro.example", Role::Bookkeeper, None).await;
    let jan = someone(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn)).await;
    let (one, two, theirs) = (w.document(w.mlyn, "1").await, w.document(w.mlyn, "2").await, w.document(w.piekarnia, "3").await);
    let mut facts = store::company::get(s, &w.owner, w.piekarnia).await.unwrap().facts;
    facts.bookkeeper = Some(person(&ewa));
    store::company::change(s, &w.owner, w.piekarnia, facts).await.unwrap();
    let give = |id, to: String| async move {
        let change = document::Change { assignee: Some(to), ..document::Change::default() };
        document::change(s, &w.owner, id, None, change).await
    };
    assert_eq!(give(one, person(&ewa).to_string()).await.unwrap().assignee, Some(person(&ewa)));
    for nobody in [person(&jan).to_string(), "somebody".to_owned()] {
        assert!(matches!(give(two, nobody).await, Err(Error::Invalid { .. })), "only the office's people");
    }
    let hers = || async {
        let filter = Filter { assignee: Some(person(&ewa)), ..Filter::default() };
        let page = document::list(s, &w.owner, &filter, Sort { descending: false, ..Sort::default() }, None, 10).await.unwrap();
        page.documents.into_iter().map(|document| document.id).collect::<Vec<_>>()
    };
    assert_eq!(hers().await, [one, theirs], "her own, and her company's");
    let ola = someone(w, "ola@biuro.example", Role::Admin, None).await;
    give(theirs, person(&ola).to_string()).await.unwrap();
    assert_eq!(hers().await, [one], "somebody else has that one");
    give(one, String::new()).await.unwrap();
    assert!(hers().await.is_empty());
}

pub async fn invitations_lead_in_once(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let ewa = member("Ewa@biuro.example", Role::Bookkeeper, Some(w.mlyn));
    let (_, first) = invitation::create(s, &w.owner, &ewa, now).await.unwrap();
    let (_, secret) = invitation::create(s, &w.owner, &ewa, now).await.unwrap();
    assert!(invitation::find(s, &first, now).await.unwrap().is_none(), "a new link ends the one before");
    let found = invitation::find(s, &secret, now).await.unwrap().unwrap();
    assert_eq!((found.email.as_str(), found.company, found.role), ("ewa@biuro.example", Some(w.mlyn), Role::Bookkeeper));
    assert!(invitation::find(s, &secret, now + HOUR * 72).await.unwrap().is_none(), "it ends after three days");
    let user = invitation::accept(s, &secret, Some("$argon2id$x".to_owned()), now).await.unwrap();
    assert!(matches!(invitation::accept(s, &secret, Some("$argon2id$y".to_owned()), now).await, Err(Error::NotFound)));
    let login = user::login(s, "ewa@biuro.example").await.unwrap().unwrap();
    assert_eq!((login.user, login.password_hash.as_deref()), (user, Some("$argon2id$x")));
    assert!(invitation::list(s, &w.owner).await.unwrap().is_empty());
    // Who has a password keeps it: a second office's invitation must not take the account over.
    let (_, again) =
        invitation::create(s, &w.owner, &member("ewa@biuro.example", Role::Bookkeeper, Some(w.piekarnia)), now).await.unwrap();
    let evil = invitation::accept(s, &again, Some("$argon2id$evil".to_owned()), now).await;
    assert!(matches!(evil, Err(Error::Conflict { code: "known", .. })), "{evil:?}");
    assert!(invitation::find(s, &again, now).await.unwrap().is_some(), "it waits for her");
    assert_eq!(invitation::accept(s, &again, None, now).await.unwrap(), user);
    assert_eq!(user::login(s, "ewa@biuro.example").await.unwrap().unwrap().password_hash.as_deref(), Some("$argon2id$x"));
    // A place that they have already is not given twice, and the link is not used up by trying.
    let (_, twice) =
        invitation::create(s, &w.owner, &member("ewa@biuro.example", Role::Bookkeeper, Some(w.piekarnia)), now).await.unwrap();
    let refused = invitation::accept(s, &twice, None, now).await;
    assert!(matches!(refused, Err(Error::Conflict { code: "member", .. })), "{refused:?}");
    assert!(invitation::find(s, &twice, now).await.unwrap().is_some());
    let jan = someone(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn)).await;
    let boss = member("x@mlyn.example", Role::Admin, None);
    assert!(matches!(invitation::create(s, &jan, &boss, now).await, Err(Error::Forbidden)));
    let neighbour = member("x@mlyn.example", Role::CompanyMember, Some(w.piekarnia));
    assert!(matches!(invitation::create(s, &jan, &neighbour, now).await, Err(Error::NotFound)));
    assert!(user::names(s, &w.owner).await.unwrap().contains_key(&user));
    assert!(matches!(user::names(s, &jan).await, Err(Error::Forbidden)));
}

pub async fn the_second_factor_is_used_once_a_step(w: &World) {
    let s = &w.store;
    let user = user::add(s, &w.owner, member("anna@biuro.example", Role::Owner, None)).await.unwrap();
    assert_eq!(setting::get(s, user).await.unwrap(), setting::Setting::default());
    setting::set(s, user, Some("pl".to_owned()), Some("dark".to_owned())).await.unwrap();
    setting::begin_second_factor(s, user, "SECRET").await.unwrap();
    assert!(!setting::get(s, user).await.unwrap().second_factor, "not asked for before the first code");
    setting::use_step(s, user, 100).await.unwrap();
    let kept = setting::get(s, user).await.unwrap();
    assert!(kept.second_factor && kept.language.as_deref() == Some("pl") && kept.theme.as_deref() == Some("dark"));
    for step in [100, 99] {
        assert!(matches!(setting::use_step(s, user, step).await, Err(Error::Stale)), "{step}");
    }
    setting::begin_second_factor(s, user, "OTHER").await.unwrap();
    assert_eq!(setting::second_factor(s, user).await.unwrap().unwrap().secret, "SECRET", "one that is asked for is not replaced");
    setting::end_second_factor(s, user).await.unwrap();
    assert!(setting::second_factor(s, user).await.unwrap().is_none());
}

pub async fn sessions_are_listed_and_ended(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let user = user::add(s, &w.owner, member("anna@biuro.example", Role::Owner, None)).await.unwrap();
    let other = user::add(s, &w.owner, member("ewa@biuro.example", Role::Owner, None)).await.unwrap();
    let device = Device { agent: "Firefox".to_owned(), source: "192.0.2.1".to_owned() };
    let mine = session::create(s, user, device.clone(), now, HOUR).await.unwrap();
    let lost = session::create(s, user, Device::default(), now + Duration::from_secs(1), HOUR).await.unwrap();
    let list = session::list(s, user, &mine, now).await.unwrap();
    assert_eq!(list.iter().map(|one| one.current).collect::<Vec<_>>(), [false, true]);
    assert_eq!(list[1].device, device);
    assert!(matches!(session::end_one(s, other, list[0].id).await, Err(Error::NotFound)), "nobody else's");
    session::end_one(s, user, list[0].id).await.unwrap();
    assert!(session::verify(s, &lost, now).await.unwrap().is_none());
    assert!(session::verify(s, &mine, now).await.unwrap().is_some());
}

pub async fn questions_wait_until_the_company_answers(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "a").await;
    let jan = someone(w, "jan@mlyn.example", Role::CompanyMember, Some(w.mlyn)).await;
    let piotr = someone(w, "piotr@piekarnia.example", Role::CompanyMember, Some(w.piekarnia)).await;
    comment::add(s, &w.owner, id, "Anna", "What was this for?", true).await.unwrap();
    comment::add(s, &w.owner, id, "Anna", "We are here until five.", false).await.unwrap();
    assert_eq!(comment::open(s, &w.owner, None).await.unwrap().len(), 1);
    assert_eq!(comment::open(s, &jan, Some(w.mlyn)).await.unwrap().len(), 1);
    assert!(comment::open(s, &piotr, None).await.unwrap().is_empty());
    assert!(comment::list(s, &piotr, id).await.unwrap().is_empty());
    assert!(matches!(comment::add(s, &piotr, id, "Piotr", "Mine!", false).await, Err(Error::NotFound)));
    assert!(matches!(comment::add(s, &jan, id, "Jan", "  ", false).await, Err(Error::Invalid { .. })));
    comment::add(s, &jan, id, "Jan", "For the mill.", true).await.unwrap();
    let talk = comment::list(s, &jan, id).await.unwrap();
    assert_eq!(
        talk.iter().map(|c| (c.side.as_str(), c.question)).collect::<Vec<_>>(),
        [("office", true), ("office", false), ("company", false)]
    );
    assert!(talk[0].answered_at.is_some() && comment::open(s, &w.owner, None).await.unwrap().is_empty());
    assert_eq!(comment::recent(s, &jan).await.unwrap().len(), 3);
}

pub async fn changes_are_remembered(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "a").await;
    read(w, id, &[(FieldName::InvoiceNumber, "1"), (FieldName::Currency, "PLN")]).await;
    let values = |pairs: &[(FieldName, Option<&str>)]| Review {
        fields: pairs.iter().map(|(name, value)| (*name, value.map(str::to_owned))).collect(),
        ..Review::default()
    };
    let both = values(&[(FieldName::InvoiceNumber, Some("2")), (FieldName::Currency, Some("PLN"))]);
    review::correct(s, &w.owner, id, None, both).await.unwrap();
    review::correct(s, &w.owner, id, None, values(&[(FieldName::InvoiceNumber, None)])).await.unwrap();
    review::correct(s, &w.owner, id, None, values(&[(FieldName::SellerName, Some("Kowalski"))])).await.unwrap();
    for without in [None, Some(" ")] {
        let refused = document::approve(s, &w.owner, id, None, without).await;
        let Err(Error::Alarmed(alarms)) = refused else { panic!("{refused:?}") };
        let codes: Vec<_> = alarms.iter().map(|alarm| alarm.code.as_str()).collect();
        assert_eq!(codes[..1], ["first_seller"], "{alarms:?}");
    }
    assert_eq!(document::get(s, &w.owner, id).await.unwrap().state, DocumentState::ToReview, "nothing happened");
    assert!(document::approve(s, &w.owner, id, None, Some(&"x".repeat(501))).await.is_err());
    document::approve(s, &w.owner, id, None, Some(" I know them ")).await.unwrap();
    let changes = history::list(s, &w.owner, id).await.unwrap();
    let shown: Vec<_> = changes.iter().map(|c| (c.field.as_str(), c.before.as_deref(), c.after.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("reason", changes[0].before.as_deref().filter(|codes| codes.starts_with("first_seller")), Some("I know them")),
            ("seller_name", None, Some("Kowalski")),
            ("invoice_number", Some("2"), None),
            ("invoice_number", Some("1"), Some("2")),
        ]
    );
    let piotr = someone(w, "piotr@piekarnia.example", Role::CompanyMember, Some(w.piekarnia)).await;
    assert!(history::list(s, &piotr, id).await.unwrap().is_empty());
}

pub async fn a_desk_is_for_one(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let id = w.document(w.mlyn, "a").await;
    let anna = someone(w, "anna@biuro.example", Role::Owner, None).await;
    let ewa = someone(w, "ewa@biuro.example", Role::Bookkeeper, Some(w.mlyn)).await;
    assert!(desk::sit(s, &anna, id, "Anna", now, false).await.unwrap().is_none());
    let other = desk::sit(s, &ewa, id, "Ewa", now + Duration::from_secs(60), false).await.unwrap().unwrap();
    assert_eq!((other.name.as_str(), other.since.as_microsecond()), ("Anna", now.as_microsecond()));
    assert!(desk::sit(s, &ewa, id, "Ewa", now + Duration::from_secs(121), false).await.unwrap().is_none(), "Anna has gone");
    assert!(desk::sit(s, &anna, id, "Anna", now + Duration::from_secs(122), true).await.unwrap().is_none(), "taken over");
    desk::leave(s, &anna, id).await.unwrap();
    assert!(desk::sit(s, &ewa, id, "Ewa", now + Duration::from_secs(123), false).await.unwrap().is_none());
}

pub async fn views_are_ones_own_or_the_offices(w: &World) {
    let s = &w.store;
    let anna = someone(w, "anna@biuro.example", Role::Owner, None).await;
    let ewa = someone(w, "ewa@biuro.example", Role::Bookkeeper, Some(w.mlyn)).await;
    let jan = someone(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn)).await;
    let own = view::create(s, &anna, "Mine", "state=new", false).await.unwrap();
    let shared = view::create(s, &anna, "Due", "due_to=2026-11-30", true).await.unwrap();
    view::create(s, &anna, "Mine", "state=to_review", false).await.unwrap();
    let names = |views: Vec<view::View>| views.into_iter().map(|v| format!("{} {}", v.name, v.query)).collect::<Vec<_>>();
    assert_eq!(names(view::list(s, &anna).await.unwrap()), ["Due due_to=2026-11-30", "Mine state=to_review"]);
    assert_eq!(names(view::list(s, &ewa).await.unwrap()), ["Due due_to=2026-11-30"]);
    assert!(view::list(s, &jan).await.unwrap().is_empty());
    assert!(matches!(view::remove(s, &ewa, own).await, Err(Error::NotFound)));
    assert!(matches!(view::create(s, &jan, "All", "", true).await, Err(Error::Forbidden)));
    view::remove(s, &ewa, shared).await.unwrap();
    assert_eq!(view::list(s, &anna).await.unwrap().len(), 1);
}

pub async fn an_upload_is_withdrawn_until_it_was_opened(w: &World) {
    let s = &w.store;
    let jan = someone(w, "jan@mlyn.example", Role::CompanyMember, Some(w.mlyn)).await;
    let ola = someone(w, "ola@mlyn.example", Role::CompanyMember, Some(w.mlyn)).await;
    let piotr = someone(w, "piotr@piekarnia.example", Role::CompanyAdmin, Some(w.piekarnia)).await;
    let store::Actor::User(user) = jan.actor() else { panic!("a person") };
    let mut ids = vec![];
    for content in ["first", "second", "third"] {
        let mut upload = w.arrival(w.mlyn, content);
        (upload.channel, upload.user) = (store::accept::Channel::Upload, Some(user));
        store::accept::arrival(s, upload).await.unwrap();
        ids.push(w.unpack_next(content).await.documents[0]);
    }
    let mail = w.document(w.mlyn, "by mail").await;
    assert!(document::may_withdraw(s, &jan, ids[0]).await.unwrap());
    assert!(!document::may_withdraw(s, &jan, mail).await.unwrap(), "a mail is not theirs to take back");
    assert!(!document::may_withdraw(s, &ola, ids[0]).await.unwrap(), "somebody else's");
    assert!(matches!(document::withdraw(s, &piotr, ids[0]).await, Err(Error::NotFound)));
    assert!(matches!(document::withdraw(s, &w.owner, ids[0]).await, Err(Error::Forbidden)));
    document::withdraw(s, &jan, ids[0]).await.unwrap();
    let gone = document::get(s, &w.owner, ids[0]).await.unwrap();
    assert_eq!((gone.trashed_at.is_some(), gone.problem.as_deref()), (true, Some("withdrawn")));
    // The client's own look does not count, the office's does.
    document::opened(s, &jan, ids[1]).await.unwrap();
    assert!(document::may_withdraw(s, &jan, ids[1]).await.unwrap());
    document::opened(s, &w.owner, ids[1]).await.unwrap();
    assert!(matches!(document::withdraw(s, &jan, ids[1]).await, Err(Error::Conflict { code: "opened", .. })));
    assert!(matches!(document::opened(s, &piotr, ids[1]).await, Ok(())), "no business of theirs, no error either");
    setting::set_columns(s, user, Some(&["seller", "due"])).await.unwrap();
    assert_eq!(setting::get(s, user).await.unwrap().columns, Some(vec!["seller".to_owned(), "due".to_owned()]));
    setting::set_columns(s, user, None).await.unwrap();
    assert_eq!(setting::get(s, user).await.unwrap().columns, None);
}

pub async fn what_was_said_is_told_once_and_answered(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "a").await;
    store::address::create(s, &w.owner, w.mlyn, "mlyn", "in.example").await.unwrap();
    let jan = someone(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn)).await;
    someone(w, "ola@mlyn.example", Role::CompanyMember, Some(w.mlyn)).await;
    let anna = someone(w, "anna@biuro.example", Role::Owner, None).await;
    someone(w, "piotr@piekarnia.example", Role::CompanyAdmin, Some(w.piekarnia)).await;
    comment::add(s, &anna, id, "Anna", "What was this for?", true).await.unwrap();
    let now = Timestamp::now();
    let first = told(w, now).await;
    let [(notice, to)] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!((to.email.as_str(), notice.question, notice.author.as_str()), ("jan@mlyn.example", true, "Anna"));
    assert!(told(w, now).await.is_empty(), "once");
    let queued = store::outgoing::claim(s, 10, now).await.unwrap();
    assert_eq!(queued.iter().map(|due| due.mail.to.as_str()).collect::<Vec<_>>(), ["jan@mlyn.example"]);

    let (local, domain) = to.reply_to.as_deref().unwrap().split_once('@').unwrap();
    let found = store::lookup::recipient(s, local, domain, now).await.unwrap().unwrap();
    let thread = found.thread.expect("a talk");
    assert!(found.secret_alias && found.hint.is_none());
    let guess = store::lookup::recipient(s, "mlyn+re-0123456789abcdef0123", domain, now).await.unwrap().unwrap();
    assert!(guess.thread.is_none() && !guess.secret_alias);
    // An answer is said with the commit that takes its mail apart: not before, and not twice.
    let answer = async |from: &str, words: &str| {
        w.accept(w.mlyn, &format!("answer of {from}: {words}")).await;
        let lease = w.claim(JobKind::Unpack).await.unwrap();
        let said = talk::said(s, w.office, w.mlyn, thread, from, words).await.unwrap();
        let (learnt, heard) = (Learnt { said, ..Learnt::default() }, comment::list(s, &jan, id).await.unwrap().len());
        part::record_unpacked(s, &lease, vec![], vec![], learnt.clone()).await.unwrap();
        assert!(matches!(part::record_unpacked(s, &lease, vec![], vec![], learnt).await, Err(Error::LeaseLost)));
        comment::list(s, &jan, id).await.unwrap().len() - heard
    };
    assert_eq!(answer("JAN@mlyn.example", " For the mill. ").await, 1);
    assert_eq!(answer("jan@mlyn.example", "  ").await, 0);
    assert_eq!(answer("wife@mlyn.example", "And the roof.").await, 1);
    assert_eq!(talk::said(s, w.office, w.piekarnia, thread, "x@y.example", "Hm").await.unwrap(), None);
    let talk = comment::list(s, &jan, id).await.unwrap();
    let said: Vec<_> = talk.iter().map(|c| (c.author.as_str(), c.side.as_str(), c.content.as_str())).collect();
    assert_eq!(said[1..], [("Jan", "company", "For the mill."), ("wife@mlyn.example", "company", "And the roof.")]);
    assert!(talk[0].answered_at.is_some());
    let answers = told(w, now).await;
    assert_eq!(answers.iter().map(|(_, to)| to.email.as_str()).collect::<Vec<_>>(), ["anna@biuro.example"; 2]);
}

pub async fn what_cannot_be_told_keeps_nothing_from_being_told(w: &World) {
    let s = &w.store;
    let (broken, gone, whole) = (w.document(w.mlyn, "a").await, w.document(w.mlyn, "b").await, w.document(w.mlyn, "c").await);
    someone(w, "jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn)).await;
    let anna = someone(w, "anna@biuro.example", Role::Owner, None).await;
    for id in [broken, gone, whole] {
        comment::add(s, &anna, id, "Anna", "What was this for?", true).await.unwrap();
    }
    w.tamper(&format!("UPDATE document SET state = 'no such state' WHERE id = '{broken}'")).await;
    w.tamper(&format!("DELETE FROM document WHERE id = '{gone}'")).await;
    let now = Timestamp::now();
    let heard = told(w, now).await;
    assert_eq!(heard.iter().map(|(notice, _)| notice.document).collect::<Vec<_>>(), [whole]);
    assert!(told(w, now).await.is_empty(), "nothing of it is tried for ever");
}

/// Who is told of what, now.
pub async fn told(w: &World, now: Timestamp) -> Vec<(talk::Notice, talk::Listener)> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keep = heard.clone();
    let compose = move |notice: &talk::Notice, to: &talk::Listener| {
        keep.lock().unwrap().push((notice.clone(), to.clone()));
        Mail {
            to: to.email.clone(),
            reply_to: to.reply_to.clone(),
            answers: None,
            subject: notice.title.clone(),
            text: String::new(),
        }
    };
    talk::tell(&w.store, w.office, now, compose).await.unwrap();
    Arc::try_unwrap(heard).unwrap().into_inner().unwrap()
}

pub async fn the_month_board_counts(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "a").await;
    let period = document::get(s, &w.owner, id).await.unwrap().period.unwrap();
    w.document(w.mlyn, "b").await;
    document::decide(s, &w.owner, id, None, Action::Approve).await.unwrap();
    comment::add(s, &w.owner, id, "Anna", "Why?", true).await.unwrap();
    period::set(s, &w.owner, w.piekarnia, &period, PeriodState::Closing).await.unwrap();
    let jan = someone(w, "jan@mlyn.example", Role::CompanyMember, Some(w.mlyn)).await;
    period::complete(s, &jan, w.mlyn, &period).await.unwrap();
    assert!(matches!(period::complete(s, &jan, w.piekarnia, &period).await, Err(Error::NotFound)));
    let board = month::board(s, &w.owner, &period).await.unwrap();
    assert_eq!(board[&w.mlyn].period, Some(PeriodState::Closing));
    period::set(s, &w.owner, w.mlyn, &period, PeriodState::Closed).await.unwrap();
    period::complete(s, &jan, w.mlyn, &period).await.unwrap();
    assert_eq!(month::board(s, &jan, &period).await.unwrap()[&w.mlyn].period, Some(PeriodState::Closed), "closed stays closed");
    let mlyn = &board[&w.mlyn];
    assert_eq!((mlyn.papers(), mlyn.in_states(&[DocumentState::Approved]), mlyn.questions, mlyn.held), (2, 1, 1, 0));
    assert!(mlyn.last.is_some() && board[&w.piekarnia].period == Some(PeriodState::Closing));
    assert!(month::board(s, &w.owner, "1999-01").await.unwrap().values().all(|line| line.papers() == 0));
    let piotr = someone(w, "piotr@piekarnia.example", Role::CompanyMember, Some(w.piekarnia)).await;
    assert_eq!(month::board(s, &piotr, &period).await.unwrap().into_keys().collect::<Vec<_>>(), [w.piekarnia]);
    let log = |text: &str| LogFilter { text: Some(text.to_owned()), ..LogFilter::default() };
    assert_eq!(submission::list(s, &w.owner, &log("JAN@mlyn"), 10).await.unwrap().len(), 2);
    assert!(submission::list(s, &w.owner, &log("100%_"), 10).await.unwrap().is_empty());
}

pub async fn earlier_papers_of_a_seller(w: &World) {
    let s = &w.store;
    let mut ids = vec![];
    for (content, seller) in [("a", "PL5260250995"), ("b", "PL5260250995"), ("c", "PL7251801126")] {
        let id = w.document(w.mlyn, content).await;
        read(w, id, &[(FieldName::SellerTaxId, seller), (FieldName::InvoiceNumber, content)]).await;
        ids.push(id);
    }
    let of = |id| async move { document::get(s, &w.owner, id).await.unwrap() };
    assert!(document::of_seller(s, &w.owner, &of(ids[1]).await, 5).await.unwrap().is_empty(), "nobody confirmed one yet");
    document::approve(s, &w.owner, ids[0], None, Some("new")).await.unwrap();
    document::approve(s, &w.owner, ids[2], None, Some("new")).await.unwrap();
    let kin = document::of_seller(s, &w.owner, &of(ids[1]).await, 5).await.unwrap();
    assert_eq!(kin.iter().map(|one| one.id).collect::<Vec<_>>(), [ids[0]]);
}

pub async fn a_cursor_of_any_document(w: &World) {
    let s = &w.store;
    let mut ids = vec![];
    for content in ["a", "b", "c"] {
        ids.push(w.document(w.mlyn, content).await);
    }
    let sort = Sort::default();
    let middle = document::get(s, &w.owner, ids[1]).await.unwrap();
    let after = Cursor::of(sort, &middle);
    document::decide(s, &w.owner, ids[1], None, Action::Approve).await.unwrap();
    let filter = Filter { state: vec![DocumentState::New], ..Filter::default() };
    let page = document::list(s, &w.owner, &filter, sort, Some(&after), 1).await.unwrap();
    assert_eq!(page.documents[0].id, ids[0], "the next of the list, though the document itself has left it");
}
