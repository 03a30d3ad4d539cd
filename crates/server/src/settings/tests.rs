use std::collections::HashMap;
use std::fmt::Debug;

use super::catalogue::CATALOGUE;
use super::*;

const KEY: &str = "c0ffee00c0ffee11c0ffee22c0ffee33";

fn read(arguments: &[&str]) -> Result<Settings, SettingsError> {
    Settings::from_arguments(arguments, &|_| None, None)
}

fn from_environment(pairs: &[(&str, &str)], dotenv: &str) -> Result<Settings, SettingsError> {
    let environment: HashMap<_, _> = pairs.iter().copied().collect();
    let look_up = |name: &str| environment.get(name).map(|value| (*value).to_owned());
    Settings::from_arguments::<[&str; 0]>([], &look_up, Some(dotenv))
}

fn sentence(outcome: Result<Settings, SettingsError>) -> String {
    outcome.unwrap_err().to_string()
}

/// One row a setting: a value that can be used, what becomes of it, values that cannot, and what is said then.
struct Row {
    name: &'static str,
    good: &'static str,
    read: fn(&Settings) -> String,
    becomes: &'static str,
    bad: &'static [&'static str],
    said: &'static str,
}

fn show(value: impl Debug) -> String {
    format!("{value:?}")
}

fn rows() -> Vec<Row> {
    let row = |name, good, read, becomes, bad, said| Row { name, good, read, becomes, bad, said };
    let span = "must be a number with its unit, such as 30s, 15m, 12h or 7d";
    let yes_no = "must be true or false (or on, off, yes, no, 1, 0)";
    let address = "must be an address such as https://accounts.example.org, without a path";
    vec![
        row("BIND", "[::]:80", |s| show(s.listening.bind), "[::]:80", &["8080", "localhost", "1.2.3.4:99999", "a:b"], "must be an address and a port, such as 127.0.0.1:8080"),
        row("PUBLIC_URL", "https://a.example", |s| s.listening.public_url.as_ref().unwrap().to_string(), "https://a.example/", &["a.example", "ftp://a.example", "https://a.example/path", "https://u:p@a.example", "https://a.example/?q", "https://"], address),
        row("ALLOWED_HOSTS", "a.example, .b.example", |s| (s.listening.allowed_hosts == "a.example,.b.example".parse().unwrap()).to_string(), "true", &["https://a.example", "a.example:80", "a/b", "*.example"], "must be host names without scheme and port, such as example.org, .example.org"),
        row("TRUSTED_PROXIES", "10.0.0.0/8, ::1", |s| s.listening.trusted_proxies.contains("10.9.9.9".parse().unwrap()).to_string(), "true", &["10.0.0.0/33", "proxy", "10.0.0"], "must be addresses or networks, such as 10.0.0.1, 10.1.0.0/16"),
        row("CORS_ALLOWED_ORIGINS", "https://a.example", |s| (s.listening.cors_allowed_origins == "https://a.example".parse().unwrap()).to_string(), "true", &["*", "null", "a.example", "https://a.example/x", "https://*.example"], "must be origins such as https://app.example.org, without a path and without *"),
        row("FRONTEND_DIR", "/", |s| show(s.listening.frontend_dir.as_ref().unwrap()), "\"/\"", &["/not/there", "/etc/passwd"], "must be a folder that exists"),
        row("WORKERS", "3", |s| show(s.listening.workers), "3", &["0", "513", "x"], "must be between 1 and 512"),
        row("MAX_CONNECTIONS_PER_ADDRESS", "0", |s| show(s.listening.max_connections_per_address), "0", &["-1", "1000001"], "must be between 0 and 1000000"),
        row("SHUTDOWN_TIMEOUT", "5s", |s| show(s.listening.shutdown_timeout), "5s", &["5", "soon"], span),
        row("SHUTDOWN_GRACE", "1m", |s| show(s.listening.shutdown_grace), "60s", &["6m", "1h"], "must be between 0 and 5m"),
        row("DATA_DIR", "/d", |s| show(&s.data.database), "DatabaseUrl(sqlite:///d/vestibule.db)", &[""], "is empty; leave it out, or give it a value"),
        row("DATABASE_URL", "postgresql+psycopg2://u:p@h/d", |s| show((&s.data.database, s.data.is_embedded_default)), "(DatabaseUrl(postgresql://h/d), false)", &["mysql://h/d", "h", "sqlite:x"], "must begin with postgres://, postgresql:// or sqlite:///"),
        row("DATABASE_POOL_SIZE", "9", |s| show(s.data.pool_size), "9", &["0", "1001"], "must be between 1 and 1000"),
        row("SECRET_KEY", KEY, |s| s.data.secret_key.as_ref().unwrap().reveal().to_owned(), KEY, &["short", "0123456789012345678901234567890"], "must be 32 bytes or more; make one with: openssl rand -hex 32"),
        row("REGISTRATION", "closed", |s| show(s.accounts.registration_is_open), "false", &["ajar", "true"], "must be open or closed"),
        row("FIRST_USER_IS_ADMIN", "off", |s| show(s.accounts.first_user_is_admin), "false", &["maybe"], yes_no),
        row("SETUP_TOKEN", "s3t", |s| s.accounts.setup_token.as_ref().unwrap().reveal().to_owned(), "s3t", &["", "  "], "is empty; leave it out, or give it a value"),
        row("ACCESS_TOKEN_TTL", "1s", |s| show(s.accounts.access_token_ttl), "1s", &["0", "366d", "1ms"], "must be between 1s and 365d"),
        row("SESSIONS_PER_USER", "1000", |s| show(s.accounts.sessions_per_user), "1000", &["0", "10001"], "must be between 1 and 10000"),
        row("SESSION_CACHE_TTL", "0", |s| show(s.accounts.session_cache_ttl), "0ns", &["61s", "1h"], "must be between 0 and 1m"),
        row("PASSWORD_MIN_LENGTH", "15", |s| (s.passwords.rules == PasswordRules::new(15).unwrap()).to_string(), "true", &["7", "129", "x"], "must be between 8 and 128"),
        row("PASSWORD_HASHER", "pbkdf2", |s| show(s.passwords.hasher.scheme), "Pbkdf2", &["md5", "argon2"], "must be argon2id or pbkdf2"),
        row("ARGON2_MEMORY_KIB", "65536", |s| show(s.passwords.hasher.argon2.memory_kib()), "65536", &["8", "19455"], "needs at least 19456 KiB of memory with so many passes"),
        row("ARGON2_PASSES", "3", |s| show(s.passwords.hasher.argon2.passes()), "3", &["11"], "needs 1 to 10 passes"),
        row("ARGON2_LANES", "2", |s| show(s.passwords.hasher.argon2.lanes()), "2", &["17"], "needs 1 to 16 lanes"),
        row("PBKDF2_ITERATIONS", "1000000", |s| show(s.passwords.hasher.pbkdf2_iterations), "1000000", &["1000", "10000001"], "must be between 600000 and 10000000"),
        row("PASSWORD_PEPPER", "k1:0123456789abcdef", |s| show(&s.passwords.hasher.peppers), "Peppers(..)", &["0123456789abcdef"], "has an entry that is not id:secret"),
        row("HASH_THREADS", "1", |s| show(s.passwords.hash_threads), "1", &["0"], "must be between 1 and 512"),
        row("HASH_MEMORY_MIB", "64", |s| show(s.passwords.hash_memory), "67108864", &["7", "65537"], "must be between 8 and 65536"),
        row("HASH_QUEUE", "1", |s| show(s.passwords.hash_queue), "1", &["0", "100001"], "must be between 1 and 100000"),
        row("LOG_FORMAT", "json", |s| show(s.logs.format), "Json", &["xml"], "must be text or json"),
        row("LOG_LEVEL", "warn,database=debug", |s| s.logs.levels.to_string(), "database=debug,warn", &["loud", "infoo", "=debug", "database=", "info,x=y"], "must be off, error, warn, info, debug or trace, with exceptions such as info,database=debug"),
        row("ACCESS_LOG", "off", |s| show(s.logs.access_log), "false", &["json"], yes_no),
        row("DEBUG", "true", |s| show(s.debug), "true", &["2", "verbose"], yes_no),
    ]
}

/// S103: every setting, by flag and by environment; what cannot be used is said in one sentence without the value.
#[test]
fn each_setting_is_read_or_refused_with_its_name() {
    for Row { name, good, read: field, becomes, bad, said } in rows() {
        let flag = format!("--{}={good}", name.to_ascii_lowercase().replace('_', "-"));
        let by_flag = read(&[&flag]).unwrap_or_else(|error| panic!("{flag}: {error}"));
        assert_eq!(field(&by_flag), becomes, "{flag}");
        let by_environment = from_environment(&[(name, good)], "").unwrap();
        assert_eq!(field(&by_environment), becomes, "{name} in the environment");
        for value in bad {
            let refused = sentence(from_environment(&[(name, value)], ""));
            assert_eq!(refused, format!("{name}: {said}"), "{name}={value}");
        }
    }
}

#[test]
fn each_setting_has_its_row() {
    let mut tested: Vec<_> = rows().iter().map(|row| row.name).chain(["TLS_CERT", "TLS_KEY"]).collect();
    let mut all: Vec<_> = CATALOGUE.iter().map(|setting| setting.name).collect();
    tested.sort_unstable();
    all.sort_unstable();
    assert_eq!(tested, all);
}

#[test]
fn nothing_set_is_an_installation_to_try_things_with() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.listening.bind, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(settings.data.database, DatabaseUrl::Sqlite("./data/vestibule.db".into()));
    assert_eq!(settings.listening.allowed_hosts, "localhost,localhost,127.0.0.1,[::1]".parse().unwrap());
    assert!(settings.data.is_embedded_default && settings.data.secret_key.is_none());
    assert!(settings.accounts.registration_is_open && settings.accounts.first_user_is_admin);
    assert!(!settings.debug && !settings.is_production() && settings.warnings.is_empty());
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let environment = |name: &str| (name == "BIND").then(|| "127.0.0.1:2".to_owned());
    let port = |arguments: &[&str], environment: &dyn Fn(&str) -> Option<String>| {
        let dotenv = Some("BIND=127.0.0.1:1\n");
        Settings::from_arguments(arguments, environment, dotenv).unwrap().listening.bind.port()
    };
    assert_eq!(port(&["--bind", "127.0.0.1:3"], &environment), 3);
    assert_eq!(port(&[], &environment), 2);
    assert_eq!(port(&[], &|_| None), 1);
}

#[test]
fn flags_stand_before_and_after_the_command() {
    for arguments in [["--workers", "7", "serve"], ["serve", "--workers", "7"]] {
        assert_eq!(read(&arguments).unwrap().listening.workers, 7, "{arguments:?}");
    }
    assert!(read(&["--debug"]).unwrap().debug);
    assert!(read(&["--debug", "serve"]).unwrap().debug);
}

/// S103: what is not known stops the start, or is told.
#[test]
fn unknown_flags_are_refused_and_unknown_names_in_the_file_are_told() {
    assert!(matches!(read(&["--blind", "x"]), Err(SettingsError::Usage(_))));
    let settings = from_environment(&[("BNID", "x")], "BNID=hunter2\nLOG_LEVEL=warn\n").unwrap();
    assert_eq!(settings.warnings, [".env: BNID is not a setting and does nothing"]);
}

#[test]
fn a_secret_may_come_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    std::fs::write(&file, format!("{KEY}\n")).unwrap();
    let file = file.to_str().unwrap();
    let settings = from_environment(&[("SECRET_KEY_FILE", file)], "").unwrap();
    assert_eq!(settings.data.secret_key.unwrap().reveal(), KEY);
    let both = sentence(from_environment(&[("SECRET_KEY_FILE", file), ("SECRET_KEY", KEY)], ""));
    assert_eq!(both, "SECRET_KEY: is set together with SECRET_KEY_FILE; give one of the two");
    let gone = sentence(from_environment(&[("SETUP_TOKEN_FILE", "/not/there")], ""));
    assert!(gone.starts_with("SETUP_TOKEN_FILE: cannot be read: "), "{gone}");
    std::fs::write(file, "\n").unwrap();
    let empty = sentence(from_environment(&[("SETUP_TOKEN_FILE", file)], ""));
    assert_eq!(empty, "SETUP_TOKEN_FILE: is empty; leave it out, or give it a value");
    for twin in ["DATABASE_URL_FILE", "PASSWORD_PEPPER_FILE", "SETUP_TOKEN_FILE", "SECRET_KEY_FILE"] {
        assert!(crate::cli::definition().get_arguments().any(|argument| argument.get_id() == twin), "{twin}");
    }
}

/// S11: examples and what nobody drew at random.
#[test]
fn keys_out_of_examples_are_refused() {
    for key in ["changeme", "changeme-changeme-changeme-changeme", "django-insecure-2mz1q0a8u9f0w3k4v5b6n7m8"] {
        let said = sentence(from_environment(&[("SECRET_KEY", key)], ""));
        assert_eq!(said, "SECRET_KEY: is out of an example; make one with: openssl rand -hex 32", "{key}");
    }
    let repeated = "x".repeat(64);
    let said = "SECRET_KEY: repeats a few characters; make one with: openssl rand -hex 32";
    assert_eq!(from_environment(&[("SECRET_KEY", &repeated)], "").unwrap().warnings, [said]);
    let in_production = [("SECRET_KEY", repeated.as_str()), ("PUBLIC_URL", "https://a.example")];
    assert_eq!(sentence(from_environment(&in_production, "")), said);
}

#[test]
fn settings_have_to_fit_together() {
    let said = |pairs: &[(&str, &str)]| sentence(from_environment(pairs, ""));
    assert_eq!(said(&[("TLS_CERT", "/c")]), "TLS_KEY: is needed together with TLS_CERT");
    assert_eq!(said(&[("TLS_KEY", "/k")]), "TLS_CERT: is needed together with TLS_KEY");
    let production = ("PUBLIC_URL", "https://a.example");
    assert_eq!(said(&[("DEBUG", "1"), production]), "DEBUG: must be off where PUBLIC_URL is https");
    let plain = [("TLS_CERT", "/c"), ("TLS_KEY", "/k"), ("PUBLIC_URL", "http://a.example")];
    assert_eq!(said(&plain), "PUBLIC_URL: must be https where TLS_CERT is set");
    let one_pass = [("ARGON2_PASSES", "1"), ("ARGON2_MEMORY_KIB", "47104")];
    assert_eq!(from_environment(&one_pass, "").unwrap().passwords.hasher.argon2.passes(), 1);
}

/// S103: debugging is told, and shows the queries.
#[test]
fn debug_warns_and_logs_queries() {
    let settings = read(&["--debug"]).unwrap();
    assert_eq!(settings.warnings.len(), 1);
    assert_eq!(settings.logs.levels.to_string(), "database=debug,info");
    assert_eq!(read(&["--debug", "--log-level", "warn"]).unwrap().logs.levels.to_string(), "warn");
}

#[test]
fn what_is_not_utf8_is_refused() {
    assert_eq!(sentence(from_environment(&[("SETUP_TOKEN", "a\u{fffd}")], "")), "SETUP_TOKEN: is not valid UTF-8");
}

/// S57, S103: no secret in what is printed for people who look for a mistake.
#[test]
fn secrets_show_nowhere() {
    let canary = "hunter2-hunter2-hunter2-hunter2-x";
    let pepper = format!("k1:{canary}");
    let url = format!("postgres://me:{canary}@h/d?password={canary}");
    let secrets =
        [("SECRET_KEY", canary), ("SETUP_TOKEN", canary), ("PASSWORD_PEPPER", &pepper), ("DATABASE_URL", &url)];
    let settings = from_environment(&secrets, "").unwrap();
    let mut shown = format!("{settings:?}");
    for listed in &settings.listing {
        shown += &format!("{} {}\n", listed.name, listed.value);
    }
    assert!(shown.contains("SECRET_KEY set") && shown.contains("DATABASE_URL set"), "{shown}");
    for (name, _) in secrets {
        let broken = [(name, format!("{canary}\u{fffd}"))];
        shown += &sentence(from_environment(&[(name, &broken[0].1)], ""));
        shown += &sentence(from_environment(&[], &format!("{name}={canary} {canary}\n")));
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// Every setting is documented, with its default, in the words of its help; the failure prints the file as it has to be.
#[test]
fn the_documentation_has_every_setting() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let documented = std::fs::read_to_string(path).unwrap_or_default();
    let (before, rest) = documented.split_once("<!-- settings -->").expect("a place for the tables");
    let (tables, after) = rest.split_once("<!-- end -->").expect("an end of the tables");
    let expected = tables_of_settings();
    if tables.trim() != expected.trim() && std::env::args().any(|argument| argument == "--nocapture") {
        println!("{before}<!-- settings -->\n{expected}<!-- end -->{after}");
    }
    assert_eq!(tables.trim(), expected.trim(), "run with --nocapture for the text as it has to be");
}

fn tables_of_settings() -> String {
    use super::catalogue::Fallback;
    let mut text = String::new();
    let mut group = "";
    for setting in CATALOGUE {
        if setting.group != group {
            group = setting.group;
            text += &format!("\n## {group}\n\n| setting | value | default | what it does |\n|---|---|---|---|\n");
        }
        let default = match setting.fallback {
            Fallback::Value(value) => format!("`{value}`"),
            Fallback::Words(words) => words.to_owned(),
        };
        let twin = setting.file_twin().map(|twin| format!(" or `{twin}`")).unwrap_or_default();
        let kind = setting.kind.replace('|', " or ");
        text += &format!("| `{}`{twin} | {kind} | {default} | {} |\n", setting.name, setting.help);
    }
    text + "\n"
}
