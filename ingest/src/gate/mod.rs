//! The gate: may this mail in? Pure: envelope, headers, first lines and the company's policy go in; a verdict, its reason and
//! what was learnt come out.

mod address;
mod body;
mod brake;
mod head;
mod pin;
mod policy;
mod sender;
mod subject;
mod text;
mod vocab;

pub use address::{domain_of, split};
pub use body::body;
pub use brake::{Brakes, source};
pub use head::{Head, Marks, answer, header_end, own_lines};
pub use pin::MASK;
pub use policy::{Policy, Without};
pub use sender::{Authentication, Envelope, proof_matters};
pub use subject::Period;
pub use text::clean;
pub use vocab::Paper;

use pin::Candidates;
use sender::Trust;
use subject::Subject;

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes in.
    Admit,
    /// It is kept and waits for a person.
    Hold(Reason),
    /// The sending server is told no.
    Refuse(Reason),
}

/// Why a mail is held or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing that looks like a PIN.
    NoPin,
    /// What looks like a PIN is none of this company's.
    WrongPin,
    /// A list of PINs.
    TooManyPins,
    /// Too many wrong PINs came from there today: none is looked at.
    Braked,
    /// An authorised sender by name, but nothing proves that it is them.
    UnprovedSender,
    /// A provider asks whether forwarding may be set up.
    ForwardingVerification,
    /// A report on a mail that was not delivered.
    Bounce,
    /// A mail of our own that came back.
    OwnMail,
    /// Larger than mails may be.
    TooLarge,
}

impl Reason {
    /// Stable name, the same in rows, JSON and panels.
    pub fn code(self) -> &'static str {
        match self {
            Reason::NoPin => "no_pin",
            Reason::WrongPin => "wrong_pin",
            Reason::TooManyPins => "too_many_pins",
            Reason::Braked => "braked",
            Reason::UnprovedSender => "unproved_sender",
            Reason::ForwardingVerification => "forwarding_verification",
            Reason::Bounce => "bounce",
            Reason::OwnMail => "own_mail",
            Reason::TooLarge => "too_large",
        }
    }
}

/// What vouched for a mail. `O` is whose PIN it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voucher<O> {
    /// A PIN.
    Pin(O),
    /// The secret alias it was sent to.
    Alias,
    /// The login of a device.
    Device,
    /// An authorised sender.
    Sender,
    /// An authorised forwarder.
    Forwarder,
}

/// The verdict with all that was learnt on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement<O> {
    /// May it in?
    pub verdict: Verdict,
    /// What vouched for it, if it may.
    pub voucher: Option<Voucher<O>>,
    /// The month named in the subject or the address.
    pub period: Option<Period>,
    /// A month was named, but not which one.
    pub period_unclear: bool,
    /// The type's code named in the subject or the address, in upper case.
    pub code: Option<String>,
    /// What the code means; none for a code nobody knows.
    pub paper: Option<Paper>,
    /// Somebody passed the mail on for its author.
    pub redirected: bool,
    /// Wrong PINs looked at, to be spent at the brake.
    pub wrong_pins: u32,
    /// The subject for display, PINs masked.
    pub subject: String,
}

/// What the forward path says beside the company.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plus<'a> {
    /// A hint of type or period.
    pub hint: Option<&'a str>,
    /// A valid secret alias: it stands for the PIN.
    pub secret_alias: bool,
}

/// Says whose PIN a normalised word is. It compares keyed hashes in constant time.
pub type WhosePin<'a, O> = &'a dyn Fn(&str) -> Option<O>;

/// Judges a mail for one recipient. `budget` is how many wrong PINs may still be looked at.
pub fn judge<O>(
    envelope: &Envelope,
    head: &Head,
    plus: Plus<'_>,
    policy: &Policy,
    whose: WhosePin<'_, O>,
    budget: u32,
) -> Judgement<O> {
    let is_type = |code: &str| subject::paper_type(code, &policy.types).is_some();
    let read = subject::read(&head.subject, is_type);
    let candidates = pin::candidates(&head.subject, &read, &head.own_lines, policy.shortest_pin);
    let (mut judgement, search) = match special(envelope, head) {
        // Nobody who writes these knows a PIN: what looks like one is not looked at.
        Some(reason) => (learnt(Verdict::Hold(reason), &read), None),
        None => {
            let search = pin::search(&candidates, budget, whose);
            (learnt(Verdict::Admit, &read), Some(search))
        }
    };
    judgement.redirected = sender::is_redirected(envelope, head);
    judgement.subject = masked(head, &candidates, whose, budget, search.as_ref().is_some_and(|search| search.owner.is_some()));
    if let Some(search) = search {
        let trust = sender::trust(envelope, head, &policy.senders, &policy.forwarders);
        settle(&mut judgement, search, plus.secret_alias, trust, envelope, policy, budget);
    }
    if let Some(hint) = plus.hint {
        read_hint(&mut judgement, hint, &is_type);
    }
    judgement.paper = judgement.code.as_deref().and_then(|code| subject::paper_type(code, &policy.types)).copied();
    judgement
}

/// Mails that are no paper of a client, whatever stands in them.
fn special(envelope: &Envelope, head: &Head) -> Option<Reason> {
    if head.marks.verification {
        Some(Reason::ForwardingVerification)
    } else if head.marks.report && envelope.reverse_path.is_empty() {
        Some(Reason::Bounce)
    } else {
        None
    }
}

fn learnt<O>(verdict: Verdict, read: &Subject) -> Judgement<O> {
    Judgement {
        verdict,
        voucher: None,
        period: read.period,
        period_unclear: read.period_unclear,
        code: read.code.clone(),
        paper: None,
        redirected: false,
        wrong_pins: 0,
        subject: String::new(),
    }
}

/// Chooses voucher and verdict. The PIN comes first, since it alone says who sent the mail.
fn settle<O>(
    judgement: &mut Judgement<O>,
    search: pin::Search<O>,
    is_alias: bool,
    trust: Trust,
    envelope: &Envelope,
    policy: &Policy,
    budget: u32,
) {
    judgement.voucher = match (search.owner, is_alias, trust) {
        (Some(owner), ..) => Some(Voucher::Pin(owner)),
        _ if envelope.device => Some(Voucher::Device),
        (None, true, _) => Some(Voucher::Alias),
        (None, false, Trust::Sender) => Some(Voucher::Sender),
        (None, false, Trust::Forwarder) => Some(Voucher::Forwarder),
        _ => None,
    };
    if judgement.voucher.is_some() {
        return;
    }
    // What came in on other grounds spends nothing: numbers in it were not meant as PINs.
    judgement.wrong_pins = search.wrong;
    let reason = match (search.braked, search.wrong, search.too_many, trust) {
        (true, ..) => Reason::Braked,
        (_, 1.., ..) => Reason::WrongPin,
        (_, _, true, _) => Reason::TooManyPins,
        (.., Trust::Unproved) => Reason::UnprovedSender,
        _ => Reason::NoPin,
    };
    // A refusal of a redirected mail would go to the supplier; one after many wrong PINs would be an oracle.
    let may_refuse = !judgement.redirected && !envelope.reverse_path.is_empty() && !search.braked && budget > 0;
    judgement.verdict = match policy.without {
        Without::Refuse if may_refuse => Verdict::Refuse(reason),
        _ => Verdict::Hold(reason),
    };
}

/// `fk`, `2026-03`, `fk-03-2026`: what the subject does not say.
fn read_hint<O>(judgement: &mut Judgement<O>, hint: &str, is_type: &impl Fn(&str) -> bool) {
    let (code, period) = match Period::parse(hint) {
        Some(period) => (None, Some(period)),
        None => match hint.split_once(['-', '.', '_', '+']) {
            Some((code, rest)) => (Some(code), Period::parse(rest)),
            None => (Some(hint), None),
        },
    };
    if judgement.code.is_none() {
        judgement.code = code.map(str::to_uppercase).filter(|code| is_type(code));
    }
    if judgement.period.is_none() && !judgement.period_unclear {
        judgement.period = period;
    }
}

/// A text without what is a PIN: each word of which `is_pin` says so, and each that is labelled as one.
pub fn without_pins(text: &str, is_pin: &dyn Fn(&str) -> bool) -> String {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let candidates = pin::candidates("", &Subject::default(), &lines, 4);
    let words = text::runs(text).into_iter().map(|run| pin::normalise(run.text));
    let mut hidden: Vec<String> = words.filter(|word| pin::is_shaped(word) && is_pin(word)).chain(candidates.labelled).collect();
    hidden.sort_by_key(|word| std::cmp::Reverse(word.len()));
    pin::mask(text, &hidden)
}

/// The subject without what is or may be a PIN. Each word that is some PIN of this company is masked, wherever it stands. If
/// none was right, all that could have been meant as one is masked too: a mistyped PIN is nearly one.
fn masked<O>(head: &Head, candidates: &Candidates, whose: WhosePin<'_, O>, budget: u32, found: bool) -> String {
    let is_hidden = |word: &String| budget == 0 || whose(word).is_some();
    let words = text::runs(&head.subject).into_iter().map(|run| pin::normalise(run.text));
    let mut hidden: Vec<String> = words.filter(|word| pin::is_shaped(word) && is_hidden(word)).collect();
    let all = [&candidates.bracketed, &candidates.labelled, &candidates.bare];
    hidden.extend(all.into_iter().flatten().filter(|word| !found || is_hidden(word)).cloned());
    hidden.sort_by_key(|word| std::cmp::Reverse(word.len()));
    pin::mask(&head.subject, &hidden)
}
