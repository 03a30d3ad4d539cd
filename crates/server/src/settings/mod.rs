//! What the server is told: read once at the start, whole or not at all.
//!
//! A value comes from a flag, else from the environment, else from `.env`, else it is the default. Everything is
//! parsed here into the type that uses it; whatever cannot be used stops the start with one sentence that names the
//! setting and not its value. Nothing here looks at the process: the environment and the text of `.env` come in
//! as arguments, so that tests bring their own.
//!
//! To add a setting: a row in [`catalogue`], a field here, its line in the group's function in `groups.rs`, a row in
//! the table of `tests/rows`, and `docs/configuration.md` (its test prints the line).

mod arguments;
pub mod catalogue;
mod dotenv;
mod error;
mod fit;
mod groups;
mod outward;
mod redis_url;
mod secret;
mod sources;
mod values;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ArgMatches;
use url::Url;
use vestibule_auth::hasher::HasherSettings;
use vestibule_auth::limits::LimitRules;
use vestibule_auth::rules::EmailVerification;
use vestibule_domain::password::rules::PasswordRules;
use vestibule_http::{AllowedHosts, CorsOrigins, TrustedProxies};
use vestibule_mail::{Sender, SmtpUrl};
use vestibule_media::MediaUrl;
use vestibule_persistence::DatabaseUrl;

pub use arguments::arguments;
pub use error::SettingsError;
pub use redis_url::RedisUrl;
pub use secret::Secret;
pub use sources::{Listed, Origin};

use sources::Given;

/// Everything the server is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where and to whom it answers.
    pub listening: Listening,
    /// Where its data lies.
    pub data: Data,
    /// Where files of people lie.
    pub media: Media,
    /// Who may come in.
    pub accounts: Accounts,
    /// How long they are known, and their links good.
    pub sessions: Sessions,
    /// How passwords are judged and hashed.
    pub passwords: Passwords,
    /// How people are written to.
    pub mail: Mail,
    /// How often people may try.
    pub limits: LimitRules,
    /// What is written down.
    pub logs: Logs,
    /// Who may read the figures.
    pub metrics: Metrics,
    /// Queries in the log; never in production.
    pub debug: bool,
    /// Each setting as it may be shown.
    pub listing: Vec<Listed>,
    /// What does not stop the start but should be told, a sentence each.
    pub warnings: Vec<String>,
}

/// Where and to whom the server answers.
#[derive(Clone, Debug)]
pub struct Listening {
    /// `BIND`.
    pub bind: SocketAddr,
    /// `PUBLIC_URL`, where given: `http` or `https`, without a path.
    pub public_url: Option<Url>,
    /// `ALLOWED_HOSTS`, or its default: `PUBLIC_URL`'s host, `localhost`, `127.0.0.1` and `[::1]`.
    pub allowed_hosts: AllowedHosts,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: TrustedProxies,
    /// `CORS_ALLOWED_ORIGINS`.
    pub cors_allowed_origins: CorsOrigins,
    /// `TLS_CERT` and `TLS_KEY`, where both are given.
    pub tls: Option<TlsFiles>,
    /// `FRONTEND_DIR`: an existing folder.
    pub frontend_dir: Option<PathBuf>,
    /// `ASSETS_URL`, where given, without a slash at the end.
    pub assets_url: Option<String>,
    /// `SECURITY_CONTACT`: addresses as they were written, the preferred one first; none where it is not set.
    pub security_contact: Vec<String>,
    /// `WORKERS`.
    pub workers: usize,
    /// `MAX_CONNECTIONS_PER_ADDRESS`; 0 is no cap.
    pub max_connections_per_address: usize,
    /// `SHUTDOWN_TIMEOUT`.
    pub shutdown_timeout: Duration,
    /// `SHUTDOWN_GRACE`.
    pub shutdown_grace: Duration,
}

/// The certificate chain and its key, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// `TLS_CERT`.
    pub cert: PathBuf,
    /// `TLS_KEY`.
    pub key: PathBuf,
}

/// Where the data lies.
#[derive(Clone, Debug)]
pub struct Data {
    /// `DATA_DIR`.
    pub dir: PathBuf,
    /// `DATABASE_URL`, or the SQLite file in `DATA_DIR`.
    pub database: DatabaseUrl,
    /// Whether `DATABASE_URL` was left out: only then is a secret key made.
    pub is_embedded_default: bool,
    /// `DATABASE_POOL_SIZE`.
    pub pool_size: u32,
    /// `SECRET_KEY`, where given; at least 32 bytes.
    pub secret_key: Option<Secret>,
    /// `REDIS_URL`, where given.
    pub redis: Option<RedisUrl>,
}

/// Where files of people lie, and how that place is reached. The keys are for S3 alone.
#[derive(Clone, Debug)]
pub struct Media {
    /// `MEDIA_URL`, or the folder `media` in `DATA_DIR`.
    pub url: MediaUrl,
    /// `AWS_ACCESS_KEY_ID`, where given.
    pub access_key_id: Option<Secret>,
    /// `AWS_SECRET_ACCESS_KEY`, where given.
    pub secret_access_key: Option<Secret>,
    /// `AWS_SESSION_TOKEN`, where given.
    pub session_token: Option<Secret>,
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ENDPOINT_URL`, where given: `http` or `https`.
    pub endpoint: Option<Url>,
}

/// Who may come in.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// `REGISTRATION`: whether people may open accounts themselves.
    pub registration_is_open: bool,
    /// `FIRST_USER_IS_ADMIN`.
    pub first_user_is_admin: bool,
    /// `SETUP_TOKEN`, where given.
    pub setup_token: Option<Secret>,
    /// `EMAIL_VERIFICATION`.
    pub email_verification: EmailVerification,
}

/// How long people are known once they came in, and links are good.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// `ACCESS_TOKEN_TTL`.
    pub access_token_ttl: Duration,
    /// `JWT_TTL`.
    pub jwt_ttl: Duration,
    /// `REFRESH_TOKEN_TTL`.
    pub refresh_token_ttl: Duration,
    /// `REFRESH_IDLE_TTL`, at most `REFRESH_TOKEN_TTL`.
    pub refresh_idle_ttl: Duration,
    /// `RESET_TOKEN_TTL`.
    pub reset_token_ttl: Duration,
    /// `VERIFY_TOKEN_TTL`.
    pub verify_token_ttl: Duration,
    /// `SESSIONS_PER_USER`.
    pub sessions_per_user: u32,
    /// `SESSION_CACHE_TTL`; zero turns the cache off.
    pub session_cache_ttl: Duration,
}

/// How passwords are judged and hashed.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// What a password must be; `PASSWORD_MIN_LENGTH` is part of it.
    pub rules: PasswordRules,
    /// `PASSWORD_HASHER`, the costs and `PASSWORD_PEPPER`.
    pub hasher: HasherSettings,
    /// `HASH_THREADS`.
    pub hash_threads: usize,
    /// `HASH_MEMORY_MIB`, in bytes.
    pub hash_memory: usize,
    /// `HASH_QUEUE`.
    pub hash_queue: usize,
}

/// How people are written to.
#[derive(Clone, Debug)]
pub struct Mail {
    /// `SMTP_URL`, where given; else mails lie in [`Data::mail_dir`].
    pub smtp: Option<SmtpUrl>,
    /// `MAIL_FROM`, or `no-reply@` the host of `PUBLIC_URL`.
    pub from: Sender,
}

/// What is written down.
#[derive(Clone, Debug)]
pub struct Logs {
    /// `LOG_FORMAT`.
    pub format: LogFormat,
    /// `LOG_LEVEL`.
    pub levels: Levels,
    /// `ACCESS_LOG`.
    pub access_log: bool,
    /// `AUDIT_RETENTION`.
    pub audit_retention: Duration,
}

/// Who may read the figures. Without either nobody.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// `METRICS_BIND`, where given.
    pub bind: Option<SocketAddr>,
    /// `METRICS_TOKEN`, where given; at least 16 bytes.
    pub token: Option<Secret>,
}

/// For whom the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// People.
    Text,
    /// Machines: one JSON object a line.
    Json,
}

/// How much is logged: a level for all, and others for some targets.
pub type Levels = tracing_subscriber::filter::Targets;

impl Settings {
    /// Reads the settings of a command line (without the program's name), for tests and for callers that start the
    /// server in process; a subcommand is allowed and not looked at.
    pub fn from_arguments<I>(
        arguments: I,
        environment: &dyn Fn(&str) -> Option<String>,
        dotenv: Option<&str>,
    ) -> Result<Self, SettingsError>
    where
        I: IntoIterator,
        I::Item: Into<std::ffi::OsString> + Clone,
    {
        let matches = crate::cli::matches(arguments)?;
        Self::from_matches(&matches, environment, dotenv)
    }

    /// Reads the settings of a command line that clap has taken apart.
    pub(crate) fn from_matches(
        flags: &ArgMatches,
        environment: &dyn Fn(&str) -> Option<String>,
        dotenv: Option<&str>,
    ) -> Result<Self, SettingsError> {
        let dotenv = dotenv::read(dotenv.unwrap_or_default())?;
        let given = Given::collect(flags, environment, &dotenv)?;
        let mut settings = groups::read(&given)?;
        fit::check(&mut settings)?;
        let unknown = dotenv::unknown_names(&dotenv).into_iter();
        settings
            .warnings
            .extend(unknown.map(|name| format!(".env: {name} is not a setting and does nothing")));
        Ok(settings)
    }

    /// Whether this is an installation in production: `PUBLIC_URL` is https.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.listening.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }

    /// Where people reach the server, without a slash at the end: `PUBLIC_URL`, else `bound`, which is where it came
    /// to listen.
    #[must_use]
    pub fn address(&self, bound: SocketAddr) -> String {
        let scheme = if self.listening.tls.is_some() { "https" } else { "http" };
        match &self.listening.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None if bound.ip().is_unspecified() => format!("{scheme}://localhost:{}", bound.port()),
            None => format!("{scheme}://{bound}"),
        }
    }
}

impl Data {
    /// The SQLite file of an installation that names no database.
    #[must_use]
    pub fn default_file(dir: &Path) -> PathBuf {
        dir.join("vestibule.db")
    }

    /// Where the secret key made for that file lies.
    #[must_use]
    pub fn secret_key_file(&self) -> PathBuf {
        self.dir.join("secret.key")
    }

    /// Where files of people lie that nobody wants elsewhere.
    #[must_use]
    pub fn media_dir(dir: &Path) -> PathBuf {
        dir.join("media")
    }

    /// Where mails lie that nobody sends.
    #[must_use]
    pub fn mail_dir(&self) -> PathBuf {
        self.dir.join("mail")
    }
}
