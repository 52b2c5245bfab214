//! `postroom serve`

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use ingest::admission::{Admission, Settings as AdmissionSettings};
use ingest::channel::smtp::{Limits, Listener, SmtpConfig};
use store::Store;
use store::lookup::BrakeRule;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Outcome;
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
    let service = Service::start(config, !args.no_workers).await?;
    let stop = stop_signal()?;
    service.run(stop).await;
    Ok(ExitCode::SUCCESS)
}

/// The service with its doors open.
pub struct Service {
    config: Config,
    store: Store,
    pool: Option<Pool>,
    smtp: Option<Listener>,
    http: tokio::net::TcpListener,
    workers: bool,
}

impl Service {
    /// Opens the store and the ports; nothing is served yet.
    pub async fn start(config: Config, workers: bool) -> Result<Service, Box<dyn std::error::Error + Send + Sync>> {
        let store = super::open::open(&config).await?;
        let smtp = if config.smtp.enabled { Some(smtp(&config, &store)?) } else { None };
        let http = http::bind(&config.http).await?;
        let pool = readers(&config);
        let address = smtp.as_ref().map(Listener::local_addr).transpose()?.map(|address| address.to_string());
        tracing::info!(http = %http.local_addr()?, smtp = address.as_deref().unwrap_or("off"), "serving");
        Ok(Service { config, store, pool, smtp, http, workers })
    }

    /// Rows and blobs.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where mail goes in.
    pub fn smtp_address(&self) -> Option<std::net::SocketAddr> {
        self.smtp.as_ref().and_then(|smtp| smtp.local_addr().ok())
    }

    /// Where API and pages are.
    pub fn http_address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.http.local_addr()
    }

    /// Serves until `stop`. Mail and HTTP end first, then the workers, then the store.
    pub async fn run(self, stop: CancellationToken) {
        let Service { config, store, pool, smtp, http: listener, workers } = self;
        let app = http::App::new(store.clone(), config.clone(), pool.clone());
        let router = http::router(app);
        let worked = work(workers, pool, &store, &config, stop.clone());
        let mail = async {
            if let Some(smtp) = smtp {
                smtp.serve(stop.clone()).await;
            }
        };
        tokio::join!(worked, mail, http::serve(listener, router, &config.http, stop.clone()));
        store.close().await;
    }
}

/// The workers of this process; without readers the store is kept tidy all the same.
async fn work(workers: bool, pool: Option<Pool>, store: &Store, config: &Config, stop: CancellationToken) {
    match pool {
        _ if !workers => (),
        Some(pool) => worker::run(Tools::new(store.clone(), pool, &config.reader), stop).await,
        None => worker::upkeep(store.clone(), stop).await,
    }
}

fn smtp(config: &Config, store: &Store) -> Result<Listener, Box<dyn std::error::Error + Send + Sync>> {
    let settings = AdmissionSettings { host: config.smtp.hostname.clone(), types: BTreeMap::new(), brake: BrakeRule::default() };
    let admission: Arc<Admission> = Admission::new(store.clone(), settings);
    let limits = Limits {
        message_bytes: config.smtp.max_message_bytes,
        connections: config.smtp.max_connections,
        connections_per_address: config.smtp.max_connections_per_address,
        recipients: config.smtp.max_recipients,
        ..Limits::default()
    };
    let spool = config.storage.folder.join("spool");
    std::fs::create_dir_all(&spool).map_err(|e| format!("cannot make {}: {e}", spool.display()))?;
    let smtp = SmtpConfig { host: config.smtp.hostname.clone(), spool, limits };
    Ok(Listener::bind(config.smtp.listen, smtp, admission).map_err(|error| {
        format!(
            "cannot listen on {}: {error}; another program may have the port, set [smtp] listen to a free one",
            config.smtp.listen
        )
    })?)
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
