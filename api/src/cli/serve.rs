//! `postroom serve`

use std::process::ExitCode;

use store::Store;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use super::doors::MailDoors;
use crate::config::Config;
use crate::http;
use crate::pool::{Pool, Settings};
use crate::worker::{self, Tools};

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
    // Before it says that it serves: from then on it may be told anything.
    let stop = stop_signal()?;
    let service = Service::start(config, !args.no_workers).await?;
    service.run(stop).await;
    Ok(ExitCode::SUCCESS)
}

/// The service with its doors open.
pub struct Service {
    config: Config,
    store: Store,
    pool: Option<Pool>,
    mail: MailDoors,
    http: tokio::net::TcpListener,
    metrics: Option<tokio::net::TcpListener>,
    workers: bool,
    /// Keeps other services away from the data folder.
    alone: Option<std::fs::File>,
}

impl Service {
    /// Opens the store and the ports; nothing is served yet.
    pub async fn start(config: Config, workers: bool) -> Result<Service, Box<dyn std::error::Error + Send + Sync>> {
        if !workers {
            super::alone::shared(&config, "--no-workers")?;
        }
        super::open::make_folder(&config)?;
        let alone = super::alone::hold(&config)?;
        let store = super::open::open(&config).await?;
        let mail = MailDoors::open(&config, &store)?;
        let http = http::bind(&config.http).await?;
        let metrics = http::bind_metrics(&config.http).await?;
        let pool = readers(&config);
        let at = |name| mail.address(name).map_or("off".to_owned(), |address| address.to_string());
        tracing::info!(
            http = %http.local_addr()?, smtp = at("smtp"), smtp_tls = at("smtp_tls"), submission = at("submission"),
            submission_tls = at("submission_tls"), lmtp = at("lmtp"),
            metrics = metrics.as_ref().and_then(|door| door.local_addr().ok()).map_or("off".to_owned(), |at| at.to_string()), "serving"
        );
        Ok(Service { config, store, pool, mail, http, metrics, workers, alone })
    }

    /// Rows and blobs.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where mail goes in.
    pub fn smtp_address(&self) -> Option<std::net::SocketAddr> {
        self.mail.address("smtp")
    }

    /// Where API and pages are.
    pub fn http_address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.http.local_addr()
    }

    /// Serves until `stop`. Mail and HTTP end first, then the workers, then the store.
    pub async fn run(self, stop: CancellationToken) {
        let Service { config, store, pool, mail, http: listener, metrics, workers, alone } = self;
        let app = http::App::new(store.clone(), config.clone(), pool.clone());
        let router = http::router(app);
        let worked = work(workers, pool, &store, &config, stop.clone());
        let sent = crate::mail_out::run(store.clone(), config.clone(), stop.clone());
        let asked = crate::chase::run(store.clone(), crate::mail_out::can_send(&config), stop.clone());
        let served = http::serve(listener, router, &config.http, stop.clone());
        let measured = async {
            if let Some(listener) = metrics {
                http::serve(listener, http::metrics::router(store.clone()), &config.http, stop.clone()).await;
            }
        };
        tokio::join!(worked, sent, asked, mail.serve(stop.clone()), served, measured);
        store.close().await;
        drop(alone);
    }
}

/// The workers of this process; without readers the store is kept tidy all the same, and letters go out.
async fn work(workers: bool, pool: Option<Pool>, store: &Store, config: &Config, stop: CancellationToken) {
    if workers {
        tokio::join!(
            worker::letters(store.clone(), config.clone(), stop.clone()),
            work_at_jobs(pool, store, config, stop.clone())
        );
    }
}

async fn work_at_jobs(pool: Option<Pool>, store: &Store, config: &Config, stop: CancellationToken) {
    match pool {
        Some(pool) => worker::run(Tools::new(store.clone(), pool, &config.reader), stop).await,
        None => worker::upkeep(store.clone(), stop).await,
    }
}

/// The readers; without them mail is still taken in and lists are shown.
fn readers(config: &Config) -> Option<Pool> {
    match Settings::find(&config.reader) {
        Ok(settings) => Some(Pool::new(settings)),
        Err(failure) => {
            tracing::error!(%failure, "nothing can be read or drawn; see postroom doctor");
            None
        }
    }
}

/// Cancelled by the first SIGTERM or Ctrl-C; a second one ends the process at once.
pub(super) fn stop_signal() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Without a handler SIGHUP ends a process, and tools that turn logs send it to all. Certificates listen for it themselves.
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move { while hangup.recv().await.is_some() {} });
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
