//! Who sent a mail, and whether the company trusts them without a PIN.

use super::address::domain_of;
use super::head::{Head, Marks};

/// What the authentication of a mail proved (SPF, DKIM, DMARC, ARC). The default proves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    /// The From header's domain: by DKIM aligned as DMARC asks, or directly with aligned SPF.
    pub from: bool,
    /// The reverse path's domain, by SPF or a trusted ARC chain: who forwarded it.
    pub forwarder: bool,
}

/// What came with the mail in the SMTP dialogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Empty for `<>`.
    pub reverse_path: String,
    /// A device of the company signed in to send it: no PIN is needed.
    pub device: bool,
    /// What is proved of the sender.
    pub authentication: Authentication,
}

/// How a company that trusts its senders sees this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// An authorised sender, proved.
    Sender,
    /// An authorised forwarder, proved.
    Forwarder,
    /// On a list, but nothing proves that it is really them.
    Unproved,
    /// On no list.
    Stranger,
}

/// Looks the sender up in the company's lists. From must name exactly one mailbox: with two, each would vouch for the other.
pub fn trust(envelope: &Envelope, head: &Head, senders: &[String], forwarders: &[String]) -> Trust {
    let from = match &head.from[..] {
        [only] if is_listed(only, senders) => Some(envelope.authentication.from),
        _ => None,
    };
    let passed_on = passed_on_by(&envelope.reverse_path).iter().any(|mailbox| is_listed(mailbox, forwarders));
    let forwarder = passed_on.then_some(envelope.authentication.forwarder);
    match (from, forwarder) {
        (Some(true), _) => Trust::Sender,
        (_, Some(true)) => Trust::Forwarder,
        (None, None) => Trust::Stranger,
        _ => Trust::Unproved,
    }
}

/// Whether proving the sender could change what becomes of a mail: somebody listed is said to have sent it.
pub fn proof_matters(envelope: &Envelope, head: &Head, senders: &[String], forwarders: &[String]) -> bool {
    let unproved = Envelope { authentication: Authentication::default(), ..envelope.clone() };
    trust(&unproved, head, senders, forwarders) == Trust::Unproved
}

/// Who may have passed a mail on, by its reverse path: the path itself, and the mailbox within it where a provider has put the
/// mailbox that it went to in as well. Headers that name a forwarder (X-Forwarded-For, Resent-From) prove nothing: of two
/// customers of one provider each could write the other's name there.
fn passed_on_by(reverse_path: &str) -> Vec<String> {
    let path = reverse_path.to_lowercase();
    let Some((local, domain)) = path.rsplit_once('@') else { return vec![path] };
    // Gmail: `anna+caf_=mlyn=in.example@gmail.com`. Exchange Online: `anna+SRS=hash=day=hurt.example=jan@firma.example`.
    let own = ["+caf_=", "+srs="].iter().find_map(|sign| local.split_once(sign)).map(|(own, _)| format!("{own}@{domain}"));
    std::iter::once(path.clone()).chain(own).collect()
}

/// Whether an entry is this mailbox, or `@domain` of it. Subdomains are entries of their own.
fn is_listed(mailbox: &str, list: &[String]) -> bool {
    let mailbox = mailbox.to_lowercase();
    let domain = domain_of(&mailbox);
    !domain.is_empty()
        && list.iter().any(|entry| match entry.strip_prefix('@') {
            Some(entry) => entry.eq_ignore_ascii_case(&domain),
            None => entry.to_lowercase() == mailbox,
        })
}

/// Whether somebody other than the author passed the mail on, so that a refusal would reach the wrong person: the envelope is
/// not aligned with From, or headers say so. The null path never reaches anybody.
pub fn is_redirected(envelope: &Envelope, head: &Head) -> bool {
    let Marks { list, resent, forwarded, .. } = head.marks;
    let domain = domain_of(&envelope.reverse_path);
    let aligned = |from: &str| {
        let from = domain_of(from);
        !from.is_empty() && (from == domain || from.ends_with(&format!(".{domain}")) || domain.ends_with(&format!(".{from}")))
    };
    list || resent || forwarded || domain.is_empty() || !head.from.iter().any(|from| aligned(from))
}
