//! Admission: a mail and its envelope go through the gate for each recipient and are kept; the answers come back.
//!
//! What is kept is the mail byte for byte as it was sent, without the dots of the transfer and without a Received header of
//! ours: whose mail it was, from where and when is in the submission's row.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use store::accept::{Accepted, Arrival, Channel};
use store::device::{self, Device};
use store::lookup::{BrakeRule, Found, KnownPin, Recipient};
use store::sender::SenderKind;
use store::{CompanyId, OfficeId, Store, UserId, accept, lookup, mailbox, submission};
use tokio::sync::Semaphore;

use crate::authentication::{self, Authenticator, Proof, Sent};
use crate::gate::{self, Brakes, Envelope, Head, Judgement, Paper, Plus, Policy, Reason, Verdict, Voucher, Without};
use crate::rate::{Rate, Spent};

/// Servers a mail may pass before it is taken to run in circles (RFC 5321 section 6.3 says at least 100 for relays; we are
/// the last one, and our own answers would come back).
const MAX_HOPS: usize = 50;

/// Mails that are checked at once after their answer, and their greatest length: they are kept in memory meanwhile.
const CHECKS_AT_ONCE: usize = 8;
const MAX_CHECKED_LATER: usize = 2 << 20;

/// What holds for all mail.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our own host name, by which we know our own mails.
    pub host: String,
    /// Types beside the shipped ones, by their code in subjects, in upper case.
    pub types: BTreeMap<String, Paper>,
    /// How many wrong PINs are too many.
    pub brake: BrakeRule,
    /// Mails an hour that one company may get; more are asked to come later.
    pub mails_per_hour: u64,
    /// Bytes kept for one company at most; none for no limit.
    pub company_bytes: Option<u64>,
    /// Checks what comes straight from other servers; none: nothing is ever proved.
    pub authenticator: Option<Authenticator>,
    /// Names of the servers whose Authentication-Results are believed on mails that a server next door hands over.
    pub trusted_servers: Vec<String>,
}

impl Settings {
    /// The shipped settings for a host of this name.
    pub fn of(host: &str) -> Settings {
        Settings {
            host: host.to_owned(),
            types: BTreeMap::new(),
            brake: BrakeRule::default(),
            mails_per_hour: 60_000,
            company_bytes: None,
            authenticator: None,
            trusted_servers: Vec::new(),
        }
    }
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
    /// What the sending server said it is.
    pub helo: String,
    /// Its envelope, with what authentication proved.
    pub envelope: Envelope,
    /// For what was fetched from a mailbox: names of the servers whose Authentication-Results in it are believed.
    pub trusted_servers: Vec<String>,
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
    /// A fetched mail that is there already.
    Known,
    /// The company refuses it; the mail log says so.
    Refused,
    /// It runs in circles.
    Loop,
    /// Nothing is known to have been kept: the sender is to try again.
    Later,
    /// Not kept, for the disk is full: the sender is to try again.
    Full,
}

/// How a channel can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// Once for all recipients: a refusal beside an admission becomes a hold.
    Once,
    /// For each recipient.
    Each,
    /// Not at all: a refusal becomes a hold.
    Never,
}

/// The way in. One for the process, shared by all channels.
pub struct Admission {
    store: Store,
    settings: Settings,
    brakes: Mutex<Brakes>,
    mails: Mutex<Spent<CompanyId>>,
    stored: Mutex<HashMap<CompanyId, (Instant, u64)>>,
    checks: Arc<Semaphore>,
}

/// One company's part of a mail.
struct Case {
    recipient: Arc<Recipient>,
    forward_path: String,
    /// From whom wrong PINs were spent at the brake.
    source: String,
    judgement: Judgement<KnownPin>,
}

impl To {
    /// Whose office's it is.
    pub fn office(&self) -> OfficeId {
        self.found.recipient.office
    }

    /// Whose it is.
    pub fn company(&self) -> CompanyId {
        self.found.recipient.company
    }
}

impl Admission {
    /// Admission into `store`.
    pub fn new(store: Store, settings: Settings) -> Arc<Admission> {
        let checks = Arc::new(Semaphore::new(CHECKS_AT_ONCE));
        Arc::new(Admission {
            store,
            settings,
            brakes: Mutex::default(),
            mails: Mutex::default(),
            stored: Mutex::default(),
            checks,
        })
    }

    /// Whether the company's share of mails is not used up for now.
    pub fn has_room(&self, to: &To) -> bool {
        let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        !mails.is_over(&to.company(), Rate::per_hour(self.settings.mails_per_hour), Instant::now())
    }

    /// Whether what is kept for the company has reached its quota. What was counted holds for a minute.
    pub async fn is_full(&self, to: &To) -> bool {
        const HOLDS: Duration = Duration::from_secs(60);
        let Some(most) = self.settings.company_bytes else { return false };
        let known = self.stored.lock().unwrap_or_else(PoisonError::into_inner).get(&to.company()).copied();
        if let Some((_, stored)) = known.filter(|(since, _)| since.elapsed() < HOLDS) {
            return stored >= most;
        }
        match submission::stored(&self.store, to.office(), to.company()).await {
            Ok(stored) => {
                let mut counted = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
                counted.retain(|_, (since, _)| since.elapsed() < HOLDS);
                counted.insert(to.company(), (Instant::now(), stored));
                stored >= most
            }
            Err(error) => {
                // The commit will say so, if the store is away.
                tracing::warn!(%error, "what is kept for a company cannot be counted");
                false
            }
        }
    }

    /// The device with this login, if the secret is right.
    pub async fn device(&self, login: &str, secret: &str) -> Result<Option<Device>, store::Error> {
        device::verify(&self.store, login, secret).await
    }

    /// Looks a forward path up. None if it is not ours.
    pub async fn recipient(&self, forward_path: &str) -> Result<Option<To>, store::Error> {
        let Some((local, domain)) = gate::split(forward_path) else { return Ok(None) };
        let found = lookup::recipient(&self.store, &local, &domain, Timestamp::now()).await?;
        Ok(found.map(|found| To { forward_path: forward_path.to_owned(), found }))
    }

    /// A company as a recipient, for mail that names none of its addresses. None: it has no address, or is closed.
    pub async fn company(&self, office: OfficeId, company: CompanyId) -> Result<Option<To>, store::Error> {
        let found = lookup::by_company(&self.store, office, company, Timestamp::now()).await?;
        Ok(found.map(|recipient| {
            let found = Found { recipient: Arc::new(recipient), hint: None, secret_alias: false, thread: None };
            To { forward_path: String::new(), found }
        }))
    }

    /// Notes a mail of which only the header section is at hand, since it is larger than mails may be.
    pub async fn too_large(&self, delivery: Delivery) -> Vec<Answer> {
        let now = Timestamp::now();
        let head = Head::parse(&delivery.raw);
        let mut answers = Vec::new();
        for to in &delivery.recipients {
            let mut case = self.judge(&delivery, &head, to, None, now);
            case.judgement.verdict = Verdict::Refuse(Reason::TooLarge);
            answers.push(self.keep(&delivery, &head, &case, None, now).await);
        }
        answers
    }

    /// Judges a mail and has it kept. The answers are in the order of the recipients.
    pub async fn admit(&self, mut delivery: Delivery, answering: Answering) -> Vec<Answer> {
        let now = Timestamp::now();
        let head = Head::parse(&delivery.raw);
        if head.received > MAX_HOPS {
            return delivery.recipients.iter().map(|_| Answer::Loop).collect();
        }
        let mut judged: Vec<Case> = delivery.recipients.iter().map(|to| self.judge(&delivery, &head, to, None, now)).collect();
        let is_open = judged.iter().any(|case| self.is_open(case, &delivery, &head));
        let proof = if is_open { self.prove(&delivery, &head).await } else { None };
        if let Some(proof) = &proof {
            delivery.envelope.authentication = proof.authentication;
            let again = judged.iter().zip(&delivery.recipients);
            judged = again.map(|(case, to)| self.judge(&delivery, &head, to, Some(case), now)).collect();
        }
        let mut cases: Vec<Case> = Vec::new();
        let mut places = Vec::with_capacity(judged.len());
        for case in judged {
            self.spend(&case, now).await;
            places.push(join(&mut cases, case));
        }
        let all_refused = cases.iter().all(Case::is_refused);
        if answering == Answering::Never || (answering == Answering::Once && !all_refused) {
            cases.iter_mut().for_each(Case::hold);
        }
        self.count(&cases);
        let results = match proof {
            Some(proof) => Some(proof.results),
            // What a server next door wrote costs no question to anybody.
            None if matches!(delivery.channel, Channel::Lmtp | Channel::Imap) => {
                self.prove(&delivery, &head).await.map(|proof| proof.results)
            }
            None => None,
        };
        let kept = cases.iter().map(|case| self.keep(&delivery, &head, case, results.as_deref(), now));
        let kept: Vec<Answer> = futures::future::join_all(kept).await;
        if results.is_none() {
            self.check_later(&delivery, &cases, &kept);
        }
        places.into_iter().map(|place| kept[place].repeat()).collect()
    }

    fn count(&self, cases: &[Case]) {
        let rate = Rate::per_hour(self.settings.mails_per_hour);
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        cases.iter().for_each(|case| mails.spend(case.recipient.company, 1.0, rate, Instant::now()));
    }

    /// The gate for one recipient. Judging and counting wrong PINs are one step under the lock, so that mails sent side by side
    /// get no extra tries. `before` is the judgement without the proof that there is now: what it spent is taken back.
    fn judge(&self, delivery: &Delivery, head: &Head, to: &To, before: Option<&Case>, now: Timestamp) -> Case {
        let (recipient, rule) = (&to.found.recipient, self.settings.brake);
        let proved = head.from.first().filter(|_| delivery.envelope.authentication.from);
        let source = gate::source(delivery.peer, proved.map(String::as_str));
        let plus = Plus { hint: to.found.hint.as_deref(), secret_alias: to.found.secret_alias };
        let whose = |pin: &str| recipient.whose_pin(self.store.keys(), pin).cloned();
        let mut judgement = {
            let mut brakes = self.brakes.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(before) = before {
                brakes.refund(recipient.company, &before.source, before.judgement.wrong_pins, rule);
            }
            let left = brakes.left(recipient.company, &source, &recipient.brakes, rule, now);
            let judgement = gate::judge(&delivery.envelope, head, plus, &self.policy(recipient), &whose, left);
            brakes.spend(recipient.company, &source, judgement.wrong_pins, rule, now);
            judgement
        };
        if head.is_own(&self.settings.host) {
            (judgement.verdict, judgement.voucher) = (Verdict::Hold(Reason::OwnMail), None);
        }
        Case { recipient: recipient.clone(), forward_path: shown_path(to), source, judgement }
    }

    /// Whether a proof of the sender could change the judgement: somebody on a list is said to have sent the mail, or the PINs
    /// of somebody who may be known were not looked at. All others are not worth questions to the DNS before the answer.
    fn is_open(&self, case: &Case, delivery: &Delivery, head: &Head) -> bool {
        match case.judgement.verdict {
            Verdict::Admit | Verdict::Hold(Reason::OwnMail | Reason::Bounce | Reason::ForwardingVerification) => false,
            Verdict::Hold(Reason::Braked) | Verdict::Refuse(Reason::Braked) => true,
            Verdict::Hold(_) | Verdict::Refuse(_) => {
                let policy = self.policy(&case.recipient);
                gate::proof_matters(&delivery.envelope, head, &policy.senders, &policy.forwarders)
            }
        }
    }

    /// What can be found out about the sender, by the way the mail came.
    async fn prove(&self, delivery: &Delivery, head: &Head) -> Option<Proof> {
        let path = &delivery.envelope.reverse_path;
        match delivery.channel {
            Channel::Smtp => {
                let host = &self.settings.host;
                let sent = Sent { peer: delivery.peer, helo: &delivery.helo, host, reverse_path: path, raw: &delivery.raw };
                Some(self.settings.authenticator.as_ref()?.check(sent).await)
            }
            Channel::Lmtp | Channel::Imap => {
                let author = if let [only] = &head.from[..] { Some(only.as_str()) } else { None };
                let servers =
                    if delivery.channel == Channel::Lmtp { &self.settings.trusted_servers } else { &delivery.trusted_servers };
                authentication::trusted(&head.authentication_results, servers, author, path)
            }
            Channel::Submission | Channel::Upload | Channel::Import | Channel::Link | Channel::Ksef | Channel::Spv => None,
        }
    }

    /// Finds out who sent a mail whose PIN was right, after the answer, for whoever looks at it. It is best effort: while many mails
    /// are being checked, others are not.
    fn check_later(&self, delivery: &Delivery, cases: &[Case], kept: &[Answer]) {
        let Some(authenticator) = self.settings.authenticator.clone() else { return };
        if delivery.channel != Channel::Smtp || !is_public(delivery.peer) || delivery.raw.len() > MAX_CHECKED_LATER {
            return;
        }
        let Ok(permit) = self.checks.clone().try_acquire_owned() else { return };
        let rows: Vec<_> = cases
            .iter()
            .zip(kept)
            .filter_map(|(case, answer)| match answer {
                Answer::Kept(accepted) if !accepted.duplicate => Some((case.recipient.office, accepted.submission)),
                _ => None,
            })
            .collect();
        let (store, host, raw, peer) = (self.store.clone(), self.settings.host.clone(), delivery.raw.clone(), delivery.peer);
        let (helo, path) = (delivery.helo.clone(), delivery.envelope.reverse_path.clone());
        tokio::spawn(async move {
            let proof = authenticator.check(Sent { peer, helo: &helo, host: &host, reverse_path: &path, raw: &raw }).await;
            for (office, id) in rows {
                if let Err(error) = submission::note_authentication(&store, office, id, &proof.results).await {
                    tracing::warn!(%id, %error, "what authentication found could not be noted");
                }
            }
            drop(permit);
        });
    }

    /// The row is written before anybody is answered.
    async fn spend(&self, case: &Case, now: Timestamp) {
        for _ in 0..case.judgement.wrong_pins {
            let spent = lookup::spend_brake(&self.store, &case.recipient, &case.source, now, self.settings.brake).await;
            if let Err(error) = spent {
                tracing::warn!(%error, "a wrong PIN could not be counted in the database; this process has counted it");
            }
        }
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

    /// Whether a fetched mail is there already. Servers show all their mails once more when they number them anew.
    async fn has_arrived(&self, delivery: &Delivery, case: &Case) -> bool {
        let recipient = &case.recipient;
        delivery.channel == Channel::Imap
            && !case.is_refused()
            && mailbox::has_arrived(&self.store, recipient.office, recipient.company, &delivery.raw).await.unwrap_or_default()
    }

    async fn keep(&self, delivery: &Delivery, head: &Head, case: &Case, results: Option<&str>, now: Timestamp) -> Answer {
        if self.has_arrived(delivery, case).await {
            return Answer::Known;
        }
        let arrival = Arrival { authentication: results.map(str::to_owned), ..case.arrival(delivery, head, now) };
        let kept = accept::arrival(&self.store, arrival).await;
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
                if matches!(error, store::Error::Full(_)) { Answer::Full } else { Answer::Later }
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

    /// The member who wrote it, where they see only what they sent themselves.
    fn limited(&self, head: &Head) -> Option<UserId> {
        let from = head.from.first()?;
        self.recipient.own_only.iter().find(|(mailbox, _)| mailbox.eq_ignore_ascii_case(from)).map(|(_, user)| *user)
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
                Some(Voucher::Pin(KnownPin { user: Some(user), .. })) => Some(*user),
                _ => self.limited(head),
            },
            period: judgement.period.map(|period| period.to_string()),
            direction: judgement.paper.map(|paper| paper.direction).unwrap_or_default(),
            document_type: judgement.paper.map(|paper| paper.document_type),
            authentication: None,
            split: None,
            together: false,
            raw: delivery.raw.clone(),
            received_at: now,
        }
    }
}

impl Answer {
    fn repeat(&self) -> Answer {
        match self {
            Answer::Kept(accepted) => Answer::Kept(*accepted),
            Answer::Known => Answer::Known,
            Answer::Refused => Answer::Refused,
            Answer::Loop => Answer::Loop,
            Answer::Later => Answer::Later,
            Answer::Full => Answer::Full,
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

/// The forward path as it may be shown: a secret alias is a credential. An answer to a talk names the talk, which is none: its worker
/// finds it by that.
fn shown_path(to: &To) -> String {
    if let (Some(thread), Some((local, _)), Some((_, domain))) =
        (to.found.thread, to.forward_path.split_once('+'), to.forward_path.rsplit_once('@'))
    {
        return format!("{local}+{}{thread}@{domain}", submission::TALK);
    }
    let parts = to.forward_path.split_once('+').zip(to.forward_path.rsplit_once('@'));
    let Some(((local, hint), (_, domain))) = parts else { return to.forward_path.clone() };
    // That it is an answer to one of our mails may be seen; the secret is what follows. It is one also where it opens nothing any more:
    // whose it is may get their place back.
    let is_answer = hint.to_lowercase().starts_with(store::address::ANSWER);
    let is_long = hint.split('@').next().is_some_and(|hint| hint.len() >= SECRET);
    match to.found.secret_alias || (is_answer && is_long) {
        true => format!("{local}+{}{}@{domain}", if is_answer { store::address::ANSWER } else { "" }, gate::MASK),
        false => to.forward_path.clone(),
    }
}

/// Characters of an answer's secret, at least; no hint of type and period is as long.
const SECRET: usize = 16;

/// Whether an address is one of the Internet: others have no sender policy.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => !(v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified()),
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}
