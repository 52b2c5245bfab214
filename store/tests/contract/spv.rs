//! Inboxes at SPV and what ANAF granted.

use std::time::Duration;

use jiff::Timestamp;
use store::outgoing::{self, Mail};
use store::spv::grant::{self, Tokens};
use store::spv::{self, Gap, NewInbox, SpvAccess, SpvProblem};
use store::token::NewToken;
use store::user::{self, NewMember};
use store::{CompanyId, Error, Role, Scope, ending, token};

use crate::world::World;

const LEASE: Duration = Duration::from_secs(60);

fn tokens(refresh: &str) -> Tokens {
    Tokens { access: None, access_until: None, refresh: refresh.to_owned(), refresh_until: None }
}

/// An inbox with a grant of its own.
fn new(cif: &str, refresh: &str, now: Timestamp) -> NewInbox {
    NewInbox { cif: Some(cif.to_owned()), granted: Some(tokens(refresh)), since: Some(now - LEASE * 60), access: None }
}

async fn client(w: &World, company: CompanyId) -> Scope {
    let new = NewToken { name: "x".to_owned(), role: Role::CompanyAdmin, company: Some(company), expires_at: None };
    let (_, secret) = token::create(&w.store, &w.owner, new).await.unwrap();
    token::verify(&w.store, &secret, Timestamp::now()).await.unwrap().unwrap()
}

pub async fn an_inbox_at_spv_gives_each_invoice_once(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    assert!(matches!(spv::put(s, &w.owner, w.mlyn, new("18547291", "r", now), now).await, Err(Error::Invalid { .. })), "no CIF");
    let bare = NewInbox { cif: Some("18547290".to_owned()), ..NewInbox::default() };
    assert!(spv::put(s, &w.owner, w.mlyn, bare, now).await.is_err(), "nothing was granted");
    let inbox = spv::put(s, &w.owner, w.mlyn, new("RO 18547290", "r", now), now).await.unwrap();
    assert_eq!((inbox.cif.as_str(), inbox.access, inbox.fetched), ("18547290", SpvAccess::Own, 0));

    let turn = spv::next(s, LEASE, now).await.unwrap().unwrap();
    assert!(spv::next(s, LEASE, now).await.unwrap().is_none(), "somebody has it");
    let point = now - LEASE;
    assert!(spv::listed(s, &turn, vec!["1".to_owned(), "2".to_owned()], point, now).await.unwrap());
    assert!(spv::listed(s, &turn, vec!["2".to_owned(), "3".to_owned()], point - LEASE, now).await.unwrap());
    spv::begun(s, &turn, "1").await.unwrap();
    let wanted = spv::wanted(s, &turn, 10, now).await.unwrap();
    let seen: Vec<_> = wanted.iter().map(|one| (one.number.as_str(), one.cut_off)).collect();
    assert_eq!(seen, [("1", true), ("2", false), ("3", false)]);
    assert_eq!(spv::arrived(s, &turn, "1.zip").await.unwrap(), None);
    let kept = w.accept(w.mlyn, "a package").await.submission;
    assert!(spv::fetched(s, &turn, "1", kept, true).await.unwrap());
    spv::failed(s, &turn, "2", "not now".to_owned(), now + LEASE).await.unwrap();
    spv::missed(s, &turn, Gap { from: point - LEASE, until: point }).await.unwrap();
    spv::release(s, &turn, Some((SpvProblem::Limit, "tomorrow".to_owned())), now + LEASE, now).await.unwrap();
    let inbox = spv::get(s, &w.owner, w.mlyn).await.unwrap().unwrap();
    assert_eq!((inbox.fetched, inbox.waiting, inbox.problem), (1, 2, Some(SpvProblem::Limit)));
    assert_eq!(inbox.stuck.as_deref(), Some("2: not now"));
    assert_eq!(inbox.point.as_microsecond(), point.as_microsecond());
    assert!(inbox.gap.is_some());

    // A new grant goes on from the same point, and ends the turn of whoever had the old one.
    let late = now + LEASE * 2;
    let old = spv::next(s, LEASE, late).await.unwrap().unwrap();
    spv::put(s, &w.owner, w.mlyn, new("18547290", "newer", late), late).await.unwrap();
    assert!(!spv::listed(s, &old, vec!["4".to_owned()], late, late).await.unwrap());
    let turn = spv::next(s, LEASE, late).await.unwrap().unwrap();
    let seen = async || {
        let wanted = spv::wanted(s, &turn, 10, late).await.unwrap();
        wanted.into_iter().map(|one| (one.number, one.cut_off)).collect::<Vec<_>>()
    };
    assert_eq!(seen().await, [("3".to_owned(), false), ("2".to_owned(), false)], "and not the first again");
    spv::begun(s, &turn, "2").await.unwrap();
    assert_eq!(seen().await, [("3".to_owned(), false), ("2".to_owned(), true)], "cut off, though it failed before");
    let another = spv::put(s, &w.owner, w.mlyn, new("14399840", "newer", late), late).await.unwrap();
    assert_eq!((another.cif.as_str(), another.waiting), ("14399840", 0), "what another company was sent is not fetched");
    assert!(spv::get(s, &client(w, w.piekarnia).await, w.mlyn).await.is_err());
    assert_eq!(spv::list(s, &client(w, w.piekarnia).await).await.unwrap(), [], "another company's");
    spv::remove(s, &w.owner, w.mlyn).await.unwrap();
    assert!(spv::get(s, &w.owner, w.mlyn).await.unwrap().is_none());
    assert!(grant::of(s, &turn).await.unwrap().is_none(), "its grant went with it");
}

pub async fn a_grant_is_renewed_by_one_and_kept(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    spv::put(s, &w.owner, w.mlyn, new("18547290", "first", now), now).await.unwrap();
    let turn = spv::next(s, LEASE, now).await.unwrap().unwrap();
    let known = grant::of(s, &turn).await.unwrap().unwrap();
    assert_eq!((known.tokens.refresh.as_str(), &known.tokens.access), ("first", &None));
    let mine = grant::take(s, &known, now).await.unwrap().unwrap();
    assert!(grant::take(s, &known, now).await.unwrap().is_none(), "one renews it");
    let again = grant::of(s, &turn).await.unwrap().unwrap();
    assert!(grant::take(s, &again, now).await.unwrap().is_none(), "however new the look at it");
    let renewed = Tokens {
        access: Some("a".to_owned()),
        access_until: Some(now + LEASE),
        refresh_until: Some(now + LEASE * 4),
        ..tokens("second")
    };
    assert!(grant::give_back(s, &mine, Some(&renewed)).await.unwrap());
    assert!(!grant::give_back(s, &mine, Some(&tokens("late"))).await.unwrap(), "somebody was faster");
    let known = grant::of(s, &turn).await.unwrap().unwrap();
    assert_eq!((known.tokens.refresh.as_str(), known.tokens.access.as_deref()), ("second", Some("a")));
    assert!(spv::get(s, &w.owner, w.mlyn).await.unwrap().unwrap().granted_until.is_some());
    let mine = grant::take(s, &known, now).await.unwrap().unwrap();
    assert!(grant::give_back(s, &mine, None).await.unwrap(), "ANAF did not answer: it can be tried again");
    assert!(grant::take(s, &grant::of(s, &turn).await.unwrap().unwrap(), now).await.unwrap().is_some());
}

pub async fn the_office_s_grant_opens_what_the_office_says(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let guest = client(w, w.mlyn).await;
    assert!(matches!(grant::put(s, &guest, tokens("r"), now).await, Err(Error::Forbidden)));
    assert!(matches!(grant::put(s, &w.owner, tokens("a b"), now).await, Err(Error::Invalid { .. })));
    grant::put(s, &w.owner, tokens("r"), now).await.unwrap();
    assert!(grant::get(s, &w.owner).await.unwrap().is_some());
    let office = |cif: &str| NewInbox { cif: Some(cif.to_owned()), access: Some(SpvAccess::Office), ..NewInbox::default() };
    assert!(spv::put(s, &guest, w.mlyn, office("18547290"), now).await.is_err(), "not for them to say");
    assert!(spv::put(s, &guest, w.mlyn, new("18547290", "own", now), now).await.is_err(), "nor another's CIF");
    let inbox = spv::put(s, &w.owner, w.mlyn, office("18547290"), now).await.unwrap();
    assert_eq!(inbox.access, SpvAccess::Office);
    assert_eq!(spv::get(s, &guest, w.mlyn).await.unwrap().unwrap().granted_until, None);
    let turn = spv::next(s, LEASE, now).await.unwrap().unwrap();
    assert_eq!(grant::of(s, &turn).await.unwrap().unwrap().tokens.refresh, "r");
    grant::remove(s, &w.owner).await.unwrap();
    assert!(grant::of(s, &turn).await.unwrap().is_none());
}

pub async fn a_grant_that_was_not_renewed_is_told_of(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let day = |n: u32| now + Duration::from_secs(u64::from(n) * 86_400);
    for (email, role) in [("anna@biuro.example", Role::Bookkeeper), ("olga@biuro.example", Role::Owner)] {
        let (email, name) = (email.to_owned(), String::new());
        user::add(s, &w.owner, NewMember { email, name, password_hash: None, company: None, role, own_only: false })
            .await
            .unwrap();
    }
    // The office's ends on the 40th day, the company's own on the 60th.
    let lasts = |days, refresh| Tokens { refresh_until: Some(day(days)), ..tokens(refresh) };
    grant::put(s, &w.owner, lasts(40, "office"), now).await.unwrap();
    let own = NewInbox { granted: Some(lasts(60, "own")), ..new("18547290", "own", now) };
    spv::put(s, &w.owner, w.mlyn, own, now).await.unwrap();
    assert_eq!(ending::endings(s, 0, day(30)).await.unwrap(), [], "no inbox is entered with the office's");
    let office = NewInbox { cif: Some("14399840".to_owned()), access: Some(SpvAccess::Office), ..NewInbox::default() };
    spv::put(s, &w.owner, w.piekarnia, office, now).await.unwrap();
    let mut told = Vec::new();
    for n in 0..90 {
        for soon in ending::endings(s, 0, day(n)).await.unwrap() {
            assert_eq!((soon.what, soon.recipient.as_str()), (ending::Ends::Grant, "olga@biuro.example"));
            let whose = soon.company.as_ref().map_or("office", |(_, name)| name.as_str());
            let (subject, to) = (format!("{n} {whose}"), soon.recipient.clone());
            let mail = Mail { to, reply_to: None, answers: None, subject, text: String::new() };
            ending::warn(s, &soon, mail, day(n)).await.unwrap();
        }
        for due in outgoing::claim(s, 10, day(n)).await.unwrap() {
            outgoing::sent(s, &due, day(n)).await.unwrap();
            told.push(due.mail.subject);
        }
    }
    assert_eq!(told, ["26 office", "46 Młyn Łódź"], "14 days before, once");
}
