//! Addresses, PINs and what is kept of arrivals.

use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use store::accept::{self, Verdict};
use store::pin::{self, PinOwner};
use store::queue::JobKind;
use store::sender::{self, SenderKind};
use store::submission::{self, Decision, SubmissionState};
use store::user::{self, NewMember};
use store::{CompanyId, Error, Role, Scope, address, blob, company, lookup, part};

use crate::world::World;

const DAY: Duration = Duration::from_secs(24 * 3600);

pub async fn an_address_finds_its_company_pins_and_policy(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let id = address::create(s, &w.owner, w.mlyn, "Mlyn", "IN.example").await.unwrap();
    let taken = address::create(s, &w.owner, w.piekarnia, "mlyn", "in.example").await;
    assert!(matches!(taken, Err(Error::Conflict { code: "address_taken", .. })), "{taken:?}");
    let (_, alias) = address::create_secret_alias(s, &w.owner, w.mlyn).await.unwrap();
    let first = pin::set(s, &w.owner, PinOwner::Company(w.mlyn), Some("483920"), SignedDuration::ZERO).await.unwrap();
    let anna = NewMember {
        email: "Anna@biuro.example".to_owned(),
        name: "Anna".to_owned(),
        password_hash: None,
        company: None,
        role: Role::Bookkeeper,
        own_only: false,
    };
    let anna = user::add(s, &w.owner, anna).await.unwrap();
    let annas = pin::set(s, &w.owner, PinOwner::User(anna), None, SignedDuration::ZERO).await.unwrap();
    sender::create(s, &w.owner, w.mlyn, "Jan@Mlyn.example", SenderKind::Sender).await.unwrap();

    let found = lookup::recipient(s, "MLYN", "in.example", now).await.unwrap().unwrap();
    let r = &found.recipient;
    assert_eq!((r.office, r.company, r.address, found.secret_alias), (w.office, w.mlyn, id, false));
    let whose = |candidate: &str| r.whose_pin(s.keys(), candidate).map(|pin| (pin.user, pin.role));
    assert_eq!(whose("483920"), Some((None, Role::CompanyMember)));
    assert_eq!(whose(&annas.value), Some((Some(anna), Role::Bookkeeper)));
    assert_eq!(whose("483921"), None);
    user::disable(s, &w.owner, anna, true).await.unwrap();
    let without = lookup::recipient(s, "mlyn", "in.example", now).await.unwrap().unwrap().recipient;
    assert!(without.whose_pin(s.keys(), &annas.value).is_none() && without.whose_pin(s.keys(), "483920").is_some());
    user::disable(s, &w.owner, anna, false).await.unwrap();
    assert!(r.senders[0].covers("jan@mlyn.example"));
    assert!(lookup::recipient(s, "nobody", "in.example", now).await.unwrap().is_none());

    let hinted = lookup::recipient(s, &format!("mlyn+{alias}"), "in.example", now).await.unwrap().unwrap();
    assert!(hinted.secret_alias && hinted.hint.is_none());
    let hinted = lookup::recipient(s, "mlyn+ds", "in.example", now).await.unwrap().unwrap();
    assert!(!hinted.secret_alias && hinted.hint.as_deref() == Some("ds"));

    // The same PIN twice in an office would not say whose it is.
    let twice = pin::set(s, &w.owner, PinOwner::Company(w.piekarnia), Some("483920"), SignedDuration::ZERO).await;
    assert!(matches!(twice, Err(Error::Conflict { code: "pin_taken", .. })), "{twice:?}");

    // A rotation: two are valid, then one; a third ends the first at once.
    pin::set(s, &w.owner, PinOwner::Company(w.mlyn), Some("777001"), SignedDuration::from_hours(24)).await.unwrap();
    let r = lookup::recipient(s, "mlyn", "in.example", now).await.unwrap().unwrap().recipient;
    assert!(r.whose_pin(s.keys(), "483920").is_some() && r.whose_pin(s.keys(), "777001").is_some());
    pin::set(s, &w.owner, PinOwner::Company(w.mlyn), Some("777002"), SignedDuration::from_hours(24)).await.unwrap();
    let r = lookup::recipient(s, "mlyn", "in.example", now).await.unwrap().unwrap().recipient;
    let valid = ["483920", "777001", "777002"].map(|pin| r.whose_pin(s.keys(), pin).is_some());
    assert_eq!(valid, [false, true, true]);
    assert_ne!(first.id, pin::list(s, &w.owner, PinOwner::Company(w.mlyn)).await.unwrap()[0].id);

    // The brake counts and rests.
    let rule = lookup::BrakeRule { most: 2, ..lookup::BrakeRule::default() };
    assert_eq!(lookup::spend_brake(s, &r, "192.0.2.7", now, rule).await.unwrap().until, None);
    assert!(lookup::spend_brake(s, &r, "192.0.2.7", now, rule).await.unwrap().until.is_some());
    let r = lookup::recipient(s, "mlyn", "in.example", now).await.unwrap().unwrap().recipient;
    assert_eq!((r.brakes.len(), r.brakes[0].wrong), (1, 2));

    // An old address works until its end; a closed company takes nothing.
    address::retire(s, &w.owner, id, now + DAY).await.unwrap();
    assert!(lookup::recipient(s, "mlyn", "in.example", now).await.unwrap().is_some());
    assert!(lookup::recipient(s, "mlyn", "in.example", now + DAY).await.unwrap().is_none());
    company::close(s, &w.owner, w.mlyn, Timestamp::now()).await.unwrap();
    assert!(lookup::recipient(s, "mlyn", "in.example", now).await.unwrap().is_none());
}

pub async fn arrivals_are_kept_once_and_byte_for_byte(w: &World) {
    let s = &w.store;
    let first = w.accept(w.mlyn, "Subject: a\r\n\r\nbody\0\u{7f}").await;
    assert!(!first.duplicate);
    let retry = w.accept(w.mlyn, "Subject: a\r\n\r\nbody\0\u{7f}").await;
    assert_eq!((retry.submission, retry.duplicate), (first.submission, true));
    // The same bytes for another company are another arrival.
    assert!(!w.accept(w.piekarnia, "Subject: a\r\n\r\nbody\0\u{7f}").await.duplicate);

    let raw = || submission::raw(s, &w.owner, first.submission);
    assert_eq!(raw().await.unwrap(), "Subject: a\r\n\r\nbody\0\u{7f}");
    assert_eq!(blob::move_pending(s, 100).await.unwrap(), 1);
    assert_eq!(blob::move_pending(s, 100).await.unwrap(), 0);
    assert_eq!(raw().await.unwrap(), "Subject: a\r\n\r\nbody\0\u{7f}");
    let sha256 = submission::get(s, &w.owner, first.submission).await.unwrap().raw.unwrap();
    assert_eq!(blob::get_range(s, w.office, &sha256, 9..10).await.unwrap(), "a");

    // A week later it is a new arrival.
    let mut late = w.arrival(w.mlyn, "Subject: a\r\n\r\nbody\0\u{7f}");
    late.received_at = Timestamp::now() + DAY * 8;
    assert!(!accept::arrival(s, late).await.unwrap().duplicate);

    // A large one goes to the object store first.
    let large = "x".repeat(blob::SMALL + 1);
    let accepted = w.accept(w.mlyn, &large).await;
    assert_eq!(submission::raw(s, &w.owner, accepted.submission).await.unwrap(), large);
    assert_eq!(blob::move_pending(s, 100).await.unwrap(), 1, "the late arrival alone waited");
}

pub async fn many_arrivals_at_once_are_each_kept(w: &World) {
    let company = |i: usize| if i.is_multiple_of(2) { w.mlyn } else { w.piekarnia };
    let all = futures::future::join_all((0..300).map(|i| async move { w.accept(company(i), &format!("mail {i}")).await })).await;
    let mut ids: Vec<_> = all.iter().map(|a| a.submission).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 300);
    for (i, accepted) in all.iter().enumerate() {
        assert_eq!(submission::raw(&w.store, &w.owner, accepted.submission).await.unwrap(), format!("mail {i}"));
    }
    // Each has its job, once.
    let mut jobs = 0;
    while w.claim(JobKind::Unpack).await.is_some() {
        jobs += 1;
    }
    assert_eq!(jobs, 300);
    // Retries at once: one submission.
    let again = futures::future::join_all((0..20).map(|_| w.accept(w.mlyn, "one mail"))).await;
    assert_eq!(again.iter().filter(|a| !a.duplicate).count(), 1);
    assert!(again.iter().all(|a| a.submission == again[0].submission));
}

pub async fn a_bad_arrival_spoils_no_other(w: &World) {
    let nobody = CompanyId::new();
    let arrivals = (0..20).map(|i| {
        let company = if i == 7 { nobody } else { w.mlyn };
        accept::arrival(&w.store, w.arrival(company, &format!("mail {i}")))
    });
    let outcomes = futures::future::join_all(arrivals).await;
    let failed: Vec<usize> = outcomes.iter().enumerate().filter(|(_, o)| o.is_err()).map(|(i, _)| i).collect();
    assert_eq!(failed, [7]);
    for outcome in outcomes.into_iter().flatten() {
        submission::raw(&w.store, &w.owner, outcome.submission).await.unwrap();
    }
}

pub async fn held_mail_waits_for_a_decision(w: &World) {
    let s = &w.store;
    let held = |raw: &'static str| {
        let mut arrival = w.arrival(w.mlyn, raw);
        arrival.verdict = Verdict::Hold("no_pin".to_owned());
        async move { accept::arrival(s, arrival).await.unwrap().submission }
    };
    let (now, first, second) = (Timestamp::now(), held("first").await, held("second").await);
    let mut refused = w.arrival(w.mlyn, "refused");
    refused.verdict = Verdict::Refuse("wrong_pin".to_owned());
    let refused = accept::arrival(s, refused).await.unwrap().submission;
    let log = submission::list(s, &w.owner, &submission::LogFilter::default(), 50).await.unwrap();
    assert_eq!(log.iter().map(|m| m.state.as_str()).collect::<Vec<_>>(), ["refused", "held", "held"]);
    assert!(matches!(submission::raw(s, &w.owner, refused).await, Err(Error::NotFound)));

    // Held mail is taken apart, so that its parts can be shown; documents come with the release.
    for _ in 0..2 {
        let recorded = w.unpack_next("paper").await;
        assert!(recorded.held && recorded.documents.is_empty());
    }
    assert_eq!(part::list(s, &w.owner, first).await.unwrap().len(), 1);
    assert!(w.claim(JobKind::Unpack).await.is_none(), "a refused mail is not taken apart");

    let member = Scope::intake(w.office, w.mlyn);
    assert!(matches!(submission::decide(s, &member, first, Decision::Once, now).await, Err(Error::Forbidden)));
    let released = submission::decide(s, &w.owner, first, Decision::Always, now).await.unwrap();
    assert_eq!(released.state, SubmissionState::Received);
    assert!(sender::list(s, &w.owner, w.mlyn).await.unwrap()[0].covers("jan@mlyn.example"));
    assert_eq!(w.unpack_next("paper").await.documents.len(), 1);
    assert_eq!(submission::get(s, &w.owner, first).await.unwrap().state, SubmissionState::Admitted);
    assert_eq!(part::list(s, &w.owner, first).await.unwrap().len(), 1, "parts are inserted once");

    let discarded = submission::decide(s, &w.owner, second, Decision::Discard, now).await.unwrap();
    assert_eq!(discarded.state, SubmissionState::Discarded);
    let twice = submission::decide(s, &w.owner, second, Decision::Once, now).await;
    assert!(matches!(twice, Err(Error::Conflict { code: "not_held", .. })), "{twice:?}");
    // Sent again deliberately, it is a new mail.
    let again = accept::arrival(s, w.arrival(w.mlyn, "second")).await.unwrap();
    assert!(!again.duplicate && again.submission != second);
}
