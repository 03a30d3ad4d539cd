//! The roles there are, and who holds which.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::exists;
use diesel::prelude::*;
use vestibule_domain::id::UserId;
use vestibule_domain::page::{Page, PageSize};
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::role::{Role, RoleDescription, RoleName};

use crate::dialect::{DatabaseConnection, lock_role, lock_user, on_its_own};
use crate::error::{Key, StoreError};
use crate::schema::{roles, user_roles, users};
use crate::total;

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

/// What each of `user_ids` holds, sorted, and what that together allows; those without a role are missing.
pub(crate) fn list_of_users(
    conn: &mut DatabaseConnection,
    user_ids: &[i64],
) -> Result<HashMap<i64, (Vec<RoleName>, PermissionSet)>, StoreError> {
    let rows = user_roles::table
        .inner_join(roles::table)
        .filter(user_roles::user_id.eq_any(user_ids))
        .order((user_roles::user_id, roles::name))
        .select((user_roles::user_id, roles::name, roles::permissions))
        .load::<(i64, String, String)>(conn)?;
    let mut held: HashMap<i64, (Vec<RoleName>, PermissionSet)> = HashMap::new();
    for (user_id, name, permissions) in &rows {
        let (names, set) = held.entry(*user_id).or_default();
        names.push(parse_role(name)?);
        *set = set.union(parse_permissions(name, permissions)?);
    }
    Ok(held)
}

/// A role's name as stored.
pub(crate) fn parse_role(name: &str) -> Result<RoleName, StoreError> {
    name.parse().map_err(|_| StoreError::Corrupt { what: "name of role", row: name.to_owned() })
}

/// A role's permissions as stored.
pub(crate) fn parse_permissions(role: &str, names: &str) -> Result<PermissionSet, StoreError> {
    names.parse().map_err(|_| StoreError::Corrupt { what: "permissions of role", row: role.to_owned() })
}

/// A change to a role: `None` leaves a field.
#[derive(Clone, Debug, Default)]
pub struct RoleChange {
    /// Another name; whoever holds the role goes on holding it.
    pub name: Option<RoleName>,
    /// What it is for.
    pub description: Option<RoleDescription>,
    /// What it allows.
    pub permissions: Option<PermissionSet>,
}

#[derive(Queryable)]
struct RoleRow {
    name: String,
    description: String,
    permissions: String,
    is_built_in: bool,
}

impl RoleRow {
    fn into_role(self) -> Result<Role, StoreError> {
        let corrupt = |_| StoreError::Corrupt { what: "description of role", row: self.name.clone() };
        Ok(Role {
            name: parse_role(&self.name)?,
            description: self.description.parse().map_err(corrupt)?,
            permissions: parse_permissions(&self.name, &self.permissions)?,
            is_built_in: self.is_built_in,
        })
    }
}

/// The roles by their names, those behind `after` where that is given.
pub fn list(
    conn: &mut DatabaseConnection,
    after: Option<&RoleName>,
    size: PageSize,
) -> Result<Page<Role>, StoreError> {
    let size = usize::from(size.get());
    let one_more = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let mut page = roles::table.order(roles::name).limit(one_more).into_boxed();
    if let Some(after) = after {
        page = page.filter(roles::name.gt(after.as_str()));
    }
    let mut rows = page.load::<RoleRow>(conn)?;
    let has_more = rows.len() > size;
    rows.truncate(size);
    let entries = rows.into_iter().map(RoleRow::into_role).collect::<Result<_, _>>()?;
    let total = total::count(conn, roles::table.select(roles::name).limit(total::ONE_BEYOND))?;
    Ok(Page { entries, total, has_more })
}

/// The role `name`.
pub fn find(conn: &mut DatabaseConnection, name: &RoleName) -> Result<Option<Role>, StoreError> {
    let row: Option<RoleRow> = roles::table.find(name.as_str()).first(conn).optional()?;
    row.map(RoleRow::into_role).transpose()
}

/// Those of `names` that there are.
pub fn list_named(conn: &mut DatabaseConnection, names: &[RoleName]) -> Result<Vec<Role>, StoreError> {
    let names: Vec<&str> = names.iter().map(RoleName::as_str).collect();
    let rows = roles::table.filter(roles::name.eq_any(names)).order(roles::name).load::<RoleRow>(conn)?;
    rows.into_iter().map(RoleRow::into_role).collect()
}

/// Makes a role; `false` where there is one of that name.
pub fn insert(conn: &mut DatabaseConnection, role: &Role) -> Result<bool, StoreError> {
    let row = (
        roles::name.eq(role.name.as_str()),
        roles::description.eq(role.description.as_str()),
        roles::permissions.eq(role.permissions.to_string()),
        roles::built_in.eq(role.is_built_in),
    );
    let made = on_its_own!(conn, |conn| {
        diesel::insert_into(roles::table).values(row).on_conflict_do_nothing().execute(conn)
    })?;
    Ok(made == 1)
}

/// Changes the role `name`, which is not built in: [`StoreError::Missing`] where there is none such. [`StoreError::Taken`]
/// where its new name is another's.
///
/// Holders follow their role to its new name. The role is locked before, so that whoever is being given it is one of them or
/// finds it gone.
pub fn set(conn: &mut DatabaseConnection, name: &RoleName, change: &RoleChange) -> Result<(), StoreError> {
    lock_role(conn, name.as_str())?;
    let before = find(conn, name)?.filter(|role| !role.is_built_in).ok_or(StoreError::Missing)?;
    let after = Role {
        name: change.name.clone().unwrap_or_else(|| before.name.clone()),
        description: change.description.clone().unwrap_or(before.description),
        permissions: change.permissions.unwrap_or(before.permissions),
        is_built_in: false,
    };
    if after.name == *name {
        diesel::update(roles::table.find(name.as_str()))
            .set((
                roles::description.eq(after.description.as_str()),
                roles::permissions.eq(after.permissions.to_string()),
            ))
            .execute(conn)?;
        return Ok(());
    }
    if !insert(conn, &after)? {
        return Err(StoreError::Taken(Key::Other));
    }
    diesel::update(user_roles::table.filter(user_roles::role.eq(name.as_str())))
        .set(user_roles::role.eq(after.name.as_str()))
        .execute(conn)?;
    diesel::delete(roles::table.find(name.as_str())).execute(conn)?;
    Ok(())
}

/// Deletes the role `name`, which is not built in; nobody holds it any more. `false` where there is none such.
pub fn delete(conn: &mut DatabaseConnection, name: &RoleName) -> Result<bool, StoreError> {
    let own = roles::table.find(name.as_str()).filter(roles::built_in.eq(false));
    Ok(diesel::delete(own).execute(conn)? == 1)
}

/// Gives `user_id` these roles and no others. The account is locked before, so that of two at once the later one holds as a
/// whole. [`StoreError::Missing`] where there is no such account or no such role.
pub fn set_of_user(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    names: &[RoleName],
) -> Result<(), StoreError> {
    lock_user(conn, user_id.get())?;
    let of_user = user_roles::table.filter(user_roles::user_id.eq(user_id.get()));
    let held: BTreeSet<String> = of_user.select(user_roles::role).load(conn)?.into_iter().collect();
    let wanted: BTreeSet<String> = names.iter().map(ToString::to_string).collect();
    // What stays is left alone: a role that is being renamed meanwhile waits for nobody who only keeps it.
    let gone: Vec<&String> = held.difference(&wanted).collect();
    if !gone.is_empty() {
        diesel::delete(of_user.filter(user_roles::role.eq_any(gone))).execute(conn)?;
    }
    for name in wanted.difference(&held) {
        diesel::insert_into(user_roles::table)
            .values((user_roles::user_id.eq(user_id.get()), user_roles::role.eq(name)))
            .execute(conn)?;
    }
    Ok(())
}

/// Whether anybody but `user_id` is admin and may and can sign in. Only true until the transaction ends where
/// [`crate::installation::lock`] was called before: whoever takes an admin away calls it.
pub fn has_other_admin(conn: &mut DatabaseConnection, user_id: UserId) -> Result<bool, StoreError> {
    let others = user_roles::table
        .inner_join(users::table)
        .filter(user_roles::role.eq(RoleName::ADMIN))
        .filter(user_roles::user_id.ne(user_id.get()))
        .filter(users::suspended_at.is_null())
        // An account that nobody can sign in to looks after nothing.
        .filter(users::password_hash.not_like("!%"));
    Ok(diesel::select(exists(others)).get_result(conn)?)
}
