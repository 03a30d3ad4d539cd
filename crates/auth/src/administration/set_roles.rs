//! Giving roles to people, and taking them away.

use vestibule_domain::audit::AuditEvent;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::UserId;
use vestibule_domain::permission::Permission;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::{audit, installation, roles, users};

use super::deed::Deed;
use super::guard::{Within, ensure_admin_left, ensure_may_give, ensure_within};
use super::{AdministerError, Seen};
use crate::accounts::Accounts;

/// Gives `user_id` these roles and no others. They hold for its live sessions from the next request on. With `seen` only where
/// it still holds those they saw ([`Seen::roles_of`]), else [`AdministerError::Stale`].
pub fn set_roles(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    user_id: UserId,
    roles: &[RoleName],
    seen: Option<Seen>,
    client: &ClientInfo,
) -> Result<User, AdministerError> {
    let deed = Deed { now, caller, client };
    let changed = accounts.database.write(|conn| {
        installation::lock(conn)?;
        let within = ensure_within(conn, &deed, Permission::RolesManage, user_id)?;
        give(conn, &deed, within, &each_once(roles), seen)
    });
    accounts.callers.forget(user_id);
    deed.told(accounts, AuditEvent::RolesChanged, Some(user_id), changed)
}

fn give(
    conn: &mut DatabaseConnection,
    deed: &Deed<'_>,
    Within { user, may }: Within,
    wanted: &[RoleName],
    seen: Option<Seen>,
) -> Result<User, AdministerError> {
    let held = each_once(&user.roles);
    // What was sent twice is there, and nobody was overtaken.
    if wanted == held {
        return Ok(user);
    }
    Seen::roles_of(&user).ensure_is(seen)?;
    // What is taken away is within the caller's rights, for all that the account holds is.
    let added: Vec<_> = wanted.iter().filter(|name| !held.contains(name)).cloned().collect();
    ensure_may_give(conn, may, &added)?;
    if !wanted.iter().any(|name| name.as_str() == RoleName::ADMIN) {
        ensure_admin_left(conn, &user)?;
    }
    roles::set_of_user(conn, user.id, wanted)?;
    let record = deed.done_to(user.id, AuditEvent::RolesChanged);
    audit::insert(conn, &record.saying(format!("{} -> {}", listed(&held), listed(wanted))))?;
    users::find(conn, user.id)?.ok_or(AdministerError::Missing)
}

/// The names, sorted, none twice.
pub(super) fn each_once(names: &[RoleName]) -> Vec<RoleName> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names
}

/// The names for people to read.
pub(super) fn listed(names: &[RoleName]) -> String {
    if names.is_empty() {
        return "no role".to_owned();
    }
    names.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ")
}
