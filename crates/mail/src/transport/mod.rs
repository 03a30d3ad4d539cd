//! The ways a mail leaves.

mod folder;
mod smtp;

use std::fmt;

use thiserror::Error;

pub use self::folder::Folder;
pub use self::smtp::{Smtp, SmtpError};
use crate::message::Mail;

/// A way for mails to leave.
pub trait Transport: Send + Sync {
    /// Sends `mail`, or says whether another try may help.
    fn send(&self, mail: &Mail) -> Result<(), SendError>;
}

/// Why a mail did not leave.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SendError {
    /// It will never be taken.
    #[error("refused: {0}")]
    Refused(Reason),
    /// It was not taken this time.
    #[error("not taken: {0}")]
    Postponed(Reason),
}

/// What stood against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The mail server's answer, if it gave one.
    code: Option<u16>,
    words: String,
}

impl Reason {
    /// A reason of ours, which names nobody.
    pub(crate) fn own(words: impl fmt::Display) -> Self {
        Self { code: None, words: words.to_string() }
    }

    /// All of it, for the operator's list.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// What the log may hold: of a mail server's answer only the number, for its words name people.
    #[must_use]
    pub fn for_log(&self) -> String {
        self.code.map_or_else(|| self.words.clone(), |code| format!("the mail server said {code}"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}
