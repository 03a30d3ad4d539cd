//! Groups become roles, and their permissions ours as far as there is a like.

use std::collections::HashMap;

use vestibule_domain::permission::PermissionSet;
use vestibule_persistence::foreign::{Column, ForeignDatabase, Selection, Table};

use super::{Batch, permissions, unnamed};
use crate::source::{SourceError, SourceRole};

/// The groups, and who is in them.
pub(super) struct Groups {
    /// By their keys there.
    by_key: HashMap<String, SourceRole>,
    memberships: Option<Selection>,
    /// Permissions of single persons, which we have not.
    own_permissions: Option<Selection>,
}

impl Groups {
    /// Reads the groups; nothing where the project has none.
    pub(super) fn find(
        database: &mut ForeignDatabase,
        users: &Table,
        key: &Selection,
    ) -> Result<Option<Self>, SourceError> {
        let Some(names) = select(database, users, "auth_group", "id", &["name"])? else { return Ok(None) };
        let granted = granted(database, users)?;
        let mut by_key = HashMap::new();
        for mut row in database.all_rows(&names)? {
            let permissions = Some(granted.get(&row.key).copied().unwrap_or_default());
            by_key.insert(row.key.clone(), SourceRole { name: row.take(0).unwrap_or_default(), permissions });
        }
        let belonging = |tail: &str, to: &str| -> Result<Option<Selection>, SourceError> {
            let Ok(name) = users.name().with_tail(tail) else { return Ok(None) };
            let Some(table) = database.find_table(&name) else { return Ok(None) };
            let Some((user, other)) = user_column(table, to) else { return Ok(None) };
            let selection = Selection::new(table, user, &[Some(other)]);
            selection.must_match(key)?;
            Ok(Some(selection))
        };
        let memberships = belonging("_groups", "group_id")?;
        let own_permissions = belonging("_user_permissions", "permission_id")?;
        Ok(Some(Self { by_key, memberships, own_permissions }))
    }

    /// All of them, by their names.
    pub(super) fn roles(&self) -> Vec<SourceRole> {
        let mut roles: Vec<_> = self.by_key.values().cloned().collect();
        roles.sort_by(|one, other| one.name.cmp(&other.name));
        roles
    }

    /// Tells each account the groups it is in.
    pub(super) fn fill(
        &self,
        database: &mut ForeignDatabase,
        batch: &mut Batch<'_>,
    ) -> Result<(), SourceError> {
        if let Some(memberships) = &self.memberships {
            for mut row in database.rows_between(memberships, batch.after, batch.last)? {
                let group = row.take(0).and_then(|group| self.by_key.get(&group));
                if let (Some(user), Some(group)) = (batch.user(&row.key), group) {
                    user.roles.push(group.name.clone());
                }
            }
        }
        if let Some(own) = &self.own_permissions {
            let mut counts: HashMap<String, u32> = HashMap::new();
            for row in database.rows_between(own, batch.after, batch.last)? {
                *counts.entry(row.key).or_default() += 1;
            }
            for (key, count) in counts {
                if let Some(user) = batch.user(&key) {
                    user.losses.push(format!(
                        "permissions given to this account alone ({count}): here they come from roles"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Of a table between accounts and something else: the account's column and the other's. The account's is called after the
/// project's own model.
fn user_column<'a>(table: &'a Table, to: &str) -> Option<(&'a Column, &'a Column)> {
    let other = table.find_column(&[to])?;
    let mut rest = table.columns().filter(|column| column.name() != "id" && column.name() != other.name());
    let user = table.find_column(&["user_id"]).or_else(|| rest.next())?;
    Some((user, other))
}

/// What each group allows, by its key.
fn granted(
    database: &mut ForeignDatabase,
    users: &Table,
) -> Result<HashMap<String, PermissionSet>, SourceError> {
    let models = select(database, users, "django_content_type", "id", &["app_label", "model"])?;
    let codes = select(database, users, "auth_permission", "id", &["content_type_id", "codename"])?;
    let grants = select(database, users, "auth_group_permissions", "group_id", &["permission_id"])?;
    let (Some(models), Some(codes), Some(grants)) = (models, codes, grants) else {
        return Ok(HashMap::new());
    };
    let mut user_model = "user".to_owned();
    let mut model_of = HashMap::new();
    for mut row in database.all_rows(&models)? {
        let (app, model) = (row.take(0).unwrap_or_default(), row.take(1).unwrap_or_default());
        if format!("{app}_{model}") == users.name().name() {
            user_model.clone_from(&model);
        }
        model_of.insert(row.key, model);
    }
    let mut ours = HashMap::new();
    for mut row in database.all_rows(&codes)? {
        let model = row.take(0).and_then(|model| model_of.get(&model));
        let codename = row.take(1).unwrap_or_default();
        let permission = model.and_then(|model| permissions::ours(&codename, model, &user_model));
        ours.extend(permission.map(|permission| (row.key, permission)));
    }
    let mut granted: HashMap<String, PermissionSet> = HashMap::new();
    for mut row in database.all_rows(&grants)? {
        if let Some(permission) = row.take(0).and_then(|permission| ours.get(&permission)) {
            let set = granted.entry(row.key).or_default();
            *set = set.with(*permission);
        }
    }
    Ok(granted)
}

/// What to read of one of Django's own tables, if it is there as Django makes it: beside the accounts, or where a name without a
/// schema finds it.
fn select(
    database: &ForeignDatabase,
    users: &Table,
    table: &str,
    key: &str,
    columns: &[&str],
) -> Result<Option<Selection>, SourceError> {
    let beside = database.find_table(&users.name().beside(table.parse().map_err(unnamed)?));
    let table = beside.or(database.find_table(&table.parse().map_err(unnamed)?));
    let Some(table) = table else { return Ok(None) };
    let Some(key) = table.find_column(&[key]) else { return Ok(None) };
    let columns: Vec<_> = columns.iter().map(|column| table.find_column(&[column])).collect();
    Ok(columns.iter().all(Option::is_some).then(|| Selection::new(table, key, &columns)))
}
