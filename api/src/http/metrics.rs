//! Figures for Prometheus (text format 0.0.4), at a door of their own: they are nobody's business who signs in.

use std::fmt::Write;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use store::Store;
use store::measure::{Measures, measure};

/// `/metrics`
pub fn router(store: Store) -> Router {
    Router::new().route("/metrics", get(show)).with_state(store)
}

/// A database that does not answer is a figure too, not an error.
async fn show(State(store): State<Store>) -> Response {
    let now = Timestamp::now();
    let ready = store.ping().await.is_ok();
    let measured = match measure(&store, now).await {
        Ok(measured) => Some(measured),
        Err(error) => {
            tracing::warn!(%error, "the queue cannot be measured");
            None
        }
    };
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text(ready, measured.as_ref(), now)).into_response()
}

fn text(ready: bool, measured: Option<&Measures>, now: Timestamp) -> String {
    let mut out = String::new();
    let mut figure = |name: &str, help: &str, values: Vec<(String, f64)>| {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in values {
            let _ = writeln!(out, "{name}{labels} {value}");
        }
    };
    let one = |value: f64| vec![(String::new(), value)];
    figure("postroom_info", "The version that runs.", vec![(format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1.0)]);
    figure("postroom_ready", "1 where database and blob store answer.", one(f64::from(u8::from(ready))));
    if let Some(measured) = measured {
        let jobs = |value: &dyn Fn(&store::measure::Jobs) -> f64| {
            let label =
                |jobs: &store::measure::Jobs| format!("{{kind=\"{}\",state=\"{}\"}}", jobs.kind.as_str(), jobs.state.as_str());
            measured.jobs.iter().map(|jobs| (label(jobs), value(jobs))).collect::<Vec<_>>()
        };
        let age = |jobs: &store::measure::Jobs| now.duration_since(jobs.since).as_secs_f64().max(0.0);
        figure("postroom_jobs", "Jobs not done; dead: given up within a day.", jobs(&|jobs| jobs.count as f64));
        figure("postroom_job_age_seconds", "Age of the oldest of them.", jobs(&age));
        figure("postroom_pending_blobs", "Papers on their way to the blob store.", one(measured.pending_blobs as f64));
        figure("postroom_letters_waiting", "Mails of ours not sent yet.", one(measured.letters as f64));
    }
    if let Some(bytes) = resident() {
        figure("process_resident_memory_bytes", "Memory of this process.", one(bytes));
    }
    out
}

/// Resident memory, by proc(5).
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}
