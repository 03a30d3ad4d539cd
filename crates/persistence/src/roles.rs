//! Who holds which role.

use diesel::prelude::*;
use vestibule_domain::id::UserId;
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::role::RoleName;

use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::{roles, user_roles};

/// Gives `role` to `user_id`.
pub fn insert_user_role(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    role: &RoleName,
) -> Result<(), StoreError> {
    diesel::insert_into(user_roles::table)
        .values((user_roles::user_id.eq(user_id.get()), user_roles::role.eq(role.as_str())))
        .execute(conn)?;
    Ok(())
}

/// The roles of `user_id`, sorted, and what they together allow.
pub fn list_of_user(
    conn: &mut DatabaseConnection,
    user_id: UserId,
) -> Result<(Vec<RoleName>, PermissionSet), StoreError> {
    let rows = user_roles::table
        .inner_join(roles::table)
        .filter(user_roles::user_id.eq(user_id.get()))
        .order(roles::name)
        .select((roles::name, roles::permissions))
        .load::<(String, String)>(conn)?;
    rows.iter().try_fold((Vec::new(), PermissionSet::default()), |(mut names, set), (name, permissions)| {
        names.push(parse_role(name)?);
        Ok((names, set.union(parse_permissions(name, permissions)?)))
    })
}

/// A role's name as stored.
pub(crate) fn parse_role(name: &str) -> Result<RoleName, StoreError> {
    name.parse().map_err(|_| StoreError::Corrupt { what: "name of role", row: name.to_owned() })
}

/// A role's permissions as stored.
pub(crate) fn parse_permissions(role: &str, names: &str) -> Result<PermissionSet, StoreError> {
    names.parse().map_err(|_| StoreError::Corrupt { what: "permissions of role", row: role.to_owned() })
}
