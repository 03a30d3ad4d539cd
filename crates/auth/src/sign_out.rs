//! Ending one's own session.

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::time::Timestamp;
use vestibule_persistence::{StoreError, audit, sessions};

use crate::accounts::Accounts;

/// Ends the session `caller` came by, on this node at once.
pub fn sign_out(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let user_id = caller.user.id;
    accounts.database.write(|conn| {
        // Of two at once one has ended it, and only that one is told of.
        if !sessions::delete(conn, caller.session_id)? {
            return Ok(());
        }
        audit::insert(conn, &AuditRecord::success(now, AuditEvent::SignedOut, client).by(user_id))
    })?;
    accounts.callers.forget(user_id);
    let (session, request_id) = (caller.session_id, client.request_id());
    tracing::info!(target: "auth", user_id = user_id.get(), %session, request_id, "signed out");
    Ok(())
}
