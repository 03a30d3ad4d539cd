use super::*;
use crate::settings::catalogue::{CATALOGUE, Fallback};

fn help() -> String {
    // As one long line each, for the width of a terminal must not matter.
    let shown = matches(["--help"]).unwrap_err().to_string();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_definition_holds_together() {
    definition().debug_assert();
}

#[test]
fn the_help_documents_every_setting_with_its_name_and_default() {
    let help = help();
    for setting in CATALOGUE {
        let line = format!("--{} <{}>", setting.flag(), setting.kind);
        let line = if setting.name == "DEBUG" { "--debug[=<true|false>]".to_owned() } else { line };
        assert!(help.contains(&line), "{line}\n{help}");
        assert!(help.contains(&format!("[env: {}", setting.name)), "{}", setting.name);
        let default = match setting.fallback {
            Fallback::Value(value) => format!("[default: {value}]"),
            Fallback::Words(words) => format!("[default: {words}]"),
        };
        assert!(help.contains(&default), "{}: {default}", setting.name);
    }
}

/// S57: clap knows values of the environment, the help does not show them. `PATH` stands for a secret here: a test
/// may not set a variable.
#[test]
fn the_help_shows_no_value_of_the_environment() {
    let argument = settings::arguments().remove(0).env("PATH");
    let help = clap::Command::new("x").arg(argument).render_long_help().to_string();
    assert!(help.contains("[env: PATH]"), "{help}");
}

#[test]
fn each_command_is_known_and_serving_is_the_default() {
    let command = |arguments: &[&str]| {
        let matches = matches(arguments).unwrap();
        Arguments::from_arg_matches(&matches).unwrap().command
    };
    assert_eq!(command(&[]), None);
    assert_eq!(command(&["--workers", "2"]), None);
    assert_eq!(command(&["serve"]), Some(Command::Serve));
    assert_eq!(command(&["migrate"]), Some(Command::Migrate));
    assert_eq!(command(&["openapi"]), Some(Command::Openapi));
    assert_eq!(command(&["check-config"]), Some(Command::CheckConfig));
    assert_eq!(command(&["doctor"]), Some(Command::Doctor));
    assert_eq!(command(&["health"]), Some(Command::Health));
    assert_eq!(command(&["keys", "rotate"]), Some(Command::Keys(keys::KeysCommand::Rotate)));
    assert!(matches(["keys"]).is_err());
    assert_eq!(command(&["revoke-all"]), Some(Command::RevokeAll));
    let admin = ["create-admin", "--username", "a", "--email", "a@example.org"];
    assert!(matches!(command(&admin), Some(Command::CreateAdmin(_))));
    assert!(matches(["create-admin", "--username", "a", "--password", "x"]).is_err());
    let export = ["export", "users", "--format", "csv", "--output", "people.csv"];
    assert!(matches!(command(&export), Some(Command::Export(_))));
    assert!(matches(["export", "users", "--force"]).is_err());
    assert!(matches!(command(&["copy", "--to", "postgres://db/accounts"]), Some(Command::Copy(_))));
    let import = ["import", "csv", "--from", "people.csv", "--delimiter", "tab"];
    assert!(matches!(command(&import), Some(Command::Import(_))));
    assert!(
        matches(["import", "csv", "--from", "x", "--hash-column", "a", "--plaintext-column", "b"]).is_err()
    );
    assert!(matches(["dance"]).is_err());
}

#[test]
fn check_config_prints_what_holds_and_where_it_comes_from() {
    let environment = |name: &str| (name == "SETUP_TOKEN").then(|| "hunter2-hunter2-hunter2".to_owned());
    let settings =
        Settings::from_arguments(["--workers", "3"], &environment, Some("LOG_LEVEL=warn")).unwrap();
    let mut out = Vec::new();
    check_config::write(&mut out, &settings).unwrap();
    let shown = String::from_utf8(out).unwrap();
    let words = |name: &str| -> Vec<String> {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        line.split_whitespace().skip(1).map(str::to_owned).collect()
    };
    assert_eq!(words("WORKERS"), ["3", "command", "line"]);
    assert_eq!(words("LOG_LEVEL"), ["warn", ".env"]);
    assert_eq!(words("BIND"), ["127.0.0.1:8080", "default"]);
    assert_eq!(words("SETUP_TOKEN"), ["set", "environment"]);
    assert_eq!(words("SECRET_KEY"), ["not", "set", "default"]);
    assert!(!shown.contains("hunter2"), "{shown}");
}
