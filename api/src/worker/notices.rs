//! Notices sent: whether one may go is judged now, when authentication is known. Never to what is automatic or unproven: a notice to
//! a forged sender would be spam of ours.

use std::time::Duration;

use ingest::gate::Head;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::notice::{self, Fate, Notice, NoticeKind};
use store::outgoing::Mail;
use store::submission::SubmissionState;
use store::{Scope, Store, blob, ending, office, part};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::{mail_out, pages};

/// Notices are looked for this often.
const LOOK: Duration = Duration::from_secs(2);
/// The daily list goes out at this hour of the office.
const HOUR: i8 = 7;
/// The daily lists are looked for this often.
const DAILY: Duration = Duration::from_secs(10 * 60);
/// What authentication found is known this long after the arrival, at the latest.
const PATIENCE: i64 = 180;
/// Bytes of a mail that its headers are in.
const HEAD: u64 = 256 << 10;

/// Works until `stop`; where no mail server is configured, at once.
pub async fn run(store: Store, config: Config, stop: CancellationToken) {
    if !mail_out::can_send(&config) {
        return;
    }
    let every = |period| {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut look, mut daily) = (every(LOOK), every(DAILY));
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => send_due(&store, &config).await,
            _ = daily.tick() => send_daily(&store, &config).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "notices could not be sent; they come again");
        }
    }
}

async fn send_due(store: &Store, config: &Config) -> store::Result<()> {
    for notice in notice::due(store, 20, Timestamp::now()).await? {
        // One that cannot be looked at comes again, and holds up no other.
        if let Err(error) = look_at(store, config, &notice).await {
            tracing::warn!(notice = %notice.id, %error, "a notice could not be looked at; it comes again");
        }
    }
    Ok(())
}

async fn look_at(store: &Store, config: &Config, notice: &Notice) -> store::Result<()> {
    let fate = match judge(store, config, notice).await? {
        Some(fate) => fate,
        None => Fate::Sent(letter(store, notice).await?),
    };
    tracing::debug!(notice = %notice.id, ?fate, "a notice was looked at");
    notice::done(store, notice, fate, Timestamp::now()).await
}

/// None: it may go.
async fn judge(store: &Store, config: &Config, notice: &Notice) -> store::Result<Option<Fate>> {
    let mail = &notice.submission;
    let age = Timestamp::now().duration_since(mail.received_at).as_secs();
    let skipped = |why| Ok(Some(Fate::Skipped(why)));
    match mail.authentication.as_deref() {
        None if age < PATIENCE => return Ok(Some(Fate::Later(Duration::from_secs(5)))),
        Some(results) if results.contains("author=pass") => {}
        _ => return skipped("unproved"),
    }
    if notice.kind == NoticeKind::Waiting && mail.state != SubmissionState::Held {
        return skipped("decided");
    }
    if notice.sent_today >= notice.setting.per_day {
        return skipped("limit");
    }
    let (local, domain) = notice.recipient.split_once('@').unwrap_or_default();
    if is_robot(local) {
        return skipped("robot");
    }
    if domain.eq_ignore_ascii_case(&config.smtp.hostname) {
        return skipped("own_mail");
    }
    let Some(raw) = &mail.raw else { return skipped("no_mail") };
    let head = Head::parse(&blob::get_range(store, notice.office, raw, 0..mail.size.min(HEAD)).await?);
    let marks = head.marks;
    if marks.automatic || marks.list || marks.report || marks.verification || head.is_own(&config.smtp.hostname) {
        return skipped("automatic");
    }
    Ok(None)
}

/// Local parts that nobody reads.
fn is_robot(local: &str) -> bool {
    let plain: String = local.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    ["noreply", "donotreply", "mailerdaemon", "postmaster", "bounce", "notification"].iter().any(|robot| plain.contains(robot))
}

async fn letter(store: &Store, notice: &Notice) -> store::Result<Mail> {
    let parts = part::list(store, &Scope::operator(notice.office), notice.submission.id).await?;
    let (subject, text) = pages::letter::notice(notice, &parts);
    let answers = Some(notice.submission.message_id.clone().unwrap_or_default());
    Ok(Mail { to: notice.recipient.clone(), reply_to: None, answers, subject, text })
}

async fn send_daily(store: &Store, config: &Config) -> store::Result<()> {
    send_lists(store, config).await?;
    for soon in ending::endings(store, HOUR, Timestamp::now()).await? {
        let (subject, text) = pages::letter::ending(&soon, config.http.public_url.trim_end_matches('/'));
        let mail = Mail { to: soon.recipient.clone(), reply_to: None, answers: None, subject, text };
        ending::warn(store, &soon, mail, Timestamp::now()).await?;
    }
    Ok(())
}

async fn send_lists(store: &Store, config: &Config) -> store::Result<()> {
    for list in notice::held_lists(store, HOUR, Timestamp::now()).await? {
        let zone = office::get(store, &Scope::operator(list.office)).await?.facts.time_zone;
        let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
        let address = config.http.public_url.trim_end_matches('/');
        let (subject, text) = pages::letter::held(&list, &zone, address, Timestamp::now());
        let mail = Mail { to: list.recipient.clone(), reply_to: None, answers: None, subject, text };
        notice::send_list(store, &list, mail, Timestamp::now()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn nobody_reads_these() {
        for (local, robot) in
            [("no-reply", true), ("Do_Not_Reply+1", true), ("jan", false), ("postmaster", true), ("faktury", false)]
        {
            assert_eq!(super::is_robot(local), robot, "{local}");
        }
    }
}
