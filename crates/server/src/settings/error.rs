//! Why a start was refused.

use thiserror::Error;

/// A setting or a command line that cannot be used. The text never holds a value: it may be a secret.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A setting's value cannot be used.
    #[error("{name}: {why}")]
    Unusable {
        /// The setting, or the file, as people know it.
        name: String,
        /// What is wrong, as words that follow the name.
        why: String,
    },
    /// The command line itself: an unknown flag, or somebody asked for help.
    #[error(transparent)]
    Usage(#[from] clap::Error),
}

impl SettingsError {
    /// `name` cannot be used because of `why`.
    #[must_use]
    pub fn unusable(name: &str, why: impl std::fmt::Display) -> Self {
        Self::Unusable { name: name.to_owned(), why: why.to_string() }
    }
}
