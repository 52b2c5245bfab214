//! Webhooks: what they are told, in which order, and when it ends.

use std::time::Duration;

use jiff::Timestamp;
use store::outgoing::{self, Mail};
use store::token::NewToken;
use store::user::{self, NewMember};
use store::webhook::{self, Change, DeliveryState, Manager, NewWebhook, Outcome, SwitchedOff, Turn, Webhook, WebhookProblem};
use store::{Error, OfficeId, Role, Scope, document, office, token};

use crate::world::{LEASE, World};

const DAY: Duration = Duration::from_secs(86_400);

fn hook(events: &[&str]) -> NewWebhook {
    let events = events.iter().map(|kind| (*kind).to_owned()).collect();
    NewWebhook { name: "books".to_owned(), url: "https://books.example/hook".to_owned(), events, company: None, active: true }
}

async fn make(w: &World, new: NewWebhook) -> (Webhook, String) {
    webhook::create(&w.store, &w.owner, new, Timestamp::now()).await.unwrap()
}

async fn turn(w: &World, now: Timestamp) -> Option<Turn> {
    while webhook::fan_out(&w.store, now).await.unwrap() {}
    webhook::next(&w.store, LEASE, now).await.unwrap()
}

fn with(problem: WebhookProblem, code: u16) -> Outcome {
    Outcome { code: Some(code), response: "no".to_owned(), problem: Some(problem), ..Outcome::default() }
}

async fn note(w: &World, turn: &Turn, n: usize, outcome: Outcome, now: Timestamp) -> bool {
    let compose = |off: &SwitchedOff, to: &Manager| {
        let (to, subject) = (to.email.clone(), format!("{} {}", off.name, off.why));
        Some(Mail { to, reply_to: None, answers: None, subject, text: String::new() })
    };
    webhook::attempted(&w.store, turn, &turn.due[n], outcome, now, compose).await.unwrap()
}

fn kinds(turn: &Turn) -> Vec<String> {
    let kind = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap()["type"].as_str().unwrap().to_owned();
    turn.due.iter().map(|due| kind(&due.body)).collect()
}

pub async fn what_happens_is_told_in_order(w: &World) {
    let s = &w.store;
    w.document(w.mlyn, "before there is a webhook").await;
    let (all, _) = make(w, hook(&[])).await;
    let (some, _) = make(w, NewWebhook { company: Some(w.mlyn), ..hook(&["document.trashed", "document.created"]) }).await;
    let (off, _) = make(w, NewWebhook { active: false, ..hook(&[]) }).await;
    let now = Timestamp::now();
    assert!(turn(w, now).await.is_none(), "what was before is not told");
    let paper = w.document(w.mlyn, "a").await;
    w.document(w.piekarnia, "b").await;
    document::trash(s, &w.owner, paper, None, true).await.unwrap();

    let now = Timestamp::now();
    let (first, second) = (turn(w, now).await.unwrap(), turn(w, now).await.unwrap());
    assert!(turn(w, now).await.is_none(), "each has one turn at a time");
    let (first, second) = if first.webhook == all.id { (first, second) } else { (second, first) };
    assert_eq!((first.webhook, second.webhook), (all.id, some.id));
    let everything = ["submission.admitted", "document.created", "submission.admitted", "document.created", "document.trashed"];
    assert_eq!(kinds(&first), everything);
    assert_eq!(kinds(&second), ["document.created", "document.trashed"], "one company, chosen kinds");
    let told: serde_json::Value = serde_json::from_str(&second.due[0].body).unwrap();
    let (company, id) = (w.mlyn.to_string(), paper.to_string());
    assert_eq!((told["data"]["company"].as_str(), told["data"]["document"].as_str()), (Some(&*company), Some(&*id)));
    assert_eq!(told["data"]["state"], "new");
    assert!(!second.due[0].body.contains("faktura"), "nothing of the paper: {}", second.due[0].body);

    for n in 0..2 {
        assert!(note(w, &second, n, Outcome { code: Some(204), ..Outcome::default() }, now).await);
    }
    webhook::release(s, &second).await.unwrap();
    let listed = webhook::deliveries(s, &w.owner, some.id, None, None, 50).await.unwrap();
    assert!(listed.iter().all(|one| one.state == DeliveryState::Delivered && one.attempts == 1), "{listed:?}");
    assert_eq!(listed[0].kind, "document.trashed", "newest first");
    // A lease that ended: another process sends what is not noted, and the first one is told so.
    let late = now + LEASE * 2;
    let again = turn(w, late).await.unwrap();
    assert_eq!((again.webhook, again.due.len()), (all.id, 5));
    assert!(!note(w, &first, 0, Outcome::default(), late).await, "too late");

    let listed = webhook::deliveries(s, &w.owner, off.id, None, None, 50).await.unwrap();
    assert!(listed.is_empty());
    let changed = Change { active: Some(true), ..Change::default() };
    assert!(webhook::change(s, &w.owner, off.id, changed, late).await.unwrap().active);
    webhook::fan_out(s, late).await.unwrap();
    assert!(webhook::deliveries(s, &w.owner, off.id, None, None, 50).await.unwrap().is_empty(), "from then on only");
    webhook::remove(s, &w.owner, all.id).await.unwrap();
    assert!(matches!(webhook::get(s, &w.owner, all.id).await, Err(Error::NotFound)));
}

pub async fn what_fails_is_tried_again_and_given_up(w: &World) {
    let (s, mut now) = (&w.store, Timestamp::now());
    let owner = NewMember { email: "Anna@biuro.example".to_owned(), role: Role::Owner, ..member() };
    user::add(s, &w.owner, owner).await.unwrap();
    let (made, _) = make(w, hook(&[])).await;
    webhook::test(s, &w.owner, made.id, now).await.unwrap();
    // By the schedule of Standard Webhooks, with the rest of the webhook at most.
    for (n, pause) in [5u64, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].into_iter().enumerate() {
        let mine = turn(w, now).await.unwrap_or_else(|| panic!("attempt {n}"));
        assert!(note(w, &mine, 0, with(WebhookProblem::Status, 500), now).await);
        webhook::release(s, &mine).await.unwrap();
        assert!(turn(w, now + Duration::from_secs(pause - 1)).await.is_none(), "not yet: {n}");
        now += Duration::from_secs(pause);
    }
    let listed = &webhook::deliveries(s, &w.owner, made.id, None, None, 1).await.unwrap()[0];
    assert_eq!((listed.state, listed.attempts, listed.response_code), (DeliveryState::Waiting, 9, Some(500)));
    let last = turn(w, now).await.unwrap();
    assert!(note(w, &last, 0, with(WebhookProblem::Timeout, 0), now).await);
    webhook::release(s, &last).await.unwrap();
    let listed = &webhook::deliveries(s, &w.owner, made.id, None, None, 1).await.unwrap()[0];
    assert_eq!((listed.state, listed.attempts, listed.next_at), (DeliveryState::Failed, 10, None));

    // Never a good answer for five days: switched off, and said to who manages the office.
    now += DAY * 2;
    let again = webhook::redeliver(s, &w.owner, listed.id, now).await.unwrap();
    assert_eq!((again.id, again.state), (listed.id, DeliveryState::Waiting));
    webhook::test(s, &w.owner, made.id, now).await.unwrap();
    let mine = turn(w, now).await.unwrap();
    assert!(!note(w, &mine, 0, with(WebhookProblem::Unreachable, 0), now).await, "nothing more is sent");
    let off = webhook::get(s, &w.owner, made.id).await.unwrap();
    assert_eq!((off.active, off.problem, off.waiting), (false, Some(WebhookProblem::Failing), 0));
    let mails = outgoing::claim(s, 10, now).await.unwrap();
    assert_eq!(mails.iter().map(|mail| mail.mail.subject.as_str()).collect::<Vec<_>>(), ["books failing"]);
    assert_eq!(mails[0].mail.to, "anna@biuro.example");
    assert!(matches!(webhook::test(s, &w.owner, made.id, now).await, Err(Error::Conflict { code: "webhook_off", .. })));

    // On again; 410 ends it at once.
    let on = webhook::change(s, &w.owner, made.id, Change { active: Some(true), ..Change::default() }, now).await.unwrap();
    assert_eq!((on.active, on.problem, on.failing_since), (true, None, None));
    webhook::test(s, &w.owner, made.id, now).await.unwrap();
    now += LEASE * 2;
    let mine = turn(w, now).await.unwrap();
    assert!(!note(w, &mine, 0, with(WebhookProblem::Gone, 410), now).await);
    assert_eq!(webhook::get(s, &w.owner, made.id).await.unwrap().problem, Some(WebhookProblem::Gone));
    assert_eq!(outgoing::claim(s, 10, now).await.unwrap().len(), 1);
    assert!(store::upkeep::tidy(s, now + DAY * 31).await.unwrap() > 0);
    assert!(webhook::deliveries(s, &w.owner, made.id, None, None, 9).await.unwrap().is_empty(), "kept for 30 days");
}

fn member() -> NewMember {
    NewMember {
        email: String::new(),
        name: "Anna".to_owned(),
        password_hash: None,
        role: Role::Owner,
        company: None,
        own_only: false,
    }
}

pub async fn secrets_overlap_and_nobody_else_sees_a_webhook(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let (made, secret) = make(w, hook(&[])).await;
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    let (rotated, new) = webhook::rotate(s, &w.owner, made.id, now).await.unwrap();
    assert!(rotated.old_secret_until.is_some() && new != secret);
    webhook::test(s, &w.owner, made.id, now).await.unwrap();
    assert_eq!(turn(w, now).await.unwrap().secrets, [new.clone(), secret.clone()]);
    let later = now + DAY + LEASE;
    assert_eq!(turn(w, later).await.unwrap().secrets, std::slice::from_ref(&new), "the old one has ended");
    assert!(!format!("{:?}", webhook::list(s, &w.owner).await.unwrap()).contains(&new[10..]));

    for new in [NewWebhook { url: "ftp://x".to_owned(), ..hook(&[]) }, hook(&["document.eaten"])] {
        assert!(matches!(webhook::create(s, &w.owner, new, now).await, Err(Error::Invalid { .. })));
    }
    let bookkeeper = NewToken { name: "b".to_owned(), role: Role::Bookkeeper, company: None, expires_at: None };
    let (_, secret) = token::create(s, &w.owner, bookkeeper).await.unwrap();
    let bookkeeper = token::verify(s, &secret, now).await.unwrap().unwrap();
    assert!(matches!(webhook::list(s, &bookkeeper).await, Err(Error::Forbidden)));
    let other: OfficeId = office::create(s, office::NewOffice { name: "Inne".to_owned(), ..Default::default() }).await.unwrap();
    let stranger = Scope::operator(other);
    assert!(webhook::list(s, &stranger).await.unwrap().is_empty());
    let of_ours = NewWebhook { company: Some(w.mlyn), ..hook(&[]) };
    assert!(matches!(webhook::create(s, &stranger, of_ours, now).await, Err(Error::NotFound)), "another office's company");
    assert!(matches!(webhook::get(s, &stranger, made.id).await, Err(Error::NotFound)));
    assert!(matches!(webhook::remove(s, &stranger, made.id).await, Err(Error::NotFound)));
    let waiting = webhook::deliveries(s, &w.owner, made.id, None, None, 1).await.unwrap()[0].id;
    assert!(matches!(webhook::redeliver(s, &stranger, waiting, now).await, Err(Error::NotFound)));
}

pub async fn one_that_cannot_sign_keeps_no_other_waiting(w: &World) {
    let s = &w.store;
    let ((broken, _), (good, secret)) = (make(w, hook(&[])).await, make(w, hook(&[])).await);
    // What is sealed for one opens no other, as nothing opens under another master key.
    let of = format!("SELECT o.sealed FROM webhook o WHERE o.id = '{}'", good.id);
    w.tamper(&format!("UPDATE webhook SET sealed = ({of}) WHERE id = '{}'", broken.id)).await;
    w.document(w.mlyn, "a").await;
    let now = Timestamp::now();
    let told = turn(w, now).await.unwrap();
    assert_eq!((told.webhook, &told.secrets), (good.id, &vec![secret]));
    for n in 0..told.due.len() {
        assert!(note(w, &told, n, Outcome { code: Some(204), ..Outcome::default() }, now).await);
    }
    assert!(turn(w, now).await.is_none());
    // A new secret is all it needs: the one before it signs nothing.
    let (_, secret) = webhook::rotate(s, &w.owner, broken.id, now).await.unwrap();
    let later = now + LEASE + Duration::from_secs(1);
    let told = turn(w, later).await.unwrap();
    assert_eq!((told.webhook, &told.secrets), (broken.id, &vec![secret]));
}
