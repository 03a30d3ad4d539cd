//! A row for each setting.

use std::fmt::Debug;

use vestibule_domain::password::rules::PasswordRules;

use crate::settings::Settings;

pub(super) const KEY: &str = "c0ffee00c0ffee11c0ffee22c0ffee33";

/// One row a setting: a value that can be used, what becomes of it, values that cannot, and what is said then.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) good: &'static str,
    pub(super) read: fn(&Settings) -> String,
    pub(super) becomes: &'static str,
    pub(super) bad: &'static [&'static str],
    pub(super) said: &'static str,
}

fn show(value: impl Debug) -> String {
    format!("{value:?}")
}

const SPAN: &str = "must be a number with its unit, such as 30s, 15m, 12h or 7d";
const YES_NO: &str = "must be true or false (or on, off, yes, no, 1, 0)";
const ADDRESS: &str = "must be an address such as https://accounts.example.org, without a path";

const fn row(
    name: &'static str,
    good: &'static str,
    read: fn(&Settings) -> String,
    becomes: &'static str,
    bad: &'static [&'static str],
    said: &'static str,
) -> Row {
    Row { name, good, read, becomes, bad, said }
}

pub(super) const ROWS: &[Row] = &[
    row(
        "BIND",
        "[::]:80",
        |s| show(s.listening.bind),
        "[::]:80",
        &["8080", "localhost", "1.2.3.4:99999", "a:b"],
        "must be an address and a port, such as 127.0.0.1:8080",
    ),
    row(
        "PUBLIC_URL",
        "https://a.example",
        |s| s.listening.public_url.as_ref().unwrap().to_string(),
        "https://a.example/",
        &[
            "a.example",
            "ftp://a.example",
            "https://a.example/path",
            "https://u:p@a.example",
            "https://a.example/?q",
            "https://",
        ],
        ADDRESS,
    ),
    row(
        "ALLOWED_HOSTS",
        "a.example, .b.example",
        |s| (s.listening.allowed_hosts == "a.example,.b.example".parse().unwrap()).to_string(),
        "true",
        &["https://a.example", "a.example:80", "a/b", "*.example"],
        "must be host names without scheme and port, such as example.org, .example.org",
    ),
    row(
        "TRUSTED_PROXIES",
        "10.0.0.0/8, ::1",
        |s| s.listening.trusted_proxies.contains("10.9.9.9".parse().unwrap()).to_string(),
        "true",
        &["10.0.0.0/33", "proxy", "10.0.0"],
        "must be addresses or networks, such as 10.0.0.1, 10.1.0.0/16",
    ),
    row(
        "CORS_ALLOWED_ORIGINS",
        "https://a.example",
        |s| (s.listening.cors_allowed_origins == "https://a.example".parse().unwrap()).to_string(),
        "true",
        &["*", "null", "a.example", "https://a.example/x", "https://*.example"],
        "must be origins such as https://app.example.org, without a path and without *",
    ),
    row(
        "FRONTEND_DIR",
        "/",
        |s| show(s.listening.frontend_dir.as_ref().unwrap()),
        "\"/\"",
        &["/not/there", "/etc/passwd"],
        "must be a folder that exists",
    ),
    row("WORKERS", "3", |s| show(s.listening.workers), "3", &["0", "513", "x"], "must be between 1 and 512"),
    row(
        "MAX_CONNECTIONS_PER_ADDRESS",
        "0",
        |s| show(s.listening.max_connections_per_address),
        "0",
        &["-1", "1000001"],
        "must be between 0 and 1000000",
    ),
    row("SHUTDOWN_TIMEOUT", "5s", |s| show(s.listening.shutdown_timeout), "5s", &["5", "soon"], SPAN),
    row(
        "SHUTDOWN_GRACE",
        "1m",
        |s| show(s.listening.shutdown_grace),
        "60s",
        &["6m", "1h"],
        "must be between 0 and 5m",
    ),
    row(
        "DATA_DIR",
        "/d",
        |s| show(&s.data.database),
        "DatabaseUrl(sqlite:///d/vestibule.db)",
        &[""],
        "is empty; leave it out, or give it a value",
    ),
    row(
        "DATABASE_URL",
        "postgresql+psycopg2://u:p@h/d",
        |s| show((&s.data.database, s.data.is_embedded_default)),
        "(DatabaseUrl(postgresql://h/d), false)",
        &["mysql://h/d", "h", "sqlite:x"],
        "must begin with postgres://, postgresql:// or sqlite:///",
    ),
    row(
        "DATABASE_POOL_SIZE",
        "9",
        |s| show(s.data.pool_size),
        "9",
        &["0", "1001"],
        "must be between 1 and 1000",
    ),
    row(
        "SECRET_KEY",
        KEY,
        |s| s.data.secret_key.as_ref().unwrap().reveal().to_owned(),
        KEY,
        &["short", "0123456789012345678901234567890"],
        "must be 32 bytes or more; make one with: openssl rand -hex 32",
    ),
    row(
        "REGISTRATION",
        "closed",
        |s| show(s.accounts.registration_is_open),
        "false",
        &["ajar", "true"],
        "must be open or closed",
    ),
    row("FIRST_USER_IS_ADMIN", "off", |s| show(s.accounts.first_user_is_admin), "false", &["maybe"], YES_NO),
    row(
        "SETUP_TOKEN",
        "sixteen bytes it",
        |s| s.accounts.setup_token.as_ref().unwrap().reveal().to_owned(),
        "sixteen bytes it",
        &["hunter2", "fifteen bytes.."],
        "must be 16 bytes or more; make one with: openssl rand -hex 16",
    ),
    row(
        "ACCESS_TOKEN_TTL",
        "1s",
        |s| show(s.accounts.access_token_ttl),
        "1s",
        &["0", "366d", "1ms"],
        "must be between 1s and 365d",
    ),
    row(
        "SESSIONS_PER_USER",
        "1000",
        |s| show(s.accounts.sessions_per_user),
        "1000",
        &["0", "10001"],
        "must be between 1 and 10000",
    ),
    row(
        "SESSION_CACHE_TTL",
        "0",
        |s| show(s.accounts.session_cache_ttl),
        "0ns",
        &["61s", "1h"],
        "must be between 0 and 1m",
    ),
    row(
        "PASSWORD_MIN_LENGTH",
        "15",
        |s| (s.passwords.rules == PasswordRules::new(15).unwrap()).to_string(),
        "true",
        &["7", "129", "x"],
        "must be between 8 and 128",
    ),
    row(
        "PASSWORD_HASHER",
        "pbkdf2",
        |s| show(s.passwords.hasher.scheme),
        "Pbkdf2",
        &["md5", "argon2"],
        "must be argon2id or pbkdf2",
    ),
    row(
        "ARGON2_MEMORY_KIB",
        "65536",
        |s| show(s.passwords.hasher.argon2.memory_kib()),
        "65536",
        &["8", "19455"],
        "needs at least 19456 KiB of memory with so many passes",
    ),
    row(
        "ARGON2_PASSES",
        "3",
        |s| show(s.passwords.hasher.argon2.passes()),
        "3",
        &["11"],
        "needs 1 to 10 passes",
    ),
    row(
        "ARGON2_LANES",
        "2",
        |s| show(s.passwords.hasher.argon2.lanes()),
        "2",
        &["17"],
        "needs 1 to 16 lanes",
    ),
    row(
        "PBKDF2_ITERATIONS",
        "1000000",
        |s| show(s.passwords.hasher.pbkdf2_iterations),
        "1000000",
        &["1000", "10000001"],
        "must be between 600000 and 10000000",
    ),
    row(
        "PASSWORD_PEPPER",
        "k1:0123456789abcdef",
        |s| show(&s.passwords.hasher.peppers),
        "Peppers(..)",
        &["0123456789abcdef"],
        "has an entry that is not id:secret",
    ),
    row("HASH_THREADS", "1", |s| show(s.passwords.hash_threads), "1", &["0"], "must be between 1 and 512"),
    row(
        "HASH_MEMORY_MIB",
        "64",
        |s| show(s.passwords.hash_memory),
        "67108864",
        &["7", "65537"],
        "must be between 8 and 65536",
    ),
    row(
        "HASH_QUEUE",
        "1",
        |s| show(s.passwords.hash_queue),
        "1",
        &["0", "100001"],
        "must be between 1 and 100000",
    ),
    row("LOG_FORMAT", "json", |s| show(s.logs.format), "Json", &["xml"], "must be text or json"),
    row(
        "LOG_LEVEL",
        "warn,database=debug",
        |s| s.logs.levels.to_string(),
        "database=debug,warn",
        &["loud", "infoo", "=debug", "database=", "info,x=y"],
        "must be off, error, warn, info, debug or trace, with exceptions such as info,database=debug",
    ),
    row("ACCESS_LOG", "off", |s| show(s.logs.access_log), "false", &["json"], YES_NO),
    row("DEBUG", "true", |s| show(s.debug), "true", &["2", "verbose"], YES_NO),
];
