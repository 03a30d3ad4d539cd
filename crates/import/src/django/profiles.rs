//! Profiles: a table with one row an account, or none.

use vestibule_persistence::foreign::{Column, ForeignDatabase, Identifier, Selection, Table, TableName};

use super::Batch;
use crate::field::{day, filled, moment, unreadable};
use crate::source::SourceError;
use crate::user_table::{AVATAR, DOB, NICKNAME, PHONE};

/// Where the profiles are, as far as it was told.
#[derive(Clone, Debug, Default)]
pub struct ProfileOptions {
    /// The table; else the one with one row an account and one of the columns below.
    pub table: Option<TableName>,
    /// The column with the account's key; else `user_id`.
    pub user_column: Option<Identifier>,
    /// What friends say.
    pub nickname: Option<Identifier>,
    /// A telephone number.
    pub phone: Option<Identifier>,
    /// The day of birth.
    pub dob: Option<Identifier>,
    /// The path of a picture.
    pub avatar: Option<Identifier>,
}

/// The table of profiles.
pub(super) struct Profiles {
    selection: Selection,
}

impl Profiles {
    /// The table that was named, or the one that looks like it; nothing where none does.
    pub(super) fn find(
        database: &ForeignDatabase,
        users: &Table,
        key: &Selection,
        options: &ProfileOptions,
    ) -> Result<Option<Self>, SourceError> {
        let table = match &options.table {
            Some(name) => Some(database.table(name)?),
            None => guess(database, users)?,
        };
        let Some(table) = table else { return Ok(None) };
        let user_column = match &options.user_column {
            Some(name) => table.column(name)?,
            None => table.find_column(&["user_id"]).ok_or_else(|| table.no_column("user_id"))?,
        };
        let named = |name: &Option<Identifier>, guesses| match name {
            Some(name) => table.column(name).map(Some),
            None => Ok(table.find_column(guesses)),
        };
        let columns: [Option<&Column>; 6] = [
            named(&options.nickname, NICKNAME)?,
            named(&options.phone, PHONE)?,
            named(&options.dob, DOB)?,
            named(&options.avatar, AVATAR)?,
            table.find_column(&["email"]),
            table.find_column(&["date_created", "created_at", "created"]),
        ];
        let selection = Selection::new(table, user_column, &columns);
        selection.must_match(key)?;
        Ok(Some(Self { selection }))
    }

    /// Gives each account what its profile says and itself does not.
    pub(super) fn fill(
        &self,
        database: &mut ForeignDatabase,
        batch: &mut Batch<'_>,
    ) -> Result<(), SourceError> {
        for mut row in database.rows_between(&self.selection, batch.after, batch.last)? {
            let Some(user) = batch.user(&row.key) else { continue };
            let mut supply = |field: &mut Option<String>, place| {
                let value = filled(row.take(place));
                if field.is_none() {
                    *field = value;
                }
            };
            supply(&mut user.nickname, 0);
            supply(&mut user.phone, 1);
            supply(&mut user.dob, 2);
            supply(&mut user.avatar, 3);
            supply(&mut user.email, 4);
            user.dob = user.dob.as_deref().map(day);
            let created = filled(row.take(5));
            if user.created_at.is_none() {
                user.created_at = created.as_deref().and_then(moment);
                if user.created_at.is_none() && created.is_some() {
                    user.losses.push(unreadable("when the profile was made"));
                }
            }
        }
        Ok(())
    }
}

fn guess<'a>(database: &'a ForeignDatabase, users: &Table) -> Result<Option<&'a Table>, SourceError> {
    let is_candidate = |table: &&Table| table.name() != users.name() && looks_like_profiles(table);
    let mut tables = database.tables_beside(users).filter(is_candidate);
    match (tables.next(), tables.next()) {
        (Some(one), Some(other)) => Err(ambiguous(one, other)),
        (found, _) => Ok(found),
    }
}

fn looks_like_profiles(table: &Table) -> bool {
    let telling = [NICKNAME, PHONE, DOB, AVATAR].concat();
    table.find_column(&["user_id"]).is_some_and(Column::is_unique) && table.find_column(&telling).is_some()
}

fn ambiguous(one: &Table, other: &Table) -> SourceError {
    SourceError::Unusable(format!(
        "{} and {} may both hold profiles; name one with --profile-table, or leave profiles out with --no-profiles",
        one.label(),
        other.label()
    ))
}
