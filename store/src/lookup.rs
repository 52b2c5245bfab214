//! What the gate needs to know of a forward path, in one call: whose address it is, what the office decided, PINs, senders, brakes.
//! Plain data; the gate judges, purely.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::address::ANSWER;
use crate::company::{self, CompanyFacts, WithoutPin};
use crate::error::Result;
use crate::id::{AddressId, CompanyId, OfficeId, PinId, ThreadId, UserId};
use crate::keys::{Keys, Purpose, same};
use crate::pin::normal;
use crate::scope::Role;
use crate::sender::Sender;
use crate::sql::{Tx, params};
use crate::store::Store;
use crate::talk;

/// A forward path that is ours.
#[derive(Clone, Debug)]
pub struct Found {
    /// Whose it is.
    pub recipient: Arc<Recipient>,
    /// What stood after the plus sign, if it is no secret alias: a hint of type or period.
    pub hint: Option<String>,
    /// A valid secret alias, or the secret of a talk, stood after the plus sign: it stands for the PIN.
    pub secret_alias: bool,
    /// The talk whose secret it was: the mail is an answer.
    pub thread: Option<ThreadId>,
}

/// The company behind an address and all that decides about its mail. The same for every mail within a second.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The office.
    pub office: OfficeId,
    /// The office's time zone, an IANA name.
    pub time_zone: String,
    /// Shortest PIN of the office, in characters.
    pub pin_length: u32,
    /// The company.
    pub company: CompanyId,
    /// What the office said of it: without-PIN policy, automatic reading, period rules, tax ids.
    pub facts: CompanyFacts,
    /// The address.
    pub address: AddressId,
    /// End of the address's grace period, if it is an old one.
    pub address_until: Option<Timestamp>,
    /// PINs of the company and of the office's people who may see it, valid at the time of the look-up.
    pub pins: Vec<KnownPin>,
    /// Authorised senders and forwarders.
    pub senders: Vec<Sender>,
    /// Members who see only what they sent themselves, by mail address: what they mail is theirs.
    pub own_only: Vec<(String, UserId)>,
    /// Sources whose wrong PINs were counted of late.
    pub brakes: Vec<Brake>,
    /// Periods that are not open: `(YYYY-MM, closed)`; `false` for closing.
    pub periods: Vec<(String, bool)>,
    aliases: Vec<Vec<u8>>,
}

/// A PIN to compare with; only its hash is known here.
#[derive(Clone)]
pub struct KnownPin {
    /// Its id.
    pub id: PinId,
    /// Whose it is: none for the company's own.
    pub user: Option<UserId>,
    /// What its user may do.
    pub role: Role,
    hash: Vec<u8>,
}

impl std::fmt::Debug for KnownPin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownPin").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Wrong PINs of one source at one company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brake {
    /// What the gate calls the source (an IP address, a mailbox).
    pub source: String,
    /// Distinct wrong PINs since `since`.
    pub wrong: u32,
    /// Beginning of the count.
    pub since: Timestamp,
    /// No PIN from there is looked at until then.
    pub until: Option<Timestamp>,
}

impl Recipient {
    /// Whose PIN `candidate` is. Every PIN is compared, each in constant time.
    pub fn whose_pin(&self, keys: &Keys, candidate: &str) -> Option<&KnownPin> {
        let hash = keys.hash(Purpose::Pin, Some(self.office), &normal(candidate));
        self.pins.iter().fold(None, |found, pin| if same(&pin.hash, &hash) { Some(pin) } else { found })
    }

    /// True where the company's policy is to refuse mail without a PIN.
    pub fn refuses_without_pin(&self) -> bool {
        self.facts.without_pin == WithoutPin::Refuse
    }

    fn has_alias(&self, keys: &Keys, hint: &str) -> bool {
        let hash = keys.hash(Purpose::Alias, Some(self.office), &hint.to_lowercase());
        // Every alias is compared, so that the time does not tell which one it was.
        self.aliases.iter().filter(|alias| same(alias, &hash)).count() > 0
    }
}

/// Looks a forward path up, `<local>[+<hint>]@<domain>`; letters of either case are the same. None: not ours (550 5.1.1).
/// A change made by this process is seen at once, one made by another process within a second.
pub async fn recipient(store: &Store, local: &str, domain: &str, now: Timestamp) -> Result<Option<Found>> {
    let (local, hint) = local.split_once('+').map_or((local, None), |(local, hint)| (local, Some(hint)));
    let key = (local.to_lowercase(), domain.to_lowercase());
    let known = match store.cache().get(&key) {
        Some(known) => known,
        None => {
            let age = store.cache().age();
            let known = load(store, &key.0, &key.1, now).await?.map(Arc::new);
            store.cache().put(key, known.clone(), age);
            known
        }
    };
    let Some(recipient) = known.filter(|r| r.address_until.is_none_or(|until| until > now)) else { return Ok(None) };
    let secret_alias = hint.is_some_and(|hint| recipient.has_alias(store.keys(), hint));
    let thread = match hint.filter(|hint| !secret_alias && hint.len() > ANSWER.len()) {
        Some(hint) => talk::find(store, recipient.office, recipient.company, hint).await?,
        None => None,
    };
    let secret_alias = secret_alias || thread.is_some();
    let hint = hint.filter(|_| !secret_alias).map(str::to_owned);
    Ok(Some(Found { recipient, hint, secret_alias, thread }))
}

/// Looks a company up as if mail had come to it: for doors other than mail (an upload, a scanner's login).
pub async fn by_company(store: &Store, office: OfficeId, company: CompanyId, now: Timestamp) -> Result<Option<Recipient>> {
    let mut tx = store.read_internal().await?;
    let sql = "SELECT local, domain FROM address WHERE office_id = $1 AND company_id = $2 ORDER BY id DESC LIMIT 1";
    let Some(row) = tx.fetch_optional(sql, params![office, company]).await? else { return Ok(None) };
    let mut c = row.columns();
    load(store, &c.text()?, &c.text()?, now).await
}

/// Counts a wrong PIN from `source`: from the `most`th within `window` on, no PIN from there is looked at for `rest`.
pub async fn spend_brake(store: &Store, recipient: &Recipient, source: &str, now: Timestamp, rule: BrakeRule) -> Result<Brake> {
    let (office, company, source) = (recipient.office, recipient.company, source.to_owned());
    let brake = store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "INSERT INTO brake (office_id, company_id, source, wrong, since) VALUES ($1, $2, $3, 1, $4)
                           ON CONFLICT (company_id, source) DO UPDATE SET
                               wrong = CASE WHEN brake.since < $5 THEN 1 ELSE brake.wrong + 1 END,
                               since = CASE WHEN brake.since < $5 THEN $4 ELSE brake.since END
                           RETURNING wrong, since, until";
                let row = tx.fetch_one(sql, params![office, company, &source, now, now - rule.window]).await?;
                let mut c = row.columns();
                let (wrong, since, until) = (c.count()?, c.time()?, c.opt_time()?);
                let reached = wrong >= u64::from(rule.most) && until.is_none_or(|until| until < now);
                let until = if reached { Some(now + rule.rest) } else { until };
                let sql = "UPDATE brake SET until = $3 WHERE company_id = $1 AND source = $2";
                tx.execute(sql, params![company, &source, until]).await?;
                Ok(Brake { source, wrong: u32::try_from(wrong).unwrap_or(u32::MAX), since, until })
            })
        })
        .await?;
    store.cache().forget();
    Ok(brake)
}

/// How many wrong PINs are too many.
#[derive(Clone, Copy, Debug)]
pub struct BrakeRule {
    /// Wrong PINs.
    pub most: u32,
    /// Within this time.
    pub window: Duration,
    /// Stop looking at PINs for this long.
    pub rest: Duration,
}

impl Default for BrakeRule {
    fn default() -> Self {
        BrakeRule { most: 5, window: Duration::from_secs(24 * 3600), rest: Duration::from_secs(3600) }
    }
}

async fn load(store: &Store, local: &str, domain: &str, now: Timestamp) -> Result<Option<Recipient>> {
    let mut tx = store.read_internal().await?;
    let facts = company::FACTS.split(',').map(|column| format!("c.{}", column.trim())).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT a.id, a.valid_until, o.id, o.time_zone, o.pin_length, c.id, {facts}
         FROM address a JOIN company c ON c.id = a.company_id JOIN office o ON o.id = a.office_id
         WHERE a.domain = $1 AND a.local = $2 AND c.closed_at IS NULL"
    );
    let Some(row) = tx.fetch_optional(sql, params![domain, local]).await? else { return Ok(None) };
    let mut c = row.columns();
    let mut recipient = Recipient {
        address: c.parse()?,
        address_until: c.opt_time()?,
        office: c.parse()?,
        time_zone: c.text()?,
        pin_length: u32::try_from(c.int()?).unwrap_or(10),
        company: c.parse()?,
        facts: company::facts(&mut c)?,
        pins: vec![],
        senders: vec![],
        own_only: vec![],
        brakes: vec![],
        periods: vec![],
        aliases: vec![],
    };
    fill(&mut tx, &mut recipient, now).await?;
    Ok(Some(recipient))
}

async fn fill(tx: &mut Tx, recipient: &mut Recipient, now: Timestamp) -> Result<()> {
    let (office, company) = (recipient.office, recipient.company);
    // A personal PIN counts where its owner's membership covers the company, and they are not shut out; of several, the office-wide one
    // comes first.
    let sql = "SELECT p.id, p.hash, p.user_id, m.role
               FROM pin p LEFT JOIN membership m ON m.user_id = p.user_id AND m.office_id = p.office_id
                    AND (m.company_id IS NULL OR m.company_id = $2)
               WHERE p.office_id = $1 AND (p.company_id = $2 OR (p.company_id IS NULL AND m.role IS NOT NULL))
                     AND (p.valid_until IS NULL OR p.valid_until > $3)
                     AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = p.user_id AND u.disabled_at IS NOT NULL)
               ORDER BY p.id, m.company_id";
    for row in tx.fetch_all(sql, params![office, company, now]).await? {
        let mut c = row.columns();
        let (id, hash, user) = (c.parse()?, c.blob()?, c.opt_parse()?);
        let role = c.opt_parse()?.unwrap_or(Role::CompanyMember);
        if role.may_send() && recipient.pins.last().is_none_or(|last| last.id != id) {
            recipient.pins.push(KnownPin { id, user, role, hash });
        }
    }
    let sql = format!("SELECT {} FROM sender WHERE company_id = $1", crate::sender::COLUMNS);
    recipient.senders =
        tx.fetch_all(sql, params![company]).await?.into_iter().map(crate::sender::sender).collect::<Result<Vec<_>>>()?;
    let sql = "SELECT u.email, u.id FROM membership m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
               WHERE m.company_id = $1 AND m.own_only = 1";
    for row in tx.fetch_all(sql, params![company]).await? {
        let mut c = row.columns();
        recipient.own_only.push((c.text()?, c.parse()?));
    }
    let sql = "SELECT source, wrong, since, until FROM brake WHERE company_id = $1 AND (until > $2 OR since > $3)
               ORDER BY since DESC LIMIT 1000";
    let day = now - Duration::from_secs(24 * 3600);
    for row in tx.fetch_all(sql, params![company, now, day]).await? {
        let mut c = row.columns();
        let (source, wrong) = (c.text()?, u32::try_from(c.int()?).unwrap_or(u32::MAX));
        recipient.brakes.push(Brake { source, wrong, since: c.time()?, until: c.opt_time()? });
    }
    for row in tx.fetch_all("SELECT hash FROM secret_alias WHERE company_id = $1", params![company]).await? {
        recipient.aliases.push(row.columns().blob()?);
    }
    let sql = "SELECT period, state FROM period WHERE company_id = $1 AND state <> 'open'";
    for row in tx.fetch_all(sql, params![company]).await? {
        let mut c = row.columns();
        recipient.periods.push((c.text()?, c.text()? == "closed"));
    }
    Ok(())
}

/// Look-ups of the last second. Any change by this process empties it.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Rises with each change, so that a look-up begun before a change is not kept after it.
    age: u64,
    by_path: HashMap<Path, (Instant, Option<Arc<Recipient>>)>,
}

/// Local part and domain.
type Path = (String, String);

const KEEP: Duration = Duration::from_secs(1);
const MOST: usize = 4096;

impl Cache {
    fn get(&self, key: &Path) -> Option<Option<Arc<Recipient>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.by_path.get(key).filter(|(at, _)| at.elapsed() < KEEP).map(|(_, recipient)| recipient.clone())
    }

    fn age(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).age
    }

    fn put(&self, key: Path, recipient: Option<Arc<Recipient>>, age: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.age != age {
            return;
        }
        if known.by_path.len() >= MOST {
            known.by_path.clear();
        }
        known.by_path.insert(key, (Instant::now(), recipient));
    }

    /// To be called after each change that a look-up could show.
    pub fn forget(&self) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.age += 1;
        known.by_path.clear();
    }
}
