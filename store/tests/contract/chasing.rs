//! What months lack, and what stops the asking.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use ocr::reading::{Direction, DocumentType, FieldName};
use store::archive::{self, ArchiveState, Paper};
use store::chase::{self, Ask, Line, Missing, Next, Plan, Rhythm, Step};
use store::company::{self, CompanyFacts};
use store::document::{Booking, PaymentState};
use store::invitation::{self, Invitation, InvitationState};
use store::outgoing::{self, Mail};
use store::period::{self, PeriodState};
use store::review::Review;
use store::user::NewMember;
use store::{CompanyId, Error, Role, address, submission};

use crate::world::World;

/// A paper of a seller, filed in a month.
async fn paper(w: &World, company: CompanyId, seller: &str, tax_id: &str, month: &str) {
    let values = BTreeMap::from([
        (FieldName::SellerName, Some(seller.to_owned())),
        (FieldName::SellerTaxId, Some(tax_id.to_owned()).filter(|id| !id.is_empty())),
    ]);
    let paper = Paper {
        path: format!("{month}/{seller}.pdf"),
        media_type: "application/pdf".to_owned(),
        content: format!("%PDF {company} {seller} {month}").into_bytes().into(),
        state: ArchiveState::Filed,
        document_type: DocumentType::Invoice,
        direction: Direction::Purchase,
        period: Some(month.to_owned()),
        booking: Booking::default(),
        payment_state: PaymentState::Unknown,
        values: Review { fields: values, ..Review::default() },
        received_at: Timestamp::now(),
    };
    archive::add(&w.store, &w.owner, company, paper).await.unwrap();
}

async fn line(w: &World, company: CompanyId, today: &str) -> Option<Line> {
    let board = chase::board(&w.store, &w.owner, "2026-07", today.parse().unwrap()).await.unwrap();
    board.into_iter().find(|line| line.company == company)
}

fn compose(ask: &Ask) -> Mail {
    let sellers: Vec<&str> = ask.missing.sellers.iter().map(|one| one.seller.as_str()).collect();
    let (to, reply_to, subject) = (ask.to.clone(), ask.answer_to.clone(), format!("{} {}", ask.step, ask.text));
    Mail { to, reply_to, answers: None, subject, text: sellers.join(",") }
}

pub async fn what_a_month_lacks(w: &World) {
    for month in ["2026-04", "2026-05", "2026-06"] {
        // One seller, though it prints its name in two ways.
        paper(w, w.mlyn, if month == "2026-05" { "Orange" } else { "ORANGE Polska S.A." }, "PL5260250995", month).await;
        paper(w, w.mlyn, "Wodociągi", "", month).await;
        paper(w, w.piekarnia, "Orange Polska", "PL5260250995", month).await;
    }
    paper(w, w.mlyn, "Wodociągi", "", "2026-07").await;
    paper(w, w.mlyn, "Jednorazowy", "", "2026-06").await;
    let missing = chase::missing(&w.store, &w.owner, "2026-07").await.unwrap();
    let mlyn = &missing[&w.mlyn];
    assert!(!mlyn.nothing);
    let said: Vec<_> = mlyn.sellers.iter().map(|one| (one.tax_id.as_deref(), one.rhythm, one.last.as_str())).collect();
    assert_eq!(said, [(Some("PL5260250995"), Rhythm::Monthly, "2026-06")]);
    assert!(missing[&w.piekarnia].nothing && missing[&w.piekarnia].sellers.len() == 1);
    // The month before lacks nothing; a company that came after the month, neither; nor one that is closed.
    assert!(chase::missing(&w.store, &w.owner, "2026-06").await.unwrap().is_empty());
    let facts = CompanyFacts { name: "Nowa".to_owned(), ..CompanyFacts::default() };
    let new = company::create(&w.store, &w.owner, facts).await.unwrap();
    assert!(!chase::missing(&w.store, &w.owner, "2026-07").await.unwrap().contains_key(&new));
    company::close(&w.store, &w.owner, w.mlyn, Timestamp::now()).await.unwrap();
    assert!(!chase::missing(&w.store, &w.owner, "2026-07").await.unwrap().contains_key(&w.mlyn));
}

pub async fn asking_goes_in_steps_until_something_stops_it(w: &World) {
    let s = &w.store;
    for month in ["2026-04", "2026-05", "2026-06"] {
        paper(w, w.mlyn, "Orange", "PL5260250995", month).await;
    }
    paper(w, w.mlyn, "Inny", "", "2026-07").await;
    address::create(s, &w.owner, w.mlyn, "mlyn", "in.example").await.unwrap();
    let steps = vec![Step { day: 5, text: String::new() }, Step { day: 12, text: "Again".to_owned() }];
    chase::plan::set(s, &w.owner, Plan { active: false, steps }).await.unwrap();
    let falling = vec![Step { day: 5, text: String::new() }, Step { day: 5, text: String::new() }];
    assert!(matches!(chase::plan::set(s, &w.owner, Plan { active: true, steps: falling }).await, Err(Error::Invalid { .. })));

    assert_eq!(line(w, w.mlyn, "2026-08-06").await.unwrap().next, Next::NoAddress);
    let facts =
        CompanyFacts { contact: Some("jan@mlyn.example".to_owned()), ..company::get(s, &w.owner, w.mlyn).await.unwrap().facts };
    company::change(s, &w.owner, w.mlyn, facts).await.unwrap();
    assert_eq!(line(w, w.mlyn, "2026-08-04").await.unwrap().next, Next::Later { on: "2026-08-05".parse().unwrap() });
    assert_eq!(line(w, w.mlyn, "2026-08-06").await.unwrap().next, Next::Now);

    // One mail, however many ask at once.
    assert!(chase::ask(s, &w.owner, w.mlyn, "2026-07", 0, compose).await.unwrap());
    assert!(!chase::ask(s, &w.owner, w.mlyn, "2026-07", 0, compose).await.unwrap());
    let due = outgoing::claim(s, 10, Timestamp::now()).await.unwrap();
    assert_eq!(due.len(), 1);
    let mail = &due[0].mail;
    assert_eq!((mail.to.as_str(), mail.text.as_str()), ("jan@mlyn.example", "Orange"));
    let answer_to = mail.reply_to.clone().unwrap();
    assert!(answer_to.starts_with("mlyn+re-") && answer_to.ends_with("@in.example"), "{answer_to}");
    assert!(outgoing::claim(s, 10, Timestamp::now()).await.unwrap().is_empty(), "nobody else gets it meanwhile");
    outgoing::sent(s, &due[0], Timestamp::now()).await.unwrap();
    let asked = line(w, w.mlyn, "2099-01-01").await.unwrap();
    assert_eq!((asked.sent, asked.next), (1, Next::Now));

    // A hand stops it, and lets it go on.
    chase::stop(s, &w.owner, w.mlyn, "2026-07", true).await.unwrap();
    assert_eq!(line(w, w.mlyn, "2099-01-01").await.unwrap().next, Next::Stopped);
    assert!(!chase::ask(s, &w.owner, w.mlyn, "2026-07", 1, compose).await.unwrap());
    chase::stop(s, &w.owner, w.mlyn, "2026-07", false).await.unwrap();
    assert!(chase::ask(s, &w.owner, w.mlyn, "2026-07", 1, compose).await.unwrap());
    let due = outgoing::claim(s, 10, Timestamp::now()).await.unwrap();
    assert_eq!((due[0].mail.subject.as_str(), due[0].mail.reply_to.as_deref()), ("1 Again", Some(answer_to.as_str())));
    assert_eq!(line(w, w.mlyn, "2099-01-01").await.unwrap().next, Next::Call, "all were sent");

    // An answer stops it: what came to the alias, as the log shows it.
    let mut mail = w.arrival(w.mlyn, "We have nothing for July");
    mail.forward_path = "mlyn+re-…@in.example".to_owned();
    let answer = store::accept::arrival(s, mail).await.unwrap().submission;
    let answered = line(w, w.mlyn, "2099-01-01").await.unwrap();
    assert_eq!((answered.next, answered.answer), (Next::Answered, Some(answer)));
    submission::get(s, &w.owner, answer).await.unwrap();

    // The month's end stops it, and so does the paper.
    period::set(s, &w.owner, w.mlyn, "2026-07", PeriodState::Closed).await.unwrap();
    chase::stop(s, &w.owner, w.mlyn, "2026-07", false).await.unwrap();
    assert_eq!(line(w, w.mlyn, "2099-01-01").await.unwrap().next, Next::Complete);
    period::set(s, &w.owner, w.mlyn, "2026-07", PeriodState::Open).await.unwrap();
    paper(w, w.mlyn, "Orange", "PL5260250995", "2026-07").await;
    let came = line(w, w.mlyn, "2099-01-01").await.unwrap();
    assert_eq!((came.missing, came.next), (Missing::default(), Next::Came));
    assert!(!chase::ask(s, &w.owner, w.mlyn, "2026-07", 2, compose).await.unwrap());
    // Its secret alias is not one that people manage.
    assert!(address::secret_aliases(s, &w.owner, w.mlyn).await.unwrap().is_empty());
}

pub async fn mail_of_ours_is_tried_again_and_given_up(w: &World) {
    let s = &w.store;
    for month in ["2026-04", "2026-05", "2026-06"] {
        paper(w, w.mlyn, "Orange", "PL5260250995", month).await;
    }
    let facts =
        CompanyFacts { contact: Some("jan@mlyn.example".to_owned()), ..company::get(s, &w.owner, w.mlyn).await.unwrap().facts };
    company::change(s, &w.owner, w.mlyn, facts).await.unwrap();
    assert!(chase::ask(s, &w.owner, w.mlyn, "2026-07", 0, compose).await.unwrap());
    let mut now = Timestamp::now();
    let mut tries = 0;
    loop {
        let due = outgoing::claim(s, 10, now).await.unwrap();
        let Some(one) = due.first() else { break };
        assert!(one.mail.reply_to.is_none(), "a company without an address has none for answers");
        tries += 1;
        outgoing::failed(s, one, "421 later", false, now).await.unwrap();
        assert!(outgoing::claim(s, 10, now).await.unwrap().is_empty(), "not at once");
        now += jiff::SignedDuration::from_hours(24);
    }
    assert_eq!(tries, 9);
}

pub async fn a_mail_that_cannot_be_opened_holds_up_no_other(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let mut ids = Vec::new();
    for name in ["ewa", "jan"] {
        let (email, company) = (format!("{name}@mlyn.example"), Some(w.mlyn));
        let (name, role) = (String::new(), Role::CompanyMember);
        let member = NewMember { email, name, password_hash: None, company, role, own_only: false };
        let (id, _) = invitation::create(s, &w.owner, &member, now).await.unwrap();
        let mail = |one: &Invitation, _: &str| {
            let (to, subject, text) = (one.email.clone(), String::new(), String::new());
            Mail { to, reply_to: None, answers: None, subject, text }
        };
        invitation::send(s, &w.owner, id, now, mail).await.unwrap();
        ids.push(id);
    }
    // What is sealed for one mail opens no other, as nothing opens under another master key.
    let of = |id| format!("SELECT o.sealed FROM outgoing o WHERE o.subject_id = '{id}'");
    w.tamper(&format!("UPDATE outgoing SET sealed = ({}) WHERE subject_id = '{}'", of(ids[1]), ids[0])).await;
    let due = outgoing::claim(s, 10, now).await.unwrap();
    assert_eq!(due.iter().map(|one| one.mail.to.as_str()).collect::<Vec<_>>(), ["jan@mlyn.example"]);
    let all = invitation::list(s, &w.owner).await.unwrap();
    let broken = all.iter().find(|one| one.id == ids[0]).unwrap();
    assert_eq!(broken.state(now), InvitationState::Failed, "it is said, and can be sent again");
    assert_eq!(outgoing::claim(s, 10, now + Duration::from_secs(600)).await.unwrap().len(), 1, "it is not tried for ever");
}
