//! The day after a leak: every session and token of everybody ends.

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::{StoreError, audit, email_ways_back, sessions, users};

use crate::accounts::Accounts;

/// Ends every session, refresh token, signed token and mailed token. Answers how many sessions ended. Nodes that run
/// notice within `SESSION_CACHE_TTL`.
///
/// Where the mailed tokens cannot be reached that is an error, and the sessions have ended all the same.
pub fn revoke_all(accounts: &Accounts, now: Timestamp) -> Result<usize, StoreError> {
    let ended = accounts.database.write(|conn| {
        // The accounts first, as a sign-in does it: one that is under way ends before this or begins after it.
        users::raise_every_token_epoch(conn)?;
        let ended = sessions::delete_all(conn)?;
        email_ways_back::delete_all(conn)?;
        let record = AuditRecord::success(now, AuditEvent::EverythingRevoked, &ClientInfo::default());
        audit::insert(conn, &record.saying(format!("{ended} sessions")))?;
        Ok::<_, StoreError>(ended)
    })?;
    accounts.callers.forget_all();
    tracing::warn!(target: "auth", sessions = ended, "everything revoked");
    accounts.mail_tokens.clear()?;
    Ok(ended)
}
