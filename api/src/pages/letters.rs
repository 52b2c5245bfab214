//! Tells people by mail what was said about a document. They answer there or simply to the mail.

use std::time::Duration;

use jiff::Timestamp;
use store::office::{self, Office};
use store::outgoing::Mail;
use store::talk::{self, Listener, Notice};
use store::{OfficeId, Store};
use tokio_util::sync::CancellationToken;

use super::lang;
use crate::config::Config;
use crate::mail_out;

/// How often it is looked for what was said: several sentences of one breath are told together with the next look.
const EVERY: Duration = Duration::from_secs(5);
/// After a mail that could not be sent.
const PAUSE: Duration = Duration::from_secs(60);

/// Tells until `stop`. Does nothing where no mail can be sent. Several processes may do the same at once.
pub async fn tell(store: Store, config: Config, stop: CancellationToken) {
    if !mail_out::can_send(&config) {
        return;
    }
    let mut pause = EVERY;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => (),
        }
        pause = match tell_all(&store, &config).await {
            Ok(()) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "what was said could not be told by mail; it is tried again");
                PAUSE
            }
        };
    }
}

/// What fails is put back; what was taken with it is told all the same.
async fn tell_all(store: &Store, config: &Config) -> Result<(), String> {
    let mut told = Ok(());
    for office in office::list(store).await.map_err(|error| error.to_string())? {
        for notice in talk::take(store, office.id, Timestamp::now()).await.map_err(|error| error.to_string())? {
            if let Err(error) = tell_one(store, config, &office, &notice).await {
                told = Err(error);
            }
        }
    }
    told
}

async fn tell_one(store: &Store, config: &Config, office: &Office, notice: &Notice) -> Result<(), String> {
    let (mut heard, mut told) = (false, Ok(()));
    for listener in &notice.to {
        match mail_out::post(config, &letter(config, office, notice, listener)).await {
            Ok(_) => heard = true,
            Err(error) => told = Err(error),
        }
    }
    // Once one has it, it is not sent to all again.
    if told.is_err() && !heard {
        back(store, office.id, notice).await;
    }
    told
}

async fn back(store: &Store, office: OfficeId, notice: &Notice) {
    if let Err(error) = talk::put_back(store, office, notice.comment).await {
        tracing::warn!(%error, "a notice was lost");
    }
}

fn letter(config: &Config, office: &Office, notice: &Notice, to: &Listener) -> Mail {
    let chosen = to.language.as_deref().and_then(lang::of).or_else(|| lang::of(&office.facts.language));
    let l = chosen.unwrap_or_else(lang::english);
    let paper = match &notice.seller {
        Some(seller) => format!("{} ({seller})", notice.title),
        None => notice.title.clone(),
    };
    let link = match config.http.public_url.trim_end_matches('/') {
        "" => String::new(),
        url => format!("{url}/documents/{}", notice.document),
    };
    let how = if to.reply_to.is_some() { l.t("letter.how") } else { "" };
    let facts = [("who", notice.author.as_str()), ("paper", &paper), ("words", &notice.content), ("link", &link), ("how", how)];
    let subject = if notice.question { l.with("letter.question", &paper) } else { l.with("letter.comment", &paper) };
    Mail { to: to.email.clone(), subject, text: l.fill("letter.text", &facts), reply_to: to.reply_to.clone() }
}
