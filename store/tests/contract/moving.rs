//! Companies that come as a whole.

use jiff::Timestamp;
use store::company::CompanyFacts;
use store::invitation::InvitationState;
use store::move_in::{self, NewCompany, Taken};
use store::pin::PinOwner;
use store::user::NewMember;
use store::{Error, Role, address, company, invitation, pin, sender};

use crate::world::World;

fn newcomer(name: &str, local: &str, pin: &str) -> NewCompany {
    let person =
        |email: &str, role| NewMember { email: email.to_owned(), name: String::new(), password_hash: None, company: None, role };
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
