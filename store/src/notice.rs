//! Mails of ours: "your mail is waiting" and receipts to senders, the daily list of held mails to bookkeepers. They are queued in the
//! transaction of what they tell of; whether one may go is judged when it is sent, once authentication is known.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{CompanyId, NoticeId, OfficeId, SubmissionId, UserId};
use crate::outgoing::{self, Mail, OutgoingKind};
use crate::restriction;
use crate::scope::{Role, Scope};
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::submission::{self, Submission};
use crate::word::words;

words! {
    /// What a notice tells.
    pub enum NoticeKind {
        /// The sender's mail is held.
        Waiting = "waiting",
        /// What became of the sender's mail.
        Receipt = "receipt",
        /// Which mails are held, to who decides.
        Held = "held",
        /// A certificate or a grant ends soon, to who can get a new one.
        Certificate = "certificate",
    }
}

words! {
    /// When receipts are sent.
    pub enum Receipts {
        /// Never.
        None = "none",
        /// For each mail.
        Each = "each",
    }
}

/// What a company's senders are told by mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeSetting {
    /// Language of the notices (`pl`, `ro`, `pt-BR`, `tr`, `de`, `en`); the office's if none.
    pub language: Option<String>,
    /// Whether a held mail's sender is told that it waits.
    pub waiting: bool,
    /// Whether senders are told what became of their mails.
    pub receipts: Receipts,
    /// Notices to one mailbox a day, at most.
    pub per_day: u32,
    /// A word in each subject by which the company knows that a notice is ours.
    pub tag: String,
}

impl Default for NoticeSetting {
    fn default() -> Self {
        NoticeSetting { language: None, waiting: true, receipts: Receipts::None, per_day: 3, tag: String::new() }
    }
}

/// A notice to be sent.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// The office.
    pub office: OfficeId,
    /// The company.
    pub company: CompanyId,
    /// What it tells.
    pub kind: NoticeKind,
    /// To whom.
    pub recipient: String,
    /// What it tells of.
    pub submission: Submission,
    /// What the company chose.
    pub setting: NoticeSetting,
    /// The office's language.
    pub language: String,
    /// The office's name.
    pub office_name: String,
    /// The company's name.
    pub company_name: String,
    /// Notices to the same mailbox within a day before.
    pub sent_today: u32,
}

/// What a company chose.
pub async fn setting(store: &Store, scope: &Scope, company: CompanyId) -> Result<NoticeSetting> {
    scope.require(company)?;
    let sql = "SELECT language, waiting, receipts, per_day, tag FROM notice_setting WHERE office_id = $1 AND company_id = $2";
    let row = store.read(scope).await?.fetch_optional(sql, params![scope.office(), company]).await?;
    row.map_or_else(|| Ok(NoticeSetting::default()), |row| from_row(&mut row.columns()))
}

/// Chooses for a company.
pub async fn set(store: &Store, scope: &Scope, company: CompanyId, new: NoticeSetting) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    scope.require(company)?;
    if new.tag.chars().count() > 30 || new.tag.chars().any(|c| c.is_control() || matches!(c, '[' | ']')) {
        return Err(Error::invalid("tag", "A tag has at most 30 characters, without brackets."));
    }
    if new.per_day > 100 {
        return Err(Error::invalid("per_day", "At most 100 notices a day go to one mailbox."));
    }
    let (scope_, office, actor) = (scope.clone(), scope.office(), scope.actor());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                tx.fetch_one("SELECT id FROM company WHERE office_id = $1 AND id = $2", params![office, company]).await?;
                crate::company::own_settings(tx, &scope_, company).await?;
                let sql = "INSERT INTO notice_setting (company_id, office_id, language, waiting, receipts, per_day, tag, changed_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (company_id) DO UPDATE SET language = excluded.language,
                               waiting = excluded.waiting, receipts = excluded.receipts, per_day = excluded.per_day,
                               tag = excluded.tag, changed_at = excluded.changed_at";
                let (language, tag) = (new.language.as_deref(), new.tag.trim());
                let now = Timestamp::now();
                tx.execute(sql, params![company, office, language, new.waiting, new.receipts, new.per_day, tag, now]).await?;
                let (subject, values, action) = (company.to_string(), new.receipts.as_str(), "notices.set");
                audit::note(tx, Note { office, company: Some(company), actor, action, subject, values }).await
            })
        })
        .await
}

/// Queues a notice about a submission, unless the company does not want it or there is nobody to tell. A bare envelope sender is never
/// told: it may be anyone's.
pub(crate) async fn queue(tx: &mut Tx, mail: &Submission, office: OfficeId, kind: NoticeKind, now: Timestamp) -> Result<()> {
    let Some(recipient) = mail.mail_from.as_deref().filter(|from| from.contains('@') && !mail.reverse_path.is_empty()) else {
        return Ok(());
    };
    let sql = "SELECT language, waiting, receipts, per_day, tag FROM notice_setting WHERE office_id = $1 AND company_id = $2";
    let row = tx.fetch_optional(sql, params![office, mail.company]).await?;
    let setting = row.map(|row| from_row(&mut row.columns())).transpose()?.unwrap_or_default();
    let wanted = match kind {
        NoticeKind::Waiting => setting.waiting,
        NoticeKind::Receipt => setting.receipts == Receipts::Each,
        NoticeKind::Held | NoticeKind::Certificate => true,
    };
    if !wanted {
        return Ok(());
    }
    insert(tx, office, Some(mail.company), kind, &mail.id.to_string(), recipient, now).await
}

async fn insert(
    tx: &mut Tx,
    office: OfficeId,
    company: Option<CompanyId>,
    kind: NoticeKind,
    subject: &str,
    recipient: &str,
    now: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO notice (id, office_id, company_id, kind, subject_id, recipient, state, run_after, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8) ON CONFLICT (office_id, kind, subject_id, recipient) DO NOTHING";
    let recipient = recipient.to_lowercase();
    tx.execute(sql, params![NoticeId::new(), office, company, kind, subject, &recipient, now, now]).await.map(drop)
}

/// Notices whose time has come, taken for a minute: whoever else asks gets others.
pub async fn due(store: &Store, limit: u32, now: Timestamp) -> Result<Vec<Notice>> {
    let taken = store
        .write_internal(move |tx| {
            Box::pin(async move {
                let locked = tx.skip_locked();
                let sql = format!(
                    "UPDATE notice SET run_after = $2 WHERE id IN (
                         SELECT id FROM notice WHERE state = 'queued' AND kind <> 'held' AND run_after <= $1
                         ORDER BY run_after LIMIT $3 {locked})
                     RETURNING id, office_id, company_id, kind, subject_id, recipient"
                );
                tx.fetch_all(sql, params![now, now + Duration::from_secs(60), limit]).await
            })
        })
        .await?;
    let mut notices = Vec::with_capacity(taken.len());
    for row in taken {
        let id = row.clone().columns().parse::<NoticeId>()?;
        match load(store, row, now).await {
            Ok(notice) => notices.push(notice),
            Err(error) if error.is_temporary() => return Err(error),
            // What it tells of has gone, or a row of its own is none: it goes to nobody, and keeps no other from going.
            Err(error) => {
                tracing::warn!(notice = %id, %error, "a notice can be sent to nobody");
                skip(store, id).await?;
            }
        }
    }
    notices.sort_by_key(|notice| notice.id);
    Ok(notices)
}

async fn skip(store: &Store, id: NoticeId) -> Result<()> {
    let sql = "UPDATE notice SET state = 'skipped', problem = 'unreadable' WHERE id = $1";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![id]).await.map(drop) })).await
}

async fn load(store: &Store, row: Row, now: Timestamp) -> Result<Notice> {
    let mut c = row.columns();
    let (id, office, company): (NoticeId, OfficeId, CompanyId) = (c.parse()?, c.parse()?, c.parse()?);
    let (kind, subject, recipient) = (c.parse()?, c.parse::<SubmissionId>()?, c.text()?);
    let scope = Scope::worker(office, company);
    let setting = setting(store, &scope, company).await?;
    let submission = submission::get(store, &scope, subject).await?;
    let mut tx = store.read_internal().await?;
    let sql =
        "SELECT o.language, o.name, c.name FROM office o JOIN company c ON c.office_id = o.id WHERE o.id = $1 AND c.id = $2";
    let mut c = tx.fetch_one(sql, params![office, company]).await?.columns();
    let (language, office_name, company_name) = (c.text()?, c.text()?, c.text()?);
    let sql = "SELECT COUNT(*) FROM notice WHERE recipient = $1 AND created_at > $2 AND state = 'sent'";
    let day = now - Duration::from_secs(24 * 3600);
    let sent = tx.fetch_one(sql, params![&recipient, day]).await?.columns().int()?;
    let sent_today = u32::try_from(sent).unwrap_or(u32::MAX);
    Ok(Notice { id, office, company, kind, recipient, submission, setting, language, office_name, company_name, sent_today })
}

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes: queued as a mail.
    Sent(Mail),
    /// It must not go; why, as a stable name.
    Skipped(&'static str),
    /// It is looked at again after this long.
    Later(Duration),
}

/// Notes what became of a notice.
pub async fn done(store: &Store, notice: &Notice, fate: Fate, now: Timestamp) -> Result<()> {
    let (id, whose, keys) = (notice.id, (notice.office, Some(notice.company)), store.keys().clone());
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let (state, problem, run_after) = match &fate {
                    Fate::Sent(mail) => {
                        outgoing::put(tx, &keys, whose, (OutgoingKind::Notice, &id.to_string()), mail, now).await?;
                        ("sent", None, now)
                    }
                    Fate::Skipped(why) => ("skipped", Some(*why), now),
                    Fate::Later(wait) => ("queued", None, now + *wait),
                };
                let sql = "UPDATE notice SET state = $2, problem = $3, run_after = $4 WHERE id = $1";
                tx.execute(sql, params![id, state, problem, run_after]).await.map(drop)
            })
        })
        .await
}

/// The held mails of companies, for the one who decides about them.
#[derive(Clone, Debug)]
pub struct HeldList {
    /// The office.
    pub office: OfficeId,
    /// Its name.
    pub office_name: String,
    /// Its language.
    pub language: String,
    /// To whom: a bookkeeper of the companies, or where a company has none, the office's owners.
    pub recipient: String,
    /// The day there.
    pub day: String,
    /// Company, sender, subject, since when; oldest first.
    pub mails: Vec<(String, String, String, Timestamp)>,
}

/// Today's lists of held mails, for offices where it is `hour` or later.
pub async fn held_lists(store: &Store, hour: i8, now: Timestamp) -> Result<Vec<HeldList>> {
    let mut tx = store.read_internal().await?;
    let offices = tx.fetch_all("SELECT id, name, language, time_zone FROM office", vec![]).await?;
    let mut lists = Vec::new();
    for row in offices {
        let mut c = row.columns();
        let (office, name, language, zone): (OfficeId, _, _, _) = (c.parse()?, c.text()?, c.text()?, c.text()?);
        let here = now.to_zoned(jiff::tz::TimeZone::get(&zone).unwrap_or(jiff::tz::TimeZone::UTC));
        if here.hour() < hour {
            continue;
        }
        let sql = "SELECT s.company_id, COALESCE(s.document_type, ''), c.name, COALESCE(s.mail_from, s.reverse_path), COALESCE(s.subject, s.file_name, ''), s.received_at
                   FROM submission s JOIN company c ON c.id = s.company_id
                   WHERE s.office_id = $1 AND s.state = 'held' ORDER BY s.id LIMIT 1000";
        let held = tx.fetch_all(sql, params![office]).await?;
        if held.is_empty() {
            continue;
        }
        let restricted = restriction::all(&mut tx, office).await?;
        for Decider { user, email: recipient, companies, manages } in deciders(&mut tx, office, now).await? {
            let hidden = |kind: &str| !manages && restricted.get(kind).is_some_and(|named| !named.contains(&user));
            let mut mails = Vec::new();
            for row in &held {
                let mut c = row.clone().columns();
                let (company, kind): (CompanyId, String) = (c.parse()?, c.text()?);
                if (companies.is_empty() || companies.contains(&company)) && !hidden(&kind) {
                    mails.push((c.text()?, c.text()?, c.text()?, c.time()?));
                }
            }
            if !mails.is_empty() {
                let (office_name, language) = (name.clone(), language.clone());
                let day = here.date().to_string();
                lists.push(HeldList { office, office_name, language, recipient, day, mails });
            }
        }
    }
    Ok(lists)
}

/// Somebody who decides about held mails.
struct Decider {
    user: UserId,
    email: String,
    /// Of these companies; none named means all that nobody else has.
    companies: Vec<CompanyId>,
    /// Sees all types of papers.
    manages: bool,
}

/// Who decides about held mails: bookkeepers, those who stand in for one meanwhile, and owners.
async fn deciders(tx: &mut Tx, office: OfficeId, now: Timestamp) -> Result<Vec<Decider>> {
    let sql = "SELECT u.id, u.email, m.company_id, m.role FROM membership m JOIN users u ON u.id = m.user_id
               WHERE m.office_id = $1 AND u.disabled_at IS NULL AND m.role IN ('bookkeeper', 'owner')
               UNION
               SELECT u.id, u.email, m.company_id, m.role FROM cover v JOIN users u ON u.id = v.to_user AND u.disabled_at IS NULL
               JOIN membership m ON m.user_id = v.from_user AND m.office_id = v.office_id AND m.role = 'bookkeeper'
               WHERE v.office_id = $1 AND m.company_id IS NOT NULL AND v.ended_at IS NULL AND v.starts_at <= $2 AND v.ends_at > $2
               ORDER BY 2";
    let mut bookkeepers: Vec<Decider> = Vec::new();
    let mut owners = Vec::new();
    for row in tx.fetch_all(sql, params![office, now]).await? {
        let mut c = row.columns();
        let (user, email, company, role): (UserId, _, Option<CompanyId>, Role) =
            (c.parse()?, c.text()?, c.opt_parse()?, c.parse()?);
        let decider = |companies| Decider { user, email, companies, manages: role == Role::Owner };
        match (role, company) {
            (Role::Owner, _) => owners.push(decider(Vec::new())),
            (_, None) => bookkeepers.push(decider(Vec::new())),
            (_, Some(company)) => match bookkeepers.iter_mut().find(|known| known.user == user) {
                Some(known) => known.companies.push(company),
                None => bookkeepers.push(decider(vec![company])),
            },
        }
    }
    // Bookkeepers of single companies may leave some without anybody: the owners see all of them then.
    let everywhere = bookkeepers.iter().any(|decider| decider.companies.is_empty());
    if !everywhere {
        bookkeepers.extend(owners);
    }
    Ok(bookkeepers)
}

/// Those who decide about the held mails of one company.
pub(crate) async fn deciders_of(tx: &mut Tx, office: OfficeId, company: CompanyId, now: Timestamp) -> Result<Vec<String>> {
    let all = deciders(tx, office, now).await?;
    let (own, rest): (Vec<_>, Vec<_>) = all
        .into_iter()
        .filter(|one| one.companies.is_empty() || one.companies.contains(&company))
        .partition(|one| !one.companies.is_empty());
    Ok(if own.is_empty() { rest } else { own }.into_iter().map(|one| one.email).collect())
}

/// Queues a list's mail, once a day.
pub async fn send_list(store: &Store, list: &HeldList, mail: Mail, now: Timestamp) -> Result<()> {
    send_once(store, list.office, (NoticeKind::Held, list.day.clone()), &list.recipient, mail, now).await
}

/// Queues a mail about something to someone, unless one about the same went to them.
pub(crate) async fn send_once(
    store: &Store,
    office: OfficeId,
    about: (NoticeKind, String),
    recipient: &str,
    mail: Mail,
    now: Timestamp,
) -> Result<()> {
    let (recipient, keys) = (recipient.to_lowercase(), store.keys().clone());
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let (id, (kind, subject)) = (NoticeId::new(), &about);
                let sql = "INSERT INTO notice (id, office_id, kind, subject_id, recipient, state, run_after, created_at)
                           VALUES ($1, $2, $3, $4, $5, 'sent', $6, $6)
                           ON CONFLICT (office_id, kind, subject_id, recipient) DO NOTHING";
                if tx.execute(sql, params![id, office, *kind, subject, &recipient, now]).await? == 0 {
                    return Ok(());
                }
                let subject = (OutgoingKind::Notice, &*id.to_string());
                outgoing::put(tx, &keys, (office, None), subject, &mail, now).await.map(drop)
            })
        })
        .await
}

fn from_row(c: &mut crate::sql::Columns) -> Result<NoticeSetting> {
    Ok(NoticeSetting {
        language: c.opt_text()?,
        waiting: c.bool()?,
        receipts: c.parse()?,
        per_day: u32::try_from(c.int()?).unwrap_or_default(),
        tag: c.text()?,
    })
}
