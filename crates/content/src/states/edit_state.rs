//! Changing a guide.

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::state::StateRef;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::states::{self, StateGuide, StateText};
use vestibule_persistence::{Database, Key, StoreError, audit};

use crate::error::ContentError;

/// Puts an editor's words in the place of a guide's (faces ask for `states.write`). Its code stays. With `version` only where
/// it still is that version, else [`ContentError::Stale`]. [`ContentError::SlugTaken`] where another guide has that name.
pub fn edit_state(
    database: &Database,
    now: Timestamp,
    caller: &Caller,
    state: &StateRef,
    text: &StateText,
    version: Option<i64>,
    client: &ClientInfo,
) -> Result<StateGuide, ContentError> {
    database.write(|conn| {
        let code = states::find(conn, state)?.ok_or(ContentError::NotFound)?.code;
        let is_changed = states::set_text(conn, now, &code, text, version).map_err(taken)?;
        if !is_changed {
            return Err(ContentError::Stale);
        }
        let edited = AuditRecord::success(now, AuditEvent::StateEdited, client);
        audit::insert(conn, &edited.acted(caller.user.id).saying(code.as_str()))?;
        states::find(conn, &StateRef::Code(code))?.ok_or(ContentError::NotFound)
    })
}

/// Of all that is unique of a guide, its name in addresses is what changes.
fn taken(error: StoreError) -> ContentError {
    match error {
        StoreError::Taken(Key::Other) => ContentError::SlugTaken,
        error => error.into(),
    }
}
