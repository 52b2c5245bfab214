//! The certificate that the mail doors show, read anew when its files change: renewals need no restart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(30);

/// A certificate with its key, from two PEM files. Cheap to clone; all clones change together.
#[derive(Clone, Debug)]
pub struct Certificate {
    files: Arc<Files>,
    config: Arc<ServerConfig>,
}

#[derive(Debug)]
struct Files {
    chain: PathBuf,
    key: PathBuf,
    current: RwLock<(Arc<CertifiedKey>, Stamp)>,
}

/// When the files were last changed.
type Stamp = [Option<SystemTime>; 2];

impl Certificate {
    /// Reads both files. The error says which file is wrong and how.
    pub fn open(chain: &Path, key: &Path) -> io::Result<Certificate> {
        let read = (Arc::new(load(chain, key)?), stamp(chain, key));
        let files = Arc::new(Files { chain: chain.to_owned(), key: key.to_owned(), current: RwLock::new(read) });
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(files.clone());
        Ok(Certificate { files, config: Arc::new(config) })
    }

    /// Takes connections with whatever certificate is current at their handshake.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.clone())
    }

    /// Reads the files again. If they are broken, or do not fit each other yet, the old certificate stays.
    pub fn reload(&self) {
        let stamp = stamp(&self.files.chain, &self.files.key);
        match load(&self.files.chain, &self.files.key) {
            Ok(fresh) => {
                *self.files.current.write().unwrap_or_else(PoisonError::into_inner) = (Arc::new(fresh), stamp);
                tracing::info!(file = %self.files.chain.display(), "TLS certificate read");
            }
            Err(error) => tracing::error!(%error, "the TLS certificate stays as it was"),
        }
    }

    /// Reloads whenever the files have changed, until `stop`.
    pub async fn follow(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            self.reload_if_changed();
        }
    }

    /// Reloads if the files have changed.
    pub fn reload_if_changed(&self) {
        let known = self.files.current.read().unwrap_or_else(PoisonError::into_inner).1;
        if stamp(&self.files.chain, &self.files.key) != known {
            self.reload();
        }
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).0.clone())
    }
}

/// The one provider of the project, whether or not `main` installed it (tests have no `main`).
pub fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

fn load(chain: &Path, key: &Path) -> io::Result<CertifiedKey> {
    let wrong = |path: &Path, error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", path.display()));
    let certificates: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(chain).and_then(Iterator::collect).map_err(|error| wrong(chain, &error))?;
    if certificates.is_empty() {
        return Err(wrong(chain, &"no certificate in PEM form"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
    CertifiedKey::from_der(certificates, private, &provider()).map_err(|error| wrong(key, &error))
}

fn stamp(chain: &Path, key: &Path) -> Stamp {
    [chain, key].map(|path| std::fs::metadata(path).and_then(|facts| facts.modified()).ok())
}
