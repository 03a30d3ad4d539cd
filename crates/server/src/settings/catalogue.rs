//! Every setting there is, one row each: the command line, `.env`, `check-config` and `docs/configuration.md` are made
//! from these rows.
//!
//! A row's name is its environment variable; its flag is the name in lower case with dashes. A secret has a twin
//! `NAME_FILE` that names a file to read it from.

/// What holds where a setting is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// This value, read as if it had been given.
    Value(&'static str),
    /// What cannot be written as a value, in words.
    Words(&'static str),
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The heading it stands under.
    pub group: &'static str,
    /// What kind of value it takes, as the help shows it.
    pub kind: &'static str,
    /// What holds without it.
    pub fallback: Fallback,
    /// Never shown, and may come from a file.
    pub is_secret: bool,
    /// What it does, its limits included.
    pub help: &'static str,
}

impl Setting {
    /// The command line's flag, without its dashes.
    #[must_use]
    pub fn flag(&self) -> String {
        flag_of(self.name)
    }

    /// The name of the twin that points at a file; only secrets have one.
    #[must_use]
    pub fn file_twin(&self) -> Option<String> {
        self.is_secret.then(|| format!("{}_FILE", self.name))
    }

    /// Whether it is a list, which may be empty.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self.kind, "HOSTS" | "NETWORKS" | "ORIGINS")
    }

    const fn plain(
        group: &'static str,
        name: &'static str,
        kind: &'static str,
        fallback: Fallback,
        help: &'static str,
    ) -> Self {
        Self { name, group, kind, fallback, is_secret: false, help }
    }

    const fn secret(
        group: &'static str,
        name: &'static str,
        fallback: &'static str,
        help: &'static str,
    ) -> Self {
        Self { name, group, kind: "SECRET", fallback: Fallback::Words(fallback), is_secret: true, help }
    }
}

/// `NAME_OF_IT` as `name-of-it`.
#[must_use]
pub fn flag_of(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

use Fallback::{Value, Words};

const LISTENING: &str = "Listening";
const DATA: &str = "Data and secrets";
const ACCOUNTS: &str = "Accounts";
const PASSWORDS: &str = "Passwords";
const LOGS: &str = "Logs";

/// All settings, in the order people read them.
pub const CATALOGUE: &[Setting] = &[
    Setting::plain(
        LISTENING,
        "BIND",
        "ADDRESS:PORT",
        Value("127.0.0.1:8080"),
        "The address and port to listen on; [::]:8080 for all",
    ),
    Setting::plain(
        LISTENING,
        "PUBLIC_URL",
        "URL",
        Words("the address in BIND"),
        "Where people reach the server, without a path; an https address makes this an installation in production",
    ),
    Setting::plain(
        LISTENING,
        "ALLOWED_HOSTS",
        "HOSTS",
        Words("the host of PUBLIC_URL, and loopback"),
        "Host names the server answers to, separated by commas; .example.org takes in subdomains, * is any",
    ),
    Setting::plain(
        LISTENING,
        "TRUSTED_PROXIES",
        "NETWORKS",
        Words("none"),
        "Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, separated by commas",
    ),
    Setting::plain(
        LISTENING,
        "CORS_ALLOWED_ORIGINS",
        "ORIGINS",
        Words("none"),
        "Origins whose pages may call the API from a browser, such as https://app.example.org, separated by commas",
    ),
    Setting::plain(
        LISTENING,
        "TLS_CERT",
        "FILE",
        Words("plain HTTP"),
        "Certificate chain in PEM: serves HTTPS, together with TLS_KEY; read again when it changes",
    ),
    Setting::plain(
        LISTENING,
        "TLS_KEY",
        "FILE",
        Words("plain HTTP"),
        "Private key of TLS_CERT in PEM (PKCS #8, SEC1 or RSA)",
    ),
    Setting::plain(
        LISTENING,
        "FRONTEND_DIR",
        "FOLDER",
        Words("none"),
        "A static front end of your own, served from the same origin",
    ),
    Setting::plain(
        LISTENING,
        "WORKERS",
        "NUMBER",
        Words("one a core"),
        "Threads that serve connections, 1 to 512",
    ),
    Setting::plain(
        LISTENING,
        "MAX_CONNECTIONS_PER_ADDRESS",
        "NUMBER",
        Value("256"),
        "Open connections one client address may hold, up to 1000000; 0 for no cap. Trusted proxies are exempt",
    ),
    Setting::plain(
        LISTENING,
        "SHUTDOWN_TIMEOUT",
        "SPAN",
        Value("30s"),
        "How long requests may take to finish when the server is told to stop, up to 1h",
    ),
    Setting::plain(
        LISTENING,
        "SHUTDOWN_GRACE",
        "SPAN",
        Value("0s"),
        "How long /health/ready tells 503 before the server stops listening, up to 5m; give a load balancer its time to notice",
    ),
    Setting::plain(
        DATA,
        "DATA_DIR",
        "FOLDER",
        Value("./data"),
        "Where files lie: the SQLite database and the secret key made for it; made with mode 0700 where it is missing",
    ),
    Setting::secret(
        DATA,
        "DATABASE_URL",
        "a SQLite file in DATA_DIR",
        "postgres://user:password@host/name, or sqlite:///path for a file",
    ),
    Setting::plain(
        DATA,
        "DATABASE_POOL_SIZE",
        "NUMBER",
        Value("4"),
        "Connections to the database, 1 to 1000",
    ),
    Setting::secret(
        DATA,
        "SECRET_KEY",
        "made for the SQLite file in DATA_DIR; needed elsewhere",
        "The key behind all that is signed, any text of 32 bytes or more; every node needs the same, and it never changes",
    ),
    Setting::plain(
        ACCOUNTS,
        "REGISTRATION",
        "open|closed",
        Value("open"),
        "Whether people may open accounts themselves",
    ),
    Setting::plain(
        ACCOUNTS,
        "FIRST_USER_IS_ADMIN",
        "true|false",
        Value("true"),
        "Whether the first account of all becomes admin",
    ),
    Setting::secret(
        ACCOUNTS,
        "SETUP_TOKEN",
        "none",
        "What a sign-up must bring along (setup_token) to become the first admin, any text of 16 bytes or more",
    ),
    Setting::plain(
        ACCOUNTS,
        "ACCESS_TOKEN_TTL",
        "SPAN",
        Value("12h"),
        "How long a sign-in lasts, 1s to 365d",
    ),
    Setting::plain(
        ACCOUNTS,
        "SESSIONS_PER_USER",
        "NUMBER",
        Value("1"),
        "Sign-ins a person may have at once, 1 to 10000; one more ends the oldest",
    ),
    Setting::plain(
        ACCOUNTS,
        "SESSION_CACHE_TTL",
        "SPAN",
        Value("1s"),
        "How long a node trusts what it last read of a session, up to 1m; the longest a revocation takes on other nodes. 0 turns the cache off",
    ),
    Setting::plain(
        PASSWORDS,
        "PASSWORD_MIN_LENGTH",
        "NUMBER",
        Value("8"),
        "The shortest password in characters, 8 to 128",
    ),
    Setting::plain(
        PASSWORDS,
        "PASSWORD_HASHER",
        "argon2id|pbkdf2",
        Value("argon2id"),
        "What new passwords are hashed with; other hashes are renewed at the next sign-in",
    ),
    Setting::plain(
        PASSWORDS,
        "ARGON2_MEMORY_KIB",
        "NUMBER",
        Value("19456"),
        "Memory of one Argon2id hash in KiB",
    ),
    Setting::plain(PASSWORDS, "ARGON2_PASSES", "NUMBER", Value("2"), "Passes of Argon2id over its memory"),
    Setting::plain(PASSWORDS, "ARGON2_LANES", "NUMBER", Value("1"), "Lanes of Argon2id"),
    Setting::plain(PASSWORDS, "PBKDF2_ITERATIONS", "NUMBER", Value("600000"), "Iterations of PBKDF2-SHA256"),
    Setting::secret(
        PASSWORDS,
        "PASSWORD_PEPPER",
        "none",
        "Keys kept out of the database, as id:key,id:key: the first is used, the others still verify",
    ),
    Setting::plain(
        PASSWORDS,
        "HASH_THREADS",
        "NUMBER",
        Words("one a core"),
        "Passwords hashed at once, 1 to 512",
    ),
    Setting::plain(
        PASSWORDS,
        "HASH_MEMORY_MIB",
        "NUMBER",
        Value("256"),
        "Memory all hashes together may take in MiB, 8 to 65536; at least one of today's cost a thread, and a single larger one runs alone",
    ),
    Setting::plain(
        PASSWORDS,
        "HASH_QUEUE",
        "NUMBER",
        Value("512"),
        "Sign-ins that may wait for a hash, 1 to 100000; one more is told to come back later",
    ),
    Setting::plain(
        LOGS,
        "LOG_FORMAT",
        "text|json",
        Value("text"),
        "Logs for people or for machines, on standard error",
    ),
    Setting::plain(
        LOGS,
        "LOG_LEVEL",
        "LEVELS",
        Value("info"),
        "off, error, warn, info, debug or trace; or with exceptions, as in info,database=debug",
    ),
    Setting::plain(LOGS, "ACCESS_LOG", "on|off", Value("on"), "Whether each request is logged"),
    Setting::plain(
        LOGS,
        "DEBUG",
        "true|false",
        Value("false"),
        "Shows database queries, without their values, in the log; refused where PUBLIC_URL is https",
    ),
];
