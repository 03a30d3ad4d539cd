//! Why the server did not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;
use vestibule_auth::hasher::HasherError;
use vestibule_auth::keys::KeyError;
use vestibule_import::copy::CopyError;
use vestibule_import::export::ExportError;
use vestibule_import::run::RunError;
use vestibule_import::source::SourceError;
use vestibule_mail::SmtpError;
use vestibule_persistence::StoreError;
use vestibule_persistence::ephemeral::RedisError;
use vestibule_persistence::migrations::MigrationError;

use crate::secret_key::SecretKeyError;
use crate::settings::SettingsError;
use crate::tls::TlsError;

/// Why the server, or a command, did not start. Each is one sentence; none holds a secret.
#[derive(Debug, Error)]
pub enum StartError {
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// There is no key to start with.
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A folder or file of the data cannot be made.
    #[error("{setting}: cannot make {path}: {error}")]
    Data {
        /// The setting that named it.
        setting: &'static str,
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The schema cannot be brought up to date.
    #[error("DATABASE_URL: {0}")]
    Migration(#[from] MigrationError),
    /// The database does not answer.
    #[error("DATABASE_URL: {0}")]
    Store(#[from] StoreError),
    /// The hasher refuses its cost.
    #[error("PASSWORD_HASHER: {0}")]
    Hasher(#[from] HasherError),
    /// The signing keys cannot be read or made.
    #[error("SECRET_KEY: {0}")]
    Keys(#[from] KeyError),
    /// The address of Redis is none.
    #[error("REDIS_URL: {0}")]
    Redis(#[from] RedisError),
    /// The mail server cannot be spoken to safely.
    #[error("SMTP_URL: {0}")]
    Smtp(#[from] SmtpError),
    /// The address cannot be listened on.
    #[error("{setting}: cannot listen on {address}: {error}")]
    Bind {
        /// The setting that named it.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// What is to be taken over cannot be read.
    #[error("--from: {0}")]
    Source(SourceError),
    /// An import ended early.
    #[error("the import ended early ({0}); the same command goes on behind what was kept")]
    Import(RunError),
    /// A copy ended early.
    #[error("--to: {0}")]
    Copy(#[from] CopyError),
    /// An export ended early.
    #[error("the export ended early: {0}")]
    Export(#[from] ExportError),
    /// The system refuses something a server needs.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

impl From<SourceError> for StartError {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<RunError> for StartError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Source(error) => Self::Source(error),
            error => Self::Import(error),
        }
    }
}

impl StartError {
    /// What the process ends with: 2 where a setting has to change, 1 where the world has to.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::SecretKey(SecretKeyError::Store(_) | SecretKeyError::File { .. }) => 1,
            Self::Settings(_)
            | Self::SecretKey(_)
            | Self::Tls(_)
            | Self::Redis(_)
            | Self::Source(SourceError::Unusable(_)) => 2,
            _ => 1,
        }
    }
}
