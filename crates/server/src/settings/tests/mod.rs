mod rows;

use std::collections::HashMap;
use std::fmt::Write;

use super::catalogue::CATALOGUE;
use super::*;
use rows::{KEY, Row, rows};

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

/// S103: every setting, by flag and by environment; what cannot be used is said in one sentence without the value.
#[test]
fn each_setting_is_read_or_refused_with_its_name() {
    for &Row { name, good, read: field, becomes, bad, said } in rows() {
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
    let mut tested: Vec<_> = rows().map(|row| row.name).chain(["TLS_CERT", "TLS_KEY"]).collect();
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
    for twin in [
        "DATABASE_URL_FILE",
        "PASSWORD_PEPPER_FILE",
        "SETUP_TOKEN_FILE",
        "SECRET_KEY_FILE",
        "REDIS_URL_FILE",
        "SMTP_URL_FILE",
        "AWS_ACCESS_KEY_ID_FILE",
        "AWS_SECRET_ACCESS_KEY_FILE",
        "AWS_SESSION_TOKEN_FILE",
        "METRICS_TOKEN_FILE",
    ] {
        assert!(crate::cli::definition().get_arguments().any(|argument| argument.get_id() == twin), "{twin}");
    }
}

/// S11: examples and what nobody drew at random.
#[test]
fn keys_out_of_examples_are_refused() {
    for key in ["changeme", "changeme-changeme-changeme-changeme", "django-insecure-2mz1q0a8u9f0w3k4v5b6n7m8"]
    {
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
    let restless = [("REFRESH_TOKEN_TTL", "1d"), ("REFRESH_IDLE_TTL", "25h")];
    assert_eq!(said(&restless), "REFRESH_IDLE_TTL: must not be longer than REFRESH_TOKEN_TTL");
    let one_pass = [("ARGON2_PASSES", "1"), ("ARGON2_MEMORY_KIB", "47104")];
    assert_eq!(from_environment(&one_pass, "").unwrap().passwords.hasher.argon2.passes(), 1);
}

/// S103: pictures go where the operator said or nowhere, and with the operator's keys only.
#[test]
fn a_bucket_comes_with_its_keys() {
    let (bucket, id, key) = (
        ("MEDIA_URL", "s3://pictures/of-people"),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
    );
    let said = |pairs: &[(&str, &str)]| sentence(from_environment(pairs, ""));
    assert_eq!(said(&[bucket]), "AWS_ACCESS_KEY_ID: is needed where MEDIA_URL is s3://");
    assert_eq!(said(&[bucket, id]), "AWS_SECRET_ACCESS_KEY: is needed where MEDIA_URL is s3://");
    let settings = from_environment(&[bucket, id, key], "").unwrap();
    assert_eq!(settings.media.url.to_string(), "s3://pictures/of-people");
    assert_eq!((settings.media.region.as_str(), settings.warnings.len()), ("us-east-1", 0));
    assert_eq!(read(&["--data-dir", "/d"]).unwrap().media.url.to_string(), "/d/media");
    let readable = "AWS_ENDPOINT_URL: asks for no TLS, so pictures can be read and changed on the way";
    for (endpoint, warnings) in [
        ("http://s3.example", vec![readable]),
        ("https://s3.example", vec![]),
        ("http://127.0.0.1:9", vec![]),
        ("http://[::1]", vec![]),
    ] {
        let settings = from_environment(&[bucket, id, key, ("AWS_ENDPOINT_URL", endpoint)], "").unwrap();
        assert_eq!(settings.warnings, warnings, "{endpoint}");
    }
}

/// S103: debugging is told, and shows the queries.
#[test]
fn debug_warns_and_logs_queries() {
    let settings = read(&["--debug"]).unwrap();
    assert_eq!(settings.warnings.len(), 1);
    assert_eq!(settings.logs.levels.to_string(), "actix_server=warn,database=debug,info");
    assert_eq!(read(&["--debug", "--log-level", "warn"]).unwrap().logs.levels.to_string(), "warn");
}

/// What works, but hardly as it was meant, is told.
#[test]
fn what_is_likely_not_meant_is_told() {
    let contact = ("SECURITY_CONTACT", "mailto:security@a.example");
    let said = |pairs: &[(&str, &str)]| from_environment(&[&[contact], pairs].concat(), "").unwrap().warnings;
    let (production, required) = (("PUBLIC_URL", "https://a.example"), ("EMAIL_VERIFICATION", "required"));
    let nowhere = "EMAIL_VERIFICATION: is required, but without SMTP_URL mails only land in a folder, so nobody can follow their link";
    assert_eq!(said(&[production, required]), [nowhere]);
    assert_eq!(said(&[production, required, ("SMTP_URL", "smtps://m.example")]), [""; 0]);
    assert_eq!(said(&[required]), [""; 0], "whoever tries it out looks into the folder");
    let unlimited = "RATE_LIMITS: is off, so passwords can be guessed as fast as they are checked";
    assert_eq!(said(&[production, ("RATE_LIMITS", "off")]), [unlimited]);
    assert_eq!(said(&[("RATE_LIMITS", "off")]), [""; 0]);
    let readable = "SMTP_URL: asks for no TLS, so mails, their links and the password can be read on the way";
    assert_eq!(said(&[("SMTP_URL", "smtp://m.example")]), [readable]);
    for private in
        ["smtp://127.0.0.1:2525", "smtp://[::1]", "smtp://localhost", "smtp://m.example?tls=required"]
    {
        assert_eq!(said(&[("SMTP_URL", private)]), [""; 0], "{private}");
    }
    let open = "METRICS_BIND: takes calls from elsewhere, and without METRICS_TOKEN whoever gets there reads the figures";
    assert_eq!(said(&[("METRICS_BIND", "0.0.0.0:9090")]), [open]);
    assert_eq!(said(&[("METRICS_BIND", "127.0.0.1:9090")]), [""; 0]);
    assert_eq!(said(&[("METRICS_BIND", "0.0.0.0:9090"), ("METRICS_TOKEN", KEY)]), [""; 0]);
}

/// S100: where people rely on it, whoever finds a vulnerability has to know whom to tell.
#[test]
fn production_without_a_contact_is_told() {
    let said = |pairs: &[(&str, &str)]| from_environment(pairs, "").unwrap().warnings;
    let nowhere =
        "SECURITY_CONTACT: is not set, so whoever finds a vulnerability is told nowhere whom to tell";
    assert_eq!(said(&[("PUBLIC_URL", "https://a.example")]), [nowhere]);
    assert_eq!(said(&[("PUBLIC_URL", "http://a.example")]), [""; 0]);
}

/// The sender is of the house people know.
#[test]
fn mails_come_from_the_public_host_where_nobody_says_otherwise() {
    let from = |pairs: &[(&str, &str)]| from_environment(pairs, "").unwrap().mail.from.to_string();
    assert_eq!(from(&[]), "no-reply@localhost");
    assert_eq!(from(&[("PUBLIC_URL", "https://accounts.example.org:8443")]), "no-reply@accounts.example.org");
    assert_eq!(
        from(&[("PUBLIC_URL", "http://192.0.2.1")]),
        "no-reply@localhost",
        "an address of numbers takes no mail"
    );
}

/// Programs that link the crates begin with the rules of a fresh installation.
#[test]
fn the_defaults_are_those_of_the_rooms() {
    let settings = read(&[]).unwrap();
    assert_eq!(format!("{:?}", settings.limits), format!("{:?}", LimitRules::default()));
    let rules = format!("{:?}", crate::store::rules(&settings));
    assert_eq!(rules, format!("{:?}", vestibule_auth::rules::AccountRules::default()));
}

#[test]
fn what_is_not_utf8_is_refused() {
    assert_eq!(
        sentence(from_environment(&[("SETUP_TOKEN", "a\u{fffd}")], "")),
        "SETUP_TOKEN: is not valid UTF-8"
    );
}

/// S57, S103: no secret in what is printed for people who look for a mistake.
#[test]
fn secrets_show_nowhere() {
    let canary = "hunter2-hunter2-hunter2-hunter2-x";
    let pepper = format!("k1:{canary}");
    let url = format!("postgres://me:{canary}@h/d?password={canary}");
    let [redis, smtp] = ["rediss", "smtps"].map(|scheme| format!("{scheme}://me:{canary}@h"));
    let secrets = [
        ("SECRET_KEY", canary),
        ("SETUP_TOKEN", canary),
        ("PASSWORD_PEPPER", &pepper),
        ("DATABASE_URL", &url),
        ("REDIS_URL", &redis),
        ("SMTP_URL", &smtp),
        ("AWS_ACCESS_KEY_ID", canary),
        ("AWS_SECRET_ACCESS_KEY", canary),
        ("AWS_SESSION_TOKEN", canary),
    ];
    let settings = from_environment(&secrets, "").unwrap();
    let mut shown = format!("{settings:?}");
    for listed in &settings.listing {
        writeln!(shown, "{} {}", listed.name, listed.value).unwrap();
    }
    assert!(shown.contains("SECRET_KEY set") && shown.contains("DATABASE_URL set"), "{shown}");
    for (name, _) in secrets {
        let broken = format!("{canary}\u{fffd}");
        shown += &sentence(from_environment(&[(name, &broken)], ""));
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
            writeln!(text, "\n## {group}\n\n| setting | value | default | what it does |").unwrap();
            writeln!(text, "|---|---|---|---|").unwrap();
        }
        let default = match setting.fallback {
            Fallback::Value(value) => format!("`{value}`"),
            Fallback::Words(words) => words.to_owned(),
        };
        let twin = setting.file_twin().map(|twin| format!(" or `{twin}`")).unwrap_or_default();
        let kind = setting.kind.replace('|', " or ");
        writeln!(text, "| `{}`{twin} | {kind} | {default} | {} |", setting.name, setting.help).unwrap();
    }
    text + "\n"
}
