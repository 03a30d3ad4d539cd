//! Making roles, changing and deleting them.
//!
//! All who do so wait for one another at the installation's row, and so do those who give roles: what a role allows is the
//! same from the look at it to the end of the transaction.

use vestibule_domain::audit::AuditEvent;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::permission::{Permission, PermissionSet};
use vestibule_domain::role::{Role, RoleName};
use vestibule_domain::time::Timestamp;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::roles::{self, RoleChange};
use vestibule_persistence::{StoreError, audit, installation};

use super::deed::Deed;
use super::guard::ensure_may;
use super::{AdministerError, Seen};
use crate::accounts::Accounts;

/// Makes `role`, which is not built in, whatever it says of itself.
pub fn create_role(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    role: &Role,
    client: &ClientInfo,
) -> Result<(), AdministerError> {
    let (deed, event) = (Deed { now, caller, client }, AuditEvent::RoleCreated);
    let made = accounts.database.write(|conn| {
        installation::lock(conn)?;
        let may = ensure_may(conn, &deed, Permission::RolesManage)?;
        ensure_includes(may, role.permissions)?;
        if !roles::insert(conn, &Role { is_built_in: false, ..role.clone() })? {
            return Err(AdministerError::RoleTaken);
        }
        let detail = format!("{}: {}", role.name, allowed(role.permissions));
        Ok(audit::insert(conn, &deed.done(event).saying(detail))?)
    });
    deed.told(accounts, event, None, made)
}

/// Changes the role `name`; whoever holds it may do at the next request what it then allows. Answers it as it is. With `seen`
/// only where it still is what they saw ([`Seen::role`]), else [`AdministerError::Stale`].
pub fn update_role(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    name: &RoleName,
    change: &RoleChange,
    seen: Option<Seen>,
    client: &ClientInfo,
) -> Result<Role, AdministerError> {
    let deed = Deed { now, caller, client };
    let changed = accounts.database.write(|conn| {
        installation::lock(conn)?;
        let (role, may) = find_own(conn, &deed, name)?;
        update(conn, &deed, role, may, change, seen)
    });
    accounts.callers.forget_all();
    deed.told(accounts, AuditEvent::RoleUpdated, None, changed)
}

/// Deletes the role `name`; nobody holds it any more.
pub fn delete_role(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    name: &RoleName,
    client: &ClientInfo,
) -> Result<(), AdministerError> {
    let (deed, event) = (Deed { now, caller, client }, AuditEvent::RoleDeleted);
    let deleted = accounts.database.write(|conn| {
        installation::lock(conn)?;
        find_own(conn, &deed, name)?;
        if !roles::delete(conn, name)? {
            return Err(AdministerError::Missing);
        }
        Ok(audit::insert(conn, &deed.done(event).saying(name.as_str()))?)
    });
    accounts.callers.forget_all();
    deed.told(accounts, event, None, deleted)
}

/// The role `name`, if it is not built in and allows nothing that the caller may not, and what they may.
fn find_own(
    conn: &mut DatabaseConnection,
    deed: &Deed<'_>,
    name: &RoleName,
) -> Result<(Role, PermissionSet), AdministerError> {
    let may = ensure_may(conn, deed, Permission::RolesManage)?;
    let role = roles::find(conn, name)?.ok_or(AdministerError::Missing)?;
    if role.is_built_in {
        return Err(AdministerError::BuiltInRole);
    }
    ensure_includes(may, role.permissions)?;
    Ok((role, may))
}

fn update(
    conn: &mut DatabaseConnection,
    deed: &Deed<'_>,
    role: Role,
    may: PermissionSet,
    change: &RoleChange,
    seen: Option<Seen>,
) -> Result<Role, AdministerError> {
    let mut told = Vec::new();
    let new_name = change.name.as_ref().filter(|name| **name != role.name);
    if let Some(name) = new_name {
        if roles::find(conn, name)?.is_some() {
            return Err(AdministerError::RoleTaken);
        }
        told.push(format!("now {name}"));
    }
    if change.description.as_ref().is_some_and(|description| *description != role.description) {
        told.push("description".to_owned());
    }
    if let Some(permissions) = change.permissions.filter(|permissions| *permissions != role.permissions) {
        ensure_includes(may, permissions)?;
        told.push(format!("{} -> {}", allowed(role.permissions), allowed(permissions)));
    }
    // What was sent twice is there, and nobody was overtaken.
    if told.is_empty() {
        return Ok(role);
    }
    Seen::role(&role).ensure_is(seen)?;
    roles::set(conn, &role.name, change).map_err(taken)?;
    let detail = format!("{}: {}", role.name, told.join("; "));
    audit::insert(conn, &deed.done(AuditEvent::RoleUpdated).saying(detail))?;
    roles::find(conn, new_name.unwrap_or(&role.name))?.ok_or(AdministerError::Missing)
}

/// An import makes roles without waiting for anybody.
fn taken(error: StoreError) -> AdministerError {
    match error {
        StoreError::Taken(_) => AdministerError::RoleTaken,
        error => error.into(),
    }
}

fn ensure_includes(may: PermissionSet, wanted: PermissionSet) -> Result<(), AdministerError> {
    if may.includes(wanted) { Ok(()) } else { Err(AdministerError::BeyondCaller) }
}

/// What a role allows, for people to read.
fn allowed(permissions: PermissionSet) -> String {
    let names = permissions.to_string();
    if names.is_empty() { "nothing".to_owned() } else { names }
}
