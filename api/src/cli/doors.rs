//! The doors for mail: what is configured becomes listeners.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use ingest::admission::{Admission, Settings};
use ingest::authentication::Authenticator;
use ingest::channel::imap::Fetcher;
use ingest::channel::ksef;
use ingest::channel::smtp::{Door, Doors, Entrance, Limits, Listener, SmtpConfig};
use ingest::channel::spv;
use ingest::channel::tls::Certificate;
use store::Store;
use tokio_util::sync::CancellationToken;

use super::mailbox;
use crate::config::{Config, Listen};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// All doors for mail, open but not yet served.
pub struct MailDoors {
    listeners: Vec<(&'static str, Listener)>,
    certificate: Option<Certificate>,
    fetcher: Option<Arc<Fetcher>>,
    ksef: Option<Arc<ksef::Fetcher>>,
    spv: Option<Arc<spv::Fetcher>>,
}

impl MailDoors {
    /// Binds what is configured.
    pub fn open(config: &Config, store: &Store) -> Result<MailDoors> {
        let certificate = certificate(config)?;
        let admission = Admission::new(store.clone(), settings(config)?);
        let doors = Doors::new(smtp(config)?, admission.clone())?;
        let mut listeners = Vec::new();
        for (name, listen, entrance) in entrances(config, certificate.as_ref())? {
            listeners.push((name, doors.listen(listen, entrance).map_err(|error| busy(name, listen, &error))?));
        }
        let socket = &config.lmtp.socket;
        if !socket.as_os_str().is_empty() {
            let entrance = Entrance { door: Door::Lmtp, ..Entrance::default() };
            let listener = doors.listen_unix(socket, entrance).map_err(|e| format!("[lmtp] socket {}: {e}", socket.display()))?;
            listeners.push(("lmtp_socket", listener));
        }
        let fetcher = match config.imap.enabled {
            true => Some(Fetcher::new(store.clone(), admission, mailbox::settings(config)).map_err(|e| format!("[imap]: {e}"))?),
            false => None,
        };
        let ksef = match config.ksef.enabled {
            true => Some(ksef::Fetcher::new(store.clone(), ksef_settings(config)).map_err(|e| format!("[ksef]: {e}"))?),
            false => None,
        };
        let spv = match config.spv.enabled {
            true => Some(spv::Fetcher::new(store.clone(), spv_settings(config)).map_err(|e| format!("[spv]: {e}"))?),
            false => None,
        };
        Ok(MailDoors { listeners, certificate, fetcher, ksef, spv })
    }

    /// Where a door is, if it is open and has a port.
    pub fn address(&self, name: &str) -> Option<SocketAddr> {
        self.listeners.iter().find(|(own, _)| *own == name).and_then(|(_, listener)| listener.local_addr())
    }

    /// Serves all doors, and fetches, until `stop`. The certificate is read again when its files change, and on SIGHUP.
    pub async fn serve(self, stop: CancellationToken) {
        let doors = futures::future::join_all(self.listeners.into_iter().map(|(_, listener)| listener.serve(stop.clone())));
        let renewal = async {
            if let Some(certificate) = &self.certificate {
                tokio::join!(certificate.follow(stop.clone()), reload_on_hangup(certificate, stop.clone()));
            }
        };
        let fetching = async {
            if let Some(fetcher) = self.fetcher.clone() {
                fetcher.run(stop.clone()).await;
            }
        };
        let invoices = async {
            if let Some(fetcher) = self.ksef.clone() {
                fetcher.run(stop.clone()).await;
            }
        };
        let romanian = async {
            if let Some(fetcher) = self.spv.clone() {
                fetcher.run(stop.clone()).await;
            }
        };
        tokio::join!(doors, renewal, fetching, invoices, romanian);
    }
}

/// How e-invoices are fetched.
pub(super) fn ksef_settings(config: &Config) -> ksef::Settings {
    ksef::Settings { address: config.ksef.address.clone(), poll: std::time::Duration::from_secs(config.ksef.poll_seconds.max(1)) }
}

/// The same from SPV, and how it is entered.
pub fn spv_settings(config: &Config) -> spv::Settings {
    let config = &config.spv;
    spv::Settings {
        address: config.address.clone(),
        sign_in: config.sign_in.clone(),
        client_id: config.client_id.clone(),
        client_secret: config.client_secret.expose().to_owned(),
        poll: std::time::Duration::from_secs(config.poll_seconds.max(1)),
    }
}

fn settings(config: &Config) -> Result<Settings> {
    let authentication = &config.authentication;
    let resolvers = authentication.resolvers.iter().map(|text| text.parse()).collect::<std::result::Result<Vec<SocketAddr>, _>>();
    let resolvers = resolvers.map_err(|_| "[authentication] resolvers: write addresses with ports, like 10.0.0.53:53")?;
    let authenticator = authentication.enabled.then(|| Authenticator::new(&resolvers, &authentication.arc_sealers)).transpose();
    Ok(Settings {
        mails_per_hour: config.smtp.max_mails_per_hour,
        company_bytes: (config.smtp.company_megabytes > 0).then_some(config.smtp.company_megabytes.saturating_mul(1_000_000)),
        authenticator: authenticator.map_err(|error| format!("[authentication]: the system's name servers: {error}"))?,
        trusted_servers: authentication.trusted_servers.clone(),
        ..Settings::of(&config.smtp.hostname)
    })
}

/// Name of each door in the log and in messages, where it listens, and what it is.
fn entrances(config: &Config, certificate: Option<&Certificate>) -> Result<Vec<(&'static str, SocketAddr, Entrance)>> {
    let balancers = config.smtp.networks()?;
    let smtp = Listen(config.smtp.enabled.then_some(config.smtp.listen));
    let mut found = Vec::new();
    for (name, listen, door, implicit_tls) in [
        ("smtp", smtp, Door::Smtp, false),
        ("smtp_tls", config.smtp.tls_listen, Door::Smtp, true),
        ("submission", config.submission.listen, Door::Submission, false),
        ("submission_tls", config.submission.tls_listen, Door::Submission, true),
        ("lmtp", config.lmtp.listen, Door::Lmtp, false),
    ] {
        let Listen(Some(address)) = listen else { continue };
        if certificate.is_none() && (implicit_tls || door == Door::Submission) {
            return Err(format!("the door {name} ({address}) needs a certificate: set certificate and key in [tls]").into());
        }
        let inside = door == Door::Lmtp;
        let entrance = Entrance {
            door,
            certificate: certificate.filter(|_| !inside).cloned(),
            implicit_tls,
            balancers: if inside { Vec::new() } else { balancers.clone() },
        };
        found.push((name, address, entrance));
    }
    Ok(found)
}

fn certificate(config: &Config) -> Result<Option<Certificate>> {
    let is_set = |path: &Path| !path.as_os_str().is_empty();
    match (is_set(&config.tls.certificate), is_set(&config.tls.key)) {
        (false, false) => Ok(None),
        (true, true) => {
            let read = Certificate::open(&config.tls.certificate, &config.tls.key);
            Ok(Some(read.map_err(|error| format!("[tls]: {error}"))?))
        }
        _ => Err("[tls]: certificate and key are both needed".into()),
    }
}

fn smtp(config: &Config) -> Result<SmtpConfig> {
    let limits = Limits {
        message_bytes: config.smtp.max_message_bytes,
        connections: config.smtp.max_connections,
        connections_per_address: config.smtp.max_connections_per_address,
        connections_per_minute: config.smtp.max_connections_per_minute,
        recipients: config.smtp.max_recipients,
        ..Limits::default()
    };
    let spool = config.storage.folder.join("spool");
    std::fs::create_dir_all(&spool).map_err(|e| format!("cannot make {}: {e}", spool.display()))?;
    Ok(SmtpConfig { host: config.smtp.hostname.clone(), spool, limits })
}

fn busy(name: &str, listen: SocketAddr, error: &std::io::Error) -> String {
    format!(
        "cannot listen on {listen} ({name}): {error}; another program may have the port, set another one in the configuration"
    )
}

/// SIGHUP is what certificate tools send after a renewal.
async fn reload_on_hangup(certificate: &Certificate, stop: CancellationToken) {
    let Ok(mut hangup) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) else { return };
    while stop.run_until_cancelled(hangup.recv()).await.flatten().is_some() {
        certificate.reload();
    }
}
