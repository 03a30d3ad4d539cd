//! Clearing away what ran out.

use std::time::Duration;

use vestibule_domain::time::Timestamp;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::{
    Database, StoreError, audit, email_ways_back, known_clients, outbox, refresh_tokens, sessions,
    signing_keys, submissions,
};

use crate::accounts::Accounts;

/// How many rows one batch removes, in a transaction of its own: few enough that no sign-in waits for it.
pub const BATCH: u16 = 500;

/// A browser or an address not seen for this long is a stranger again.
pub const CLIENTS_KEPT: Duration = Duration::from_hours(180 * 24);

/// A mail that was given up can be tried again by hand for this long.
pub const DEAD_MAILS_KEPT: Duration = Duration::from_hours(30 * 24);

/// A retired key is kept this much longer than the tokens it signed live: it verifies a little longer, and clocks differ.
const KEY_MARGIN: Duration = Duration::from_mins(10);

/// One kind of what is left over. Each is cleared away by itself, so that a fault in one table leaves no other to grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftovers {
    /// Sessions of which no token is good any more, and their refresh tokens.
    Sessions,
    /// Refresh tokens spent so long ago that they had expired unspent.
    RefreshTokens,
    /// Mailed tokens that ran out, where they lie in the database.
    MailTokens,
    /// Ways back to an old address that closed.
    WaysBack,
    /// Browsers and addresses not seen for [`CLIENTS_KEPT`].
    KnownClients,
    /// Mails given up [`DEAD_MAILS_KEPT`] ago.
    DeadMails,
    /// The audit trail beyond the time it is kept.
    AuditEvents,
    /// Retired keys whose last tokens ran out.
    SigningKeys,
    /// Keys of what was sent longer ago than [`submissions::KEPT`].
    Submissions,
}

impl Leftovers {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Sessions,
        Self::RefreshTokens,
        Self::MailTokens,
        Self::WaysBack,
        Self::KnownClients,
        Self::DeadMails,
        Self::AuditEvents,
        Self::SigningKeys,
        Self::Submissions,
    ];

    /// What clearing it away is called.
    #[must_use]
    pub fn job_name(self) -> &'static str {
        match self {
            Self::Sessions => "purge.sessions",
            Self::RefreshTokens => "purge.refresh_tokens",
            Self::MailTokens => "purge.mail_tokens",
            Self::WaysBack => "purge.email_ways_back",
            Self::KnownClients => "purge.known_clients",
            Self::DeadMails => "purge.outbox",
            Self::AuditEvents => "purge.audit_events",
            Self::SigningKeys => "purge.signing_keys",
            Self::Submissions => "purge.submissions",
        }
    }
}

/// Removes the sessions that ran out before `now`, batch after batch. Safe on several nodes at once and when killed: it
/// removes only what nobody can use any more. Answers how many.
///
/// It keeps its thread until all are gone; whoever shares that thread with others calls [`purge_batch`] instead.
pub fn purge(database: &Database, now: Timestamp) -> Result<usize, StoreError> {
    until_none_is_left(|| write(database, |conn| sessions::delete_expired(conn, now, BATCH.into())))
}

/// Removes everything that is left over at `now`, the audit trail after `audit_retention`; otherwise as [`purge`].
pub fn purge_everything(
    accounts: &Accounts,
    now: Timestamp,
    audit_retention: Duration,
) -> Result<usize, StoreError> {
    let mut removed = 0;
    for what in Leftovers::ALL {
        removed += until_none_is_left(|| purge_batch(accounts, now, what, audit_retention))?;
    }
    Ok(removed)
}

/// Removes up to [`BATCH`] of `what` and answers how many; fewer than `BATCH` means that none are left.
pub fn purge_batch(
    accounts: &Accounts,
    now: Timestamp,
    what: Leftovers,
    audit_retention: Duration,
) -> Result<usize, StoreError> {
    let (database, limit) = (&accounts.database, i64::from(BATCH));
    let keys_before = now.minus(accounts.rules.jwt_ttl).minus(KEY_MARGIN);
    match what {
        Leftovers::Sessions => write(database, |conn| sessions::delete_expired(conn, now, limit)),
        Leftovers::RefreshTokens => {
            let before = now.minus(accounts.rules.refresh_idle_ttl);
            write(database, |conn| refresh_tokens::delete_spent(conn, before, limit))
        }
        Leftovers::MailTokens => accounts.mail_tokens.delete_expired(now, limit),
        Leftovers::WaysBack => write(database, |conn| email_ways_back::delete_expired(conn, now, limit)),
        Leftovers::KnownClients => {
            write(database, |conn| known_clients::delete_before(conn, now.minus(CLIENTS_KEPT), limit))
        }
        Leftovers::DeadMails => {
            write(database, |conn| outbox::delete_dead(conn, now.minus(DEAD_MAILS_KEPT), limit))
        }
        Leftovers::AuditEvents => {
            write(database, |conn| audit::delete_before(conn, now.minus(audit_retention), limit))
        }
        Leftovers::SigningKeys => write(database, |conn| signing_keys::delete_retired(conn, keys_before)),
        Leftovers::Submissions => {
            write(database, |conn| submissions::delete_before(conn, now.minus(submissions::KEPT), limit))
        }
    }
}

fn write(
    database: &Database,
    delete: impl FnOnce(&mut DatabaseConnection) -> Result<usize, StoreError>,
) -> Result<usize, StoreError> {
    database.write(delete)
}

fn until_none_is_left(mut batch: impl FnMut() -> Result<usize, StoreError>) -> Result<usize, StoreError> {
    let mut removed = 0;
    loop {
        let some = batch()?;
        removed += some;
        if some < usize::from(BATCH) {
            return Ok(removed);
        }
    }
}
