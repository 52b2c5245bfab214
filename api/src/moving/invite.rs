//! Sending invitations, many at once: each is put on its way in one transaction with its new link, in the language of its company.

use std::collections::BTreeMap;

use jiff::Timestamp;
use store::invitation::{self, Invitation, InvitationState};
use store::outgoing::Mail;
use store::{CompanyId, InvitationId, Scope, Store, company, office};

use crate::http::{Code, Problem};
use crate::pages::lang::{self, Lang};

/// Which invitations.
#[derive(Clone, Debug)]
pub enum Which {
    /// All that are in this state now.
    All(InvitationState),
    /// This one.
    One(InvitationId),
}

/// Puts invitations on their way; gives their number. `who` invites, `address` is what links begin with.
pub async fn send(store: &Store, scope: &Scope, which: &Which, who: &str, address: &str) -> Result<u64, Problem> {
    let now = Timestamp::now();
    let office = office::get(store, scope).await?.facts;
    let languages: BTreeMap<CompanyId, &'static Lang> = company::list(store, scope)
        .await?
        .into_iter()
        .filter_map(|company| Some((company.id, lang::of(company.facts.language.as_deref()?)?)))
        .collect();
    let usual = lang::of(&office.language).unwrap_or_else(lang::english);
    let wanted: Vec<Invitation> = invitation::list(store, scope)
        .await?
        .into_iter()
        .filter(|one| match which {
            Which::All(state) => one.state(now) == *state,
            Which::One(id) => one.id == *id,
        })
        .collect();
    if let (Which::One(_), true) = (which, wanted.is_empty()) {
        return Err(Code::NotFound.into());
    }
    for one in &wanted {
        let l = one.company.and_then(|company| languages.get(&company).copied()).unwrap_or(usual);
        let (office, who, address) = (office.name.clone(), who.to_owned(), address.to_owned());
        let compose =
            move |found: &Invitation, secret: &str| mail(l, found, &office, &who, &format!("{address}/invitation/{secret}"));
        invitation::send(store, scope, one.id, now, compose).await?;
    }
    Ok(wanted.len() as u64)
}

/// The mail that invites.
pub fn mail(l: &Lang, to: &Invitation, office: &str, who: &str, link: &str) -> Mail {
    Mail {
        to: to.email.clone(),
        reply_to: None,
        answers: None,
        subject: l.with("invite.subject", office),
        text: l.fill("invite.mail", &[("office", office), ("who", who), ("link", link)]),
    }
}
