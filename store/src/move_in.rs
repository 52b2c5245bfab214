//! A company that comes with all it needs: its address, PIN, trusted senders and people, in one transaction. Offices bring their
//! clients by the hundred: what cannot be kept of one leaves no half of it behind.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::address;
use crate::company::{self, CompanyFacts};
use crate::error::{Error, Result};
use crate::id::CompanyId;
use crate::invitation;
use crate::pin::{self, Pin, Secret};
use crate::scope::Scope;
use crate::sender::{self, SenderKind};
use crate::sql::{Tx, marks, params};
use crate::store::Store;
use crate::user::{self, NewMember};

/// A company with what belongs to it.
#[derive(Clone, Debug)]
pub struct NewCompany {
    /// What is said of it.
    pub facts: CompanyFacts,
    /// Its address: the part before the at sign, and the domain.
    pub address: (String, String),
    /// Its PIN; none: random digits.
    pub pin: Option<String>,
    /// Mailboxes to be trusted as senders.
    pub senders: Vec<String>,
    /// People to be invited; the invitations wait to be sent. Their company is this one, whatever they say.
    pub people: Vec<NewMember>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Added {
    /// The company.
    pub company: CompanyId,
    /// Its PIN.
    pub pin: Pin,
}

/// Which of some addresses and PINs are in use already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Addresses, whoever of the installation has them.
    pub addresses: BTreeSet<(String, String)>,
    /// PINs of this office, its companies and its people.
    pub pins: BTreeSet<String>,
}

/// Values of one statement: both databases take at least as many.
const AT_ONCE: usize = 200;

/// Says which of these addresses and PINs (as they are kept) are taken.
pub async fn taken(store: &Store, scope: &Scope, addresses: &[(String, String)], pins: &[String]) -> Result<Taken> {
    scope.allow_manage()?;
    let mut tx = store.read_internal().await?;
    let mut taken = Taken::default();
    for some in addresses.chunks(AT_ONCE) {
        let mut values = vec![];
        let locals = marks(&mut values, some.iter().map(|(local, _)| local));
        let sql = format!("SELECT local, domain FROM address WHERE local IN ({locals})");
        for row in tx.fetch_all(sql, values).await? {
            let mut c = row.columns();
            taken.addresses.insert((c.text()?, c.text()?));
        }
    }
    for some in pins.chunks(AT_ONCE) {
        let hashes: Vec<Vec<u8>> = some.iter().map(|pin| pin::hash(store, scope, pin)).collect();
        let mut values = params![scope.office()];
        let list = marks(&mut values, hashes.iter().map(Vec::as_slice));
        let rows = tx.fetch_all(format!("SELECT hash FROM pin WHERE office_id = $1 AND hash IN ({list})"), values).await?;
        let found: Vec<Vec<u8>> = rows.into_iter().map(|row| row.columns().blob()).collect::<Result<_>>()?;
        taken.pins.extend(some.iter().zip(&hashes).filter(|(_, hash)| found.contains(hash)).map(|(pin, _)| pin.clone()));
    }
    Ok(taken)
}

/// Adds a company with all that belongs to it. A taken address, PIN or tax id is a conflict, and nothing was added.
pub async fn add(store: &Store, scope: &Scope, new: NewCompany, now: Timestamp) -> Result<Added> {
    scope.allow_manage()?;
    let facts = company::tidy(new.facts)?;
    let (local, domain) = address::acceptable(&new.address.0, &new.address.1)?;
    let length = crate::office::get(store, scope).await?.facts.pin_length;
    let chosen = new.pin.as_deref().map(|pin| pin::check(pin, length)).transpose()?;
    let senders = new.senders.iter().map(|mailbox| sender::acceptable(mailbox)).collect::<Result<Vec<_>>>()?;
    let id = CompanyId::new();
    let people: Vec<NewMember> = new.people.into_iter().map(|one| NewMember { company: Some(id), ..one }).collect();
    for person in &people {
        user::check(scope, person)?;
    }
    // A generated PIN may be taken: then it is made again.
    for _ in 0..20 {
        let value = chosen.clone().map_or_else(|| pin::generate(length), Ok)?;
        let (secret, scope_) = (Secret::of(store, scope, value)?, scope.clone());
        let placeholders = people.iter().map(|_| invitation::no_secret()).collect::<Result<Vec<_>>>()?;
        let (facts, local, domain) = (facts.clone(), local.clone(), domain.clone());
        let (senders, people) = (senders.clone(), people.clone());
        let added = store
            .write(scope, move |tx| {
                Box::pin(async move {
                    company::none_has(tx, &scope_, &facts).await?;
                    company::insert(tx, &scope_, id, &facts).await?;
                    address::insert(tx, &scope_, id, &local, &domain).await?;
                    let pin = give_pin(tx, &scope_, id, secret, now).await?;
                    for mailbox in &senders {
                        sender::insert(tx, &scope_, id, mailbox, SenderKind::Sender, None).await?;
                    }
                    for (person, hash) in people.iter().zip(placeholders) {
                        invitation::insert(tx, &scope_, person, hash, None, now).await?;
                    }
                    Ok(Added { company: id, pin })
                })
            })
            .await;
        match added {
            Err(Error::Conflict { code: "pin_taken", .. }) if chosen.is_none() => {}
            other => {
                store.cache().forget();
                return other;
            }
        }
    }
    Err(Error::conflict("pin_space", "No free PIN was found: use longer ones."))
}

async fn give_pin(tx: &mut Tx, scope: &Scope, company: CompanyId, secret: Secret, now: Timestamp) -> Result<Pin> {
    pin::insert_in(tx, scope, Some(company), None, secret, now).await.map_err(|error| match error {
        Error::Conflict { code: "exists", .. } => {
            Error::conflict("pin_taken", "This PIN cannot be used here. Choose another one.")
        }
        other => other,
    })
}
