//! Telling more, or less, about oneself.

use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_persistence::StoreError;
use vestibule_persistence::users::{self, ProfileChange};

use crate::accounts::Accounts;

/// Changes what `change` names and answers the account as it then is.
pub fn change_profile(
    accounts: &Accounts,
    now: Timestamp,
    user_id: UserId,
    change: &ProfileChange,
) -> Result<User, StoreError> {
    let changed = accounts.database.write(|conn| {
        users::set_profile(conn, now, user_id, change)?;
        users::find(conn, user_id)?.ok_or(StoreError::Missing)
    });
    accounts.callers.forget(user_id);
    changed
}
