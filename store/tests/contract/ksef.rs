//! Certificates for KSeF: a company's own and the office's.

use std::time::Duration;

use jiff::Timestamp;
use store::ksef::{self, Certificate, CertificateFacts, Credential, KsefAccess, Listed, NewAccess, NewInbox, office};
use store::outgoing::{self, Mail};
use store::token::{self, NewToken};
use store::user::{self, NewMember};
use store::{CompanyId, Error, Role, Scope, ending};

use crate::world::World;

const DAY: Duration = Duration::from_secs(86_400);
const LEASE: Duration = Duration::from_secs(60);
const NIP: &str = "5265877635";

fn certificate(subject: &str, valid_until: Timestamp) -> Certificate {
    let facts = CertificateFacts { subject: subject.to_owned(), valid_until };
    Certificate { der: subject.as_bytes().to_vec(), key: b"a private key".to_vec(), facts }
}

fn entered(access: Option<NewAccess>, nip: &str) -> NewInbox {
    NewInbox { nip: Some(nip.to_owned()), access, since: None }
}

/// Someone who manages one company alone.
async fn admin_of(w: &World, company: CompanyId) -> Scope {
    let new = NewToken { name: "x".to_owned(), role: Role::CompanyAdmin, company: Some(company), expires_at: None };
    let (_, secret) = token::create(&w.store, &w.owner, new).await.unwrap();
    token::verify(&w.store, &secret, Timestamp::now()).await.unwrap().unwrap()
}

async fn member(w: &World, email: &str, role: Role) {
    let new =
        NewMember { email: email.to_owned(), name: String::new(), password_hash: None, company: None, role, own_only: false };
    user::add(&w.store, &w.owner, new).await.unwrap();
}

pub async fn certificates_are_kept_and_warned_of(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let put = async |access, nip, now| ksef::put(s, &w.owner, w.mlyn, entered(access, nip), now).await;
    let own = |until| Some(NewAccess::Certificate(certificate("Jan Kowalski", until)));
    assert!(matches!(put(own(now - DAY), NIP, now).await, Err(Error::Invalid { .. })), "it has ended");
    let inbox = put(own(now + DAY * 40), NIP, now).await.unwrap();
    assert_eq!((inbox.access, inbox.certificate.unwrap().subject.as_str()), (KsefAccess::Certificate, "Jan Kowalski"));
    let turn = ksef::next(s, LEASE, now).await.unwrap().unwrap();
    let whole = Credential::Certificate { der: b"Jan Kowalski".to_vec(), key: b"a private key".to_vec() };
    assert!(turn.credential == Some(whole), "as it was given");
    // Saved again without one it stays; for another NIP it must be given again.
    assert_eq!(put(None, NIP, now).await.unwrap().access, KsefAccess::Certificate);
    assert!(matches!(put(None, "5260250995", now).await, Err(Error::Invalid { .. })));

    member(w, "anna@biuro.example", Role::Bookkeeper).await;
    member(w, "olga@biuro.example", Role::Owner).await;
    assert_eq!(ending::endings(s, 0, now).await.unwrap(), [], "40 days are long");
    let mut told = Vec::new();
    for day in 0..60 {
        let then = now + DAY * day;
        for ending in ending::endings(s, 0, then).await.unwrap() {
            assert_eq!((ending.subject.as_str(), ending.recipient.as_str()), ("Jan Kowalski", "anna@biuro.example"));
            assert_eq!(ending.company.as_ref().map(|(id, _)| *id), Some(w.mlyn));
            let mail = Mail {
                to: ending.recipient.clone(),
                reply_to: None,
                answers: None,
                subject: format!("{day}{}", if ending.ended { " ended" } else { "" }),
                text: String::new(),
            };
            ending::warn(s, &ending, mail, then).await.unwrap();
        }
        for due in outgoing::claim(s, 10, then).await.unwrap() {
            outgoing::sent(s, &due, then).await.unwrap();
            told.push(due.mail.subject);
        }
    }
    assert_eq!(told, ["10", "33", "39", "40 ended"], "30, 7 and 1 day before, and when it has ended; each once");
    ksef::remove(s, &w.owner, w.mlyn).await.unwrap();
}

pub async fn the_office_s_certificate_opens_what_the_office_says(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let client = admin_of(w, w.mlyn).await;
    let by_office = || entered(Some(NewAccess::Office), NIP);
    assert!(matches!(ksef::put(s, &w.owner, w.mlyn, by_office(), now).await, Err(Error::Invalid { .. })), "there is none");
    assert!(matches!(office::put(s, &client, certificate("Biuro", now + DAY * 5), now).await, Err(Error::Forbidden)));
    assert!(matches!(office::get(s, &client).await, Err(Error::Forbidden)));
    office::put(s, &w.owner, certificate("Biuro", now + DAY * 5), now).await.unwrap();
    assert_eq!(office::get(s, &w.owner).await.unwrap().unwrap().subject, "Biuro");

    // A client must not turn the office's certificate on another client's NIP.
    assert!(matches!(ksef::put(s, &client, w.mlyn, by_office(), now).await, Err(Error::Forbidden)));
    let inbox = ksef::put(s, &w.owner, w.mlyn, by_office(), now).await.unwrap();
    assert_eq!((inbox.access, inbox.certificate.unwrap().subject.as_str()), (KsefAccess::Office, "Biuro"));
    for nip in [NIP, "5260250995"] {
        assert!(matches!(ksef::put(s, &client, w.mlyn, entered(None, nip), now).await, Err(Error::Forbidden)), "{nip}");
    }
    let turn = ksef::next(s, LEASE, now).await.unwrap().unwrap();
    assert!(matches!(&turn.credential, Some(Credential::Certificate { der, .. }) if der == b"Biuro"));
    ksef::release(s, &turn, None, now + DAY, now).await.unwrap();

    // A newer one is tried at once, and is told of instead of the older.
    member(w, "olga@biuro.example", Role::Owner).await;
    member(w, "anna@biuro.example", Role::Bookkeeper).await;
    let told = |endings: &[ending::Ending]| endings.iter().map(|one| one.recipient.clone()).collect::<Vec<_>>();
    assert_eq!(told(&ending::endings(s, 0, now).await.unwrap()), ["olga@biuro.example"], "who can get a new one");
    assert_eq!(ending::endings(s, 24, now).await.unwrap(), [], "not before the hour");
    office::put(s, &w.owner, certificate("Biuro 2", now + DAY * 500), now).await.unwrap();
    assert_eq!(ending::endings(s, 0, now).await.unwrap(), []);
    let turn = ksef::next(s, LEASE, now).await.unwrap().unwrap();
    assert!(matches!(&turn.credential, Some(Credential::Certificate { der, .. }) if der == b"Biuro 2"));
    ksef::release(s, &turn, None, now, now).await.unwrap();

    office::remove(s, &w.owner).await.unwrap();
    assert!(matches!(office::remove(s, &w.owner).await, Err(Error::NotFound)));
    let turn = ksef::next(s, LEASE, now).await.unwrap().unwrap();
    assert!(turn.credential.is_none() && turn.access == KsefAccess::Office);
    // The client may take another way in.
    let token = entered(Some(NewAccess::Token("a-token".to_owned())), NIP);
    assert_eq!(ksef::put(s, &client, w.mlyn, token, now).await.unwrap().access, KsefAccess::Token);
    ksef::remove(s, &w.owner, w.mlyn).await.unwrap();
}

pub async fn invoices_stored_side_by_side_come_together(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    ksef::put(s, &w.owner, w.mlyn, entered(Some(NewAccess::Token("t".to_owned())), NIP), now).await.unwrap();
    let turn = ksef::next(s, LEASE, now).await.unwrap().unwrap();
    let listed = |number: &str, second: u32| Listed {
        number: number.to_owned(),
        hash: None,
        stored: Some(now - DAY + Duration::from_secs(second.into())),
    };
    // Numbers are in no order of time.
    let all = [("D", 1), ("C", 2), ("B", 3), ("A", 4), ("E", 5)].map(|(number, second)| listed(number, second));
    assert!(ksef::listed(s, &turn, all.into(), now, now).await.unwrap());
    assert_eq!(ksef::batch(s, &turn, 6, 9).await.unwrap(), None, "too few");
    let batch = ksef::batch(s, &turn, 2, 3).await.unwrap().unwrap();
    assert_eq!((batch.numbers.join(" "), batch.file_name()), ("D C B".to_owned(), "D_B.zip".to_owned()));
    assert!(batch.from <= now - DAY + Duration::from_secs(1) && batch.to > now - DAY + Duration::from_secs(3));
    assert!(batch.to < now - DAY + Duration::from_secs(4));
    assert_eq!(ksef::arrived_together(s, &turn, &batch).await.unwrap(), None);
    let mut arrival = w.arrival(w.mlyn, "a package");
    (arrival.channel, arrival.file_name) = (store::accept::Channel::Ksef, Some(batch.file_name()));
    let kept = store::accept::arrival(s, arrival).await.unwrap().submission;
    // Cut off there, and begun again with more of them waiting: what is in the package is known by its name.
    let more = ksef::batch(s, &turn, 2, 9).await.unwrap().unwrap();
    let (found, numbers) = ksef::arrived_together(s, &turn, &more).await.unwrap().unwrap();
    assert_eq!((found, numbers.join(" ")), (kept, "D C B".to_owned()));
    assert!(ksef::fetched_together(s, &turn, numbers, kept).await.unwrap());
    let inbox = ksef::get(s, &w.owner, w.mlyn).await.unwrap().unwrap();
    assert_eq!((inbox.fetched, inbox.waiting), (3, 2));
    let rest = ksef::batch(s, &turn, 1, 9).await.unwrap().unwrap();
    assert_eq!(rest.numbers.join(" "), "A E");
    // One that was tried is no part of a package.
    ksef::failed(s, &turn, "A", "not yet".to_owned(), LEASE, now).await.unwrap();
    assert_eq!(ksef::batch(s, &turn, 1, 9).await.unwrap().unwrap().numbers.join(" "), "E");
    ksef::remove(s, &w.owner, w.mlyn).await.unwrap();
}
