//! Ending one's own session.

use vestibule_domain::caller::Caller;
use vestibule_persistence::{StoreError, sessions};

use crate::accounts::Accounts;

/// Ends the session `caller` came by, on this node at once.
pub fn sign_out(accounts: &Accounts, caller: &Caller) -> Result<(), StoreError> {
    accounts.database.write(|conn| sessions::delete(conn, caller.session_id))?;
    accounts.callers.forget(caller.user.id);
    tracing::info!(target: "auth", user_id = caller.user.id.get(), session = %caller.session_id, "signed out");
    Ok(())
}
