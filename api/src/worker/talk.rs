//! Tells people by mail what was said about a document. They answer there or simply to the mail.

use std::time::Duration;

use jiff::Timestamp;
use store::Store;
use store::office::{self, Office};
use store::talk::{self, Listener, Notice};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::mail_out;
use crate::pages::letter;

/// How often it is looked for what was said: several sentences of one breath are told together with the next look.
const EVERY: Duration = Duration::from_secs(5);

/// Tells until `stop`. Does nothing where no mail can be sent. Several processes may do the same at once.
pub async fn run(store: Store, config: Config, stop: CancellationToken) {
    if !mail_out::can_send(&config) {
        return;
    }
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => (),
        }
        match office::list(&store).await {
            Err(error) => tracing::warn!(%error, "what was said could not be told by mail; it is tried again"),
            Ok(offices) => {
                for office in offices {
                    // One office's trouble is not the others'.
                    if let Err(error) = tell_all(&store, &config, &office).await {
                        tracing::warn!(office = %office.id, %error, "what was said could not be told by mail; it is tried again");
                    }
                }
            }
        }
    }
}

async fn tell_all(store: &Store, config: &Config, office: &Office) -> store::Result<()> {
    loop {
        let (url, words) = (config.http.public_url.clone(), office.clone());
        let compose = move |notice: &Notice, listener: &Listener| letter::said(&url, &words, notice, listener);
        if !talk::tell(store, office.id, Timestamp::now(), compose).await? {
            return Ok(());
        }
    }
}
