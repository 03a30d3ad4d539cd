//! From an order in the outbox to a mail that has left.

use std::time::Duration;

use thiserror::Error;
use url::Url;
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::ephemeral::MailTokens;
use vestibule_persistence::outbox::LeasedMail;
use vestibule_persistence::{Database, StoreError};

use crate::compose::Composer;
use crate::message::{self, Label, Mail};
use crate::sender::Sender;
use crate::transport::{SendError, Transport};

/// What the operator decided about mails.
#[derive(Clone, Debug)]
pub struct MailerOptions {
    /// Where people reach the server; every link begins so, and nothing a request says changes that.
    pub public_url: Url,
    /// Whom mails come from.
    pub from: Sender,
    /// How long a link to choose a new password works.
    pub reset_token_ttl: Duration,
    /// How long a link to prove an address works.
    pub verify_token_ttl: Duration,
}

/// Writes mails and sends them.
pub struct Mailer {
    composer: Composer,
    from: Sender,
    transport: Box<dyn Transport>,
}

/// Why a mail was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line is longer than mail allows: `PUBLIC_URL` is.
    #[error("a line is longer than 998 characters or ends like no line of ours")]
    LongLine,
    /// The letter could not be laid out.
    #[error("the letter could not be laid out")]
    Layout(#[from] askama::Error),
    /// The message could not be put together.
    #[error("the message could not be put together")]
    Message(#[from] lettre::error::Error),
}

impl Mailer {
    /// Mails under `options`, with what they tell taken from `database` and their tokens kept in `tokens`, that leave by
    /// `transport`.
    #[must_use]
    pub fn new(
        options: MailerOptions,
        database: Database,
        tokens: MailTokens,
        transport: Box<dyn Transport>,
    ) -> Self {
        let from = options.from.clone();
        Self { composer: Composer::new(options, database, tokens), from, transport }
    }

    /// Finds out who gets the mail and what it says, makes the token of its link, and writes it. `None` where nobody is to
    /// get it, or not any more. Asks the database.
    pub fn write(
        &self,
        now: Timestamp,
        random: &dyn Random,
        leased: &LeasedMail,
    ) -> Result<Option<Mail>, WriteError> {
        let Some(composed) = self.composer.compose(now, random, leased)? else { return Ok(None) };
        let label = Label {
            id: leased.id,
            kind: leased.order.kind(),
            ordered_at: leased.created_at,
            version: composed.holds_token.then_some(leased.attempts),
        };
        message::write(now, &label, &self.from, &composed.to, &composed.letter).map(Some)
    }

    /// Sends it. Waits for the mail server, for up to a minute.
    pub fn send(&self, mail: &Mail) -> Result<(), SendError> {
        self.transport.send(mail)
    }
}
