//! Seeing one's sessions, and ending them.

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::SessionId;
use vestibule_domain::page::{Page, PageSize};
use vestibule_domain::time::Timestamp;
use vestibule_persistence::sessions::{self, SessionEntry};
use vestibule_persistence::{StoreError, audit, users};

use crate::accounts::Accounts;

/// The live sessions of `caller`, newest first, before the session `before` where that is given.
pub fn list_sessions(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    before: Option<SessionId>,
    size: PageSize,
) -> Result<Page<SessionEntry>, StoreError> {
    let user_id = caller.user.id;
    accounts.database.read(|conn| sessions::list_of_user(conn, now, user_id, before, size))
}

/// Ends the session `id` of `caller`. `false` where there is none, or it is somebody else's.
pub fn revoke_session(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    id: SessionId,
    client: &ClientInfo,
) -> Result<bool, StoreError> {
    let user_id = caller.user.id;
    let is_own = id == caller.session_id;
    let event = if is_own { AuditEvent::SignedOut } else { AuditEvent::SessionRevoked };
    let ended = accounts.database.write(|conn| {
        let ended = sessions::delete_of_user(conn, user_id, id)?;
        if ended {
            let record = AuditRecord::success(now, event, client).by(user_id);
            audit::insert(conn, &record.saying(format!("session {id}")))?;
        }
        Ok::<_, StoreError>(ended)
    })?;
    if ended {
        accounts.callers.forget(user_id);
        let request_id = client.request_id();
        tracing::info!(target: "auth", user_id = user_id.get(), session = %id, request_id, "session revoked");
    }
    Ok(ended)
}

/// Ends every session of `caller` but this one. Answers how many those were.
pub fn revoke_other_sessions(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    client: &ClientInfo,
) -> Result<usize, StoreError> {
    let user_id = caller.user.id;
    let ended = accounts.database.write(|conn| {
        users::lock(conn, user_id)?;
        let ended = sessions::delete_others(conn, user_id, Some(caller.session_id))?;
        if ended > 0 {
            let record = AuditRecord::success(now, AuditEvent::SessionRevoked, client).by(user_id);
            audit::insert(conn, &record.saying(format!("{ended} other sessions")))?;
        }
        Ok::<_, StoreError>(ended)
    })?;
    accounts.callers.forget(user_id);
    let request_id = client.request_id();
    tracing::info!(target: "auth", user_id = user_id.get(), sessions = ended, request_id, "other sessions revoked");
    Ok(ended)
}

/// Ends every session of `caller`, this one included.
pub fn sign_out_everywhere(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let user_id = caller.user.id;
    let ended = accounts.database.write(|conn| {
        users::lock(conn, user_id)?;
        let ended = sessions::delete_others(conn, user_id, None)?;
        let record = AuditRecord::success(now, AuditEvent::SignedOutEverywhere, client).by(user_id);
        audit::insert(conn, &record.saying(format!("{ended} sessions")))?;
        Ok::<_, StoreError>(ended)
    })?;
    accounts.callers.forget(user_id);
    let request_id = client.request_id();
    tracing::info!(target: "auth", user_id = user_id.get(), sessions = ended, request_id, "signed out everywhere");
    Ok(())
}
