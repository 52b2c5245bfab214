//! `postroom serve`

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::config::Config;
use crate::http;

/// Arguments of `postroom serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Leave the work to `postroom worker` processes (needs PostgreSQL)
    #[arg(long)]
    no_workers: bool,
}

/// Serves until the first SIGTERM or Ctrl-C, then lets what is in flight end.
pub async fn run(args: Args, config: Config) -> Outcome {
    super::start_log(&config.log)?;
    let _ = args.no_workers;
    let stop = stop_signal()?;
    let store = super::open::open(&config).await?;
    let listener = http::bind(&config.http).await?;
    tracing::info!(http = %listener.local_addr()?, "serving");
    let router = http::router(http::App::new(store.clone(), config.clone()));
    http::serve(listener, router, &config.http, stop).await;
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Cancelled by the first SIGTERM or Ctrl-C; a second one ends the process at once.
fn stop_signal() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => (), _ = interrupt.recv() => () }
        tracing::info!("stopping; a second signal ends at once");
        told.cancel();
        tokio::select! { _ = terminate.recv() => (), _ = interrupt.recv() => () }
        std::process::exit(130);
    });
    Ok(stop)
}
