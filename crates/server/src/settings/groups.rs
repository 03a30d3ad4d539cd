//! One function a group: each line is a setting, its door and its bounds.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use tracing_subscriber::filter::LevelFilter;
use url::Url;
use vestibule_auth::hasher::{Argon2Cost, CostError, HasherSettings, PBKDF2_ITERATIONS, Peppers, Scheme};
use vestibule_auth::limits::LimitRules;
use vestibule_auth::rules::EmailVerification;
use vestibule_domain::password::rules::PasswordRules;
use vestibule_domain::rate::Rate;
use vestibule_http::{AllowedHosts, CorsOrigins, TrustedProxies};
use vestibule_mail::{Sender, SmtpUrl};
use vestibule_media::MediaUrl;
use vestibule_persistence::DatabaseUrl;

use super::error::SettingsError;
use super::redis_url::RedisUrl;
use super::secret::Secret;
use super::sources::{Given, Origin};
use super::values::{choice, entries, number, span, switch};
use super::{
    Accounts, Data, Levels, Listening, LogFormat, Logs, Mail, Media, Metrics, Passwords, Sessions, Settings,
    TlsFiles, outward,
};
use crate::secret_key;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const YEAR: Duration = Duration::from_hours(365 * 24);

type Read<T> = Result<T, SettingsError>;

pub(super) fn read(given: &Given) -> Read<Settings> {
    let debug = given.required("DEBUG", switch)?;
    let (listening, data) = (listening(given)?, data(given)?);
    Ok(Settings {
        media: media(given, &data)?,
        data,
        accounts: accounts(given)?,
        sessions: sessions(given)?,
        passwords: passwords(given)?,
        mail: mail(given, listening.public_url.as_ref())?,
        limits: limits(given)?,
        logs: logs(given, debug)?,
        metrics: metrics(given)?,
        listening,
        debug,
        listing: given.listing(),
        warnings: Vec::new(),
    })
}

fn cores() -> usize {
    available_parallelism().map_or(2, usize::from)
}

fn listening(given: &Given) -> Read<Listening> {
    let public_url = given.optional("PUBLIC_URL", public_url)?;
    Ok(Listening {
        bind: given
            .required("BIND", |text| socket(text, "must be an address and a port, such as 127.0.0.1:8080"))?,
        allowed_hosts: given.required("ALLOWED_HOSTS", |text| hosts(text, public_url.as_ref()))?,
        trusted_proxies: given.required("TRUSTED_PROXIES", |text| {
            let shape = "must be addresses or networks, such as 10.0.0.1, 10.1.0.0/16";
            text.parse::<TrustedProxies>().map_err(|_| shape)
        })?,
        // Exact origins only: a pattern or `null` would let in pages nobody meant.
        cors_allowed_origins: given.required("CORS_ALLOWED_ORIGINS", |text| {
            let shape = "must be origins such as https://app.example.org, without a path and without *";
            text.parse::<CorsOrigins>().map_err(|_| shape)
        })?,
        tls: tls(given)?,
        frontend_dir: given.optional("FRONTEND_DIR", |text| {
            let dir = PathBuf::from(text);
            if dir.is_dir() { Ok(dir) } else { Err("must be a folder that exists") }
        })?,
        assets_url: given.optional("ASSETS_URL", outward::assets_url)?,
        security_contact: given.optional("SECURITY_CONTACT", outward::contacts)?.unwrap_or_default(),
        workers: given.or_else("WORKERS", number(1..=512), cores)?,
        max_connections_per_address: given.required("MAX_CONNECTIONS_PER_ADDRESS", number(0..=1_000_000))?,
        shutdown_timeout: given.required("SHUTDOWN_TIMEOUT", span(Duration::ZERO..=HOUR))?,
        shutdown_grace: given.required("SHUTDOWN_GRACE", span(Duration::ZERO..=5 * MINUTE))?,
        public_url,
    })
}

fn socket(text: &str, shape: &'static str) -> Result<SocketAddr, &'static str> {
    text.trim().parse().map_err(|_| shape)
}

fn public_url(text: &str) -> Result<Url, &'static str> {
    let shape = "must be an address such as https://accounts.example.org, without a path";
    let url = Url::parse(text.trim()).map_err(|_| shape)?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_bare && is_anonymous && is_web { Ok(url) } else { Err(shape) }
}

/// The hosts in `text`; where it holds none, the host people use and loopback.
fn hosts(text: &str, public_url: Option<&Url>) -> Result<AllowedHosts, &'static str> {
    let own = public_url.and_then(Url::host_str).unwrap_or("localhost");
    let default = format!("{own},localhost,127.0.0.1,[::1]");
    let text = if entries(text).next().is_some() { text } else { &default };
    text.parse().map_err(|_| "must be host names without scheme and port, such as example.org, .example.org")
}

fn tls(given: &Given) -> Read<Option<TlsFiles>> {
    let file = |text: &str| Ok::<_, String>(PathBuf::from(text));
    match (given.optional("TLS_CERT", file)?, given.optional("TLS_KEY", file)?) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (Some(_), None) => Err(SettingsError::unusable("TLS_KEY", "is needed together with TLS_CERT")),
        (None, Some(_)) => Err(SettingsError::unusable("TLS_CERT", "is needed together with TLS_KEY")),
        (None, None) => Ok(None),
    }
}

fn data(given: &Given) -> Read<Data> {
    let dir = given.required("DATA_DIR", |text| Ok::<_, String>(PathBuf::from(text)))?;
    let database = given.optional("DATABASE_URL", |text| text.trim().parse::<DatabaseUrl>())?;
    Ok(Data {
        is_embedded_default: database.is_none(),
        database: database.unwrap_or_else(|| DatabaseUrl::Sqlite(Data::default_file(&dir))),
        pool_size: given.required("DATABASE_POOL_SIZE", number(1..=1000))?,
        secret_key: given
            .optional("SECRET_KEY", |text| secret_key::judge(text).map(|()| Secret::new(text.to_owned())))?,
        redis: given.optional("REDIS_URL", str::parse::<RedisUrl>)?,
        dir,
    })
}

fn media(given: &Given, data: &Data) -> Read<Media> {
    let secret = |name| given.optional(name, |text| Ok::<_, String>(Secret::new(text.trim().to_owned())));
    let folder = || MediaUrl::Folder(Data::media_dir(&data.dir));
    Ok(Media {
        url: given.or_else("MEDIA_URL", str::parse::<MediaUrl>, folder)?,
        access_key_id: secret("AWS_ACCESS_KEY_ID")?,
        secret_access_key: secret("AWS_SECRET_ACCESS_KEY")?,
        session_token: secret("AWS_SESSION_TOKEN")?,
        region: given.required("AWS_REGION", region)?,
        endpoint: given.optional("AWS_ENDPOINT_URL", endpoint)?,
    })
}

fn region(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.bytes().all(fits) { Ok(text.to_owned()) } else { Err("must be a region such as eu-central-1") }
}

fn endpoint(text: &str) -> Result<Url, &'static str> {
    let shape = "must be an address such as https://s3.example.org";
    let url = Url::parse(text.trim()).map_err(|_| shape)?;
    let is_bare = url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_bare && is_anonymous && is_web { Ok(url) } else { Err(shape) }
}

fn accounts(given: &Given) -> Read<Accounts> {
    let verification = [
        ("off", EmailVerification::Off),
        ("optional", EmailVerification::Optional),
        ("required", EmailVerification::Required),
    ];
    Ok(Accounts {
        registration_is_open: given.required("REGISTRATION", choice(&[("open", true), ("closed", false)]))?,
        first_user_is_admin: given.required("FIRST_USER_IS_ADMIN", switch)?,
        setup_token: given.optional("SETUP_TOKEN", token)?,
        email_verification: given.required("EMAIL_VERIFICATION", choice(&verification))?,
    })
}

fn sessions(given: &Given) -> Read<Sessions> {
    let refresh_token_ttl = given.required("REFRESH_TOKEN_TTL", span(MINUTE..=YEAR))?;
    let refresh_idle_ttl = given.required("REFRESH_IDLE_TTL", span(MINUTE..=YEAR))?;
    if refresh_idle_ttl > refresh_token_ttl && given.origin("REFRESH_IDLE_TTL") != Origin::Default {
        return Err(SettingsError::unusable("REFRESH_IDLE_TTL", "must not be longer than REFRESH_TOKEN_TTL"));
    }
    Ok(Sessions {
        access_token_ttl: given.required("ACCESS_TOKEN_TTL", span(SECOND..=YEAR))?,
        jwt_ttl: given.required("JWT_TTL", span(MINUTE..=DAY))?,
        refresh_token_ttl,
        refresh_idle_ttl: refresh_idle_ttl.min(refresh_token_ttl),
        reset_token_ttl: given.required("RESET_TOKEN_TTL", span(MINUTE..=DAY))?,
        verify_token_ttl: given.required("VERIFY_TOKEN_TTL", span(MINUTE..=30 * DAY))?,
        sessions_per_user: given.required("SESSIONS_PER_USER", number(1..=10_000))?,
        session_cache_ttl: given.required("SESSION_CACHE_TTL", span(Duration::ZERO..=MINUTE))?,
    })
}

/// The shortest token in bytes: whoever guesses it becomes admin, or reads the figures, and nothing limits how often
/// somebody tries.
const TOKEN_MIN: usize = 16;

fn token(text: &str) -> Result<Secret, &'static str> {
    if text.len() < TOKEN_MIN {
        return Err("must be 16 bytes or more; make one with: openssl rand -hex 16");
    }
    Ok(Secret::new(text.to_owned()))
}

fn passwords(given: &Given) -> Read<Passwords> {
    const MIB: usize = 1024 * 1024;
    let argon2 = argon2_cost(given)?;
    let schemes = [("argon2id", Scheme::Argon2id), ("pbkdf2", Scheme::Pbkdf2)];
    Ok(Passwords {
        rules: given.required("PASSWORD_MIN_LENGTH", |text| {
            let length =
                number(PasswordRules::SMALLEST_MIN_LENGTH..=PasswordRules::LARGEST_MIN_LENGTH)(text)?;
            PasswordRules::new(length).map_err(|error| error.to_string())
        })?,
        hasher: HasherSettings {
            scheme: given.required("PASSWORD_HASHER", choice(&schemes))?,
            argon2,
            pbkdf2_iterations: given.required("PBKDF2_ITERATIONS", number(PBKDF2_ITERATIONS))?,
            peppers: given.or_else("PASSWORD_PEPPER", str::parse::<Peppers>, Peppers::default)?,
        },
        hash_threads: given.or_else("HASH_THREADS", number(1..=512), cores)?,
        hash_memory: given.required("HASH_MEMORY_MIB", number(8..=65_536_usize))? * MIB,
        hash_queue: given.required("HASH_QUEUE", number(1..=100_000))?,
    })
}

/// The three together: how much memory is enough depends on the passes.
fn argon2_cost(given: &Given) -> Read<Argon2Cost> {
    let count = |name| given.required(name, number(1..=u32::MAX));
    let memory = count("ARGON2_MEMORY_KIB")?;
    Argon2Cost::new(memory, count("ARGON2_PASSES")?, count("ARGON2_LANES")?).map_err(|error| {
        let name = match error {
            CostError::Passes => "ARGON2_PASSES",
            CostError::Lanes => "ARGON2_LANES",
            CostError::TooCheap { .. } | CostError::Memory => "ARGON2_MEMORY_KIB",
        };
        SettingsError::unusable(name, error)
    })
}

fn mail(given: &Given, public_url: Option<&Url>) -> Read<Mail> {
    let host = public_url.and_then(Url::host_str).unwrap_or("localhost");
    let from = match given.optional("MAIL_FROM", str::parse::<Sender>)? {
        Some(from) => from,
        None => Sender::no_reply(host)
            .or_else(|_| Sender::no_reply("localhost"))
            .map_err(|why| SettingsError::unusable("MAIL_FROM", why))?,
    };
    Ok(Mail { smtp: given.optional("SMTP_URL", str::parse::<SmtpUrl>)?, from })
}

fn limits(given: &Given) -> Read<LimitRules> {
    let rate = |name| given.required(name, str::parse::<Rate>);
    Ok(LimitRules {
        is_on: given.required("RATE_LIMITS", switch)?,
        sign_in_per_address: rate("LIMIT_SIGN_IN_PER_ADDRESS")?,
        sign_in_per_account: rate("LIMIT_SIGN_IN_PER_ACCOUNT")?,
        sign_in_in_all: rate("LIMIT_SIGN_IN_IN_ALL")?,
        register_per_address: rate("LIMIT_REGISTER_PER_ADDRESS")?,
        register_in_all: rate("LIMIT_REGISTER_IN_ALL")?,
        refresh_per_address: rate("LIMIT_REFRESH_PER_ADDRESS")?,
        mail_per_address: rate("LIMIT_MAIL_PER_ADDRESS")?,
        mail_per_recipient: rate("LIMIT_MAIL_PER_RECIPIENT")?,
        token_per_address: rate("LIMIT_TOKEN_PER_ADDRESS")?,
        contact_per_address: rate("LIMIT_CONTACT_PER_ADDRESS")?,
        contact_in_all: rate("LIMIT_CONTACT_IN_ALL")?,
        write_per_account: rate("LIMIT_WRITE_PER_ACCOUNT")?,
        preview_per_account: rate("LIMIT_PREVIEW_PER_ACCOUNT")?,
    })
}

fn logs(given: &Given, debug: bool) -> Read<Logs> {
    let mut levels = given.required("LOG_LEVEL", levels)?;
    if given.origin("LOG_LEVEL") == Origin::Default {
        // What actix tells of its threads is of no use to those who did not write it.
        levels = levels.with_target("actix_server", LevelFilter::WARN);
        if debug {
            levels = levels.with_target("database", LevelFilter::DEBUG);
        }
    }
    Ok(Logs {
        format: given
            .required("LOG_FORMAT", choice(&[("text", LogFormat::Text), ("json", LogFormat::Json)]))?,
        levels,
        access_log: given.required("ACCESS_LOG", switch)?,
        audit_retention: given.required("AUDIT_RETENTION", span(DAY..=3650 * DAY))?,
    })
}

fn metrics(given: &Given) -> Read<Metrics> {
    Ok(Metrics {
        bind: given.optional("METRICS_BIND", |text| {
            socket(text, "must be an address and a port, such as 127.0.0.1:9090")
        })?,
        token: given.optional("METRICS_TOKEN", |text| match token(text) {
            Ok(_) if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err("must be visible ASCII without blanks, as a header carries it")
            }
            token => token,
        })?,
    })
}

/// `level` and `target=level`, separated by commas. A word that is no level is refused: taken for a target, it would
/// silence everything else.
fn levels(text: &str) -> Result<Levels, &'static str> {
    let shape = "must be off, error, warn, info, debug or trace, with exceptions such as info,database=debug";
    let level = |word: &str| match word.to_ascii_lowercase().as_str() {
        "off" => Ok(LevelFilter::OFF),
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(shape),
    };
    let mut levels = Levels::new().with_default(LevelFilter::INFO);
    for entry in entries(text) {
        levels = match entry.split_once('=') {
            None => levels.with_default(level(entry)?),
            Some((target, word)) if !target.trim().is_empty() => {
                levels.with_target(target.trim(), level(word.trim())?)
            }
            Some(_) => return Err(shape),
        };
    }
    Ok(levels)
}
