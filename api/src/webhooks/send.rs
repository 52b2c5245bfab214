//! One message to one address.

use std::error::Error;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use store::webhook::{Due, Outcome, Turn, WebhookProblem};

use super::guard::{Guarded, NotAllowed, Rules};
use super::sign;

/// Time for one attempt, from the name to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Bytes read of an answer.
const MOST: usize = 4 << 10;
/// Characters kept of it.
const KEPT: usize = 500;

/// Sends messages, to where the rules allow and nowhere else.
pub struct Sender {
    rules: Rules,
    secure: Client,
    plain: Client,
}

impl Sender {
    /// By these rules.
    pub fn new(rules: Rules) -> Result<Sender, String> {
        let client = |secure| {
            Client::builder()
                .timeout(TIMEOUT)
                .redirect(Policy::none())
                // A proxy would look the name up itself, and reach what may not be reached.
                .no_proxy()
                .dns_resolver(Guarded { rules: rules.clone(), secure })
                .pool_idle_timeout(Duration::from_secs(30))
                .user_agent(concat!("postroom/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|error| error.to_string())
        };
        Ok(Sender { secure: client(true)?, plain: client(false)?, rules })
    }

    /// Sends a message; says what came of it.
    pub async fn send(&self, turn: &Turn, due: &Due) -> Outcome {
        let begun = Instant::now();
        let outcome = self.attempt(turn, due).await;
        Outcome { took: begun.elapsed(), ..outcome }
    }

    async fn attempt(&self, turn: &Turn, due: &Due) -> Outcome {
        // Names are judged where they are looked up, numbers here. The configuration may have changed since it was kept.
        let url = Url::parse(&turn.url).ok().filter(|url| self.rules.allow_url(url));
        let Some(url) = url else { return problem(WebhookProblem::Address) };
        let client = if url.scheme() == "https" { &self.secure } else { &self.plain };
        let (id, now) = (due.id.to_string(), Timestamp::now().as_second());
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", sign::header(&turn.secrets, &id, now, &due.body))
            .body(due.body.clone());
        match request.send().await {
            Ok(response) => answered(response).await,
            Err(error) if error.is_timeout() => problem(WebhookProblem::Timeout),
            Err(error) if is_not_allowed(&error) => problem(WebhookProblem::Address),
            Err(_) => problem(WebhookProblem::Unreachable),
        }
    }
}

fn problem(problem: WebhookProblem) -> Outcome {
    Outcome { problem: Some(problem), ..Outcome::default() }
}

fn is_not_allowed(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<NotAllowed>() {
            return true;
        }
        cause = error.source();
    }
    false
}

async fn answered(mut response: Response) -> Outcome {
    let status = response.status();
    let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok()).map(Duration::from_secs);
    let problem = match status.as_u16() {
        200..300 => None,
        300..400 => Some(WebhookProblem::Redirect),
        410 => Some(WebhookProblem::Gone),
        _ => Some(WebhookProblem::Status),
    };
    let mut body = Vec::new();
    // The status has been said: an answer that breaks off after it changes nothing.
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk[..chunk.len().min(MOST - body.len())]);
        if body.len() == MOST {
            break;
        }
    }
    let text = String::from_utf8_lossy(&body);
    let shown = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(KEPT).collect::<String>();
    Outcome { code: Some(status.as_u16()), response: shown.trim().to_owned(), problem, rest: wait, ..Outcome::default() }
}
