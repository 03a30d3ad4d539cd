//! Accounts along the index of their order.
//!
//! Those with a value come first, by it and then by their numbers; those without follow by their numbers. These are two walks,
//! for the databases put what has no value at different ends of an index. Each begins where the page before ended, however
//! deep that lies.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::prelude::*;

use super::conditions::Conditions;
use super::place::{Place, Value};
use super::{UserOrder, UserSort};
use crate::dialect::{DatabaseConnection, MultiBackend};
use crate::error::StoreError;
use crate::schema::users;
use crate::user_row::UserRow;

type Query = users::BoxedQuery<'static, MultiBackend>;

/// Sorts a query by columns.
macro_rules! sorted {
    ($query:expr, $order:expr, [$($column:expr),+]) => {
        if $order.descending { $query.order(($($column.desc(),)+)) } else { $query.order(($($column.asc(),)+)) }
    };
}

/// Leaves what lies behind a value, where there is one.
macro_rules! behind {
    ($query:expr, $order:expr, $column:expr, $value:expr) => {
        match $value {
            Some(value) if $order.descending => $query.filter($column.lt(value)),
            Some(value) => $query.filter($column.gt(value)),
            None => $query,
        }
    };
}

/// One stretch of the index of a column. What says that there is a value is a bound, for SQLite walks from bounds only. Of what
/// an index holds in order, no more is sorted by than it knows: a unique column's says nothing of numbers.
macro_rules! along_column {
    ($query:expr, $order:expr, $stretch:expr, $column:expr, $value:expr, $least:expr, $values_by:tt, $rest_by:tt) => {
        match $stretch {
            Stretch::Same(place) => {
                let same = $query.filter($column.nullable().eq($value(place)));
                sorted!(behind!(same, $order, users::id, Some(place.id)), $order, $values_by)
            }
            Stretch::Values(place) => {
                let values = $query.filter($column.ge($least));
                sorted!(behind!(values, $order, $column, place.and_then($value)), $order, $values_by)
            }
            Stretch::Rest(place) => {
                let rest = $query.filter($column.is_null());
                sorted!(behind!(rest, $order, users::id, place.map(|place| place.id)), $order, $rest_by)
            }
        }
    };
}

/// A part of the way, along one range of one index.
#[derive(Clone, Copy)]
enum Stretch<'a> {
    /// Those with the same value as this place, behind its number.
    Same(&'a Place),
    /// Those with a value, behind that of this place.
    Values(Option<&'a Place>),
    /// Those without a value, behind this place.
    Rest(Option<&'a Place>),
}

impl<'a> Stretch<'a> {
    fn place(self) -> Option<&'a Place> {
        match self {
            Self::Same(place) => Some(place),
            Self::Values(place) | Self::Rest(place) => place,
        }
    }
}

/// The first `limit` accounts in `order` for which `conditions` hold, of those behind `after`.
pub(super) fn walk(
    conn: &mut DatabaseConnection,
    conditions: &Conditions,
    order: UserOrder,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<UserRow>, StoreError> {
    let mut rows = Vec::new();
    for stretch in stretches(order.by, after) {
        let missing = i64::try_from(limit.saturating_sub(rows.len())).unwrap_or(i64::MAX);
        if missing > 0 {
            let query = along(conditions.wanted(conn, None), order, stretch).limit(missing);
            rows.extend(query.select(UserRow::as_columns()).load::<UserRow>(conn)?);
        }
    }
    Ok(rows)
}

/// The way from `after` on. Of a million accounts that were made at the same moment, as an import makes them, the next page
/// begins at its number, and not at their first.
fn stretches(by: UserSort, after: Option<&Place>) -> Vec<Stretch<'_>> {
    let is_behind_values = after.is_some_and(|place| place.value.is_none());
    match by {
        UserSort::Id => vec![Stretch::Values(after)],
        UserSort::CreatedAt => after.map(Stretch::Same).into_iter().chain([Stretch::Values(after)]).collect(),
        _ if is_behind_values => vec![Stretch::Rest(after)],
        UserSort::Username | UserSort::Email => vec![Stretch::Values(after), Stretch::Rest(None)],
        UserSort::LastLoginAt => {
            let same = after.map(Stretch::Same).into_iter();
            same.chain([Stretch::Values(after), Stretch::Rest(None)]).collect()
        }
    }
}

fn along(query: Query, order: UserOrder, stretch: Stretch<'_>) -> Query {
    use users::{created_at, email_key, id, last_login_at, username_key};
    match order.by {
        UserSort::Id => {
            sorted!(behind!(query, order, id, stretch.place().map(|place| place.id)), order, [id])
        }
        UserSort::Username => {
            along_column!(query, order, stretch, username_key, text, "", [username_key], [id])
        }
        UserSort::Email => along_column!(query, order, stretch, email_key, text, "", [email_key], [id]),
        UserSort::CreatedAt => {
            along_column!(query, order, stretch, created_at, moment, beginning(), [created_at, id], [id])
        }
        UserSort::LastLoginAt => along_column!(
            query,
            order,
            stretch,
            last_login_at,
            moment,
            beginning(),
            [last_login_at, id],
            [last_login_at, id]
        ),
    }
}

fn text(place: &Place) -> Option<String> {
    match &place.value {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

fn moment(place: &Place) -> Option<NaiveDateTime> {
    match &place.value {
        Some(Value::Moment(at)) => Some(*at),
        _ => None,
    }
}

/// Before every moment there is.
fn beginning() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN)
}
