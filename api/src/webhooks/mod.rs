//! Webhooks sent by Standard Webhooks 1.0 (docs/webhooks.md). One loop makes deliveries of what happened and hands out turns; a webhook has
//! one turn at a time, and none keeps another waiting.

mod guard;
mod send;
mod sign;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::outgoing::Mail;
use store::webhook::{self, Manager, SwitchedOff, Turn};
use store::{Store, event};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::{mail_out, pages};

pub use guard::{Rules, Unfit, check, judge};
use send::Sender;

/// Events of other processes are looked for this often; those of this one ring.
const LOOK: Duration = Duration::from_secs(1);
/// Events that come together are looked at together.
const BREATH: Duration = Duration::from_millis(50);
/// Turns side by side.
const AT_ONCE: usize = 32;
/// A turn is one process's own for so long: all its messages with an answer that just comes in time, and some more.
const LEASE: Duration = Duration::from_secs(600);

/// Sends until `stop`. Several processes may do the same at once.
pub async fn run(store: Store, config: Config, stop: CancellationToken) {
    let sender = match Rules::new(&config.webhooks.networks).and_then(Sender::new) {
        Ok(sender) => Arc::new(sender),
        Err(problem) => {
            tracing::error!(%problem, "no webhook is sent: see [webhooks]");
            return;
        }
    };
    if let Err(error) = webhook::reclaim(&store).await {
        tracing::warn!(%error, "webhooks of the process before wait until their leases end");
    }
    let config = Arc::new(config);
    let mut turns = JoinSet::new();
    while !stop.is_cancelled() {
        if let Err(error) = hand_out(&store, &config, &sender, &mut turns, &stop).await {
            tracing::warn!(%error, "webhooks wait; they are tried again");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = event::wait(&store, LOOK) => tokio::time::sleep(BREATH).await,
            Some(_) = turns.join_next() => {}
        }
    }
    // What is being sent is cut off: without its answer noted it is sent again.
    turns.shutdown().await;
}

async fn hand_out(
    store: &Store,
    config: &Arc<Config>,
    sender: &Arc<Sender>,
    turns: &mut JoinSet<()>,
    stop: &CancellationToken,
) -> store::Result<()> {
    while webhook::fan_out(store, Timestamp::now()).await? && !stop.is_cancelled() {}
    while turns.len() < AT_ONCE {
        let Some(turn) = webhook::next(store, LEASE, Timestamp::now()).await? else { break };
        let (store, config, sender) = (store.clone(), config.clone(), sender.clone());
        turns.spawn(async move {
            if let Err(error) = send_all(&store, &config, &sender, &turn).await {
                tracing::warn!(webhook = %turn.webhook, %error, "a webhook's turn ended early; it comes again");
            }
        });
    }
    Ok(())
}

/// Sends what is due, in its order, up to the first that fails.
async fn send_all(store: &Store, config: &Arc<Config>, sender: &Sender, turn: &Turn) -> store::Result<()> {
    for due in &turn.due {
        let outcome = sender.send(turn, due).await;
        let problem = outcome.problem;
        tracing::debug!(webhook = %turn.webhook, message = %due.id, ?problem, code = outcome.code, "a message was sent");
        let config = config.clone();
        let compose = move |off: &SwitchedOff, to: &Manager| letter(&config, off, to);
        let on = webhook::attempted(store, turn, due, outcome, Timestamp::now(), compose).await?;
        if !on || problem.is_some() {
            break;
        }
    }
    webhook::release(store, turn).await
}

fn letter(config: &Config, off: &SwitchedOff, to: &Manager) -> Option<Mail> {
    mail_out::can_send(config).then(|| pages::letter::switched_off(&config.http.public_url, off, to))
}
