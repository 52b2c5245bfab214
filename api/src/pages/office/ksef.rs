//! A company's inbox at KSeF: how it is entered, its last look, what goes wrong; and the office's certificate.

use std::time::Duration;

use axum::extract::{Multipart, Path};
use bytes::Bytes;
use ingest::channel::ksef::certificate::{self, Unfit};
use jiff::Timestamp;
use jiff::civil::Date;
use store::company::CompanyFacts;
use store::ksef::{self, Certificate, CertificateFacts, KsefAccess, NewAccess, NewInbox, office};
use store::{CompanyId, Role};

use super::company::{Asked, refused, render};
use super::settings;
use crate::http::{Code, Problem};
use crate::pages::frame::Choice;
use crate::pages::problem::PageProblem;
use crate::pages::{PageResult, Visit, see_other};

/// A certificate that ends within this time is warned of.
const SOON: Duration = Duration::from_secs(30 * 86_400);

/// What the company's page shows of it.
#[derive(Default)]
pub struct KsefCard {
    /// Anything at all.
    pub shown: bool,
    /// It is set up.
    pub there: bool,
    /// May set it up.
    pub may_set: bool,
    /// May have it looked into.
    pub may_fetch: bool,
    /// The company's NIP.
    pub nip: String,
    /// How it is entered: a stable name.
    pub access: &'static str,
    /// Ways to enter it.
    pub ways: Vec<Choice>,
    /// The certificate it is entered with.
    pub certificate: CertificateCard,
    /// Invoices fetched, and those that wait.
    pub counts: String,
    /// When it was last looked into without trouble.
    pub checked: String,
    /// When it is looked into next.
    pub next: String,
    /// What goes wrong, in plain words.
    pub problem: String,
    /// What KSeF said.
    pub message: String,
    /// Why an invoice waits.
    pub stuck: String,
}

impl KsefCard {
    /// Of a company. Those outside Poland see nothing of it.
    pub async fn of(visit: &Visit, id: CompanyId, facts: &CompanyFacts) -> Result<KsefCard, PageProblem> {
        let (scope, l) = (&visit.caller.scope, visit.l);
        let role = scope.role();
        let may_set = role.may_manage() || role == Role::CompanyAdmin;
        let Some(inbox) = ksef::get(visit.app.store(), scope, id).await? else {
            let shown = may_set && facts.country == "PL";
            return Ok(KsefCard { shown, may_set, ways: ways(visit, KsefAccess::Token).await?, ..KsefCard::default() });
        };
        let never = || l.t("ksef_inbox.never").to_owned();
        let counts = [("n", l.whole(inbox.fetched)), ("of", l.whole(inbox.waiting))];
        Ok(KsefCard {
            shown: true,
            there: true,
            may_set,
            may_fetch: role.may_work() || role == Role::CompanyAdmin,
            nip: inbox.nip,
            access: inbox.access.as_str(),
            ways: ways(visit, inbox.access).await?,
            certificate: CertificateCard::of(visit, inbox.certificate.as_ref()),
            counts: l.fill("ksef_inbox.counts", &counts.each_ref().map(|(name, value)| (*name, value.as_str()))),
            checked: inbox.checked_at.map_or_else(never, |at| visit.moment(at)),
            next: visit.moment(inbox.next_at),
            problem: inbox.problem.map(|problem| l.word("ksef_problem", problem.as_str())).unwrap_or_default(),
            message: inbox.message.unwrap_or_default(),
            stuck: inbox.stuck.unwrap_or_default(),
        })
    }
}

/// What is shown of a certificate.
#[derive(Default)]
pub struct CertificateCard {
    /// Whose it is and when it ends; empty where there is none.
    pub what: String,
    /// It ends soon, or has ended: a sentence.
    pub warning: String,
}

impl CertificateCard {
    /// Of one that is there, or none.
    pub fn of(visit: &Visit, facts: Option<&CertificateFacts>) -> CertificateCard {
        let Some(facts) = facts else { return CertificateCard::default() };
        let (l, now) = (visit.l, Timestamp::now());
        let day = l.day_of(facts.valid_until, &visit.zone);
        let warning = match facts.valid_until {
            until if until <= now => l.t("ksef_inbox.ended"),
            until if until <= now + SOON => l.t("ksef_inbox.ends_soon"),
            _ => "",
        };
        let what = l.fill("ksef_inbox.certificate_of", &[("who", &facts.subject), ("day", &day)]);
        CertificateCard { what, warning: warning.to_owned() }
    }
}

/// The office's way is open to who manages it, once it has a certificate.
async fn ways(visit: &Visit, chosen: KsefAccess) -> Result<Vec<Choice>, PageProblem> {
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let office = scope.role().may_manage() && office::get(store, scope).await?.is_some();
    let open = [KsefAccess::Token, KsefAccess::Certificate, KsefAccess::Office].into_iter();
    let open = open.filter(|way| *way != KsefAccess::Office || office || chosen == *way);
    let choice = |way: KsefAccess| Choice {
        value: way.as_str().to_owned(),
        label: visit.l.word("ksef_access", way.as_str()),
        chosen: way == chosen,
    };
    Ok(open.map(choice).collect())
}

/// What a form about an inbox or a certificate holds.
#[derive(Default)]
struct Sent {
    nip: String,
    since: String,
    access: String,
    /// How it is entered now.
    present: String,
    token: String,
    certificate: Bytes,
    key: Bytes,
    passphrase: String,
}

impl Sent {
    async fn read(mut form: Multipart) -> Result<Sent, Problem> {
        let mut sent = Sent::default();
        let broken = |_| Problem::from(Code::BadRequest);
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(broken)?;
            let text = || String::from_utf8_lossy(&bytes).into_owned();
            match name.as_str() {
                "nip" => sent.nip = text(),
                "since" => sent.since = text(),
                "access" => sent.access = text(),
                "present" => sent.present = text(),
                "token" => sent.token = text(),
                "certificate" => sent.certificate = bytes,
                "key" => sent.key = bytes,
                "passphrase" => sent.passphrase = text(),
                _ => {}
            }
        }
        Ok(sent)
    }

    async fn certificate(&self) -> Result<Certificate, Unfit> {
        certificate::read_aside(self.certificate.to_vec(), self.key.to_vec(), self.passphrase.clone()).await
    }

    /// None: it stays as it is.
    async fn access(&self) -> Result<Option<NewAccess>, Unfit> {
        let stays = self.access == self.present;
        match self.access.parse().unwrap_or(KsefAccess::Token) {
            KsefAccess::Office if stays => Ok(None),
            KsefAccess::Office => Ok(Some(NewAccess::Office)),
            KsefAccess::Token if stays && self.token.trim().is_empty() => Ok(None),
            KsefAccess::Token => Ok(Some(NewAccess::Token(self.token.clone()))),
            KsefAccess::Certificate if stays && self.certificate.is_empty() && self.key.is_empty() => Ok(None),
            KsefAccess::Certificate => self.certificate().await.map(|one| Some(NewAccess::Certificate(one))),
        }
    }
}

/// Sets it up.
pub async fn set(visit: Visit, Path(id): Path<String>, form: Multipart) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    visit.caller.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let sent = Sent::read(form).await?;
    let access = match sent.access().await {
        Ok(access) => access,
        Err(unfit) => {
            let (error, status) = (visit.l.word("ksef_unfit", unfit.name()), Code::Invalid.status());
            return render(visit, id, Asked { error, status, ..Asked::default() }).await;
        }
    };
    let nip = Some(sent.nip).filter(|text| !text.trim().is_empty());
    let since = sent.since.parse::<Date>().ok().and_then(|day| day.to_zoned(visit.zone.clone()).ok());
    let new = NewInbox { nip, access, since: since.map(|day| day.timestamp()) };
    match ksef::put(visit.app.store(), &visit.caller.scope, id, new, Timestamp::now()).await {
        Ok(_) => Ok(see_other(&format!("/companies/{id}#ksef"))),
        Err(error) => refused(visit, id, error).await,
    }
}

/// Gives the office its certificate.
pub async fn set_office(visit: Visit, form: Multipart) -> PageResult {
    visit.caller.allow(|role| role.may_manage())?;
    match Sent::read(form).await?.certificate().await {
        Err(unfit) => {
            let error = visit.l.word("ksef_unfit", unfit.name());
            settings::render(visit, error, Code::Invalid.status()).await
        }
        Ok(certificate) => {
            let set = office::put(visit.app.store(), &visit.caller.scope, certificate, Timestamp::now()).await;
            settings::done(visit, set.map(drop).map_err(Problem::from)).await
        }
    }
}

/// Takes it away.
pub async fn remove_office(visit: Visit) -> PageResult {
    let removed = office::remove(visit.app.store(), &visit.caller.scope).await;
    settings::done(visit, removed.map_err(Problem::from)).await
}

/// Has it looked into now.
pub async fn fetch(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    ksef::hurry(visit.app.store(), &visit.caller.scope, id, Timestamp::now()).await?;
    Ok(see_other(&format!("/companies/{id}#ksef")))
}

/// Takes it away.
pub async fn remove(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    ksef::remove(visit.app.store(), &visit.caller.scope, id).await?;
    Ok(see_other(&format!("/companies/{id}#ksef")))
}
