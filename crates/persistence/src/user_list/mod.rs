//! Accounts as those see them who look after them: found, filtered, sorted, page by page.
//!
//! A page costs the same wherever it lies, and about the same among a million accounts as among ten thousand. Without
//! conditions, and where more than [`vestibule_domain::page::Total::CAP`] accounts meet them, the index of the order is walked
//! from where the last page ended: those who are wanted are many, and the next of them never far. Where fewer meet them, these
//! are found through the index of the condition and sorted here, so that no plan of a database has to guess.

mod conditions;
mod matches;
mod place;
mod search_text;
mod walk;

use std::collections::HashMap;

use diesel::prelude::*;
use vestibule_domain::id::UserId;
use vestibule_domain::page::{Page, PageSize, Total};
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::role::RoleName;
use vestibule_domain::user::User;

use self::conditions::Conditions;
pub(crate) use self::conditions::Wanted;
use self::place::Place;
pub use self::place::{UserPosition, UserPositionError};
pub use self::search_text::{SearchText, SearchTextError};
use crate::dialect::{self, DatabaseConnection};
use crate::error::StoreError;
use crate::roles;
use crate::schema::users;
use crate::total;
use crate::user_row::UserRow;

/// By what accounts are sorted. Where two are the same, and where there is no value, by their numbers; those without a value
/// come last in either direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserSort {
    /// Their numbers.
    #[default]
    Id,
    /// When they were made.
    CreatedAt,
    /// Their usernames, folded, by code points.
    Username,
    /// Their addresses, folded, by code points.
    Email,
    /// When they last signed in.
    LastLoginAt,
}

/// By what, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserOrder {
    /// By what.
    pub by: UserSort,
    /// The greatest first.
    pub descending: bool,
}

/// Which accounts are wanted; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Whose username, address or name has this in it, however it is written; of one or two characters, begins with it.
    pub search: Option<SearchText>,
    /// Who hold this role.
    pub role: Option<RoleName>,
    /// Who may sign in, or may not.
    pub is_active: Option<bool>,
}

/// The accounts that `filter` wants, in `order`, those behind `after` where that is given; each with its roles. A handful of
/// statements, however many accounts there are on the page.
pub fn list(
    conn: &mut DatabaseConnection,
    filter: &UserFilter,
    order: UserOrder,
    after: Option<&UserPosition>,
    size: PageSize,
) -> Result<Page<User>, StoreError> {
    let conditions = Conditions::of(filter);
    let after = after.and_then(|position| Place::of(order.by, position));
    let wanted = usize::from(size.get());
    let few = matches::find_few(conn, &conditions, order.by)?;
    let (mut rows, total) = if let Some(places) = few {
        let total = Total::counted(u64::try_from(places.len()).unwrap_or(u64::MAX));
        let ids = matches::pick(places, order, after.as_ref(), wanted + 1);
        (load_in_order(conn, &ids)?, total)
    } else {
        let rows = walk::walk(conn, &conditions, order, after.as_ref(), wanted + 1)?;
        (rows, count_many(conn, &conditions)?)
    };
    let has_more = rows.len() > wanted;
    rows.truncate(wanted);
    Ok(Page { entries: with_roles(conn, rows)?, total, has_more })
}

/// How many there are where they are not few: without conditions they are still to be counted.
fn count_many(conn: &mut DatabaseConnection, conditions: &Conditions) -> Result<Total, StoreError> {
    if conditions.is_empty() {
        total::count(conn, users::table.select(users::id).limit(total::ONE_BEYOND))
    } else {
        Ok(Total::counted(Total::CAP + 1))
    }
}

/// What makes the index of PostgreSQL that [`is_search_indexed`] looks for.
pub const MAKE_SEARCH_INDEX: &str = dialect::MAKE_SEARCH_INDEX;

/// Whether parts of names are found through an index, and not by looking at one account after the other.
pub fn is_search_indexed(conn: &mut DatabaseConnection) -> Result<bool, StoreError> {
    Ok(dialect::has_search_index(conn)?)
}

/// The accounts `ids`, in that order, each with its roles; those that there are not are left out. A few statements, however many
/// they are.
pub fn list_of(conn: &mut DatabaseConnection, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows = load_in_order(conn, &ids)?;
    with_roles(conn, rows)
}

/// The accounts `ids`, in that order; one that went meanwhile is left out.
fn load_in_order(conn: &mut DatabaseConnection, ids: &[i64]) -> Result<Vec<UserRow>, StoreError> {
    let found = users::table.filter(users::id.eq_any(ids)).select(UserRow::as_columns());
    let rows = found.load::<UserRow>(conn)?;
    let mut by_id: HashMap<i64, UserRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// The accounts of a page with the roles of all of them, which are asked for once.
fn with_roles(conn: &mut DatabaseConnection, rows: Vec<UserRow>) -> Result<Vec<User>, StoreError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut held = roles::list_of_users(conn, &ids)?;
    let user = |row: UserRow| {
        let (names, permissions) =
            held.remove(&row.id).unwrap_or_else(|| (Vec::new(), PermissionSet::default()));
        row.into_user(names, permissions)
    };
    rows.into_iter().map(user).collect()
}
