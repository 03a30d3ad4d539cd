//! The accounts that meet the conditions, where they are few.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::page::Total;

use super::conditions::Conditions;
use super::place::{Place, Value};
use super::{UserOrder, UserSort};
use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::users;
use crate::total;

/// The places of all who meet the conditions, in no order. Nothing where they are more than [`Total::CAP`], or where there are
/// no conditions.
pub(super) fn find_few(
    conn: &mut DatabaseConnection,
    conditions: &Conditions,
    by: UserSort,
) -> Result<Option<Vec<Place>>, StoreError> {
    if conditions.is_empty() {
        return Ok(None);
    }
    let leading = find_leading(conn, conditions)?;
    let query = conditions.wanted(conn, leading).limit(total::ONE_BEYOND);
    let text = |(id, text): (i64, Option<String>)| Place { value: text.map(Value::Text), id };
    let moment = |(id, at): (i64, Option<NaiveDateTime>)| Place { value: at.map(Value::Moment), id };
    let places: Vec<Place> = match by {
        UserSort::Id => {
            let ids = query.select(users::id).load::<i64>(conn)?;
            ids.into_iter().map(|id| Place { value: None, id }).collect()
        }
        UserSort::CreatedAt => {
            let rows = query.select((users::id, users::created_at.nullable())).load(conn)?;
            rows.into_iter().map(moment).collect()
        }
        UserSort::LastLoginAt => {
            let rows = query.select((users::id, users::last_login_at)).load(conn)?;
            rows.into_iter().map(moment).collect()
        }
        UserSort::Username => {
            let rows = query.select((users::id, users::username_key)).load(conn)?;
            rows.into_iter().map(text).collect()
        }
        UserSort::Email => {
            let rows = query.select((users::id, users::email_key)).load(conn)?;
            rows.into_iter().map(text).collect()
        }
    };
    Ok(is_few(places.len()).then_some(places))
}

/// The number of the condition that holds for the fewest accounts; nothing where each holds for more than [`Total::CAP`].
fn find_leading(conn: &mut DatabaseConnection, conditions: &Conditions) -> Result<Option<usize>, StoreError> {
    let all = conditions.all();
    if all.len() == 1 {
        return Ok(Some(0));
    }
    let mut least = None;
    for (number, condition) in all.iter().enumerate() {
        let found = condition.found(conn).select(users::id).limit(total::ONE_BEYOND);
        let count = total::count(conn, found)?;
        if count.is_exact() && least.is_none_or(|(fewest, _)| count.get() < fewest) {
            least = Some((count.get(), number));
        }
    }
    Ok(least.map(|(_, number)| number))
}

fn is_few(count: usize) -> bool {
    u64::try_from(count).is_ok_and(|count| count <= Total::CAP)
}

/// The first `limit` of `places` in `order`, of those behind `after`.
pub(super) fn pick(
    mut places: Vec<Place>,
    order: UserOrder,
    after: Option<&Place>,
    limit: usize,
) -> Vec<i64> {
    if let Some(after) = after {
        places.retain(|place| place.compare(after, order).is_gt());
    }
    places.sort_unstable_by(|one, another| one.compare(another, order));
    places.into_iter().take(limit).map(|place| place.id).collect()
}
