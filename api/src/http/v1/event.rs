//! What changes, as it changes (server-sent events).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::Stream;
use store::event;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::{Caller, verify};
use crate::http::problem::{Answer, ProblemBody};

/// How long a caller whose token was taken away still hears something, at most.
const RECHECK: Duration = Duration::from_millis(900);

/// `/v1/events`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(follow))
}

struct Follower {
    app: App,
    caller: Caller,
    seen: u64,
    ready: VecDeque<event::Event>,
}

/// Follow what changes. Each event has its number as id and a JSON object as data; Last-Event-ID goes on from there.
#[utoipa::path(get, path = "/v1/events", tag = "events",
    params(("last-event-id" = Option<u64>, Header, description = "Begin after this one")), responses(
    (status = 200, description = "A stream of events", body = event::Event, content_type = "text/event-stream"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn follow(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    caller.allow(|role| role.may_see())?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let seen = match last {
        Some(seen) => seen,
        None => event::newest(app.store(), &caller.scope).await?,
    };
    let follower = Follower { app, caller, seen, ready: VecDeque::new() };
    let stream = futures::stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        let sent = Event::default().id(event.seq.to_string()).json_data(&event).unwrap_or_default();
        Some((Ok(sent), follower))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

impl Follower {
    /// The next event; none when the caller may not hear it any more, or the store is gone (the browser connects again).
    async fn next(&mut self) -> Option<event::Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            self.caller = verify(&self.app, &self.caller.secret, Some(self.caller.scope.office())).await.ok()?;
            let events = event::after(self.app.store(), &self.caller.scope, self.seen, 200).await.ok()?;
            match events.last() {
                Some(last) => self.seen = last.seq,
                None => event::wait(self.app.store(), RECHECK).await,
            }
            self.ready.extend(events);
        }
    }
}
