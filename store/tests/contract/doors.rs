//! Doors for files and devices: logins of devices, mailboxes, keys, pieces, pairings, links.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use ocr::protocol::PartVerdict;
use ocr::reading::{Direction, DocumentType};
use store::accept::{self, Arrival, Verdict};
use store::ksef::{self, Credential, KsefProblem, Listed, NewAccess, NewInbox};
use store::mailbox::{self, Afterwards, NewMailbox, Progress, Retry, Security, SignIn};
use store::notice::{self, Fate, NoticeKind, NoticeSetting, Receipts};
use store::outgoing::{self, Mail};
use store::part::{self, NewDocument, NewPart, NewPiece, PartState};
use store::partial::{self, NewPartial};
use store::queue::JobKind;
use store::submission::{self, Learnt};
use store::token::NewToken;
use store::upload_link::{self, NewLink};
use store::user::{self, NewMember};
use store::{Actor, Companies, Error, PartialId, Role, Scope, SubmissionId, device, pairing, token, used_key};

use crate::world::World;

/// Someone of the piekarnia alone.
async fn stranger(w: &World) -> Scope {
    let new = NewToken { name: "x".to_owned(), role: Role::CompanyAdmin, company: Some(w.piekarnia), expires_at: None };
    let (_, secret) = token::create(&w.store, &w.owner, new).await.unwrap();
    token::verify(&w.store, &secret, Timestamp::now()).await.unwrap().unwrap()
}

pub async fn devices_sign_in_for_one_company(w: &World) {
    let s = &w.store;
    let new = device::create(s, &w.owner, w.mlyn, " Kyocera ").await.unwrap();
    let found = device::verify(s, &new.login.to_uppercase(), &new.secret).await.unwrap().unwrap();
    assert_eq!((found.company, found.office), (w.mlyn, w.office));
    assert!(device::verify(s, &new.login, "wrong").await.unwrap().is_none());
    assert!(device::verify(s, "scan-nobody", &new.secret).await.unwrap().is_none());
    let stranger = stranger(w).await;
    assert!(matches!(device::create(s, &stranger, w.mlyn, "x").await, Err(Error::NotFound)));
    assert!(matches!(device::revoke(s, &stranger, new.id).await, Err(Error::NotFound)));
    assert!(device::list(s, &stranger).await.unwrap().is_empty());
    assert!(matches!(device::create(s, &w.owner, w.mlyn, "  ").await, Err(Error::Invalid { .. })));
    device::revoke(s, &w.owner, new.id).await.unwrap();
    assert!(device::verify(s, &new.login, &new.secret).await.unwrap().is_none());
    assert!(device::list(s, &w.owner).await.unwrap()[0].revoked_at.is_some());
}

pub async fn mailboxes_are_fetched_by_one_and_resumed(w: &World) {
    const LEASE: Duration = Duration::from_secs(60);
    let (s, now) = (&w.store, Timestamp::now());
    let new = |host: &str, password: &str| NewMailbox {
        name: "Biuro".to_owned(),
        company: Some(w.mlyn),
        host: host.to_owned(),
        port: 993,
        security: Security::Tls,
        login: "biuro@poczta.example".to_owned(),
        sign_in: SignIn::Password { password: password.to_owned() },
        folder: "INBOX".to_owned(),
        afterwards: Afterwards::Seen,
        move_to: None,
        trusted_servers: vec!["mx.poczta.example".to_owned()],
    };
    let id = mailbox::put(s, &w.owner, new("imap.example", "first")).await.unwrap();
    assert!(mailbox::put(s, &stranger(w).await, new("imap.example", "x")).await.is_err(), "the office manages them");
    let mine = mailbox::lease(s, id, LEASE, now).await.unwrap().unwrap();
    assert_eq!(mine.facts, new("imap.example", "first"));
    assert!(mailbox::lease(s, id, LEASE, now).await.unwrap().is_none(), "somebody has it");
    let retry = |uid, attempts| Retry { uid, attempts };
    let progress = Progress {
        uid_validity: 7,
        last_uid: 40,
        fetched: 3,
        failed: vec![(retry(38, 1), Some(LEASE)), (retry(39, 9), None)],
        ..Progress::default()
    };
    assert!(mailbox::advance(s, &mine, progress, now).await.unwrap());
    assert!(mailbox::due(s, &mine, now).await.unwrap().is_empty());
    assert_eq!(mailbox::due(s, &mine, now + LEASE).await.unwrap(), [retry(38, 1)], "39 was given up");
    assert!(mailbox::renew(s, &mine, LEASE, now).await.unwrap());

    let later = now + LEASE * 2;
    let other = mailbox::lease(s, id, LEASE, later).await.unwrap().unwrap();
    assert_eq!((other.uid_validity, other.last_uid, other.fetched), (7, 40, 3), "it goes on where the other was");
    assert!(!mailbox::advance(s, &mine, Progress { last_uid: 99, ..Progress::default() }, later).await.unwrap(), "too late");
    assert!(!mailbox::renew(s, &mine, LEASE, later).await.unwrap());
    let mended = Progress { uid_validity: 7, last_uid: 41, mended: vec![38], ..Progress::default() };
    assert!(mailbox::advance(s, &other, mended, later).await.unwrap());
    assert!(mailbox::due(s, &other, later + LEASE).await.unwrap().is_empty());
    mailbox::release(s, &other, Some("the server is away".to_owned())).await.unwrap();
    let listed = &mailbox::list(s, &w.owner).await.unwrap()[0];
    assert_eq!(listed.problem.as_deref(), Some("the server is away"));
    assert!(!format!("{listed:?}").contains("first"), "secrets are not printed");

    let before = mailbox::all(s).await.unwrap();
    assert_eq!(mailbox::put(s, &w.owner, new("imap.example", "second")).await.unwrap(), id);
    assert_eq!(mailbox::list(s, &w.owner).await.unwrap()[0].uid_validity, 7, "another password is the same mailbox");
    assert_ne!(mailbox::all(s).await.unwrap(), before, "whoever fetches signs in anew");
    mailbox::put(s, &w.owner, new("other.example", "second")).await.unwrap();
    let moved = mailbox::lease(s, id, LEASE, later).await.unwrap().unwrap();
    assert_eq!(moved.uid_validity, 0, "another server numbers anew");
    mailbox::set_sign_in(s, &moved, &SignIn::Password { password: "third".to_owned() }).await.unwrap();
    assert_eq!(mailbox::list(s, &w.owner).await.unwrap()[0].facts, new("other.example", "third"));

    w.accept(w.mlyn, "a mail").await;
    assert!(mailbox::has_arrived(s, w.office, w.mlyn, b"a mail").await.unwrap());
    assert!(!mailbox::has_arrived(s, w.office, w.piekarnia, b"a mail").await.unwrap());
    let wrong = NewMailbox { afterwards: Afterwards::Move, ..new("imap.example", "x") };
    assert!(matches!(mailbox::put(s, &w.owner, wrong).await, Err(Error::Invalid { code: "move_to", .. })));
    mailbox::remove(s, &w.owner, id).await.unwrap();
    assert!(mailbox::all(s).await.unwrap().is_empty() && mailbox::lease(s, id, LEASE, later).await.unwrap().is_none());
}

pub async fn a_key_answers_what_it_made(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let ids = [SubmissionId::new(), SubmissionId::new()];
    let claim = async |company, key: &str, digest: &str, at| used_key::claim(s, &w.owner, company, key, digest, at).await;
    assert!(claim(w.mlyn, "k", "a b", now).await.unwrap().is_empty());
    assert!(claim(w.mlyn, "k", "a b", now).await.unwrap().is_empty(), "cut off before anything was made");
    used_key::made(s, &w.owner, "k", &ids).await.unwrap();
    assert_eq!(claim(w.mlyn, "k", "a b", now).await.unwrap(), ids);
    for (company, digest) in [(w.mlyn, "a c"), (w.piekarnia, "a b")] {
        assert!(matches!(claim(company, "k", digest, now).await, Err(Error::Conflict { code: "key_reused", .. })));
    }
    assert!(claim(w.mlyn, "k", "a c", now + Duration::from_secs(25 * 3600)).await.unwrap().is_empty(), "a day later it is free");
    assert!(matches!(claim(w.mlyn, "", "a", now).await, Err(Error::Invalid { .. })));
    let other = stranger(w).await;
    assert!(used_key::claim(s, &other, w.piekarnia, "k", "else", now).await.unwrap().is_empty(), "a key is its caller's own");
}

pub async fn pieces_make_a_file_once(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let new =
        NewPartial {
            size: 10, file_name: Some("ż.pdf".to_owned()), period: Some("2026-10".to_owned()), ..NewPartial::default()
        };
    let begun = partial::create(s, &w.owner, w.mlyn, new.clone(), now).await.unwrap();
    let append =
        async |offset, bytes: &'static [u8]| partial::append(s, &w.owner, begun.id, offset, Bytes::from_static(bytes), now).await;
    assert_eq!(append(0, b"0123").await.unwrap(), 4);
    assert!(matches!(append(0, b"0123").await, Err(Error::Conflict { code: "offset", .. })));
    assert!(matches!(append(4, b"4567890").await, Err(Error::Conflict { code: "size", .. })));
    assert!(partial::unfinished(s, now + Duration::from_secs(90)).await.unwrap().is_empty());
    assert_eq!(append(4, b"456789").await.unwrap(), 10);
    let whole = partial::get(s, &w.owner, begun.id, now).await.unwrap();
    assert!(whole.is_whole() && whole.said.file_name == new.file_name && whole.said.direction == Direction::None);
    assert_eq!(partial::content(s, &w.owner, &whole).await.unwrap(), "0123456789");
    assert!(partial::unfinished(s, now).await.unwrap().is_empty(), "its end is being made");
    let left = partial::unfinished(s, now + Duration::from_secs(90)).await.unwrap();
    assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [begun.id]);
    let made = SubmissionId::new();
    partial::finished(s, &left[0].intake(), &left[0], made).await.unwrap();
    assert_eq!(partial::get(s, &w.owner, begun.id, now).await.unwrap().submission, Some(made));
    assert!(partial::unfinished(s, now + Duration::from_secs(90)).await.unwrap().is_empty());

    let other = stranger(w).await;
    assert!(matches!(partial::get(s, &other, begun.id, now).await, Err(Error::NotFound)));
    assert!(matches!(partial::create(s, &other, w.mlyn, new, now).await, Err(Error::NotFound)));
    assert!(matches!(partial::append(s, &other, begun.id, 10, Bytes::from_static(b"x"), now).await, Err(Error::NotFound)));
    let later = now + partial::LIFE + Duration::from_secs(1);
    assert!(matches!(partial::get(s, &w.owner, begun.id, later).await, Err(Error::NotFound)), "forgotten");
    store::upkeep::tidy(s, later).await.unwrap();
    assert!(matches!(partial::get(s, &w.owner, begun.id, now).await, Err(Error::NotFound)));
    assert!(matches!(partial::remove(s, &w.owner, PartialId::new(), now).await, Err(Error::NotFound)));
}

pub async fn a_code_pairs_once(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let made = pairing::create(s, &w.owner, w.mlyn, "Hall", now).await.unwrap();
    assert!(matches!(pairing::exchange(s, "nonsense", "", now).await, Err(Error::NotFound)));
    assert!(matches!(pairing::exchange(s, &made.code, "", now + pairing::LIFE).await, Err(Error::NotFound)), "over");
    let paired = pairing::exchange(s, &made.code, "", now).await.unwrap();
    assert_eq!((paired.company, paired.company_name.as_str()), (w.mlyn, "Młyn Łódź"));
    assert!(matches!(pairing::exchange(s, &made.code, "", now).await, Err(Error::NotFound)), "used");
    let scope = token::verify(s, &paired.token, now).await.unwrap().unwrap();
    assert_eq!((scope.role(), scope.companies().clone()), (Role::Scanner, Companies::Set([w.mlyn].into())));
    assert_eq!(token::list(s, &w.owner).await.unwrap()[0].name, "Hall");
    token::revoke(s, &w.owner, paired.id).await.unwrap();
    assert!(token::verify(s, &paired.token, now).await.unwrap().is_none());
    let other = stranger(w).await;
    assert!(matches!(pairing::create(s, &other, w.mlyn, "x", now).await, Err(Error::NotFound)));
}

pub async fn a_link_keeps_its_limits(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let new = NewLink {
        name: "Hausbank".to_owned(),
        period: Some("2026-09".to_owned()),
        document_type: Some(DocumentType::Statement),
        max_files: 2,
        max_bytes: 100,
        days: 2,
        ..NewLink::default()
    };
    let (id, secret) = upload_link::create(s, &w.owner, w.mlyn, new.clone(), now).await.unwrap();
    assert_eq!(upload_link::secret(s, &w.owner, id).await.unwrap(), secret);
    assert!(upload_link::open(s, "nonsense").await.unwrap().is_none());
    let opened = upload_link::open(s, &secret).await.unwrap().unwrap();
    assert_eq!((opened.company_name.as_str(), opened.office_name.as_str()), ("Młyn Łódź", "Biuro Anna"));
    assert_eq!((opened.scope.role(), opened.scope.actor()), (Role::Scanner, Actor::Link(id)));
    assert_eq!(opened.link.document_type, Some(DocumentType::Statement));
    assert!(opened.link.is_open(now) && !opened.link.is_open(now + Duration::from_secs(49 * 3600)));
    let take = async |size, at| upload_link::take(s, &opened, size, at).await.unwrap();
    assert!(!take(101, now).await, "too large");
    assert!(!take(1, now + Duration::from_secs(49 * 3600)).await, "over");
    assert!(take(60, now).await && !take(60, now).await);
    upload_link::give_back(s, &opened, 60).await.unwrap();
    assert!(take(60, now).await && take(40, now).await && !take(0, now).await, "two files");
    let other = stranger(w).await;
    assert!(upload_link::list(s, &other, w.piekarnia).await.is_err(), "the office makes them");
    let listed = upload_link::list(s, &w.owner, w.mlyn).await.unwrap();
    assert_eq!((listed[0].files, listed[0].bytes, listed[0].is_open(now)), (2, 100, false));
    let (id, secret) = upload_link::create(s, &w.owner, w.mlyn, new, now).await.unwrap();
    upload_link::revoke(s, &w.owner, id).await.unwrap();
    let opened = upload_link::open(s, &secret).await.unwrap().unwrap();
    assert!(!opened.link.is_open(now) && !upload_link::take(s, &opened, 1, now).await.unwrap());
    let bad = NewLink { name: "x".to_owned(), max_files: 0, ..NewLink::default() };
    assert!(matches!(upload_link::create(s, &w.owner, w.mlyn, bad, now).await, Err(Error::Invalid { .. })));
}

pub async fn notices_are_taken_once_and_counted(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    assert_eq!(notice::setting(s, &w.owner, w.mlyn).await.unwrap(), NoticeSetting::default());
    let chosen = NoticeSetting { receipts: Receipts::Each, tag: " Lipa ".to_owned(), ..NoticeSetting::default() };
    notice::set(s, &w.owner, w.mlyn, chosen).await.unwrap();
    assert_eq!(notice::setting(s, &w.owner, w.mlyn).await.unwrap().tag, "Lipa");
    assert!(matches!(notice::set(s, &stranger(w).await, w.mlyn, NoticeSetting::default()).await, Err(Error::NotFound)));

    let held = Arrival { verdict: Verdict::Hold("no_pin".to_owned()), ..w.arrival(w.mlyn, "one") };
    accept::arrival(s, held).await.unwrap();
    w.unpack_next("paper one").await;
    let bare = Arrival { reverse_path: String::new(), ..w.arrival(w.mlyn, "two") };
    accept::arrival(s, bare).await.unwrap();
    w.unpack_next("paper two").await;
    w.accept(w.mlyn, "three").await;
    w.unpack_next("paper three").await;
    // One whose row is none keeps no other from going.
    let broken = w.accept(w.mlyn, "four").await.submission;
    w.unpack_next("paper four").await;
    w.tamper(&format!("UPDATE submission SET channel = 'no such door' WHERE id = '{broken}'")).await;
    w.tamper(&format!("UPDATE notice SET run_after = 0 WHERE subject_id = '{broken}'")).await;
    let due = notice::due(s, 10, now + Duration::from_secs(1)).await.unwrap();
    let told: Vec<_> = due.iter().map(|one| (one.kind, one.recipient.as_str(), one.sent_today)).collect();
    assert_eq!(
        told,
        [(NoticeKind::Waiting, "jan@mlyn.example", 0), (NoticeKind::Receipt, "jan@mlyn.example", 0)],
        "nobody for a bare path"
    );
    assert_eq!((due[0].company_name.as_str(), due[0].office_name.as_str()), ("Młyn Łódź", "Biuro Anna"));
    assert!(notice::due(s, 10, now + Duration::from_secs(1)).await.unwrap().is_empty(), "somebody has them");
    notice::done(s, &due[0], Fate::Sent(letter("it waits")), now).await.unwrap();
    notice::done(s, &due[1], Fate::Later(Duration::from_secs(5)), now).await.unwrap();
    let again = notice::due(s, 10, now + Duration::from_secs(6)).await.unwrap();
    assert_eq!((again.len(), again[0].sent_today), (1, 1));

    let anna = NewMember {
        email: "anna@biuro.example".to_owned(),
        name: "Anna".to_owned(),
        password_hash: None,
        company: None,
        role: Role::Bookkeeper,
        own_only: false,
    };
    user::add(s, &w.owner, anna).await.unwrap();
    let lists = notice::held_lists(s, 0, now).await.unwrap();
    assert_eq!((lists.len(), lists[0].recipient.as_str(), lists[0].mails.len()), (1, "anna@biuro.example", 1));
    for _ in 0..2 {
        notice::send_list(s, &lists[0], letter("held"), now).await.unwrap();
    }
    let queued = outgoing::claim(s, 10, now).await.unwrap();
    let subjects: Vec<&str> = queued.iter().map(|due| due.mail.subject.as_str()).collect();
    assert_eq!(subjects, ["it waits", "held"], "the list goes once a day");
}

fn letter(subject: &str) -> Mail {
    let (to, subject) = ("jan@mlyn.example".to_owned(), subject.to_owned());
    Mail { to, reply_to: None, answers: None, subject, text: String::new() }
}

pub async fn pictures_seen_often_are_set_aside_and_taken_after_all(w: &World) {
    let s = &w.store;
    let picture = async |mail: &str| {
        w.accept(w.mlyn, mail).await;
        let lease = w.claim(JobKind::Unpack).await.unwrap();
        let blob = store::blob::stage(s, w.office, Bytes::from_static(b"a logo")).await.unwrap();
        let part = NewPart {
            path: "2".to_owned(),
            name: Some("logo.png".to_owned()),
            media_type: "image/png".to_owned(),
            declared_type: None,
            verdict: PartVerdict::Document,
            reason: None,
            message: None,
            blob,
        };
        let pieces = vec![NewPiece { path: "2".to_owned(), role: ocr::protocol::Role::Visual, page_range: None }];
        let documents = vec![NewDocument { name: "logo.png".to_owned(), pieces }];
        let learnt =
            Learnt { note: Some("prywatne".to_owned()), links: vec!["https://x.example/fv".to_owned()], ..Learnt::default() };
        part::record_unpacked(s, &lease, vec![part], documents, learnt).await.unwrap();
        lease.subject.parse::<SubmissionId>().unwrap()
    };
    let mut last = None;
    for number in 0..4 {
        last = Some(picture(&format!("mail {number}")).await);
    }
    let last = last.unwrap();
    let found = submission::get(s, &w.owner, last).await.unwrap();
    assert_eq!((found.reason.as_deref(), found.note.as_deref(), found.links.len()), (Some("only_link"), Some("prywatne"), 1));
    let parts = part::list(s, &w.owner, last).await.unwrap();
    assert_eq!((parts[0].state, parts[0].reason.as_deref()), (PartState::SetAside, Some("seen_often")));
    assert!(matches!(part::take(s, &stranger(w).await, parts[0].id).await, Err(Error::NotFound)));
    let taken = part::take(s, &w.owner, parts[0].id).await.unwrap();
    assert_eq!(store::document::get(s, &w.owner, taken).await.unwrap().submission, last);
    assert!(matches!(part::take(s, &w.owner, parts[0].id).await, Err(Error::Conflict { code: "part", .. })));
    assert_eq!(submission::get(s, &w.owner, last).await.unwrap().reason, None);
}

pub async fn an_inbox_at_ksef_gives_each_invoice_once(w: &World) {
    const LEASE: Duration = Duration::from_secs(60);
    let (s, now) = (&w.store, Timestamp::now());
    let new = |nip: &str, token: &str| NewInbox {
        nip: Some(nip.to_owned()),
        access: Some(NewAccess::Token(token.to_owned())),
        since: Some(now - Duration::from_secs(86_400)),
    };
    let listed = |number: &str| Listed { number: number.to_owned(), hash: None, stored: None };
    assert!(ksef::next(s, LEASE, now).await.unwrap().is_none());
    assert!(matches!(ksef::put(s, &w.owner, w.mlyn, new("5265877630", "t"), now).await, Err(Error::Invalid { .. })), "no NIP");
    assert!(ksef::put(s, &w.owner, w.mlyn, NewInbox { access: None, ..new("5265877635", "") }, now).await.is_err(), "no token");
    assert!(ksef::put(s, &stranger(w).await, w.mlyn, new("5265877635", "t"), now).await.is_err());
    let inbox = ksef::put(s, &w.owner, w.mlyn, new("526-587-76-35", "first"), now).await.unwrap();
    assert_eq!((inbox.nip.as_str(), inbox.fetched, inbox.waiting), ("5265877635", 0, 0));

    let turn = ksef::next(s, LEASE, now).await.unwrap().unwrap();
    assert_eq!((turn.nip.as_str(), turn.company), ("5265877635", w.mlyn));
    assert!(turn.credential == Some(Credential::Token("first".to_owned())));
    assert!(ksef::next(s, LEASE, now).await.unwrap().is_none(), "somebody has it");
    let point = now - Duration::from_secs(60);
    assert!(ksef::listed(s, &turn, vec![listed("A"), listed("B")], point, now).await.unwrap());
    // What stands on an edge is listed again; the point never goes back.
    assert!(ksef::listed(s, &turn, vec![listed("B"), listed("C")], point - LEASE, now).await.unwrap());
    let wanted = ksef::wanted(s, &turn, 10, now).await.unwrap();
    assert_eq!(wanted.iter().map(|one| one.invoice.number.as_str()).collect::<Vec<_>>(), ["A", "B", "C"]);
    let kept = w.accept(w.mlyn, "an invoice").await.submission;
    assert_eq!(ksef::arrived(s, &turn, b"an invoice").await.unwrap(), Some(kept));
    assert_eq!(ksef::arrived(s, &turn, b"another").await.unwrap(), None);
    assert!(ksef::fetched(s, &turn, "A", kept, true).await.unwrap());
    ksef::failed(s, &turn, "B", "not yet".to_owned(), LEASE, now).await.unwrap();
    let left: Vec<_> = ksef::wanted(s, &turn, 10, now).await.unwrap().into_iter().map(|one| one.invoice.number).collect();
    assert_eq!(left, ["C"]);
    ksef::release(s, &turn, Some((KsefProblem::Busy, "later".to_owned())), now + LEASE, now).await.unwrap();
    let inbox = ksef::get(s, &w.owner, w.mlyn).await.unwrap().unwrap();
    assert_eq!((inbox.fetched, inbox.waiting, inbox.problem), (1, 2, Some(KsefProblem::Busy)));
    assert_eq!(inbox.stuck.as_deref(), Some("B: not yet"));
    assert_eq!(inbox.point.as_microsecond(), point.as_microsecond());
    // KSeF said when: nobody hurries it.
    ksef::hurry(s, &w.owner, w.mlyn, now).await.unwrap();
    assert!(ksef::next(s, LEASE, now).await.unwrap().is_none());

    // A new token goes on from the same point, and ends the turn of whoever had the old one.
    let late = now + LEASE * 2;
    let old = ksef::next(s, LEASE, late).await.unwrap().unwrap();
    ksef::put(s, &w.owner, w.mlyn, new("5265877635", "second"), late).await.unwrap();
    assert!(!ksef::listed(s, &old, vec![listed("D")], late, late).await.unwrap());
    let turn = ksef::next(s, LEASE, late).await.unwrap().unwrap();
    assert!(turn.credential == Some(Credential::Token("second".to_owned())));
    assert_eq!(turn.point.as_microsecond(), point.as_microsecond());
    assert_eq!(ksef::wanted(s, &turn, 10, late).await.unwrap().len(), 2, "B and C, and not A again");
    ksef::release(s, &turn, None, late, late).await.unwrap();
    assert_eq!(ksef::list(s, &stranger(w).await).await.unwrap(), [], "another company's");
    assert!(ksef::get(s, &stranger(w).await, w.mlyn).await.is_err());
    let another = ksef::put(s, &w.owner, w.mlyn, new("5260250995", "third"), late).await.unwrap();
    assert_eq!((another.nip.as_str(), another.waiting), ("5260250995", 0), "what another company was sent is not fetched");
    store::company::close(s, &w.owner, w.mlyn, late).await.unwrap();
    assert!(ksef::next(s, LEASE, late + LEASE).await.unwrap().is_none(), "a closed company fetches nothing");
    ksef::remove(s, &w.owner, w.mlyn).await.unwrap();
    assert!(ksef::get(s, &w.owner, w.mlyn).await.unwrap().is_none());

    // Files in pieces stop with the company, too.
    let piece = NewPartial { size: 3, ..NewPartial::default() };
    assert!(matches!(partial::create(s, &w.owner, w.mlyn, piece, now).await, Err(Error::Conflict { code: "closed", .. })));
}
