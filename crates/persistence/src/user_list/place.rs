//! Where an account stands among the others.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;
use thiserror::Error;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;

use super::{UserOrder, UserSort};

/// Where a page ended. As text it is what a cursor carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPosition {
    /// What was sorted by, as text; nothing where the account has no such value, or is sorted by its number.
    pub value: Option<String>,
    /// The account.
    pub id: i64,
}

impl UserPosition {
    /// Where `user` stands when sorted by `by`.
    #[must_use]
    pub fn of(by: UserSort, user: &User) -> Self {
        let moment = |at: Timestamp| at.unix_micros().to_string();
        let value = match by {
            UserSort::Id => None,
            UserSort::CreatedAt => Some(moment(user.created_at)),
            UserSort::Username => user.username.as_ref().map(|name| name.key().as_str().to_owned()),
            UserSort::Email => user.email.as_ref().map(|email| email.key().as_str().to_owned()),
            UserSort::LastLoginAt => user.last_login_at.map(moment),
        };
        Self { value, id: user.id.get() }
    }
}

/// Not a position.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a position")]
pub struct UserPositionError;

/// The number, and behind a space the value where there is one.
impl fmt::Display for UserPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        self.value.iter().try_for_each(|value| write!(f, " {value}"))
    }
}

impl FromStr for UserPosition {
    type Err = UserPositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, value) = match text.split_once(' ') {
            Some((id, value)) => (id, Some(value.to_owned())),
            None => (text, None),
        };
        Ok(Self { id: id.parse().map_err(|_| UserPositionError)?, value })
    }
}

/// What is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Text(String),
    Moment(NaiveDateTime),
}

/// A position as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) value: Option<Value>,
    pub(super) id: i64,
}

impl Place {
    /// The place that `position` names. Nothing where that is one of another order: then the list begins anew.
    pub(super) fn of(by: UserSort, position: &UserPosition) -> Option<Self> {
        let text = position.value.as_deref();
        let moment = |text: &str| {
            let at = text.parse().ok().and_then(Timestamp::from_unix_micros)?;
            Some(Value::Moment(at.naive_utc()))
        };
        let value = match by {
            UserSort::Id => None,
            UserSort::Username | UserSort::Email => text.map(|text| Value::Text(text.to_owned())),
            UserSort::CreatedAt => Some(moment(text?)?),
            UserSort::LastLoginAt => match text {
                Some(text) => Some(moment(text)?),
                None => None,
            },
        };
        Some(Self { value, id: position.id })
    }

    /// Which of the two comes first in that direction.
    pub(super) fn compare(&self, other: &Self, order: UserOrder) -> Ordering {
        let directed = |ordering: Ordering| if order.descending { ordering.reverse() } else { ordering };
        match (&self.value, &other.value) {
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (one, another) => directed(one.cmp(another).then(self.id.cmp(&other.id))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back() {
        for value in [None, Some(""), Some("ada"), Some("ada lovelace 7"), Some("é@bücher")] {
            let position = UserPosition { value: value.map(str::to_owned), id: 7 };
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in ["", " ", "ada", "7.", " 7", "9223372036854775808"] {
            assert_eq!(text.parse::<UserPosition>(), Err(UserPositionError), "{text:?}");
        }
    }

    #[test]
    fn those_without_a_value_come_last_in_either_direction() {
        let place =
            |value: Option<&str>, id| Place { value: value.map(|text| Value::Text(text.to_owned())), id };
        let sorted = |descending| {
            let mut places = [
                place(None, 1),
                place(Some("b"), 2),
                place(Some("a"), 3),
                place(Some("b"), 4),
                place(None, 5),
            ];
            places.sort_by(|one, another| {
                one.compare(another, UserOrder { by: UserSort::Username, descending })
            });
            places.map(|place| place.id)
        };
        assert_eq!((sorted(false), sorted(true)), ([3, 2, 4, 1, 5], [4, 2, 3, 5, 1]));
    }

    #[test]
    fn a_position_of_another_order_is_no_place() {
        let position = |value: Option<&str>| UserPosition { value: value.map(str::to_owned), id: 7 };
        assert_eq!(Place::of(UserSort::CreatedAt, &position(None)), None);
        assert_eq!(Place::of(UserSort::LastLoginAt, &position(Some("ada"))), None);
        assert!(Place::of(UserSort::LastLoginAt, &position(None)).is_some());
    }
}
