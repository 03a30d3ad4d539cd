//! Where values come from: a flag wins over the environment, the environment over `.env`, that over the default.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Read;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::catalogue::{CATALOGUE, Fallback, Setting};
use super::error::SettingsError;
use super::secret::Secret;

/// A secret file longer than this is the wrong file.
const SECRET_FILE_LIMIT: u64 = 64 * 1024;

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag,
    /// The environment.
    Environment,
    /// The file `.env`.
    DotEnv,
    /// Nowhere: it is the default.
    Default,
}

impl Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Flag => "command line",
            Self::Environment => "environment",
            Self::DotEnv => ".env",
            Self::Default => "default",
        })
    }
}

/// What was given, by name, before it is read.
#[derive(Debug, Default)]
pub(crate) struct Given(BTreeMap<&'static str, (Secret, Origin)>);

impl Given {
    /// Collects each setting's text. What is set but empty is refused, lists apart: a variable that a deployment
    /// script failed to fill must not open what it was meant to close.
    pub(crate) fn collect(
        flags: &ArgMatches,
        environment: &dyn Fn(&str) -> Option<String>,
        dotenv: &BTreeMap<String, String>,
    ) -> Result<Self, SettingsError> {
        let find = |name: &str| {
            let flag = (flags.value_source(name) == Some(ValueSource::CommandLine))
                .then(|| flags.get_one::<String>(name).cloned())
                .flatten();
            let from_flag = flag.map(|text| (text, Origin::Flag));
            let from_environment = || environment(name).map(|text| (text, Origin::Environment));
            let from_file = || dotenv.get(name).cloned().map(|text| (text, Origin::DotEnv));
            from_flag.or_else(from_environment).or_else(from_file)
        };
        let mut given = BTreeMap::new();
        for setting in CATALOGUE {
            if let Some((text, origin)) = find_one(setting, &find)? {
                given.insert(setting.name, (Secret::new(text), origin));
            }
        }
        Ok(Self(given))
    }

    /// The value of `name` read by `read`, or nothing where none was given and there is no default to read.
    pub(crate) fn optional<T, E: Display>(
        &self,
        name: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, SettingsError> {
        let text = self.0.get(name).map(|(text, _)| text.reveal()).or_else(|| default_of(name));
        text.map(read).transpose().map_err(|why| SettingsError::unusable(name, why))
    }

    /// The value of `name`, whose row has a default to read or is a list.
    pub(crate) fn required<T, E: Display>(
        &self,
        name: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, SettingsError> {
        self.optional(name, read)?.ok_or_else(|| SettingsError::unusable(name, "is not set"))
    }

    /// The value of `name`, or what `otherwise` makes.
    pub(crate) fn or_else<T, E: Display>(
        &self,
        name: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
        otherwise: impl FnOnce() -> T,
    ) -> Result<T, SettingsError> {
        Ok(self.optional(name, read)?.unwrap_or_else(otherwise))
    }

    /// Where the value of `name` came from.
    pub(crate) fn origin(&self, name: &str) -> Origin {
        self.0.get(name).map_or(Origin::Default, |(_, origin)| *origin)
    }

    /// Each setting as it may be shown.
    pub(crate) fn listing(&self) -> Vec<Listed> {
        let shown = |setting: &Setting| match (self.0.get(setting.name), setting.fallback) {
            (Some(_), _) if setting.is_secret => "set".to_owned(),
            (None, _) if setting.is_secret => "not set".to_owned(),
            (Some((text, _)), _) => text.reveal().to_owned(),
            (None, Fallback::Value(text)) => text.to_owned(),
            (None, Fallback::Words(words)) => format!("({words})"),
        };
        let listed = |setting: &Setting| Listed {
            name: setting.name,
            value: shown(setting),
            origin: self.origin(setting.name),
        };
        CATALOGUE.iter().map(listed).collect()
    }
}

/// One setting as `check-config` shows it; a secret is `set` or `not set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The setting.
    pub name: &'static str,
    /// What holds.
    pub value: String,
    /// Where that came from.
    pub origin: Origin,
}

fn default_of(name: &str) -> Option<&'static str> {
    CATALOGUE.iter().find(|setting| setting.name == name).and_then(|setting| match setting.fallback {
        Fallback::Value(text) => Some(text),
        Fallback::Words(_) => setting.is_list().then_some(""),
    })
}

type Found = Option<(String, Origin)>;

fn find_one(setting: &Setting, find: &impl Fn(&str) -> Found) -> Result<Found, SettingsError> {
    let direct = find(setting.name);
    let Some(twin) = setting.file_twin() else {
        return direct.map(|found| checked(setting, setting.name, found)).transpose();
    };
    match (direct, find(&twin)) {
        (Some(_), Some(_)) => Err(SettingsError::unusable(
            setting.name,
            format!("is set together with {twin}; give one of the two"),
        )),
        (Some(found), None) => checked(setting, setting.name, found).map(Some),
        (None, Some((path, origin))) => {
            checked(setting, &twin, (read_secret(&twin, &path)?, origin)).map(Some)
        }
        (None, None) => Ok(None),
    }
}

fn checked(
    setting: &Setting,
    name: &str,
    found: (String, Origin),
) -> Result<(String, Origin), SettingsError> {
    let why = match &found.0 {
        text if text.trim().is_empty() && !setting.is_list() => "is empty; leave it out, or give it a value",
        text if text.contains(char::REPLACEMENT_CHARACTER) => "is not valid UTF-8",
        text if text.contains(char::is_control) && !setting.is_secret => {
            "holds a line break or another control character"
        }
        _ => return Ok(found),
    };
    Err(SettingsError::unusable(name, why))
}

/// The text of the file at `path`, without the line break at its end.
fn read_secret(name: &str, path: &str) -> Result<String, SettingsError> {
    let unreadable =
        |error: std::io::Error| SettingsError::unusable(name, format!("cannot be read: {error}"));
    if path.trim().is_empty() {
        return Err(SettingsError::unusable(name, "is empty; leave it out, or give it a value"));
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(SECRET_FILE_LIMIT + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > SECRET_FILE_LIMIT {
        return Err(SettingsError::unusable(name, "is longer than 64 KiB"));
    }
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}
