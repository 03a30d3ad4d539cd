//! To whom a caller may do what they may do.
//!
//! All of it is decided within the transaction, on rows that are locked: what the token check knew of the caller may be a
//! second old, and the account may have become another since somebody looked at it. No clock has a say in it either: the
//! time of a request is taken before it waits for its turn.

use vestibule_domain::id::UserId;
use vestibule_domain::permission::{Permission, PermissionSet};
use vestibule_domain::role::RoleName;
use vestibule_domain::user::User;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::{StoreError, roles, users};

use super::AdministerError;
use super::deed::Deed;

/// An account within the caller's reach, locked, as it stands.
pub(super) struct Within {
    pub(super) user: User,
    /// What the caller may do at this moment.
    pub(super) may: PermissionSet,
}

/// Locks the caller, and answers what they may do at this moment, which has to be `needs` among other things: whoever was
/// demoted or suspended a moment ago does nothing any more, however early their request began.
pub(super) fn ensure_may(
    conn: &mut DatabaseConnection,
    deed: &Deed<'_>,
    needs: Permission,
) -> Result<PermissionSet, AdministerError> {
    users::lock(conn, deed.caller.user.id)?;
    find_rights(conn, deed, needs)
}

/// Locks the account `user_id` and the caller, and answers both as they stand, if the account may do nothing that the
/// caller may not.
pub(super) fn ensure_within(
    conn: &mut DatabaseConnection,
    deed: &Deed<'_>,
    needs: Permission,
    user_id: UserId,
) -> Result<Within, AdministerError> {
    // Always in the same order: two who change each other at once would wait for each other for ever.
    let caller_id = deed.caller.user.id;
    users::lock(conn, caller_id.min(user_id))?;
    if caller_id != user_id {
        users::lock(conn, caller_id.max(user_id))?;
    }
    let may = find_rights(conn, deed, needs)?;
    let user = users::find(conn, user_id)?.ok_or(AdministerError::Missing)?;
    if may.includes(user.permissions) { Ok(Within { user, may }) } else { Err(AdministerError::BeyondCaller) }
}

fn find_rights(
    conn: &mut DatabaseConnection,
    deed: &Deed<'_>,
    needs: Permission,
) -> Result<PermissionSet, AdministerError> {
    let caller = users::find(conn, deed.caller.user.id)?.filter(User::is_active);
    let may = caller.map(|caller| caller.permissions).unwrap_or_default();
    if may.contains(needs) { Ok(may) } else { Err(AdministerError::BeyondCaller) }
}

/// Refuses roles that there are not, and those that allow more than `may`. Called behind
/// [`vestibule_persistence::installation::lock`], so that no role changes meanwhile.
pub(super) fn ensure_may_give(
    conn: &mut DatabaseConnection,
    may: PermissionSet,
    names: &[RoleName],
) -> Result<(), AdministerError> {
    let known = roles::list_named(conn, names)?;
    let is_known = |name: &RoleName| known.iter().any(|role| role.name == *name);
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        return Err(AdministerError::UnknownRole(unknown.clone()));
    }
    if known.iter().all(|role| may.includes(role.permissions)) {
        Ok(())
    } else {
        Err(AdministerError::BeyondCaller)
    }
}

/// Refuses where without `user` nobody would be admin who may sign in. Called behind
/// [`vestibule_persistence::installation::lock`]: of two admins taken away at once the second waits there.
pub(super) fn ensure_admin_left(conn: &mut DatabaseConnection, user: &User) -> Result<(), AdministerError> {
    if is_last_admin(conn, user)? { Err(AdministerError::LastAdmin) } else { Ok(()) }
}

/// Whether without `user` nobody would be admin who may sign in. Called behind the same lock.
pub(crate) fn is_last_admin(conn: &mut DatabaseConnection, user: &User) -> Result<bool, StoreError> {
    Ok(user.is_admin() && user.is_active() && !roles::has_other_admin(conn, user.id)?)
}
