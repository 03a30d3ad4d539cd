//! HTTPS from a certificate chain and a key in PEM, read again when the files change.

use std::fmt;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use thiserror::Error;

use crate::settings::TlsFiles;

/// How often, at most, the files are looked at: a look costs a handshake two calls to the system.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why HTTPS cannot be served.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read, or holds nothing of its kind.
    #[error("{setting}: {file} {why}")]
    File {
        /// `TLS_CERT` or `TLS_KEY`.
        setting: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong, without any of the file's text.
        why: String,
    },
    /// The key is another certificate's, or of a kind that is not supported.
    #[error("TLS_KEY: {0} is not a usable key of the certificate in TLS_CERT: {1}")]
    Pair(PathBuf, rustls::Error),
    /// The cryptography offers no protocol version.
    #[error("TLS: {0}")]
    Protocol(rustls::Error),
}

/// What HTTPS is served with: TLS 1.2 and 1.3, HTTP/1.1, and the certificate as the files have it.
///
/// HTTP/2 is left to a proxy in front: here one connection of it could open streams without number.
pub fn server_config(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let certificates = Certificates::load(files, provider.clone(), LOOK_EVERY)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Protocol)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Reads both files as a start would, and forgets them.
pub(crate) fn check(files: &TlsFiles) -> Result<(), TlsError> {
    read(files, &ring::default_provider()).map(drop)
}

/// The certificate in use, and the files it came from.
struct Certificates {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    look_every: Duration,
    current: Mutex<Current>,
}

struct Current {
    certified: Arc<CertifiedKey>,
    stamps: Stamps,
    looked_at: Instant,
}

/// What tells a file from a later one of the same name.
type Stamp = (i64, i64, u64, u64);
type Stamps = [Option<Stamp>; 2];

impl Certificates {
    fn load(files: &TlsFiles, provider: Arc<CryptoProvider>, look_every: Duration) -> Result<Self, TlsError> {
        // Stamped before it is read: a change in between is seen at the next look.
        let stamps = stamps(files);
        let certified = Arc::new(read(files, &provider)?);
        let current = Mutex::new(Current { certified, stamps, looked_at: Instant::now() });
        Ok(Self { files: files.clone(), provider, look_every, current })
    }

    fn current(&self) -> Arc<CertifiedKey> {
        // A panic while the lock was held left a whole value: fields are replaced one at a time, each valid.
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked_at.elapsed() >= self.look_every {
            current.looked_at = Instant::now();
            self.renew(&mut current);
        }
        current.certified.clone()
    }

    /// Takes over changed files if they can be used. Each change is tried once, so a broken one is told once.
    fn renew(&self, current: &mut Current) {
        let stamps = stamps(&self.files);
        if stamps == current.stamps {
            return;
        }
        current.stamps = stamps;
        match read(&self.files, &self.provider) {
            Ok(certified) => {
                current.certified = Arc::new(certified);
                tracing::info!(target: "tls", "the certificate was read again");
            }
            Err(error) => {
                tracing::warn!(target: "tls", %error, "the new certificate cannot be used; the old one stays");
            }
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificates").field(&self.files).finish()
    }
}

fn stamps(files: &TlsFiles) -> Stamps {
    let stamp = |path: &PathBuf| {
        std::fs::metadata(path)
            .ok()
            .map(|file: Metadata| (file.mtime(), file.mtime_nsec(), file.len(), file.ino()))
    };
    [stamp(&files.cert), stamp(&files.key)]
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&files.cert).and_then(Iterator::collect);
    let chain =
        chain.and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) });
    let chain = chain.map_err(|error| unreadable("TLS_CERT", &files.cert, "certificate", error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| unreadable("TLS_KEY", &files.key, "private key", error))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| TlsError::Pair(files.key.clone(), error))
}

/// The PEM errors of the parser may quote the file, which may be a key; these words do not.
fn unreadable(setting: &'static str, file: &Path, what: &str, error: pem::Error) -> TlsError {
    let why = match error {
        pem::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => "does not exist".to_owned(),
        pem::Error::Io(error) => format!("cannot be read: {error}"),
        _ => format!("holds no {what} in PEM"),
    };
    TlsError::File { setting, file: file.to_owned(), why }
}

#[cfg(test)]
mod tests;
