//! One connection's work: finding what is new, fetching it in batches while the batch before is being kept, marking, and noting how far
//! it came.

use std::collections::BTreeMap;
use std::time::Duration;

use async_imap::imap_proto::{AttributeValue, Response, Status};
use bytes::Bytes;
use jiff::Timestamp;
use store::mailbox::{self, Afterwards, Mailbox, Progress, Retry};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::take::{Outcome, note_too_large, take};
use super::wire::{Allowance, Imap, PATIENCE};
use super::{Fetcher, LEASE, Trouble};
use crate::channel::smtp::Spool;

/// Mails and bytes of one FETCH.
const BATCH: (usize, u64) = (200, 4 << 20);
/// A mail longer than this is fetched by itself, piece by piece.
const SMALL: u64 = 1 << 20;
const PIECE: u64 = 1 << 20;
/// Time for a batch or a piece.
const FETCH: Duration = Duration::from_secs(180);
/// Longest wait for news: then the lease is renewed, and servers that forget to tell are asked.
const IDLE: Duration = Duration::from_secs(240);
/// How often a mail is tried that cannot be kept.
const MAX_ATTEMPTS: u32 = 12;

/// Where the connection before broke: what was being fetched then is fetched one by one, and a mail that breaks it twice by itself is
/// put aside.
#[derive(Debug, Default)]
pub struct Hurdle {
    /// Being fetched at the moment.
    current: Vec<u32>,
    /// Fetched one by one up to this.
    careful_to: u32,
    /// A mail on its own, and how often it broke the connection.
    broke: (u32, u32),
}

impl Hurdle {
    /// Called at the beginning of a connection.
    fn look_back(&mut self) {
        match self.current[..] {
            [] => {}
            [uid] if self.broke.0 == uid => self.broke.1 += 1,
            [uid] => self.broke = (uid, 1),
            _ => {}
        }
        self.careful_to = self.careful_to.max(self.current.last().copied().unwrap_or_default());
        self.current.clear();
    }

    fn is_too_high(&self, uid: u32) -> bool {
        self.broke.0 == uid && self.broke.1 >= 2
    }
}

/// A mail that is to be fetched.
#[derive(Clone, Copy, Debug)]
struct New {
    uid: u32,
    size: u64,
    attempts: u32,
}

/// What a batch brought.
type Fetched = Vec<(New, Content)>;

enum Content {
    Whole(Bytes),
    /// Only its header section: the mail is too large.
    Head(Bytes),
    /// It breaks the connection whenever it is fetched.
    Unreadable,
    /// Somebody else has taken it away.
    Gone,
}

/// One connection.
pub struct Pull<'a> {
    fetcher: &'a Fetcher,
    mailbox: Mailbox,
    session: Option<Imap>,
    allowance: Allowance,
    hurdle: &'a mut Hurdle,
}

impl<'a> Pull<'a> {
    /// A connection that is signed in.
    pub fn new(fetcher: &'a Fetcher, mailbox: Mailbox, session: Imap, allowance: Allowance, hurdle: &'a mut Hurdle) -> Self {
        hurdle.look_back();
        Pull { fetcher, mailbox, session: Some(session), allowance, hurdle }
    }

    /// Fetches until `stop` or trouble.
    pub async fn run(mut self, stop: &CancellationToken) -> Result<(), Trouble> {
        let able = timeout(PATIENCE, self.session()?.capabilities()).await.map_err(|_| Trouble::Slow)??;
        let (can_idle, can_move) = (able.has_str("IDLE"), able.has_str("MOVE"));
        self.select().await?;
        let mut first = true;
        while !stop.is_cancelled() {
            if !mailbox::renew(&self.fetcher.store, &self.mailbox, LEASE, Timestamp::now()).await? {
                return Err(Trouble::LeaseLost);
            }
            let new = self.look().await?;
            if new.is_empty() {
                if std::mem::take(&mut first) {
                    self.advance(Progress::default()).await?;
                }
                match can_idle {
                    true => self.idle(stop).await?,
                    false => drop(stop.run_until_cancelled(tokio::time::sleep(self.fetcher.settings.poll)).await),
                }
            } else {
                self.work(new, can_move, stop).await?;
            }
        }
        if let Some(mut session) = self.session.take() {
            let _ = timeout(Duration::from_secs(2), session.logout()).await;
        }
        Ok(())
    }

    fn session(&mut self) -> Result<&mut Imap, Trouble> {
        self.session.as_mut().ok_or(Trouble::Gone)
    }

    /// Opens the folder. Numbers of another validity mean nothing any more (RFC 3501 section 2.3.1.1): then all is looked at again.
    async fn select(&mut self) -> Result<(), Trouble> {
        let folder = self.mailbox.facts.folder.clone();
        let opened = timeout(PATIENCE, self.session()?.select(folder)).await.map_err(|_| Trouble::Slow)??;
        let validity = opened.uid_validity.unwrap_or(1);
        if validity != self.mailbox.uid_validity {
            if self.mailbox.uid_validity != 0 {
                tracing::warn!(mailbox = %self.mailbox.id, "the server numbers its mails anew; all are looked at once more");
            }
            (self.mailbox.uid_validity, self.mailbox.last_uid) = (validity, 0);
            self.advance(Progress::default()).await?;
        }
        Ok(())
    }

    /// What there is to fetch: mails whose time to be tried again has come, and those after the last one. In order.
    async fn look(&mut self) -> Result<Vec<New>, Trouble> {
        let retries = mailbox::due(&self.fetcher.store, &self.mailbox, Timestamp::now()).await?;
        let last = self.mailbox.last_uid;
        let mut new = self.sizes(&format!("{}:*", last.saturating_add(1))).await?;
        // `n:*` names the last mail even where its number is below n.
        new.retain(|mail| mail.uid > last);
        if !retries.is_empty() {
            let uids: Vec<String> = retries.iter().map(|retry| retry.uid.to_string()).collect();
            let found = self.sizes(&uids.join(",")).await?;
            for retry in retries {
                let size = found.iter().find(|mail| mail.uid == retry.uid).map_or(0, |mail| mail.size);
                new.push(New { uid: retry.uid, size, attempts: retry.attempts });
            }
        }
        new.sort_by_key(|mail| mail.uid);
        Ok(new)
    }

    async fn sizes(&mut self, uids: &str) -> Result<Vec<New>, Trouble> {
        // A mailbox with very many mails: some sixty bytes each.
        self.allowance.set(256 << 20);
        let found = async {
            let mut found = Vec::new();
            let each = |answer: Answer<'_>| found.extend(answer.uid.map(|uid| New { uid, size: answer.size, attempts: 0 }));
            fetch(self.session()?, uids, "(UID RFC822.SIZE)", each).await?;
            Ok(found)
        };
        timeout(FETCH, found).await.map_err(|_| Trouble::Slow)?
    }

    /// All of `new`, batch by batch. While one is being kept, the next is being fetched.
    async fn work(&mut self, new: Vec<New>, can_move: bool, stop: &CancellationToken) -> Result<(), Trouble> {
        let mut rest = &new[..];
        let mut fetched = Vec::new();
        loop {
            let batch = self.batch(rest);
            rest = &rest[batch.len()..];
            if batch.is_empty() && fetched.is_empty() {
                return Ok(());
            }
            let (fetcher, mailbox) = (self.fetcher, self.mailbox.clone());
            let kept = async {
                let mails = std::mem::take(&mut fetched).into_iter();
                futures::future::join_all(mails.map(|(mail, content)| keep(fetcher, &mailbox, mail, content))).await
            };
            let (next, kept) = tokio::join!(self.fetch(batch), kept);
            if !kept.is_empty() {
                self.settle(&kept, can_move).await?;
            }
            fetched = next?;
            if stop.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// As many mails as one command asks for.
    fn batch<'b>(&self, rest: &'b [New]) -> &'b [New] {
        let mut bytes = 0;
        let fits = |mail: &&New| {
            bytes += mail.size;
            mail.size <= SMALL && bytes <= BATCH.1 && mail.uid > self.hurdle.careful_to
        };
        let count = rest.iter().take(BATCH.0).take_while(fits).count();
        &rest[..count.max(1).min(rest.len())]
    }

    async fn fetch(&mut self, batch: &[New]) -> Result<Fetched, Trouble> {
        self.hurdle.current = batch.iter().map(|mail| mail.uid).collect();
        let fetched = match batch {
            [] => Vec::new(),
            [one] if self.hurdle.is_too_high(one.uid) => vec![(*one, Content::Unreadable)],
            [one] if one.size > self.fetcher.settings.message_bytes => {
                self.allowance.set(0);
                let head = self.section(one.uid, "(UID BODY.PEEK[HEADER])").await?;
                vec![(*one, head.map_or(Content::Gone, Content::Head))]
            }
            [one] if one.size > SMALL => vec![(*one, self.pieces(*one).await?)],
            batch => self.together(batch).await?,
        };
        self.hurdle.current.clear();
        Ok(fetched)
    }

    async fn together(&mut self, batch: &[New]) -> Result<Fetched, Trouble> {
        self.allowance.set(batch.iter().map(|mail| mail.size * 2).sum());
        let uids: Vec<String> = batch.iter().map(|mail| mail.uid.to_string()).collect();
        let found = async {
            let mut found: BTreeMap<u32, Content> = BTreeMap::new();
            let each = |answer: Answer<'_>| {
                // Flags that others change meanwhile are told as answers without a section.
                match (answer.uid, answer.section) {
                    (Some(uid), Some(section)) => drop(found.insert(uid, Content::Whole(Bytes::copy_from_slice(section)))),
                    (Some(uid), None) => {
                        found.entry(uid).or_insert(Content::Unreadable);
                    }
                    (None, _) => {}
                }
            };
            fetch(self.session()?, &uids.join(","), "(UID BODY.PEEK[])", each).await?;
            Ok::<_, Trouble>(found)
        };
        let mut found = timeout(FETCH, found).await.map_err(|_| Trouble::Slow)??;
        Ok(batch.iter().map(|mail| (*mail, found.remove(&mail.uid).unwrap_or(Content::Gone))).collect())
    }

    /// A long mail by pieces, through a file: only so many are whole in memory at once.
    async fn pieces(&mut self, mail: New) -> Result<Content, Trouble> {
        let (mut spool, mut offset) = (None, 0);
        loop {
            self.allowance.set(PIECE * 2);
            let Some(piece) = self.section(mail.uid, &format!("(UID BODY.PEEK[]<{offset}.{PIECE}>)")).await? else {
                return Ok(Content::Gone);
            };
            let len = piece.len() as u64;
            offset += len;
            if len < PIECE {
                let Some(spool) = spool else { return Ok(Content::Whole(piece)) };
                return Ok(Content::Whole(Spool::join(spool, piece.into()).await?));
            }
            // What a server says of sizes is not to be relied on.
            if offset > self.fetcher.settings.message_bytes.saturating_mul(2) {
                return Ok(Content::Unreadable);
            }
            spool = Some(Spool::append(spool, &self.fetcher.settings.spool, piece.into()).await?);
        }
    }

    /// One section of one mail. None: the mail is gone.
    async fn section(&mut self, uid: u32, what: &str) -> Result<Option<Bytes>, Trouble> {
        let found = async {
            let mut found = None;
            let each = |answer: Answer<'_>| {
                if answer.uid == Some(uid) {
                    found = answer.section.map(Bytes::copy_from_slice).or(found.take());
                }
            };
            fetch(self.session()?, &uid.to_string(), what, each).await?;
            Ok(found)
        };
        timeout(FETCH, found).await.map_err(|_| Trouble::Slow)?
    }

    /// What became of a batch: marked there, then noted here.
    async fn settle(&mut self, kept: &[(New, Outcome)], can_move: bool) -> Result<(), Trouble> {
        let of = |outcome: Outcome| kept.iter().filter(move |(_, own)| *own == outcome).map(|(mail, _)| *mail);
        let done: Vec<String> = of(Outcome::Kept).map(|mail| mail.uid.to_string()).collect();
        if !done.is_empty() {
            self.mark(&done.join(","), can_move).await?;
        }
        let strangers = of(Outcome::Nobodys).count();
        if strangers > 0 {
            tracing::info!(mailbox = %self.mailbox.id, strangers, "mails for nobody here stay in the mailbox");
        }
        let failed = of(Outcome::Failed).map(|mail| {
            let attempts = mail.attempts + 1;
            if attempts >= MAX_ATTEMPTS {
                tracing::error!(mailbox = %self.mailbox.id, uid = mail.uid, "a mail is given up; it stays in the mailbox");
            }
            let wait = Duration::from_secs(30 << attempts.min(10));
            (Retry { uid: mail.uid, attempts }, (attempts < MAX_ATTEMPTS).then_some(wait))
        });
        let mended = kept.iter().filter(|(mail, outcome)| mail.attempts > 0 && *outcome != Outcome::Failed);
        let progress = Progress {
            fetched: done.len() as u64,
            failed: failed.collect(),
            mended: mended.map(|(mail, _)| mail.uid).collect(),
            ..Progress::default()
        };
        self.mailbox.last_uid = self.mailbox.last_uid.max(kept.iter().map(|(mail, _)| mail.uid).max().unwrap_or_default());
        self.advance(progress).await
    }

    async fn mark(&mut self, uids: &str, can_move: bool) -> Result<(), Trouble> {
        self.allowance.set(0);
        let (afterwards, folder) = (self.mailbox.facts.afterwards, self.mailbox.facts.move_to.clone().unwrap_or_default());
        let session = self.session()?;
        let flags = match afterwards {
            Afterwards::Keep => return Ok(()),
            Afterwards::Seen => "+FLAGS.SILENT (\\Seen)",
            Afterwards::Move if can_move => {
                return Ok(timeout(FETCH, session.uid_mv(uids, folder)).await.map_err(|_| Trouble::Slow)??);
            }
            Afterwards::Move => {
                timeout(FETCH, session.uid_copy(uids, folder)).await.map_err(|_| Trouble::Slow)??;
                "+FLAGS.SILENT (\\Seen \\Deleted)"
            }
        };
        let command = format!("UID STORE {uids} {flags}");
        Ok(timeout(FETCH, session.run_command_and_check_ok(command)).await.map_err(|_| Trouble::Slow)??)
    }

    async fn advance(&mut self, progress: Progress) -> Result<(), Trouble> {
        let progress = Progress { uid_validity: self.mailbox.uid_validity, last_uid: self.mailbox.last_uid, ..progress };
        match mailbox::advance(&self.fetcher.store, &self.mailbox, progress, Timestamp::now()).await? {
            true => Ok(()),
            false => Err(Trouble::LeaseLost),
        }
    }

    /// Waits until the server has news, or the time is up, or `stop`.
    async fn idle(&mut self, stop: &CancellationToken) -> Result<(), Trouble> {
        self.allowance.set(0);
        let mut idle = self.session.take().ok_or(Trouble::Gone)?.idle();
        timeout(PATIENCE, idle.init()).await.map_err(|_| Trouble::Slow)??;
        {
            let (news, _interrupt) = idle.wait_with_timeout(IDLE);
            // The time is counted here as well: a server's signs of life begin the other count anew.
            if let Some(Ok(told)) = stop.run_until_cancelled(timeout(IDLE, news)).await {
                told?;
            }
        }
        self.session = Some(timeout(PATIENCE, idle.done()).await.map_err(|_| Trouble::Slow)??);
        Ok(())
    }
}

/// What a FETCH says of one mail.
#[derive(Default)]
struct Answer<'a> {
    uid: Option<u32>,
    size: u64,
    section: Option<&'a [u8]>,
}

/// One UID FETCH to its end. `Ok` means that the server said OK: mails it did not speak of then are not there any more. (The
/// streams of async-imap end alike at OK, at NO and at the end of the connection, so that what is missing would seem to be gone.)
async fn fetch(session: &mut Imap, uids: &str, what: &str, mut each: impl FnMut(Answer<'_>)) -> Result<(), Trouble> {
    let tag = session.run_command(format!("UID FETCH {uids} {what}")).await?;
    loop {
        let response = session.read_response().await?.ok_or(Trouble::Gone)?;
        match response.parsed() {
            Response::Fetch(_, attributes) => each(answer(attributes)),
            Response::Done { tag: own, status, outcome } if *own == tag => {
                return match status {
                    Status::Ok => Ok(()),
                    _ => Err(Trouble::Refused(outcome.information.as_deref().unwrap_or_default().to_owned())),
                };
            }
            Response::Data { status: Status::Bye, .. } => return Err(Trouble::Gone),
            _ => {}
        }
    }
}

fn answer<'a>(attributes: &'a [AttributeValue<'_>]) -> Answer<'a> {
    let mut answer = Answer::default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => answer.uid = Some(*uid),
            AttributeValue::Rfc822Size(size) => answer.size = u64::from(*size),
            AttributeValue::BodySection { data, .. } => answer.section = data.as_deref(),
            _ => {}
        }
    }
    answer
}

async fn keep(fetcher: &Fetcher, mailbox: &Mailbox, mail: New, content: Content) -> (New, Outcome) {
    let outcome = match content {
        Content::Whole(raw) => {
            // Whole long mails are few at once.
            let _permit = if raw.len() as u64 > SMALL { fetcher.large.acquire().await.ok() } else { None };
            take(&fetcher.admission, mailbox, raw).await
        }
        Content::Head(head) => note_too_large(&fetcher.admission, mailbox, head).await,
        Content::Unreadable => Outcome::Failed,
        Content::Gone => Outcome::Nobodys,
    };
    (mail, outcome)
}
