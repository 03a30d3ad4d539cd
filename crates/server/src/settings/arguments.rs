//! The command line's face of the settings.

use super::catalogue::{CATALOGUE, Fallback, Setting, flag_of};

/// The clap argument of each setting.
#[must_use]
pub fn arguments() -> Vec<clap::Arg> {
    let argument = |name: &str, setting: &Setting| {
        clap::Arg::new(name.to_owned())
            .long(flag_of(name))
            .env(name.to_owned())
            // A value of the environment has no place in a help text: it may be a secret.
            .hide_env_values(true)
            .help_heading(setting.group)
            .global(true)
    };
    let mut arguments = Vec::new();
    for setting in CATALOGUE {
        let mut direct = argument(setting.name, setting).value_name(setting.kind);
        direct = match setting.fallback {
            Fallback::Value(value) => direct.help(setting.help).default_value(value),
            Fallback::Words(words) => direct.help(format!("{} [default: {words}]", setting.help)),
        };
        if setting.name == "DEBUG" {
            direct = direct.num_args(0..=1).require_equals(true).default_missing_value("true");
        }
        arguments.push(direct);
        if let Some(twin) = setting.file_twin() {
            let help = format!("A file that holds {}", setting.name);
            arguments.push(argument(&twin, setting).value_name("FILE").help(help));
        }
    }
    arguments
}
