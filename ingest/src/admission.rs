//! Admission: a mail and its envelope go through the gate for each recipient and are kept; the answers come back.
//!
//! What is kept is the mail byte for byte as it was sent, without the dots of the transfer and without a Received header of
//! ours: whose mail it was, from where and when is in the submission's row.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use store::accept::{Accepted, Arrival, Channel};
use store::lookup::{BrakeRule, Found, KnownPin, Recipient};
use store::sender::SenderKind;
use store::{Store, accept, lookup};

use crate::gate::{self, Brakes, Envelope, Head, Judgement, Paper, Plus, Policy, Reason, Verdict, Voucher, Without};

/// Servers a mail may pass before it is taken to run in circles (RFC 5321 section 6.3 says at least 100 for relays; we are
/// the last one, and our own answers would come back).
const MAX_HOPS: usize = 50;

/// What holds for all mail.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our own host name, by which we know our own mails.
    pub host: String,
    /// Types beside the shipped ones, by their code in subjects, in upper case.
    pub types: BTreeMap<String, Paper>,
    /// How many wrong PINs are too many.
    pub brake: BrakeRule,
}

/// A recipient that is ours.
#[derive(Clone, Debug)]
pub struct To {
    /// As the client wrote it.
    pub forward_path: String,
    found: Found,
}

/// A whole mail.
#[derive(Debug)]
pub struct Delivery {
    /// The way it came.
    pub channel: Channel,
    /// From where.
    pub peer: IpAddr,
    /// Its envelope, with what authentication proved.
    pub envelope: Envelope,
    /// Each with an answer of its own.
    pub recipients: Vec<To>,
    /// The mail as it came.
    pub raw: Bytes,
}

/// What becomes of a mail for one recipient.
#[derive(Debug)]
pub enum Answer {
    /// Durable: admitted or held.
    Kept(Accepted),
    /// The company refuses it; the mail log says so.
    Refused,
    /// It runs in circles.
    Loop,
    /// Nothing is known to have been kept: the sender is to try again.
    Later,
}

/// How a channel can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// Once for all recipients: a refusal beside an admission becomes a hold.
    Once,
    /// For each recipient.
    Each,
}

/// The way in. One for the process, shared by all channels.
pub struct Admission {
    store: Store,
    settings: Settings,
    brakes: Mutex<Brakes>,
}

/// One company's part of a mail.
struct Case {
    recipient: Arc<Recipient>,
    forward_path: String,
    judgement: Judgement<KnownPin>,
}

impl Admission {
    /// Admission into `store`.
    pub fn new(store: Store, settings: Settings) -> Arc<Admission> {
        Arc::new(Admission { store, settings, brakes: Mutex::default() })
    }

    /// Looks a forward path up. None if it is not ours.
    pub async fn recipient(&self, forward_path: &str) -> Result<Option<To>, store::Error> {
        let Some((local, domain)) = gate::split(forward_path) else { return Ok(None) };
        let found = lookup::recipient(&self.store, &local, &domain, Timestamp::now()).await?;
        Ok(found.map(|found| To { forward_path: forward_path.to_owned(), found }))
    }

    /// Judges a mail and has it kept. The answers are in the order of the recipients.
    pub async fn admit(&self, delivery: Delivery, answering: Answering) -> Vec<Answer> {
        let now = Timestamp::now();
        let head = Head::parse(&delivery.raw);
        if head.received > MAX_HOPS {
            return delivery.recipients.iter().map(|_| Answer::Loop).collect();
        }
        let mut cases: Vec<Case> = Vec::new();
        let mut places = Vec::with_capacity(delivery.recipients.len());
        for to in &delivery.recipients {
            let case = self.judge(&delivery, &head, to, now).await;
            places.push(join(&mut cases, case));
        }
        if answering == Answering::Once && cases.iter().any(|case| !case.is_refused()) {
            cases.iter_mut().for_each(Case::hold);
        }
        let kept = cases.iter().map(|case| self.keep(&delivery, &head, case, now));
        let kept: Vec<Answer> = futures::future::join_all(kept).await;
        places.into_iter().map(|place| kept[place].repeat()).collect()
    }

    /// The gate for one recipient. Judging and counting wrong PINs are one step under the lock, so that mails sent side by side
    /// get no extra tries; the row is written before anybody is answered.
    async fn judge(&self, delivery: &Delivery, head: &Head, to: &To, now: Timestamp) -> Case {
        let (recipient, rule) = (&to.found.recipient, self.settings.brake);
        let proved = head.from.first().filter(|_| delivery.envelope.authentication.from);
        let source = gate::source(delivery.peer, proved.map(String::as_str));
        let plus = Plus { hint: to.found.hint.as_deref(), secret_alias: to.found.secret_alias };
        let whose = |pin: &str| recipient.whose_pin(self.store.keys(), pin).cloned();
        let mut judgement = {
            let mut brakes = self.brakes.lock().unwrap_or_else(PoisonError::into_inner);
            let left = brakes.left(recipient.company, &source, &recipient.brakes, rule, now);
            let judgement = gate::judge(&delivery.envelope, head, plus, &self.policy(recipient), &whose, left);
            brakes.spend(recipient.company, &source, judgement.wrong_pins, rule, now);
            judgement
        };
        if head.is_own(&self.settings.host) {
            (judgement.verdict, judgement.voucher) = (Verdict::Hold(Reason::OwnMail), None);
        }
        for _ in 0..judgement.wrong_pins {
            if let Err(error) = lookup::spend_brake(&self.store, recipient, &source, now, rule).await {
                tracing::warn!(%error, "a wrong PIN could not be counted in the database; this process has counted it");
            }
        }
        Case { recipient: recipient.clone(), forward_path: shown_path(to), judgement }
    }

    fn policy(&self, recipient: &Recipient) -> Policy {
        let of = |kind| recipient.senders.iter().filter(move |sender| sender.kind == kind).map(|sender| sender.mailbox.clone());
        Policy {
            without: if recipient.refuses_without_pin() { Without::Refuse } else { Without::Hold },
            senders: of(SenderKind::Sender).collect(),
            forwarders: of(SenderKind::Forwarder).collect(),
            types: self.settings.types.clone(),
            shortest_pin: recipient.pin_length as usize,
        }
    }

    async fn keep(&self, delivery: &Delivery, head: &Head, case: &Case, now: Timestamp) -> Answer {
        let kept = accept::arrival(&self.store, case.arrival(delivery, head, now)).await;
        let company = case.recipient.company;
        let verdict = case.judgement.verdict;
        match kept {
            Ok(_) if case.is_refused() => {
                tracing::info!(%company, ?verdict, "mail refused");
                Answer::Refused
            }
            Ok(accepted) => {
                let (submission, duplicate) = (accepted.submission, accepted.duplicate);
                tracing::info!(%company, %submission, ?verdict, duplicate, "mail kept");
                Answer::Kept(accepted)
            }
            Err(error) => {
                tracing::error!(%company, %error, "a mail could not be kept; the sender is asked to try again");
                Answer::Later
            }
        }
    }
}

impl Case {
    fn is_refused(&self) -> bool {
        matches!(self.judgement.verdict, Verdict::Refuse(_))
    }

    fn hold(&mut self) {
        if let Verdict::Refuse(reason) = self.judgement.verdict {
            self.judgement.verdict = Verdict::Hold(reason);
        }
    }

    fn arrival(&self, delivery: &Delivery, head: &Head, now: Timestamp) -> Arrival {
        let judgement = &self.judgement;
        Arrival {
            office: self.recipient.office,
            company: self.recipient.company,
            channel: delivery.channel,
            verdict: match judgement.verdict {
                Verdict::Admit => accept::Verdict::Admit,
                Verdict::Hold(reason) => accept::Verdict::Hold(reason.code().to_owned()),
                Verdict::Refuse(reason) => accept::Verdict::Refuse(reason.code().to_owned()),
            },
            reverse_path: delivery.envelope.reverse_path.clone(),
            forward_path: self.forward_path.clone(),
            peer: Some(delivery.peer.to_canonical().to_string()),
            mail_from: head.from.first().cloned(),
            subject: Some(judgement.subject.clone()),
            message_id: head.message_id.clone(),
            file_name: None,
            user: match &judgement.voucher {
                Some(Voucher::Pin(pin)) => pin.user,
                _ => None,
            },
            period: judgement.period.map(|period| period.to_string()),
            direction: judgement.paper.map(|paper| paper.direction).unwrap_or_default(),
            document_type: judgement.paper.map(|paper| paper.document_type),
            raw: delivery.raw.clone(),
            received_at: now,
        }
    }
}

impl Answer {
    fn repeat(&self) -> Answer {
        match self {
            Answer::Kept(accepted) => Answer::Kept(*accepted),
            Answer::Refused => Answer::Refused,
            Answer::Loop => Answer::Loop,
            Answer::Later => Answer::Later,
        }
    }
}

/// Adds a case. Two addresses of one company make one submission, judged by the better of the two. Gives its place.
fn join(cases: &mut Vec<Case>, case: Case) -> usize {
    let rank = |case: &Case| match case.judgement.verdict {
        Verdict::Admit => 2,
        Verdict::Hold(_) => 1,
        Verdict::Refuse(_) => 0,
    };
    match cases.iter().position(|other| other.recipient.company == case.recipient.company) {
        Some(place) => {
            if rank(&case) > rank(&cases[place]) {
                cases[place] = case;
            }
            place
        }
        None => {
            cases.push(case);
            cases.len() - 1
        }
    }
}

/// The forward path as it may be shown: a secret alias is a credential.
fn shown_path(to: &To) -> String {
    match (to.found.secret_alias, to.forward_path.split_once('+'), to.forward_path.rsplit_once('@')) {
        (true, Some((local, _)), Some((_, domain))) => format!("{local}+{}@{domain}", gate::MASK),
        _ => to.forward_path.clone(),
    }
}
