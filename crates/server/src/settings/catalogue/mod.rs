//! Every setting there is, one row each: the command line, `.env`, `check-config` and `docs/configuration.md` are made
//! from these rows.
//!
//! A row's name is its environment variable; its flag is the name in lower case with dashes. A secret has a twin
//! `NAME_FILE` that names a file to read it from.

mod rows;

pub use self::rows::CATALOGUE;

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
