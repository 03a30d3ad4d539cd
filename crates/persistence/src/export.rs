//! Every account with its hash, page by page, for whoever moves out.

use std::collections::HashMap;

use diesel::prelude::*;
use vestibule_domain::id::UserId;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::role::RoleName;
use vestibule_domain::user::User;

use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::roles::{parse_permissions, parse_role};
use crate::schema::{roles, user_roles, users};
use crate::user_row::UserRow;

/// An account and what opens it.
#[derive(Clone, Debug)]
pub struct UserWithHash {
    /// The account.
    pub user: User,
    /// What a sign-in is checked against.
    pub password_hash: PasswordHash,
}

/// Up to `limit` accounts behind `after`, by their numbers, with their roles: two questions however many they are.
pub fn list_users(
    conn: &mut DatabaseConnection,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<UserWithHash>, StoreError> {
    let rows = users::table
        .filter(users::id.gt(after.map_or(0, UserId::get)))
        .order(users::id)
        .limit(limit)
        .select((UserRow::as_columns(), users::password_hash))
        .load::<(UserRow, String)>(conn)?;
    let mut held = held_roles(conn, rows.iter().map(|(row, _)| row.id).collect())?;
    rows.into_iter()
        .map(|(row, hash)| {
            let id = row.id;
            let corrupt = |_| StoreError::Corrupt { what: "password hash", row: id.to_string() };
            let (names, permissions) = held.remove(&id).unwrap_or_default();
            let password_hash = hash.try_into().map_err(corrupt)?;
            Ok(UserWithHash { user: row.into_user(names, permissions)?, password_hash })
        })
        .collect()
}

type Held = HashMap<i64, (Vec<RoleName>, PermissionSet)>;

fn held_roles(conn: &mut DatabaseConnection, ids: Vec<i64>) -> Result<Held, StoreError> {
    let rows = user_roles::table
        .inner_join(roles::table)
        .filter(user_roles::user_id.eq_any(ids))
        .order((user_roles::user_id, roles::name))
        .select((user_roles::user_id, roles::name, roles::permissions))
        .load::<(i64, String, String)>(conn)?;
    let mut held = Held::new();
    for (id, name, permissions) in rows {
        let (names, set) = held.entry(id).or_default();
        *set = set.union(parse_permissions(&name, &permissions)?);
        names.push(parse_role(&name)?);
    }
    Ok(held)
}
