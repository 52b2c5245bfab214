//! Tokens, sessions, places.

use std::time::Duration;

use jiff::Timestamp;
use store::company::{self, CompanyFacts};
use store::token::{self, NewToken};
use store::user::{self, NewMember};
use store::{Companies, CompanyId, Error, Role, comment, desk, document, session, view};

use crate::world::World;

const HOUR: Duration = Duration::from_secs(3600);

fn member(email: &str, role: Role, company: Option<CompanyId>) -> NewMember {
    NewMember {
        email: email.to_owned(),
        name: email.to_owned(),
        password_hash: Some("$argon2id$x".to_owned()),
        company,
        role,
        own_only: false,
    }
}

pub async fn tokens_and_sessions_open_their_scope_only(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let anna = user::add(s, &w.owner, member("Anna@biuro.example", Role::Owner, None)).await.unwrap();
    let jan = user::add(s, &w.owner, member("jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn))).await.unwrap();
    user::add(s, &w.owner, member("jan@mlyn.example", Role::CompanyMember, Some(w.piekarnia))).await.unwrap();
    assert!(matches!(user::add(s, &w.owner, member("x@y.example", Role::Scanner, None)).await, Err(Error::Invalid { .. })));
    assert_eq!(user::login(s, "ANNA@biuro.example").await.unwrap().unwrap().user, anna);
    assert!(user::login(s, "nobody@biuro.example").await.unwrap().is_none());

    let secret = session::create(s, jan, session::Device::default(), now, HOUR).await.unwrap();
    let identity = session::verify(s, &secret, now).await.unwrap().unwrap();
    let scope = identity.scope(None).unwrap();
    // Two roles in two companies: the weaker one holds.
    assert_eq!((scope.office(), scope.role()), (w.office, Role::CompanyMember));
    assert_eq!(*scope.companies(), Companies::Set([w.mlyn, w.piekarnia].into()));
    assert!(matches!(identity.scope(Some(store::OfficeId::new())), Err(Error::NotFound)));
    assert!(session::verify(s, &secret, now + HOUR).await.unwrap().is_none(), "it ends");
    assert!(session::verify(s, "0000", now).await.unwrap().is_none());
    session::end(s, &secret).await.unwrap();
    assert!(session::verify(s, &secret, now).await.unwrap().is_none());
    let secret = session::create(s, jan, session::Device::default(), now, HOUR).await.unwrap();
    user::disable(s, &w.owner, jan, true).await.unwrap();
    assert!(session::verify(s, &secret, now).await.unwrap().is_none());
    user::disable(s, &w.owner, jan, false).await.unwrap();

    let annas = session::create(s, anna, session::Device::default(), now, HOUR).await.unwrap();
    let annas = session::verify(s, &annas, now).await.unwrap().unwrap().scope(None).unwrap();
    assert_eq!((annas.role(), annas.companies().clone()), (Role::Owner, Companies::All));
    let new = |role, company, expires_at| NewToken { name: "program".to_owned(), role, company, expires_at };
    let (id, secret) = token::create(s, &annas, new(Role::Bookkeeper, Some(w.mlyn), Some(now + HOUR))).await.unwrap();
    assert!(secret.starts_with(token::PREFIX) && secret.len() >= 64);
    let scope = token::verify(s, &secret, now).await.unwrap().unwrap();
    assert_eq!((scope.role(), scope.companies().clone()), (Role::Bookkeeper, Companies::Set([w.mlyn].into())));
    assert!(matches!(token::create(s, &scope, new(Role::Owner, Some(w.mlyn), None)).await, Err(Error::Forbidden)));
    assert!(token::verify(s, &secret, now + HOUR).await.unwrap().is_none(), "it ends");
    let shown = &token::list(s, &annas).await.unwrap()[0];
    assert!(shown.id == id && secret.starts_with(&shown.prefix) && !format!("{shown:?}").contains(&secret));
    // The company's admin gets at no token of the office, though it is for this company.
    let (_, clients) = token::create(s, &annas, new(Role::CompanyAdmin, Some(w.mlyn), None)).await.unwrap();
    let client = token::verify(s, &clients, now).await.unwrap().unwrap();
    assert!(matches!(token::signing(s, &client, id).await, Err(Error::Forbidden)));
    let signing = token::signing(s, &annas, id).await.unwrap();
    assert_eq!(token::signed_by(s, id, now).await.unwrap(), Some((scope, signing)));
    token::revoke(s, &annas, id).await.unwrap();
    assert!(token::verify(s, &secret, now).await.unwrap().is_none(), "it was revoked");

    // Whoever leaves takes their tokens with them; an owner stays.
    let boss = user::add(s, &w.owner, member("boss@biuro.example", Role::Admin, None)).await.unwrap();
    let boss_session = session::create(s, boss, session::Device::default(), now, HOUR).await.unwrap();
    let admin = session::verify(s, &boss_session, now).await.unwrap().unwrap().scope(None).unwrap();
    let (_, secret) = token::create(s, &admin, new(Role::Bookkeeper, None, None)).await.unwrap();
    let places = user::list(s, &w.owner).await.unwrap();
    let place = |user| places.iter().find(|place| place.user == user).unwrap().id;
    assert!(matches!(user::remove(s, &admin, place(anna)).await, Err(Error::Forbidden)), "an admin is no owner");
    assert!(matches!(user::disable(s, &admin, anna, true).await, Err(Error::Forbidden)), "nor shuts one out");
    user::remove(s, &w.owner, place(boss)).await.unwrap();
    assert!(token::verify(s, &secret, now).await.unwrap().is_none());
    assert!(matches!(user::remove(s, &w.owner, place(anna)).await, Err(Error::Conflict { code: "last_owner", .. })));
    assert!(matches!(user::disable(s, &w.owner, anna, true).await, Err(Error::Conflict { code: "last_owner", .. })));
}

pub async fn guessing_slows_down(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let mut waits = vec![];
    for _ in 0..8 {
        session::failed(s, "anna@biuro.example", now).await.unwrap();
        waits.push(session::must_wait(s, "anna@biuro.example", now).await.unwrap().as_secs_f64().round());
    }
    assert_eq!(waits, [0.0, 0.0, 0.0, 0.0, 2.0, 4.0, 8.0, 16.0]);
    assert_eq!(session::must_wait(s, "jan@mlyn.example", now).await.unwrap(), Duration::ZERO, "nobody else is slowed");
    assert_eq!(session::must_wait(s, "anna@biuro.example", now + HOUR * 25).await.unwrap(), Duration::ZERO);
    session::succeeded(s, "anna@biuro.example").await.unwrap();
    assert_eq!(session::must_wait(s, "anna@biuro.example", now).await.unwrap(), Duration::ZERO);
}

/// A person who left: nothing says any more who they were, and their address is free for somebody new.
pub async fn a_person_who_left_is_erased(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let jan = user::add(s, &w.owner, member("jan@mlyn.example", Role::CompanyAdmin, Some(w.mlyn))).await.unwrap();
    let secret = session::create(s, jan, session::Device::default(), now, HOUR).await.unwrap();
    let scope = session::verify(s, &secret, now).await.unwrap().unwrap().scope(None).unwrap();
    assert!(matches!(user::erase(s, &scope, jan).await, Err(Error::Forbidden)));
    assert!(matches!(user::erase(s, &w.owner, jan).await, Err(Error::Conflict { code: "member", .. })));
    let place = user::list(s, &w.owner).await.unwrap()[0].id;
    user::remove(s, &w.owner, place).await.unwrap();
    user::erase(s, &w.owner, jan).await.unwrap();
    assert!(session::verify(s, &secret, now).await.unwrap().is_none());
    assert!(user::login(s, "jan@mlyn.example").await.unwrap().is_none());
    assert!(matches!(user::erase(s, &w.owner, store::UserId::new()).await, Err(Error::NotFound)));
    let new = user::add(s, &w.owner, member("jan@mlyn.example", Role::CompanyMember, Some(w.mlyn))).await.unwrap();
    assert_ne!(new, jan);
}

/// What somebody of the office looked after is nobody's once they are erased, and what they said stays without their name.
pub async fn what_was_given_to_someone_erased_is_nobodys(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let ewa = user::add(s, &w.owner, member("ewa@biuro.example", Role::Bookkeeper, None)).await.unwrap();
    let secret = session::create(s, ewa, session::Device::default(), now, HOUR).await.unwrap();
    let hers = session::verify(s, &secret, now).await.unwrap().unwrap().scope(None).unwrap();
    let facts = company::get(s, &w.owner, w.mlyn).await.unwrap().facts;
    company::change(s, &w.owner, w.mlyn, CompanyFacts { bookkeeper: Some(ewa), ..facts }).await.unwrap();
    let paper = w.document(w.mlyn, "faktura").await;
    let given = document::Change { assignee: Some(ewa.to_string()), ..document::Change::default() };
    document::change(s, &w.owner, paper, None, given).await.unwrap();
    comment::add(s, &hers, paper, "Ewa Kowalska", "Whose car is it?", true).await.unwrap();
    desk::sit(s, &hers, paper, "Ewa Kowalska", now, true).await.unwrap();
    view::create(s, &hers, "Ewa's", "state=to_review", false).await.unwrap();

    let place = user::list(s, &w.owner).await.unwrap()[0].id;
    user::remove(s, &w.owner, place).await.unwrap();
    user::erase(s, &w.owner, ewa).await.unwrap();
    assert_eq!(company::get(s, &w.owner, w.mlyn).await.unwrap().facts.bookkeeper, None);
    assert_eq!(document::get(s, &w.owner, paper).await.unwrap().assignee, None);
    let said = comment::list(s, &w.owner, paper).await.unwrap();
    assert_eq!((said[0].author.as_str(), said[0].content.as_str()), ("", "Whose car is it?"));
    assert!(view::list(s, &hers).await.unwrap().is_empty());
    let anna = user::add(s, &w.owner, member("anna@biuro.example", Role::Bookkeeper, None)).await.unwrap();
    let secret = session::create(s, anna, session::Device::default(), now, HOUR).await.unwrap();
    let hers = session::verify(s, &secret, now).await.unwrap().unwrap().scope(None).unwrap();
    assert!(desk::sit(s, &hers, paper, "Anna", now, false).await.unwrap().is_none(), "nobody is at it");
}
